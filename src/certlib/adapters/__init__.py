"""Stores that come with certlib: in memory (the executable specification) and in an SQLite file."""
