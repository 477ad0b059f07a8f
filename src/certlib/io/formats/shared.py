"""Parsers and writers of cells that several formats share."""

from __future__ import annotations

from datetime import date

from certlib.io.tables.cells import EMAIL_CHARACTERS, Flaw, parse_number
from certlib.learners import normal_identifier

__all__ = ["day_text", "parse_email", "parse_identifier", "score_text"]


def parse_identifier(text: str) -> str | Flaw:
    """Return an identifier as it is matched."""
    if len(text) > EMAIL_CHARACTERS:
        message = f"longer than {EMAIL_CHARACTERS} characters"
        return Flaw(code="bad_value", message=message)
    return normal_identifier(text)


def parse_email(text: str) -> str | Flaw:
    """Return an identifier; whether it is written like an email matters only where nobody has it."""
    if len(text) > EMAIL_CHARACTERS:
        return Flaw(code="bad_email", message=f"longer than {EMAIL_CHARACTERS} characters")
    return normal_identifier(text)


def day_text(day: date | None) -> str:
    """Return a day as a cell; none is an empty one."""
    return "" if day is None else day.isoformat()


def score_text(score: str | None) -> str:
    """Return a score as a cell; one that is no number from 0 to 100, digit for digit, is left out.

    >>> score_text("87.5"), score_text("A+")
    ('87.5', '')
    """
    number = parse_number(score or "")
    return "" if isinstance(number, Flaw) or f"{number:f}" != score else score or ""
