"""Tools for testing your own policies, tables and stores. Importing certlib loads none of them.

- `certlib.testing.exploration`: `check` walks through a table and finds rows that lead elsewhere.
- `certlib.testing.machine`: a state machine that searches for the shortest run that breaks a law.
- `certlib.testing.simulator`: years of a few learners from a seed, in a real service with sweeps.
- `certlib.testing.strategies`: strategies for all values, and for runs made by real commands.
- `certlib.testing.contract`: checks for stores of your own.

The machine and the strategies need hypothesis, which certlib does not install by itself.
"""
