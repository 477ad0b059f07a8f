"""`audit` checks a record against every law; `preview_mend` says what a mend would change.

Neither writes anything. A mend is a value: to apply it, give its command or store the enrollment.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import evolve, fields, frozen

from certlib._declared import takes_instants
from certlib._reasons import Reason, ReasonKind
from certlib.actors import Actor
from certlib.audit._calendar_laws import CALENDAR_LAWS
from certlib.audit._certificate_laws import CERTIFICATE_LAWS
from certlib.audit._cycle_laws import CYCLE_LAWS
from certlib.audit._entry_laws import ENTRY_LAWS
from certlib.audit._examined import Breach, EnrollmentLaw, Examined
from certlib.audit._history_laws import HISTORY_LAWS
from certlib.audit._record import (
    ByHand,
    Finding,
    GiveCommand,
    Mend,
    Record,
    RefreshIndex,
    StoreReplayed,
)
from certlib.audit._record_laws import RECORD_LAWS, differing, index_of
from certlib.audit._request_laws import REQUEST_LAWS
from certlib.state._engine import Refused, decide
from certlib.state._enrollments import Enrollment
from certlib.state._explanation import Difference, differences
from certlib.state._fold import replay
from certlib.state._proposals import Case, present
from certlib.state._rows import TABLE
from certlib.state._table import Table

__all__ = ["LAWS", "MendPreview", "audit", "preview_mend"]

ENROLLMENT_LAWS: Final = (*CYCLE_LAWS, *REQUEST_LAWS, *CERTIFICATE_LAWS)
"""Laws about the enrollment alone; the replayed enrollment is checked against them as well."""

LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    *CALENDAR_LAWS,
    *HISTORY_LAWS,
    *ENTRY_LAWS,
    *RECORD_LAWS,
    *ENROLLMENT_LAWS,
)
"""Every law that a record is checked against. Their codes are public."""

UNKNOWN: Final = Reason(
    code="learner_or_certification_is_unknown",
    kind=ReasonKind.GUARD,
    template="no command can be given: the learner or the certification is not known",
)


@takes_instants
def audit(record: Record, *, at: datetime, table: Table = TABLE) -> tuple[Finding, ...]:
    """Return every finding about a record, in the order of `LAWS`.

    ``at`` is the present. A record with an unknown time zone or a year out of range is not checked any
    further. If replaying the history would remove a finding, its mend is `StoreReplayed`.

    >>> from datetime import UTC
    >>> from certlib.state._enrollments import Enrollment
    >>> stored = Enrollment(learner="ann", certification="FIRE-1", version=3)
    >>> record = Record(enrollment=stored, history=(), certification=None, learner=None)
    >>> [finding.code for finding in audit(record, at=datetime(2025, 3, 3, tzinfo=UTC))]
    ['version_differs', 'learner_is_unknown', 'certification_is_unknown']
    """
    examined = Examined(record=record, enrollment=record.enrollment, at=present(at), table=table)
    unreadable = tuple(_findings(CALENDAR_LAWS, examined))
    if unreadable:
        return unreadable
    return (
        *_findings((*HISTORY_LAWS, *ENTRY_LAWS, *RECORD_LAWS), examined),
        *_enrollment_findings(examined),
    )


def _findings(laws: tuple[EnrollmentLaw, ...], examined: Examined) -> Iterator[Finding]:
    for law in laws:
        for breach in law.finds(examined):
            yield _finding(law, breach, examined.record)


def _finding(law: EnrollmentLaw, breach: Breach, record: Record) -> Finding:
    return Finding(
        code=law.code,
        learner=record.enrollment.learner,
        certification=record.enrollment.certification,
        place=breach.place,
        found=breach.found,
        expected=breach.expected,
        mends=breach.mends,
    )


def _enrollment_findings(examined: Examined) -> Iterator[Finding]:
    """Yield findings about the enrollment; those that a replay would remove get that as their mend."""
    found = tuple(_findings(ENROLLMENT_LAWS, examined))
    if examined.enrollment == examined.replayed:
        yield from found
        return
    stays = {(each.code, each.place) for each in _findings(ENROLLMENT_LAWS, examined.on_replayed)}
    for each in found:
        mended = (each.code, each.place) not in stays
        yield evolve(each, mends=(StoreReplayed(),)) if mended else each


@frozen(kw_only=True)
class MendPreview:
    """What a mend would change; nothing has been changed."""

    mend: Mend
    differences: tuple[Difference, ...] = ()
    """Answers and stored values that would differ."""
    reasons: tuple[Reason, ...] = ()
    """Why the command would be refused."""
    mended: tuple[Finding, ...] = ()
    """Findings that would be gone."""
    caused: tuple[Finding, ...] = ()
    """Findings that would be new."""


@takes_instants
def preview_mend(
    record: Record, mend: Mend, *, actor: Actor, at: datetime, table: Table = TABLE
) -> MendPreview:
    """Return what a mend would change if an actor applied it at an instant; nothing is written.

    A mend by hand shows no change.
    """
    at = present(at)
    if isinstance(mend, ByHand):
        return MendPreview(mend=mend)
    if isinstance(mend, RefreshIndex):
        after = evolve(record, index=index_of(record, at))
    elif isinstance(mend, StoreReplayed):
        stored = record.enrollment
        replayed = replay(
            record.history, learner=stored.learner, certification=stored.certification
        )
        after = evolve(record, enrollment=replayed)
    else:
        done = _commanded(record, mend, actor, at, table)
        if not isinstance(done, Record):
            return MendPreview(mend=mend, reasons=done)
        after = done
    earlier, later = (audit(each, at=at, table=table) for each in (record, after))
    names, left = _names(earlier), _names(later)
    return MendPreview(
        mend=mend,
        differences=tuple(_differences(record, after, at, readable=_is_readable(earlier))),
        mended=tuple(each for each in earlier if (each.code, each.place) not in left),
        caused=tuple(each for each in later if (each.code, each.place) not in names),
    )


def _names(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(each.code, each.place) for each in findings}


def _commanded(
    record: Record, mend: GiveCommand, actor: Actor, at: datetime, table: Table
) -> Record | tuple[Reason, ...]:
    """Return the record after a command, with a fresh index, or why the command is refused."""
    if record.learner is None or record.certification is None:
        return (UNKNOWN,)
    case = Case(
        learner=record.learner,
        certification=record.certification,
        enrollment=record.enrollment,
        history=record.history,
    )
    if record.transcript is not None:
        case = evolve(case, transcript=record.transcript)
    decision = decide(case, mend.command, actor=actor, now=at, table=table)
    if isinstance(decision, Refused):
        return decision.reasons
    after = evolve(
        record,
        enrollment=decision.enrollment,
        history=(*record.history, *decision.events),
    )
    return after if record.index is None else evolve(after, index=index_of(after, at))


def _is_readable(findings: tuple[Finding, ...]) -> bool:
    """Whether questions about the record can be answered: every zone is known, every year in range."""
    return not any(each.code in {law.code for law in CALENDAR_LAWS} for each in findings)


def _differences(
    before: Record, after: Record, at: datetime, *, readable: bool
) -> Iterator[Difference]:
    stored, left = before.enrollment, after.enrollment
    if readable:
        last = max(filter(None, (at, stored.last_fact_at, left.last_fact_at)))
        yield from differences(stored, left, last)
    for each in fields(Enrollment):
        pair = getattr(stored, each.name), getattr(left, each.name)
        for place, was, is_ in differing(each.name, *pair):
            yield Difference(what=f"stored {place}", before=was, after=is_)
    for place, was, is_ in differing("index", before.index, after.index):
        yield Difference(what=place, before=was, after=is_)
