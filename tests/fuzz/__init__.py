"""Random input for the reader and for the parsers of cells, checked against what is known of it.

``python -m tests.fuzz`` runs as many as one likes; `tests.fuzz.test_fuzz` runs some with the suite.
"""
