"""Imports in two phases: a preview of every line, and the import itself."""
