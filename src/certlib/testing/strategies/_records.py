"""Strategies of stored values, for tests of stores and of serialization.

Each value is valid by itself, but an enrollment need not follow from any history; see `runs` for that.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.state import Event, Fact, Notice
from certlib.state._rows import TABLE
from certlib.testing.strategies._shapes import by_fields, codes, given_or, tuples_of
from certlib.transcript import Completion, Transcript

__all__ = ["completions", "events", "facts", "notices", "records", "transcripts"]

T = TypeVar("T")


def facts(*kinds: type[Fact]) -> SearchStrategy[Fact]:
    """Return facts of these kinds, which may be your own; by default of every kind that certlib records.

    Numbers, codes and days are any values, and belong to no enrollment.
    """
    return st.one_of([by_fields(kind) for kind in kinds or TABLE.facts])


def events(*, fact: SearchStrategy[Fact] | None = None) -> SearchStrategy[Event]:
    """Return events with such facts, at any instants, by any actor and any row."""
    return by_fields(Event, fact=given_or(fact, facts()))


def records(kind: type[T]) -> SearchStrategy[T]:
    """Return values of a stored class, field by field, such as `Enrollment`, `Terms` or a kind of fact.

    For `Event` and `Fact`, use `events` and `facts`.
    """
    return by_fields(kind)


def notices() -> SearchStrategy[Notice]:
    """Return notices of any kind, also of kinds that certlib does not know."""
    return by_fields(Notice)


def completions(*, training: SearchStrategy[str] | None = None) -> SearchStrategy[Completion]:
    """Return completions of such trainings, with any instant, date and recording."""
    return by_fields(Completion, training=given_or(training, codes()))


def transcripts(*, training: SearchStrategy[str] | None = None) -> SearchStrategy[Transcript]:
    """Return transcripts of up to two different completions."""
    several = tuples_of(completions(training=training), once=lambda each: each.key)
    return by_fields(Transcript, completions=several)
