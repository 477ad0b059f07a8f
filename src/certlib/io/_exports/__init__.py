"""Recorded data written to files, and read back from a store's own file."""
