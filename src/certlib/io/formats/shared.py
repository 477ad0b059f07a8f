"""Parsers that several formats share."""

from __future__ import annotations

from certlib.io.cells import EMAIL_CHARACTERS, Flaw
from certlib.learners import normal_identifier

__all__ = ["parse_email", "parse_identifier"]


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
