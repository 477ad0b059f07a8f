"""What hosts test their own policies, tables and stores with. Nothing here is loaded by itself.

- `certlib.testing.machine`: a state machine of hypothesis that gives every command of a table to a
  learner, lets time pass, enters awards late and strikes, and asks after every step whether what
  always holds still does. Point it at your certification, and at your table if you have changed one.

It needs hypothesis, which certlib does not install by itself.
"""
