"""Laws about entries: what they strike, their rows, and what they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from certlib.audit._examined import (
    RESTORE,
    Breach,
    EnrollmentLaw,
    Examined,
    strike,
    strike_or_restore,
)
from certlib.audit._law import Law
from certlib.audit._record import ByHand
from certlib.state._actions.striking import DECISIONS, resting_on
from certlib.state._events import Event
from certlib.state._status import Status
from certlib.state.facts import (
    AccessRequested,
    AttemptsDenied,
    AttemptsGranted,
    AttemptsRequested,
    CertificateDatedAgain,
    CertificateIssued,
    CycleBegan,
    CycleEnded,
    CycleMoved,
    CycleStarted,
    DeadlineExtended,
    EntryStruck,
    EvidenceApproved,
    EvidenceDenied,
    EvidenceSubmitted,
    ExamApproved,
    ExamAttempted,
    ExamDenied,
    ExamOverridden,
    FeePaid,
    FeeWaived,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)

__all__ = ["ENTRY_LAWS"]

CONSEQUENCES: Final = (CertificateDatedAgain, CertificateIssued, CycleEnded)
"""Facts that follow from a row's own facts and are recorded with them."""

IN_A_CYCLE: Final = (
    AttemptsDenied,
    AttemptsGranted,
    AttemptsRequested,
    CycleMoved,
    CycleStarted,
    DeadlineExtended,
    EvidenceApproved,
    EvidenceDenied,
    EvidenceSubmitted,
    ExamApproved,
    ExamAttempted,
    ExamDenied,
    ExamOverridden,
    FeePaid,
    FeeWaived,
    StepCompleted,
    TestOutRecorded,
    TrainingOverridden,
)
"""Facts that name their cycle; they rest on its beginning, so that cannot have been struck."""

ASKING: Final = (AccessRequested, AttemptsRequested, EvidenceSubmitted, ExamAttempted)
"""Facts that open, or may open, a request."""

OTHER_TABLE: Final = ByHand(
    words="compare it with the table in use when it was recorded, which may have been another"
)


# --- strikes ------------------------------------------------------------------------------------


def _strikes(examined: Examined) -> Iterator[tuple[Event, EntryStruck]]:
    for event in examined.history:
        if isinstance(event.fact, EntryStruck):
            yield event, event.fact


def _struck_nothing(examined: Examined) -> Iterator[Breach]:
    for event, fact in _strikes(examined):
        if not any(
            each.entry == fact.entry for each in examined.history if each.entry < event.entry
        ):
            yield Breach(
                place=f"entry {event.entry}",
                found=f"strikes entry {fact.entry}",
                expected="an entry that existed before",
                mends=(RESTORE,),
            )


def _struck_twice(examined: Examined) -> Iterator[Breach]:
    seen: dict[int, int] = {}
    for event, fact in _strikes(examined):
        first = seen.setdefault(fact.entry, event.entry)
        if first != event.entry:
            yield Breach(
                place=f"entry {event.entry}",
                found=f"strikes entry {fact.entry}",
                expected=f"an entry that was not struck: entry {first} struck it before",
                mends=(
                    ByHand(
                        words="nothing has to be done: striking an entry twice has no further effect"
                    ),
                ),
            )


def _strike_struck(examined: Examined) -> Iterator[Breach]:
    strikes = {event.entry for event, _ in _strikes(examined)}
    for event, fact in _strikes(examined):
        if fact.entry in strikes:
            yield Breach(
                place=f"entry {event.entry}",
                found=f"strikes entry {fact.entry}, a strike",
                expected="an entry that is not a strike: strikes are final",
                mends=(ByHand(words="the entry stays struck: give its command again"),),
            )


def _rested_on(examined: Examined) -> Iterator[Breach]:
    for event, fact in _strikes(examined):
        known = [each for each in examined.history if each.entry < event.entry]
        resting = [
            number
            for number in resting_on(fact.entry, known, examined.enrollment)
            if number not in examined.struck
        ]
        if resting:
            yield Breach(
                place=f"entry {event.entry}",
                found=f"strikes entry {fact.entry}, on which these entries rest: "
                + ", ".join(map(str, resting)),
                expected="no entry rests on a struck one",
                mends=tuple(strike(number) for number in reversed(resting)),
            )


# --- rows ---------------------------------------------------------------------------------------


def _status_name(status: Status | None) -> str:
    return status.value if status else "no status"


def _row_of_status(examined: Examined) -> Iterator[Breach]:
    for entry in examined.counting:
        if entry.rows and not any(row.status is entry.before for row in entry.rows):
            yield Breach(
                place=f"entry {entry.number}",
                found=f"row {entry.first.row!r} while {_status_name(entry.before)}",
                expected="one of "
                + ", ".join(sorted(_status_name(row.status) for row in entry.rows)),
                mends=(strike(entry.number), OTHER_TABLE),
            )


