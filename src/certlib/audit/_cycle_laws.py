"""Laws about cycles, their steps, fees and exams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from certlib.audit._examined import Breach, EnrollmentLaw, Examined, strike
from certlib.audit._law import Law
from certlib.audit._record import ByHand, GiveCommand, Mend
from certlib.policies import Fee
from certlib.state._cycles import Cycle, CycleEnd
from certlib.state.commands import OverrideExam, OverrideTraining, Start
from certlib.state.facts import AttemptsGranted, CycleBegan, CycleMoved

__all__ = ["CYCLE_LAWS", "repeated"]

EVENTS: Final = ByHand(words="look at the events of the cycle: one of them is damaged or missing")


def repeated(values: Iterable[object]) -> tuple[str, ...]:
    """Return the values that occur more than once, as texts."""
    listed = [str(value) for value in values]
    return tuple(dict.fromkeys(value for value in listed if listed.count(value) > 1))


def _breach(cycle: Cycle, found: str, expected: str, *mends: Mend) -> Breach:
    return Breach(
        place=f"cycle {cycle.number}", found=found, expected=expected, mends=mends or (EVENTS,)
    )


def _with_strike(cycle: Cycle) -> tuple[Mend, ...]:
    return (strike(cycle.entry), EVENTS)


# --- one after another --------------------------------------------------------------------------


def _earlier_open(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles[:-1]:
        if cycle.ended_at is None:
            yield _breach(cycle, "open", "ended before the next one began", *_with_strike(cycle))


def _numbers(examined: Examined) -> Iterator[Breach]:
    for before, cycle in pairwise(examined.enrollment.cycles):
        if cycle.number <= before.number:
            yield _breach(
                cycle,
                f"after cycle {before.number}",
                f"a number above {before.number}",
                *_with_strike(cycle),
            )


def _overlapping(examined: Examined) -> Iterator[Breach]:
    for before, cycle in pairwise(examined.enrollment.cycles):
        if before.ended_at is not None and cycle.began_at < before.ended_at:
            yield _breach(
                cycle,
                f"began at {cycle.began_at}",
                f"not before cycle {before.number} ended, {before.ended_at}",
                *_with_strike(cycle),
            )


def _ends_before(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        if cycle.ended_at is not None and cycle.ended_at < cycle.began_at:
            yield _breach(cycle, f"ended at {cycle.ended_at}", f"not before {cycle.began_at}")


def _starts_before(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        if cycle.started_at is not None and cycle.started_at < cycle.began_at:
            yield _breach(cycle, f"started at {cycle.started_at}", f"not before {cycle.began_at}")


def _half_ended(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        if (cycle.ended_at is None) != (cycle.ended_by is None):
            yield _breach(
                cycle,
                f"ended at {cycle.ended_at} by {cycle.ended_by}",
                "an end with an instant and a cause, or none",
            )


def _ended_by_nothing(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        if cycle.ended_by is CycleEnd.CERTIFICATE:
            issued = [
                each.issued_at
                for each in examined.enrollment.certificates
                if each.cycle == cycle.number
            ]
            if cycle.ended_at not in issued:
                yield _breach(
                    cycle,
                    f"ended by a certificate at {cycle.ended_at}",
                    "a certificate of the cycle of that instant",
                )


def _open_while_barred(examined: Examined) -> Iterator[Breach]:
    bar, cycle = examined.enrollment.bar, examined.enrollment.open_cycle
    if bar is not None and cycle is not None:
        yield _breach(
            cycle, f"open while {bar.value}", "ended when the learner was barred (row 31)"
        )


# --- versions -----------------------------------------------------------------------------------


def _version_unknown(examined: Examined) -> Iterator[Breach]:
    if examined.certification is None:
        return
    for cycle in examined.enrollment.cycles:
        if examined.version(cycle.version) is None:
            mend = ByHand(words="restore the version in the catalog: versions are never deleted")
            yield _breach(cycle, f"version {cycle.version}", "a version that the catalog has", mend)


def _needs(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        version = examined.version(cycle.version)
        if version is None:
            continue
        curriculum = version.curriculum(cycle.curriculum.value)
        needs, has_exam = curriculum.step_codes, curriculum.exam is not None
        if (cycle.needs, cycle.has_exam) != (needs, has_exam):
            mend = ByHand(
                words="a published version is never changed: publish the change as a new version,"
                " and move the enrollment to it"
            )
            yield _breach(
                cycle,
                _needed(cycle.needs, exam=cycle.has_exam),
                _needed(needs, exam=has_exam),
                mend,
            )


def _needed(steps: tuple[str, ...], *, exam: bool) -> str:
    return ", ".join((*steps, "and the exam") if exam else steps)


def _awarded_only(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        version = examined.version(cycle.version)
        if version is not None and version.policy.is_awarded_only:
            yield _breach(
                cycle,
                f"version {cycle.version}, by which the certification is only awarded",
                "a version that begins cycles",
                *_with_strike(cycle),
            )


# --- what is done -------------------------------------------------------------------------------


def _done_before_start(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        started = cycle.started_at
        instants = [
            *(each.at for each in cycle.done),
            *(each.at for each in cycle.attempts),
            *(each.at for each in cycle.requests),
        ]
        if instants and (started is None or min(instants) < started):
            yield _breach(
                cycle,
                f"something done at {min(instants)}",
                f"not before it was started, {started}"
                if started
                else "nothing: it is not started",
            )


def _done_twice(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        for step in repeated(each.step for each in cycle.done):
            yield _breach(cycle, f"step {step} done more than once", "each step done once")


def _complete_and_open(examined: Examined) -> Iterator[Breach]:
    cycle = examined.enrollment.open_cycle
    if cycle is None or not cycle.is_complete:
        return
    mends: list[Mend] = []
    if cycle.started_at is None:
        mends.append(GiveCommand(command=Start()))
    # The override changes nothing, but any command in a complete cycle concludes it.
    mends.append(GiveCommand(command=OverrideTraining() if cycle.needs else OverrideExam()))
    yield _breach(
        cycle, "open with nothing missing", "its certificate is issued at once (R2)", *mends
    )


# --- fees ---------------------------------------------------------------------------------------


def _settled_twice(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        for fee in repeated(each.fee.value for each in cycle.fees):
            mend = ByHand(words="strike the second payment, and refund it")
            yield _breach(cycle, f"the {fee} fee settled more than once", "settled once (R4)", mend)


def _foreign_fee(examined: Examined) -> Iterator[Breach]:
    for cycle in examined.enrollment.cycles:
        own = {cycle.fee, Fee.EXAM}
        for settled in cycle.fees:
            if settled.fee not in own:
                yield _breach(
                    cycle,
                    f"the {settled.fee.value} fee settled",
                    f"the {cycle.fee.value} fee or the exam fee only (R4)",
                    ByHand(words="strike the payment, and record it where it belongs"),
                )


def _reinstatement(examined: Examined) -> Iterator[Breach]:
    settled, cycle = examined.enrollment.reinstatement, examined.enrollment.open_cycle
    if settled is not None and cycle is not None:
        yield _breach(
            cycle,
            f"the reinstatement fee of {settled.at} is unused",
            "used up when the cycle began (R4)",
        )


# --- the exam -----------------------------------------------------------------------------------


def _too_many_attempts(examined: Examined) -> Iterator[Breach]:
    """Allow for versions that the cycle was on before, and for grants that were struck since."""
    for cycle in examined.enrollment.cycles:
        numbers, granted = {cycle.version}, 0
        for event in examined.history:
            fact = event.fact
            if isinstance(fact, CycleBegan | CycleMoved) and fact.number == cycle.number:
                numbers.add(fact.version)
            elif isinstance(fact, AttemptsGranted) and fact.number == cycle.number:
                granted += fact.count
        limits = [
            version.policy.exam.attempts
            for number in numbers
            if (version := examined.version(number))
        ]
        known = [limit for limit in limits if limit is not None]
        if len(known) < len(numbers):
            continue
        allowed = max(known) + granted
        if len(cycle.attempts) > allowed:
            beyond = cycle.attempts[allowed:]
            yield _breach(
                cycle,
                f"{len(cycle.attempts)} attempts at the exam",
                f"at most {allowed}: {max(known)} by the policy, {granted} granted (R7)",
                *(strike(each.number) for each in reversed(beyond)),
                EVENTS,
            )


CYCLE_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="earlier_cycle_is_open",
        sentence="at most one cycle is open, and it is the last",
        finds=_earlier_open,
    ),
    Law(
        code="cycle_numbers_repeat",
        sentence="cycles are numbered in the order in which they began, each number once",
        finds=_numbers,
    ),
    Law(
        code="cycles_overlap",
        sentence="a cycle begins when the one before it has ended",
        finds=_overlapping,
    ),
    Law(
        code="cycle_ends_before_it_begins",
        sentence="a cycle does not end before it begins",
        finds=_ends_before,
    ),
    Law(
        code="cycle_starts_before_it_begins",
        sentence="a cycle is not started before it begins",
        finds=_starts_before,
    ),
    Law(
        code="cycle_end_is_half_told",
        sentence="the end of a cycle has an instant and a cause",
        finds=_half_ended,
    ),
    Law(
        code="cycle_ended_without_its_certificate",
        sentence="a cycle that ended by its certificate has one issued at that instant (R3)",
        finds=_ended_by_nothing,
    ),
    Law(
        code="cycle_is_open_while_barred",
        sentence="no cycle is open while the learner is barred",
        finds=_open_while_barred,
    ),
    Law(
        code="cycle_version_is_unknown",
        sentence="a cycle is pinned to a known version",
        finds=_version_unknown,
    ),
    Law(
        code="cycle_needs_differ",
        sentence="a cycle needs what its version's curriculum has",
        finds=_needs,
    ),
    Law(
        code="cycle_is_awarded_only",
        sentence="no cycle is on a version that is awarded only",
        finds=_awarded_only,
    ),
    Law(
        code="done_before_start",
        sentence="nothing is done in a cycle before it is started",
        finds=_done_before_start,
    ),
    Law(
        code="step_is_done_twice",
        sentence="a step of a cycle is done once",
        finds=_done_twice,
    ),
    Law(
        code="open_cycle_is_complete",
        sentence="no open cycle has nothing missing (R2)",
        finds=_complete_and_open,
    ),
    Law(
        code="fee_is_settled_twice",
        sentence="a fee of a cycle is settled once (R4)",
        finds=_settled_twice,
    ),
    Law(
        code="fee_is_not_of_the_cycle",
        sentence="a cycle's fees are its own and the exam's (R4)",
        finds=_foreign_fee,
    ),
    Law(
        code="reinstatement_is_not_used_up",
        sentence="a start uses up the reinstatement fee (R4)",
        finds=_reinstatement,
    ),
    Law(
        code="attempts_exceed_the_limit",
        sentence="there are as many attempts at the exam as the policy and approvers allow (R7)",
        finds=_too_many_attempts,
    ),
)
