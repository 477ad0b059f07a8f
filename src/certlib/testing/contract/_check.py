"""A check as a value, what it needs, and the stores that it is run with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from secrets import token_hex
from typing import Final, Protocol, TypeAlias, cast

from attrs import field, frozen

from certlib.adapters.store_rules import Counts
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import NoticeState, Outbox, Sources, Store
from certlib.serialize._records import Records
from certlib.state._notices import Notice
from certlib.trainings import Training

__all__ = ["Capability", "Check", "FullStore", "MakeStore", "Stores", "promises"]


class Capability(StrEnum):
    """What a store can do. Every store has `STORE`; whatever else yours lacks, you declare."""

    STORE = "store"
    """It is a `certlib.ports.Store`."""
    TRANSCRIPTS = "transcripts"
    """Its `transcripts` answers what was saved, struck and reset through it, with versions."""
    OUTBOX = "outbox"
    """It is a `certlib.ports.Outbox`."""
    SOURCES = "sources"
    """It is a `certlib.ports.Sources`, which `put_learners`, `put_trainings` and `put_certifications` fill."""
    CATALOG = "catalog"
    """Its three `put` methods are its own: they replace, guard published versions, and are counted."""
    INSPECTION = "inspection"
    """It lists all notices (`notices`) and says what has become of them (`notice_states`)."""
    OWN_FACTS = "own_facts"
    """``make`` takes ``records=`` (`certlib.serialize.Records`), which knows a host's own facts."""
    DOCUMENTS = "documents"
    """It keeps documents, and reads those that another release, or other ``records``, wrote."""
    THREADS = "threads"
    """Stores over one database may be used from several threads at once, each from its own."""
    SNAPSHOT = "snapshot"
    """Within ``with store.snapshot():`` all reads show one moment, whoever writes meanwhile."""


class FullStore(Store, Outbox, Sources, Protocol):
    """A store with everything; a check calls only what its capabilities name."""

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id."""
        ...

    def put_trainings(self, trainings: Iterable[Training]) -> None:
        """Add trainings, and replace those with the same code."""
        ...

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code."""
        ...

    def counts(self) -> Counts:
        """Return how many learners, trainings and certifications there are."""
        ...

    def notices(self, *, limit: int, after: int = 0) -> tuple[tuple[int, Notice], ...]:
        """Return notices with their ids, in the order in which they were saved, those after an id."""
        ...

    def notice_states(self, ids: Collection[int]) -> Mapping[int, NoticeState]:
        """Return what has become of notices."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Let all that is read within show the store at one moment."""
        ...


MakeStore: TypeAlias = Callable[[str, str], Store]
"""Given a database and a tenant, returns a store: the same names, the same data."""


class _MakeWithRecords(Protocol):
    def __call__(self, database: str, tenant: str, /, *, records: Records) -> Store: ...


class Stores:
    """Makes the stores of one check, all over one database that no other check uses."""

    def __init__(self, make: MakeStore) -> None:
        self._make = make
        self._made: list[Store] = []
        self.database: Final = f"contract_{token_hex(6)}"
        """A name of small letters, digits and underscores, never used before."""

    def __call__(self, tenant: str = "default", *, records: Records | None = None) -> FullStore:
        """Return a store of a tenant; it is closed when the check ends."""
        if records is None:
            made = self._make(self.database, tenant)
        else:
            made = cast("_MakeWithRecords", self._make)(self.database, tenant, records=records)
        self._made.append(made)
        return cast("FullStore", made)

    def in_this_thread(self, act: Callable[[FullStore], None], tenant: str = "default") -> None:
        """Do something with a store that is made and closed here: some belong to one thread."""
        store = self._make(self.database, tenant)
        try:
            act(cast("FullStore", store))
        finally:
            _close(store)

    def close(self) -> None:
        """Close every store that can be closed."""
        while self._made:
            _close(self._made.pop())


def _close(store: Store) -> None:
    close: object = getattr(store, "close", None)
    if callable(close):
        close()


@frozen(kw_only=True)
class Check:
    """One promise of the contract, and how it is verified.

    Call it with what makes your stores: it returns where the promise is kept, and raises
    `AssertionError`, with what was expected and what was found, where it is not.
    """

    name: str
    """The same in every release, so that reports can be compared."""
    promise: str
    """What it verifies, in one sentence."""
    needs: tuple[Capability, ...]
    """What a store must have for it."""
    run: Callable[[Stores], None] = field(repr=False)

    def __call__(self, make: MakeStore) -> None:
        """Run the check with new stores, and close them."""
        stores = Stores(make)
        try:
            self.run(stores)
        except Exception as error:
            error.add_note(f"{self.name}: {self.promise}")
            raise
        finally:
            stores.close()

    def __str__(self) -> str:
        return self.name


def promises(promise: str, *needs: Capability) -> Callable[[Callable[[Stores], None]], Check]:
    """Make a check of a function: it is named like the function and needs these besides STORE."""

    def declare(run: Callable[[Stores], None]) -> Check:
        return Check(name=run.__name__, promise=promise, needs=(Capability.STORE, *needs), run=run)

    return declare
