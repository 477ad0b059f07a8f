"""Mutants: mistakes that the simulator has to find, planted from outside, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from attrs import evolve, frozen

from certlib import Actor, Service
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.certifications import Certification
from certlib.errors import RefusedError
from certlib.ports import Change, SaveAnswer
from certlib.service import StatusAnswer, SweepReport
from certlib.state import Enrollment, Event, Status
from certlib.state import _fold as fold
from certlib.state._fold import counting
from certlib.state._status import certificate_status
from certlib.state.commands import RevokeAccess
from certlib.state.facts import (
    AccessRestored,
    CertificateAwarded,
    CertificateExtended,
    EntryStruck,
    Fact,
)
from tests.histories import CERTIFICATIONS
from tests.simulator.seeds import reminding

DAY: Final = timedelta(days=1)
ADMIN: Final = Actor.parse("admin:eva")


@frozen(kw_only=True)
class Mutant:
    """A mistake, where it is planted, and where it is looked for."""

    name: str
    plant: Callable[[pytest.MonkeyPatch], None] = lambda _: None
    certification: Certification = CERTIFICATIONS["completion"]
    service: type[Service] = Service
    store: Callable[[], MemoryStore] = MemoryStore


# --- of the fold ------------------------------------------------------------------------------


def applied(kind: type[Fact], change: Callable[[Event], Event]) -> Callable[..., None]:
    """Plant: facts of a kind are applied as if the event were another one."""
    right = kind.apply

    def apply(self: Any, enrollment: Enrollment, event: Event) -> Enrollment:
        return right(self, enrollment, change(event))

    return lambda patch: patch.setattr(kind, "apply", apply)


def as_recorded(event: Event) -> Event:
    return evolve(event, at=event.recorded_at)


def _without_effect(kind: type[Fact]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(kind, "apply", lambda _self, enrollment, _event: enrollment)


def _counted(change: Callable[..., list[Event]]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(fold, "counting", change)


def _in_the_order_of_entry(events: Iterable[Event], **bounds: datetime | None) -> list[Event]:
    return sorted(counting(events, **bounds), key=lambda event: event.sequence)


def _whenever_known(
    events: Iterable[Event], *, at: datetime | None = None, known_at: datetime | None = None
) -> list[Event]:
    return counting(events, at=at)


def _struck_or_not(
    events: Iterable[Event], *, at: datetime | None = None, known_at: datetime | None = None
) -> list[Event]:
    kept = [event for event in events if not isinstance(event.fact, EntryStruck)]
    return counting(kept, at=at, known_at=known_at)


OF_THE_FOLD: Final = (
    Mutant(
        name="an award is issued when it is recorded",
        plant=applied(CertificateAwarded, as_recorded),
    ),
    Mutant(name="a late fact is not sorted in", plant=_counted(_in_the_order_of_entry)),
    Mutant(name="a strike does not fold again", plant=_counted(_struck_or_not)),
    Mutant(name="what is known then is what is known now", plant=_counted(_whenever_known)),
    Mutant(name="an extension has no effect", plant=_without_effect(CertificateExtended)),
    Mutant(name="restoring access has no effect", plant=_without_effect(AccessRestored)),
)


# --- of the status rule -----------------------------------------------------------------------


def _ruled(rule: Callable[[Enrollment, datetime], Status | None]) -> Callable[..., None]:
    return lambda patch: patch.setattr(Enrollment, "status_at", rule)


RIGHT: Final = Enrollment.status_at


def _grace_a_day_short(enrollment: Enrollment, instant: datetime) -> Status | None:
    status = RIGHT(enrollment, instant)
    if status is Status.EXPIRED and RIGHT(enrollment, instant + DAY) is Status.LAPSED:
        return Status.LAPSED
    return status


def _valid_a_moment_longer(enrollment: Enrollment, instant: datetime) -> Status | None:
    newest = enrollment.newest_certificate
    if newest is not None and newest.expires_at == instant:
        return RIGHT(enrollment, instant - timedelta(microseconds=1))
    return RIGHT(enrollment, instant)


def _certificate_before_the_bar(enrollment: Enrollment, instant: datetime) -> Status | None:
    if enrollment.open_cycle is None and enrollment.certificates:
        return certificate_status(enrollment.certificates[-1], instant)
    return RIGHT(enrollment, instant)


def _certificate_before_the_cycle(enrollment: Enrollment, instant: datetime) -> Status | None:
    if enrollment.bar is None and enrollment.certificates:
        return certificate_status(enrollment.certificates[-1], instant)
    return RIGHT(enrollment, instant)


def _oldest_certificate(enrollment: Enrollment, instant: datetime) -> Status | None:
    if enrollment.bar is None and enrollment.open_cycle is None and enrollment.certificates:
        return certificate_status(enrollment.certificates[0], instant)
    return RIGHT(enrollment, instant)


OF_THE_STATUS_RULE: Final = (
    Mutant(name="grace is a day short", plant=_ruled(_grace_a_day_short)),
    Mutant(name="the expiry still certifies", plant=_ruled(_valid_a_moment_longer)),
    Mutant(name="a certificate before the bar", plant=_ruled(_certificate_before_the_bar)),
    Mutant(name="a certificate before the cycle", plant=_ruled(_certificate_before_the_cycle)),
    Mutant(name="the oldest certificate decides", plant=_ruled(_oldest_certificate)),
)


# --- of the sweep -----------------------------------------------------------------------------


class _StampsTheStatus(Service):
    """Its sweep notes when it saw that a certificate was over, and the status is told since then."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.seen: dict[tuple[str, Status], datetime] = {}

    def sweep(
        self, *, actor: Actor, now: datetime, limit: int = 10_000, far_ahead: bool = False
    ) -> SweepReport:
        for each in super().statuses(actor=ADMIN, at=now):
            if each.status in {Status.EXPIRED, Status.LAPSED}:
                self.seen.setdefault((each.learner, each.status), now)
        return super().sweep(actor=actor, now=now, limit=limit, far_ahead=far_ahead)

    def statuses(self, **asked: Any) -> Iterator[StatusAnswer]:
        for each in super().statuses(**asked):
            yield evolve(each, since=self.seen.get((each.learner, each.status), each.since))


