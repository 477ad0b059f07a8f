"""The stores of certlib: one in memory, which is the specification, one in an SQLite file."""
