"""What can be done, one module an idea: its commands, facts, guards and recorders.

Each module holds everything about its idea, but for the rows of the table that put it to use
(`certlib.state._rows`) and what a cycle or a certificate keeps of it (`cycles`, `certificates`).
Hosts import commands, facts and guards from `certlib.state.commands`, `facts` and `guards`.
"""
