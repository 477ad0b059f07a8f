"""Laws about what is stored beside a history: the enrollment, its index, the learner and the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Final, cast

from attrs import fields, has

from certlib._texts import printable
from certlib.audit._examined import Breach, EnrollmentLaw, Examined
from certlib.audit._law import Law
from certlib.audit._record import ByHand, Index, Record, RefreshIndex, StoreReplayed
from certlib.certifications import Certification
from certlib.periods import Period
from certlib.state._enrollments import Enrollment
from certlib.state._reminders import next_reminder_at
from certlib.state._timeline import outlook

__all__ = ["RECORD_LAWS", "differing", "index_of"]

MARKS: Final = ("version", "entries", "last_fact_at", "last_recorded_at")
"""Fields with a law of their own."""


def index_of(record: Record, at: datetime) -> Index:
    """Return the index of an enrollment as of an instant, or as of its last fact if that is later."""
    stored = record.enrollment
    at = max(filter(None, (at, stored.last_fact_at)))
    return Index(status=stored.status_at(at), at=at, next_change_at=_next_change(record, at))


def _next_change(record: Record, at: datetime) -> datetime | None:
    stored = record.enrollment
    certification = record.certification or Certification(code=stored.certification)
    ahead = outlook(stored, at)
    instants = (ahead[0].at if ahead else None, next_reminder_at(stored, certification, at))
    return min((each for each in instants if each is not None), default=None)


def differing(name: str, one: object, other: object) -> Iterator[tuple[str, str, str]]:
    """Yield each place where two values differ, and both values there.

    >>> list(differing("days", (1, 2), (1, 3)))
    [('days[1]', '2', '3')]
    """
    if one == other:
        return
    kind = type(one)
    if kind is tuple and type(other) is tuple:
        pair = cast("tuple[object, ...]", one), cast("tuple[object, ...]", other)
        yield from _tuples_apart(name, *pair)
    elif has(kind) and kind is type(other):
        for field in fields(kind):
            inner = getattr(one, field.name), getattr(other, field.name)
            yield from differing(f"{name}.{field.name}", *inner)
    else:
        yield name, _shown(one), _shown(other)


def _shown(value: object) -> str:
    """Return a value as text: days and instants by ISO 8601, periods and enumerations by their own texts."""
    if isinstance(value, date):  # a datetime, too
        return value.isoformat()
    return str(value) if isinstance(value, Period | StrEnum) else printable(value)


def _tuples_apart(
    name: str, one: tuple[object, ...], other: tuple[object, ...]
) -> Iterator[tuple[str, str, str]]:
    if len(one) != len(other):
        yield name, f"{len(one)} items", f"{len(other)} items"
        return
    for place, pair in enumerate(zip(one, other, strict=True)):
        yield from differing(f"{name}[{place}]", *pair)


def _differs(examined: Examined, *names: str) -> Iterator[Breach]:
    stored, replayed = examined.record.enrollment, examined.replayed
    for name in names:
        for place, found, expected in differing(
            name, getattr(stored, name), getattr(replayed, name)
        ):
            yield Breach(
                place=f"enrollment {place}",
                found=found,
                expected=expected,
                mends=(StoreReplayed(),),
            )


def _content(examined: Examined) -> Iterator[Breach]:
    names = (field.name for field in fields(Enrollment))
    yield from _differs(examined, *(name for name in names if name not in MARKS))


def _learner(examined: Examined) -> Iterator[Breach]:
    known, stored = examined.record.learner, examined.record.enrollment
    if known is None or known.id != stored.learner:
        yield Breach(
            place="learner",
            found=stored.learner,
            expected="a learner that the host knows",
            mends=(ByHand(words="restore the learner, or erase what is recorded about them (W6)"),),
        )


def _certification(examined: Examined) -> Iterator[Breach]:
    known, stored = examined.certification, examined.record.enrollment
    if known is None or known.code != stored.certification:
        yield Breach(
            place="certification",
            found=stored.certification,
            expected="a certification that the catalog has",
            mends=(ByHand(words="restore the certification in the catalog, as inactive"),),
        )


def _indexed_status(examined: Examined) -> Iterator[Breach]:
    index = examined.record.index
    if index is None:
        return
    expected = examined.record.enrollment.status_at(index.at)
    if index.status is not expected:
        yield Breach(
            place="index",
            found=str(index.status),
            expected=f"{expected} at {index.at}",
            mends=(RefreshIndex(),),
        )


def _indexed_early(examined: Examined) -> Iterator[Breach]:
    index, last = examined.record.index, examined.record.enrollment.last_fact_at
    if index is not None and last is not None and index.at < last:
        yield Breach(
            place="index",
            found=str(index.at),
            expected=f"not before the last fact, at {last}",
            mends=(RefreshIndex(),),
        )


def _indexed_change(examined: Examined) -> Iterator[Breach]:
    index = examined.record.index
    expected = None if index is None else _next_change(examined.record, index.at)
    if index is None or expected is None:
        return
    if index.next_change_at is None or index.next_change_at > expected:
        yield Breach(
            place="index",
            found=f"next change {index.next_change_at or 'never'}",
            expected=f"not after {expected}",
            mends=(RefreshIndex(),),
        )


RECORD_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="stored_differs",
        sentence="what is stored is what the history adds up to",
        finds=_content,
    ),
    Law(
        code="version_differs",
        sentence="the stored version is the sequence of the last event",
        finds=lambda examined: _differs(examined, "version"),
    ),
    Law(
        code="entries_differ",
        sentence="the stored number of entries is the number of the last entry",
        finds=lambda examined: _differs(examined, "entries"),
    ),
    Law(
        code="last_fact_differs",
        sentence="the stored last fact is the latest one that is not struck (T5)",
        finds=lambda examined: _differs(examined, "last_fact_at"),
    ),
    Law(
        code="last_recorded_differs",
        sentence="the stored last recording is that of the last event (T3d)",
        finds=lambda examined: _differs(examined, "last_recorded_at"),
    ),
    Law(
        code="learner_is_unknown",
        sentence="the host knows the learner",
        finds=_learner,
    ),
    Law(
        code="certification_is_unknown",
        sentence="the certification is in the catalog",
        finds=_certification,
    ),
    Law(
        code="indexed_status_differs",
        sentence="the indexed status holds at the index's instant",
        finds=_indexed_status,
    ),
    Law(
        code="indexed_before_last_fact",
        sentence="the index is not earlier than the last fact",
        finds=_indexed_early,
    ),
    Law(
        code="indexed_change_is_late",
        sentence="the index is right until the next change that it names",
        finds=_indexed_change,
    ),
)
