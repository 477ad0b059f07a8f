"""Cases for tests: certifications built from a few words, and commands entered into a case."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from attrs import evolve

from certlib.actors import Actor
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    AnnualDate,
    BeforeWindow,
    FixedDates,
    FromCompletion,
    FromExpiry,
    Grace,
    Policy,
    Recertification,
    Validity,
)
from certlib.requirements import Completed
from certlib.state import (
    Accepted,
    Case,
    Command,
    Decision,
    Enrollment,
    Event,
    decide,
    replay,
)

MICROSECOND: Final = timedelta(microseconds=1)
ADMIN: Final = Actor.parse("admin:eva")
ANN: Final = Actor.parse("learner:ann")
SYSTEM: Final = Actor.parse("system")


# --- certifications ---------------------------------------------------------------------------


def policy(
    validity: Validity,
    *,
    zone: str = "UTC",
    grace: str = "P0D",
    grace_counts: bool = False,
    window: str | None = None,
    renews: bool = False,
) -> Policy:
    """A policy, its periods given as texts; no window means at any time."""
    return Policy(
        validity=validity,
        time_zone=zone,
        grace=Grace(period=Period.parse(grace), counts_as_certified=grace_counts),
        recertification=Recertification(
            window=Period.parse(window) if window else ANY_TIME,
            before_window=BeforeWindow.RENEWS if renews else BeforeWindow.IGNORED,
        ),
    )


def completion(period: str) -> FromCompletion:
    return FromCompletion(period=Period.parse(period))


def expiry(period: str) -> FromExpiry:
    return FromExpiry(period=Period.parse(period))


def annual(*days: str, minimum: str = "P0D") -> FixedDates:
    dates = tuple(AnnualDate.parse(day) for day in days)
    return FixedDates(dates=dates, minimum=Period.parse(minimum))


def steps(*codes: str) -> Curriculum:
    """A curriculum of steps, each done by the training of its name."""
    return Curriculum(
        steps=tuple(
            Step(code=code, paths=(Online(requires=Completed(training=code.upper())),))
            for code in codes
        )
    )


def certification(*policies: Policy, again: Curriculum | None = None) -> Certification:
    """A certification: one version for each policy, the second published on a day within the walks.

    The initial curriculum has the steps a and b, that of a recertification, unless given, only r.
    """
    days = (date(2000, 1, 1), date(2024, 6, 1))
    return Certification(
        code="FIRE",
        versions=tuple(
            Version(number=number, published_on=on, policy=each,
                    initial=steps("a", "b"), recertification=again or steps("r"))
            for number, (on, each) in enumerate(zip(days, policies, strict=False), start=1)
        ),
    )  # fmt: skip


# --- cases ------------------------------------------------------------------------------------


def blank(certification: Certification) -> Case:
    return Case.blank(learner=Learner(id="ann"), certification=certification)


def enter(case: Case, actor: Actor, command: Command, now: datetime) -> Case:
    """The case after a command that must be accepted."""
    decision = decide(case, command, actor=actor, now=now)
    assert isinstance(decision, Accepted), decision
    return after(case, decision)


def as_of(case: Case, at: datetime, known_at: datetime | None = None) -> Enrollment:
    return replay(history_of(case), learner="ann", certification="FIRE", at=at, known_at=known_at)


def answer(case: Case, at: datetime) -> tuple[object, ...]:
    """Everything that can be asked about an instant, without the numbers of the events."""
    enrollment = as_of(case, at)
    newest = enrollment.newest_certificate
    return (
        enrollment.status_at(at),
        enrollment.certified_at(at),
        enrollment.since(at),
        newest and (newest.issued_at, newest.terms, newest.version, newest.revoked_at),
    )


def history_of(case: Case) -> tuple[Event, ...]:
    return case.history or ()


def after(case: Case, decision: Decision) -> Case:
    """The case after a decision."""
    if not isinstance(decision, Accepted):
        return case
    history = (*history_of(case), *decision.events)
    return evolve(case, enrollment=decision.enrollment, history=history)
