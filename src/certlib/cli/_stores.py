"""Open, make and fill store files, and read the files that fill them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from certlib.adapters.sqlite import SqliteStore
from certlib.cli._values import UsageError
from certlib.errors import InvalidCatalogError, InvalidPeopleError, Problem
from certlib.io import read_people
from certlib.learners import Learner
from certlib.serialize._catalog import Catalog, read_catalog_text
from certlib.service import Service

__all__ = ["created", "fill", "opened", "read_files", "service"]


@contextmanager
def opened(path: Path) -> Generator[SqliteStore]:
    """Open a store file; raise `StoreError` if it does not exist or cannot be read."""
    store = SqliteStore.open(path)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def created(path: Path) -> Generator[SqliteStore]:
    """Make a store file, which is removed if anything fails."""
    store = SqliteStore.create(path)
    try:
        try:
            yield store
        finally:
            store.close()
    except BaseException:
        path.unlink()
        raise


@contextmanager
def service(path: Path) -> Generator[Service]:
    """Open a store file for questions and commands."""
    with opened(path) as store:
        yield Service(store=store, sources=store)


def read_files(people: Path | None, catalog: Path | None) -> tuple[tuple[Learner, ...], Catalog]:
    """Read the given files, and report the problems of both together.

    Raise `InvalidPeopleError`, `InvalidCatalogError`, or `UsageError` if both are wrong.
    """
    learners: tuple[Learner, ...] = ()
    read = Catalog()
    failures: list[InvalidPeopleError | InvalidCatalogError] = []
    try:
        if people is not None:
            with people.open("rb") as file:
                learners = read_people(file)
    except InvalidPeopleError as error:
        failures.append(error)
    try:
        if catalog is not None:
            read = read_catalog_text(_text(catalog))
    except InvalidCatalogError as error:
        failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    if failures:
        raise UsageError(
            "the people file and the catalog are not valid",
            "invalid_files",
            tuple(problem for failure in failures for problem in failure.problems),
        )
    return learners, read


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        raise InvalidCatalogError((Problem(path="$", code="not_text", message=message),)) from None


def fill(store: SqliteStore, learners: tuple[Learner, ...], catalog: Catalog) -> None:
    """Add and update; raise `StoreError` if a published version would change."""
    store.put_certifications(catalog.certifications)
    store.put_trainings(catalog.trainings)
    store.put_learners(learners)
