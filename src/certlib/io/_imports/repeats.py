"""Rows of a file that are about the same, found among a million rows in little memory.

The first keys are kept as they are: that is exact and fastest. Of every further key a digest of 16 bytes
is kept instead of some 150 bytes; no two keys are expected to share one. With room for all keys, `KeySet`
and `KeyMap` are a plain set and a plain dict, the oracles of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import blake2b
from operator import is_
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from certlib.io._imports.job import Duplicates
from certlib.io.formats._columns import Repeats, RowFlaw
from certlib.ports import Outcome

__all__ = ["CERTIFICATION", "DigestTable", "Key", "KeyMap", "KeySet", "Repeat", "RepeatedRows"]

Key: TypeAlias = tuple[str, str, date | None]
"""The learner; the training, or the certification after `CERTIFICATION`; the day, where it matters."""

CERTIFICATION: Final = "\n"
"""Stands before the code of a certification in a key; no code begins with it."""

EXACT_KEYS: Final = 300_000
"""Keys that are kept as they are."""


class DigestTable:
    """Entries of one size by the digests of their keys.

    The first two bytes of a digest choose one of 65,536 byte arrays, which holds the rest.
    """

    REST: Final = 14

    def __init__(self, payload: int = 0) -> None:
        self._size = self.REST + payload
        self._arrays = [bytearray() for _ in range(1 << 16)]

    def find(self, key: Key) -> tuple[bytearray, int, bytes]:
        """Return the byte array of a key, its place there (or -1), and the beginning of its entry."""
        learner, what, on = key
        day = "" if on is None else on.toordinal()
        text = f"{len(learner)}:{learner}{day}:{what}"
        digest = blake2b(text.encode(), digest_size=self.REST + 2).digest()
        table, rest = self._arrays[digest[0] << 8 | digest[1]], digest[2:]
        place = table.find(rest)
        # It may be found across two entries.
        while place >= 0 and place % self._size:
            place = table.find(rest, place + 1)
        return table, place, rest


class KeySet:
    """A set of keys that grows slowly.

    >>> keys = KeySet()
    >>> keys.add(("ann", "FORK", None)), keys.add(("ann", "FORK", None))
    (True, False)
    """

    def __init__(self, exact: int = EXACT_KEYS) -> None:
        """Keep so many keys as they are, and digests of all others."""
        # Each key stands for itself: so `setdefault` says whether a key was there, without a call.
        self._exact: dict[Key | None, Key | None] = {}
        self._room = exact
        self._digests: DigestTable | None = None

    def __contains__(self, key: Key) -> bool:
        """Whether a key was added."""
        if key in self._exact:
            return True
        return self._digests is not None and self._digests.find(key)[1] >= 0

    def add(self, key: Key) -> bool:
        """Add a key; return whether it is new."""
        exact = self._exact
        if key in exact:
            return False
        if len(exact) < self._room:
            exact[key] = key
            return True
        if self._digests is None:
            self._digests = DigestTable()
        table, place, rest = self._digests.find(key)
        if place < 0:
            table += rest
        return place < 0

    def add_all(self, keys: Sequence[Key | None]) -> Iterable[bool]:
        """Add many keys and return whether each is new; the result for None is undefined.

        Each key must be an object of its own.
        """
        exact = self._exact
        if len(exact) + len(keys) <= self._room:
            return map(is_, keys, list(map(exact.setdefault, keys, keys)))
        return [key is not None and self.add(key) for key in keys]


class Repeat(NamedTuple):
    """The rows of a file that are about the same."""

    rows: int
    """How many there are so far."""
    row: int
    """The number of the row that counts."""
    day: int = 0
    """The day of that row, as `date.toordinal` numbers it."""


_REPEAT: Final = Struct(">III")


class KeyMap:
    """A dict of `Repeat` that grows slowly.

    >>> keys = KeyMap()
    >>> keys.put(("ann", "FORK", None), Repeat(1, 2))
    >>> keys.get(("ann", "FORK", None)).row
    2
    """

    def __init__(self, exact: int = EXACT_KEYS // 6) -> None:
        """Keep so many keys as they are, and digests of all others."""
        self._exact: dict[Key, Repeat] = {}
        self._room = exact
        self._digests: DigestTable | None = None

    def get(self, key: Key) -> Repeat | None:
        """Return what is kept under a key."""
        repeat = self._exact.get(key)
        if repeat is not None or self._digests is None:
            return repeat
        table, place, rest = self._digests.find(key)
        return None if place < 0 else Repeat(*_REPEAT.unpack_from(table, place + len(rest)))

    def put(self, key: Key, repeat: Repeat) -> None:
        """Keep this under a key, in place of what was kept before."""
        if key in self._exact or len(self._exact) < self._room:
            self._exact[key] = repeat
            return
        if self._digests is None:
            self._digests = DigestTable(_REPEAT.size)
        table, place, rest = self._digests.find(key)
        entry = rest + _REPEAT.pack(*repeat)
        if place < 0:
            table += entry
        else:
            table[place : place + len(entry)] = entry


class RepeatedRows:
    """Says of each row of a file what it means that others are about the same (`Format.repeats`)."""

    def __init__(self, repeats: Repeats, duplicates: Duplicates) -> None:
        """Begin with a file; ``duplicates`` is the import's option."""
        self._repeats = repeats
        self._duplicates = duplicates
        self._new = KeySet()
        self._rows = KeyMap()
        self.by_day: bool = repeats is Repeats.KNOWN
        """Whether rows of different days are about different things."""

    def count(self, key: Key, row: int, on: date) -> None:
        """Count a row before any is judged, where an option chooses the row that counts."""
        day = on.toordinal()
        before = self._rows.get(key) or Repeat(0, row, day)
        if self._duplicates is Duplicates.LATEST and before.day > day:
            row, day = before.row, before.day
        self._rows.put(key, Repeat(before.rows + 1, row, day))

    def judge(self, key: Key, row: int, column: str) -> Outcome | RowFlaw | None:
        """Return the outcome of a row that repeats another one, or None; ``column`` names the learner's."""
        if self._repeats is Repeats.KNOWN:
            return Outcome.ALREADY_COMPLETED if key in self._new else None
        repeat = self._rows.get(key)
        if self._repeats is Repeats.REFUSED:
            if repeat is None:
                self._rows.put(key, Repeat(1, row))
                return None
            message = f"row {repeat.row} is about the same"
        else:
            # Others may have changed who is meant since the rows were counted.
            if repeat is None or repeat.rows == 1:
                return None
            if self._duplicates is not Duplicates.ERROR:
                return None if repeat.row == row else Outcome.ALREADY_COMPLETED
            message = f"{repeat.rows} rows are about the same: say which counts, or leave one"
        return RowFlaw(code="repeated_in_file", message=message, column=column)

    def add_new(self, key: Key) -> None:
        """Remember a row that is New."""
        if self.by_day:
            self._new.add(key)

    def add_all_new(self, keys: Sequence[Key | None]) -> Iterable[bool]:
        """Remember many rows by day, as `KeySet.add_all` does."""
        return self._new.add_all(keys)
