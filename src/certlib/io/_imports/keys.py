"""Keys under which an import's changes are saved, each of them once."""

from __future__ import annotations

__all__ = ["row_key", "undo_key"]


def row_key(import_id: str, row: int) -> str:
    """Return the key of what a row recorded."""
    return f"{import_id}:{row}"


def undo_key(import_id: str, row: int) -> str:
    """Return the key of the undo of a row."""
    return f"{row_key(import_id, row)}:undo"
