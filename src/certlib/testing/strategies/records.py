"""What is stored, value by value: for tests of stores, and of what is written and read back.

Each value is valid by itself. That values follow from each other - that an enrollment is what its
history adds up to - is so only for what `certlib.testing.strategies.lives` makes.
"""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.state import Event, Fact, Notice
from certlib.state.rows import TABLE
from certlib.testing.strategies.shapes import by_fields, codes, given_or, tuples_of
from certlib.transcript import Completion, Transcript

__all__ = ["completions", "events", "facts", "notices", "records", "transcripts"]

T = TypeVar("T")


def facts(*kinds: type[Fact]) -> SearchStrategy[Fact]:
    """Return facts of these kinds, your own included; by default of every kind that certlib records.

    The numbers, codes and days in them are any: about no enrollment in particular.
    """
    return st.one_of([by_fields(kind) for kind in kinds or TABLE.facts])


def events(*, fact: SearchStrategy[Fact] | None = None) -> SearchStrategy[Event]:
    """Return events with such facts, at any instants, by anybody, by a row of any name."""
    return by_fields(Event, fact=given_or(fact, facts()))


def records(kind: type[T]) -> SearchStrategy[T]:
    """Return values of a class that records are made of, field by field.

    Such as `Enrollment` and what it holds, `Terms`, or one kind of fact. `Event` and `Fact` are for
    `events` and `facts`.
    """
    return by_fields(kind)


def notices() -> SearchStrategy[Notice]:
    """Return notices of any kind, also of kinds that certlib has not."""
    return by_fields(Notice)


def completions(*, training: SearchStrategy[str] | None = None) -> SearchStrategy[Completion]:
    """Return completions of such trainings; the instant, the date and the recording are any."""
    return by_fields(Completion, training=given_or(training, codes()))


def transcripts(*, training: SearchStrategy[str] | None = None) -> SearchStrategy[Transcript]:
    """Return transcripts of up to two completions, none of them twice."""
    several = tuples_of(completions(training=training), once=lambda each: each.key)
    return by_fields(Transcript, completions=several)
