"""Bytes to rows: encodings, grammar, headings, cells; and rows to bytes."""
