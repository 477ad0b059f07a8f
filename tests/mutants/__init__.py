"""Mutants of certlib's table: made from the table as a value, killed by examples.

`making` makes them, `playing` holds the examples and plays them on another table, `killing` says which
one kills a mutant, `equivalent` lists those that nothing can kill, each with its reason.
"""
