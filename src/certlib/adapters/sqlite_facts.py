"""Facts as they are stored, each written and read once however often it occurs.

What is recorded about thousands of learners at once is much the same about each: the same cycle of
the same version began, a certificate was issued with the same dates. Facts are values, so one may
stand for all of its equals. This halves the time of a save, and reads a history several times as fast;
`certlib.serialize.records` says what is written and read.
"""

from __future__ import annotations

from functools import lru_cache

from certlib.adapters.sqlite_rows import json_of, parsed
from certlib.serialize.records import Records
from certlib.state.facts import Fact

__all__ = ["StoredFacts"]

REMEMBERED = 4096
"""How many facts are remembered each way: memory stays flat."""


class StoredFacts:
    """Writes and reads facts of the kinds that ``records`` knows."""

    def __init__(self, records: Records) -> None:
        def written(fact: Fact) -> tuple[str, str]:
            tag, fields = records.dump_fact(fact)
            return tag, json_of(fields)

        def read(tag: str, text: str) -> Fact:
            return records.load_fact(tag, parsed(text, "a fact"))

        self._records = records
        self.written = lru_cache(maxsize=REMEMBERED)(written)
        """Return the tag and the text of a fact."""
        self._read = lru_cache(maxsize=REMEMBERED)(read)

    def read(self, tag: str, text: str, path: str) -> Fact:
        """Return the fact with a tag and a text; errors name the path."""
