"""Reading stored facts, each text once however often it occurs.

What is recorded about thousands of learners at once is much the same about each: the same cycle of
the same version began, a certificate was issued with the same dates. Facts are frozen values, so one
may stand for all that have its text, and a history is read several times as fast.

Writing has no such memory: two facts may be equal and yet not be written alike, such as those that
hold the two instants of an hour that comes twice.
"""

from __future__ import annotations

from functools import lru_cache

from certlib.adapters.sqlite_rows import parsed
from certlib.errors import CertlibError
from certlib.serialize.records import Records
from certlib.state.facts import Fact

__all__ = ["FactReader"]

REMEMBERED = 4096
"""How many texts are remembered: enough for the days of several years, and memory stays flat."""


class FactReader:
    """Reads facts of the kinds that ``records`` knows."""

    def __init__(self, records: Records) -> None:
        def read(tag: str, text: str) -> Fact:
            return records.load_fact(tag, parsed(text, tag))

        self._records = records
        self._read = lru_cache(maxsize=REMEMBERED)(read)

    def __call__(self, tag: str, text: str, path: str) -> Fact:
        """Return the fact with a tag and a text; raise `UnknownKindError`, which names the path."""
        try:
            return self._read(tag, text)
        except CertlibError:
            # Once more, for an error that names the place.
            return self._records.load_fact(tag, parsed(text, path), path)
