"""Reading stored facts, each text once however often it occurs.

Thousands of learners have the same facts: a cycle of the same version began, a certificate was
issued with the same dates. Facts are frozen values, so one value serves for all equal texts, and a
history is read several times as fast.

Writing has no such cache: equal facts may be written differently, for example with the two instants
of an hour that a clock shows twice.
"""

from __future__ import annotations

from functools import lru_cache

from certlib.adapters._sqlite_rows import parsed
from certlib.errors import CertlibError
from certlib.serialize._records import Records
from certlib.state.facts import Fact

__all__ = ["FactReader"]

REMEMBERED = 4096
"""How many texts are cached: enough for the days of several years, and memory stays flat."""


class FactReader:
    """Reads facts of the kinds that ``records`` knows."""

    def __init__(self, records: Records) -> None:
        def read(tag: str, text: str) -> Fact:
            return records.load_fact(tag, parsed(text, tag))

        self._records = records
        self._read = lru_cache(maxsize=REMEMBERED)(read)

    def __call__(self, tag: str, text: str, path: str) -> Fact:
        """Return the fact with a tag and a text; raise `UnknownKindError` with the path."""
        try:
            return self._read(tag, text)
        except CertlibError:
            # Again, for an error that names the path.
            return self._records.load_fact(tag, parsed(text, path), path)
