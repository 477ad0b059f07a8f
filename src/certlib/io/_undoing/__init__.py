"""Review and undo of imports."""
