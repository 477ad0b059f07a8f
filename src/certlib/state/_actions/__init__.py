"""What can be done: one module for each idea, with its commands, facts, guards and recorders.

The rows that use them are in `certlib.state._rows`, and what a cycle or a certificate keeps of them is in
`certlib.state._cycles` and `certlib.state._certificates`. Hosts import commands, facts and guards from `certlib.state.commands`, `facts` and `guards`.
"""