def _led_to(examined: Examined) -> Iterator[Breach]:
    for entry in examined.counting:
        for row in entry.rows:
            if row.status is entry.before and entry.after not in row.to:
                yield Breach(
                    place=f"entry {entry.number}",
                    found=f"row {row.name!r} led from {_status_name(row.status)} to {_status_name(entry.after)}",
                    expected="one of " + ", ".join(sorted(map(_status_name, row.to))),
                    mends=(strike(entry.number), OTHER_TABLE),
                )


def _of_its_row(examined: Examined) -> Iterator[Breach]:
    for entry in examined.counting:
        if not entry.rows:
            continue
        emits = {fact for row in entry.rows for fact in row.emits}
        for event in entry.events:
            if not isinstance(event.fact, (*emits, *CONSEQUENCES)):
                yield Breach(
                    place=f"event {event.sequence}",
                    found=f"{event.fact.tag}, recorded by row {event.row!r}",
                    expected="one of " + ", ".join(sorted(fact.tag for fact in emits)),
                    mends=(strike(entry.number), OTHER_TABLE),
                )


# --- what facts name ----------------------------------------------------------------------------


def _versions(examined: Examined) -> Iterator[Breach]:
    if examined.certification is None:
        return
    for event in examined.history:
        named = event.version
        if named is not None and examined.version(named) is None:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"decided by version {named}",
                expected="a version that the catalog has",
                mends=(
                    ByHand(words="restore the version in the catalog: versions are never deleted"),
                ),
            )


def _completions(examined: Examined) -> Iterator[Breach]:
    transcript = examined.record.transcript
    if transcript is None:
        return
    cited = {(event.entry, key) for event in examined.standing for key in event.because}
    for entry, key in sorted(cited, key=lambda each: (each[0], each[1].training, each[1].at)):
        if not transcript.holds(key):
            yield Breach(
                place=f"entry {entry}",
                found=f"because of {key.training} completed at {key.at}",
                expected="a completion that the transcript has",
                mends=(strike(entry), ByHand(words="record the completion again")),
            )


def _cycle_named(event: Event) -> int | None:
    fact = event.fact
    if isinstance(fact, CertificateIssued):
        return fact.cycle
    return fact.number if isinstance(fact, IN_A_CYCLE) else None


def _cycles(examined: Examined) -> Iterator[Breach]:
    began = {event.fact.number for event in examined.standing if isinstance(event.fact, CycleBegan)}
    for event in examined.standing:
        number = _cycle_named(event)
        if number is not None and number not in began:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"{event.fact.tag} of cycle {number}",
                expected="a cycle that began",
                mends=strike_or_restore(event.entry),
            )


def _decisions(examined: Examined) -> Iterator[Breach]:
    asked = {event.entry for event in examined.standing if isinstance(event.fact, ASKING)}
    for event in examined.standing:
        if isinstance(event.fact, DECISIONS) and event.fact.request not in asked:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"{event.fact.tag} of request {event.fact.request}",
                expected="a request that was made",
                mends=strike_or_restore(event.entry),
            )


ENTRY_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="strike_names_nothing",
        sentence="a strike names an entry that exists (row 37)",
        finds=_struck_nothing,
    ),
    Law(
        code="entry_is_struck_twice",
        sentence="an entry is struck once (row 37)",
        finds=_struck_twice,
    ),
    Law(
        code="strike_is_struck",
        sentence="no strike is struck (row 37)",
        finds=_strike_struck,
    ),
    Law(
        code="struck_is_rested_on",
        sentence="no entry rests on a struck one (R13)",
        finds=_rested_on,
    ),
    Law(
        code="row_is_not_of_the_status",
        sentence="an entry was made by a row for the status at that instant",
        finds=_row_of_status,
    ),
    Law(
        code="entry_led_elsewhere",
        sentence="an entry led to a status that its row can lead to (R12)",
        finds=_led_to,
    ),
    Law(
        code="fact_is_not_of_its_row",
        sentence="an entry holds what its row records, and what follows from it",
        finds=_of_its_row,
    ),
    Law(
        code="version_of_a_fact_is_unknown",
        sentence="every fact was decided by a known version (P13)",
        finds=_versions,
    ),
    Law(
        code="completion_is_unknown",
        sentence="the completions that an entry cites are in the transcript (C6)",
        finds=_completions,
    ),
    Law(
        code="fact_is_of_no_cycle",
        sentence="a fact in a cycle names a cycle that began",
        finds=_cycles,
    ),
    Law(
        code="decision_is_of_no_request",
        sentence="a decision names a request that was made (R13)",
        finds=_decisions,
    ),
)
