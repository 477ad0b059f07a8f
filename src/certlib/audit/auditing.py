"""`audit` holds a record against every invariant; `preview` says what a mend would change.

Neither writes anything: a mend is a value, and whoever wants it done gives the command, or stores the
enrollment, himself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import evolve, fields, frozen

from certlib.actors import Actor
from certlib.audit.certificates import CERTIFICATES
from certlib.audit.cycles import CYCLES
from certlib.audit.entries import ENTRIES
from certlib.audit.ground import GROUND
from certlib.audit.histories import HISTORIES
from certlib.audit.invariant import Examined, Found, Invariant
from certlib.audit.record import (
    ByHand,
    Finding,
    GiveCommand,
    Mend,
    Record,
    RefreshIndex,
    StoreReplayed,
)
from certlib.audit.requests import REQUESTS
from certlib.audit.stored import STORED, index_of, told_apart
from certlib.reasons import Reason, ReasonKind
from certlib.state.engine import Refused, decide
from certlib.state.enrollments import Enrollment
from certlib.state.explanation import Difference, differences
from certlib.state.fold import replay
from certlib.state.proposals import Case, present
from certlib.state.rows import TABLE
from certlib.state.table import Table

__all__ = ["INVARIANTS", "Preview", "audit", "preview"]

OF_THE_ENROLLMENT: Final = (*CYCLES, *REQUESTS, *CERTIFICATES)
"""Those that look at the enrollment: they are held against what the history adds up to, too."""

INVARIANTS: Final[tuple[Invariant, ...]] = (
    *GROUND,
    *HISTORIES,
    *ENTRIES,
    *STORED,
    *OF_THE_ENROLLMENT,
)
"""Every invariant that a record is held against. Their codes are public."""

UNKNOWN: Final = Reason(
    code="learner_or_certification_is_unknown",
    kind=ReasonKind.GUARD,
    template="no command can be given: the learner or the certification is not known",
)


def audit(record: Record, *, at: datetime, table: Table = TABLE) -> tuple[Finding, ...]:
    """Return every finding about a record, in the order of the invariants.

    ``at`` is the present. What holds zones or years that no calendar has is looked at no further.
    Where the history itself is sound, the mend of a finding about the enrollment is to store what the
    history adds up to.

    >>> from datetime import UTC
    >>> from certlib.state.enrollments import Enrollment
    >>> stored = Enrollment(learner="ann", certification="FIRE-1", version=3)
    >>> record = Record(enrollment=stored, history=(), certification=None, learner=None)
    >>> [finding.code for finding in audit(record, at=datetime(2025, 3, 3, tzinfo=UTC))]
    ['version_differs', 'learner_is_unknown', 'certification_is_unknown']
    """
    examined = Examined(record=record, enrollment=record.enrollment, at=present(at), table=table)
    ground = tuple(_findings(GROUND, examined))
    if ground:
        return ground
    return (
        *_findings((*HISTORIES, *ENTRIES, *STORED), examined),
        *_of_the_enrollment(examined),
    )


def _findings(invariants: tuple[Invariant, ...], examined: Examined) -> Iterator[Finding]:
    for invariant in invariants:
        for found in invariant.finds(examined):
            yield _finding(invariant, found, examined.record)


def _finding(invariant: Invariant, found: Found, record: Record) -> Finding:
    return Finding(
        code=invariant.code,
        learner=record.enrollment.learner,
        certification=record.enrollment.certification,
        place=found.place,
        found=found.found,
        expected=found.expected,
        mends=found.mends,
    )


def _of_the_enrollment(examined: Examined) -> Iterator[Finding]:
    """Yield what is wrong with what is stored; what the history does not bear out, it mends."""
    found = tuple(_findings(OF_THE_ENROLLMENT, examined))
    if examined.enrollment == examined.replayed:
        yield from found
        return
    stays = {(each.code, each.place) for each in _findings(OF_THE_ENROLLMENT, examined.on_replayed)}
    for each in found:
        mended = (each.code, each.place) not in stays
        yield evolve(each, mends=(StoreReplayed(),)) if mended else each


@frozen(kw_only=True)
class Preview:
    """What a mend would change, were it done; nothing has been done."""

    mend: Mend
    differences: tuple[Difference, ...] = ()
    """What would be answered, or stored, otherwise."""
    reasons: tuple[Reason, ...] = ()
    """Why the command would be refused."""
    mended: tuple[Finding, ...] = ()
    """The findings that would be gone."""
    caused: tuple[Finding, ...] = ()
    """Findings that there are not yet."""


def preview(
    record: Record, mend: Mend, *, actor: Actor, at: datetime, table: Table = TABLE
) -> Preview:
    """Say what a mend, done by an actor at an instant, would change; do nothing.

    What has to be mended by hand shows no change.
    """
    at = present(at)
    if isinstance(mend, ByHand):
        return Preview(mend=mend)
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
            return Preview(mend=mend, reasons=done)
        after = done
    earlier, later = (audit(each, at=at, table=table) for each in (record, after))
    names, left = _names(earlier), _names(later)
    return Preview(
        mend=mend,
        differences=tuple(_differences(record, after, at, readable=not _is_ground(earlier))),
        mended=tuple(each for each in earlier if (each.code, each.place) not in left),
        caused=tuple(each for each in later if (each.code, each.place) not in names),
    )


def _names(findings: tuple[Finding, ...]) -> set[tuple[str, str]]:
    return {(each.code, each.place) for each in findings}


def _commanded(
    record: Record, mend: GiveCommand, actor: Actor, at: datetime, table: Table
) -> Record | tuple[Reason, ...]:
    """Return the record as a command would leave it, with its index fresh, or why it may not be given."""
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


def _is_ground(findings: tuple[Finding, ...]) -> bool:
    """Whether the findings are of such a kind that no question about the record can be answered."""
    return any(each.code in {invariant.code for invariant in GROUND} for each in findings)


def _differences(
    before: Record, after: Record, at: datetime, *, readable: bool
) -> Iterator[Difference]:
    stored, left = before.enrollment, after.enrollment
    if readable:
        last = max(filter(None, (at, stored.last_fact_at, left.last_fact_at)))
        yield from differences(stored, left, last)
    for each in fields(Enrollment):
        pair = getattr(stored, each.name), getattr(left, each.name)
        for place, was, is_ in told_apart(each.name, *pair):
            yield Difference(what=f"stored {place}", before=was, after=is_)
    for place, was, is_ in told_apart("index", before.index, after.index):
        yield Difference(what=place, before=was, after=is_)
