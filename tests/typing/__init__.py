"""Files that mypy and pyright read, and nothing runs.

They say what the types promise: what a call returns, that every case of an answer is told apart, and
that a host's own store or rule fits. Where a wrong use must be found, the line carries `type: ignore`
with mypy's code, and both checkers complain if there is nothing to ignore.
"""
