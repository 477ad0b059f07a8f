"""Parsers and writers of cells that several formats share."""

from __future__ import annotations

from datetime import date

from certlib.io._tables.cells import EMAIL_CHARACTERS, Flaw, parse_number
from certlib.learners import normal_identifier

__all__ = ["day_text", "parse_email", "parse_identifier", "score_text"]


def parse_identifier(text: str) -> str | Flaw:
    """Return an identifier as it is matched."""
    if len(text) > EMAIL_CHARACTERS:
        message = f"longer than {EMAIL_CHARACTERS} characters"
        return Flaw(code="bad_value", message=message)
    return normal_identifier(text)


def parse_email(text: str) -> str | Flaw:
    """Return an identifier; only if nobody has it does it matter whether it looks like an email."""
    if len(text) > EMAIL_CHARACTERS:
        return Flaw(code="bad_email", message=f"longer than {EMAIL_CHARACTERS} characters")
    return normal_identifier(text)


def day_text(day: date | None) -> str:
    """Return a day as a cell, or an empty cell."""
    return "" if day is None else day.isoformat()


def score_text(score: str | None) -> str:
    """Return a score as a cell; scores that are not numbers from 0 to 100 are left out.

    >>> score_text("87.5"), score_text("A+")
    ('87.5', '')
    """
    number = parse_number(score or "")
    return "" if isinstance(number, Flaw) or f"{number:f}" != score else score or ""
