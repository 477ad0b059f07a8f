"""Which rows of a file are about the same: remembered for a million rows in little memory.

A key - the learner, what it is about, and the day where that belongs to it - is kept as it is while
there are few: it is exact, and quickest. Of further keys a digest of 16 bytes is kept, which no two
different keys share; a set of such keys would take 150 bytes each. With room for all, these are the
set and the dict that are the oracles of the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import blake2b
from operator import is_
from struct import Struct
from typing import Final, NamedTuple, TypeAlias

__all__ = ["Key", "KeyMap", "KeySet", "Repeat"]

Key: TypeAlias = tuple[str, str, date | None]
"""The learner, what it is about, and the day where rows of other days are about something else."""

PLAIN: Final = 300_000
"""Keys that are kept as they are."""


class _DigestTable:
    """Entries of one size, found by a digest: on the shelf of its first two bytes stands the rest."""

    REST: Final = 14

    def __init__(self, payload: int = 0) -> None:
        self._size = self.REST + payload
        self._shelves = [bytearray() for _ in range(1 << 16)]

    def find(self, key: Key) -> tuple[bytearray, int, bytes]:
        """Return the shelf of a key, where its entry is on it (-1: nowhere), and how that begins."""
        learner, what, on = key
        day = "" if on is None else on.toordinal()
        text = f"{len(learner)}:{learner}{day}:{what}"
        digest = blake2b(text.encode(), digest_size=self.REST + 2).digest()
        shelf, rest = self._shelves[digest[0] << 8 | digest[1]], digest[2:]
        place = shelf.find(rest)
        # It may be found across two entries.
        while place >= 0 and place % self._size:
            place = shelf.find(rest, place + 1)
        return shelf, place, rest


class KeySet:
    """A set of keys that grows slowly.

    >>> seen = KeySet()
    >>> seen.add(("ann", "FORK", None)), seen.add(("ann", "FORK", None))
    (True, False)
    """

    def __init__(self, plain: int = PLAIN) -> None:
        """Keep so many keys as they are; of those that come then, digests."""
        # Each key stands for itself: so `setdefault` says whether a key was there, without a call.
        self._plain: dict[Key | None, Key | None] = {}
        self._room = plain
        self._shelves: _DigestTable | None = None

    def __contains__(self, key: Key) -> bool:
        """Whether a key was added."""
        if key in self._plain:
            return True
        return self._shelves is not None and self._shelves.find(key)[1] >= 0

    def add(self, key: Key) -> bool:
        """Add a key; return whether it is new."""
        plain = self._plain
        if key in plain:
            return False
        if len(plain) < self._room:
            plain[key] = key
            return True
        if self._shelves is None:
            self._shelves = _DigestTable()
        shelf, place, rest = self._shelves.find(key)
        if place < 0:
            shelf += rest
        return place < 0

    def add_all(self, keys: Sequence[Key | None]) -> Iterable[bool]:
        """Add many keys, each an object of its own; return whether each is new. Of None, anything."""
        plain = self._plain
        if len(plain) + len(keys) <= self._room:
            return map(is_, keys, list(map(plain.setdefault, keys, keys)))
        return [key is not None and self.add(key) for key in keys]


class Repeat(NamedTuple):
    """What is remembered of the rows that are about the same."""

    rows: int
    """How many there are."""
    row: int
    """The one that counts."""
    day: int = 0
    """Its day, as `date.toordinal` has it."""


_MENTION: Final = Struct(">III")


class KeyMap:
    """A dict of mentions that grows slowly.

    >>> ledger = KeyMap()
    >>> ledger.put(("ann", "FORK", None), Repeat(1, 2))
    >>> ledger.get(("ann", "FORK", None)).row
    2
    """

    def __init__(self, plain: int = PLAIN // 6) -> None:
        """Keep so many keys as they are; of those that come then, digests."""
        self._plain: dict[Key, Repeat] = {}
        self._room = plain
        self._shelves: _DigestTable | None = None

    def get(self, key: Key) -> Repeat | None:
        """Return what is remembered of a key."""
        mention = self._plain.get(key)
        if mention is not None or self._shelves is None:
            return mention
        shelf, place, rest = self._shelves.find(key)
        return None if place < 0 else Repeat(*_MENTION.unpack_from(shelf, place + len(rest)))

    def put(self, key: Key, mention: Repeat) -> None:
        """Remember this of a key, whatever was remembered before."""
        if key in self._plain or len(self._plain) < self._room:
            self._plain[key] = mention
            return
        if self._shelves is None:
            self._shelves = _DigestTable(_MENTION.size)
        shelf, place, rest = self._shelves.find(key)
        entry = rest + _MENTION.pack(*mention)
        if place < 0:
            shelf += entry
        else:
            shelf[place : place + len(entry)] = entry