class _RecordsWhatItFinds(Service):
    """Its sweep revokes what has lapsed, when it runs."""

    def sweep(
        self, *, actor: Actor, now: datetime, limit: int = 10_000, far_ahead: bool = False
    ) -> SweepReport:
        for each in list(self.statuses(actor=ADMIN, at=now, status=Status.LAPSED)):
            try:
                self.perform(
                    RevokeAccess(),
                    learner=each.learner,
                    certification=each.certification,
                    actor=ADMIN,
                    now=now,
                )
            except RefusedError:
                continue
        return super().sweep(actor=actor, now=now, limit=limit, far_ahead=far_ahead)


class _SweptStore(MemoryStore):
    """A store that saves something else where a sweep saves."""

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        return super().save([self.changed(each) if _is_swept(each) else each for each in changes])

    def changed(self, change: Change) -> Change:
        raise NotImplementedError


def _is_swept(change: Change) -> bool:
    return bool(change.enrollments) and not any(part.events for part in change.enrollments)


class _StampsNotices(_SweptStore):
    """A reminder is dated by the sweep that wrote it."""

    def changed(self, change: Change) -> Change:
        at = change.enrollments[0].indexed_at
        return evolve(change, notices=tuple(evolve(each, at=at) for each in change.notices))


class _StampsTheIndex(_SweptStore):
    """The index is taken at its word for a year from the sweep on, not until something changes."""

    def changed(self, change: Change) -> Change:
        return evolve(
            change,
            enrollments=tuple(
                evolve(part, next_change_at=part.indexed_at + 366 * DAY)
                for part in change.enrollments
            ),
        )


class _StampsTheEnrollment(Service):
    """Its sweep writes into the enrollment when the status changed."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        store = parts["store"]
        assert isinstance(store, _Opened)
        self.database = store.database

    def sweep(
        self, *, actor: Actor, now: datetime, limit: int = 10_000, far_ahead: bool = False
    ) -> SweepReport:
        held = self.database.held("default").enrollments
        for key, indexed in held.items():
            stored = indexed.enrollment
            if stored.status_at(now) in {Status.EXPIRED, Status.LAPSED}:
                held[key] = evolve(indexed, enrollment=evolve(stored, status_since=now))
        return super().sweep(actor=actor, now=now, limit=limit, far_ahead=far_ahead)


class _Opened(MemoryStore):
    """A store whose database can be reached."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        super().__init__(self.database)


OF_THE_SWEEP: Final = (
    Mutant(name="the status holds since the sweep", service=_StampsTheStatus),
    Mutant(name="the sweep records what it finds", service=_RecordsWhatItFinds),
    Mutant(
        name="a reminder is dated by the sweep",
        store=_StampsNotices,
        certification=reminding(CERTIFICATIONS["completion"]),
    ),
    Mutant(name="the index holds for a year from the sweep", store=_StampsTheIndex),
    Mutant(name="the sweep stamps the enrollment", service=_StampsTheEnrollment, store=_Opened),
)
