"""What hosts test their own policies, tables and stores with. Nothing here is loaded by itself.

- `certlib.testing.machine`: a state machine of hypothesis that gives every command of a table to a
  learner, lets time pass, enters awards late and strikes, and asks after every step whether what
  always holds still does. Point it at your certification, and at your table if you have changed one.
- `certlib.testing.strategies`: strategies of hypothesis for what certlib takes and stores: policies,
  certifications, people, commands, events; and for whole lives, made by giving commands to the real core.

- `certlib.testing.simulator`: lives years of a few learners in your certification by a seed, with sweeps,
  and compares everything with a store that is never swept. `certlib.testing.attempts` draws what is tried.

The first two need hypothesis, which certlib does not install by itself; the simulator needs nothing else.
"""
