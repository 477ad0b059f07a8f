"""An enrollment: what all facts so far about one learner in one certification add up to.

These values are made by the fold (`certlib.state.fold`) and by nothing else. They hold no status:
ask `Enrollment.status_at`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from attrs import evolve, frozen

from certlib.periods import DAY, first_instant
from certlib.policies import Previous, Terms
from certlib.state.status import Bar, CycleKind, Status, status_at
from certlib.transcript import CompletionKey

__all__ = [
    "Assignment",
    "AssignmentSource",
    "Certificate",
    "Cycle",
    "CycleEnd",
    "Enrollment",
    "StepDone",
]


class AssignmentSource(StrEnum):
    """Why a learner has an enrollment."""

    MANUAL = "manual"
    IMPORT = "import"
    RULE = "rule"
    SELF = "self"
    REQUEST = "request"


@frozen(kw_only=True)
class Assignment:
    """One reason for an enrollment. A source and a reference name it; an enrollment may have several."""

    source: AssignmentSource
    reference: str | None = None
    at: datetime
    due_on: date | None = None


@frozen(kw_only=True)
class StepDone:
    """A step that is done, by which path, when, and through which completions."""

    step: str
    path: str | None
    at: datetime
    because: tuple[CompletionKey, ...] = ()


class CycleEnd(StrEnum):
    """What ended a cycle."""

    CERTIFICATE = "certificate"
    AWARD = "award"
    ABANDONED = "abandoned"
    REVOKED = "revoked"
    REMOVED = "removed"


@frozen(kw_only=True)
class Cycle:
    """One run at the certification, pinned to one version; never deleted.

    What it needs is recorded when it begins, so that reading needs no catalog.
    """

    number: int
    kind: CycleKind
    version: int
    entry: int
    """The entry that began it."""
    began_at: datetime
    counts_from: date
    """The first day whose completions count for it, a day of the version's zone (P10b)."""
    needs: tuple[str, ...]
    """The codes of its steps."""
    has_exam: bool = False
    started_at: datetime | None = None
    done: tuple[StepDone, ...] = ()
    awaiting: tuple[str, ...] = ()
    """Steps whose evidence waits for an approver."""
    exam_done: bool = False
    exam_held: bool = False
    """Whether a passed exam waits for an approver."""
    ended_at: datetime | None = None
    ended_by: CycleEnd | None = None

    @property
    def missing_steps(self) -> tuple[str, ...]:
        """The steps that are not done, in order."""
        done = {each.step for each in self.done}
        return tuple(step for step in self.needs if step not in done)

    @property
    def exam_is_missing(self) -> bool:
        """Whether there is an exam, neither passed nor overridden."""
        return self.has_exam and not self.exam_done

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing (R1)."""
        return not self.missing_steps and not self.exam_is_missing

    @property
    def only_approvals_are_left(self) -> bool:
        """Whether something is missing and all of it waits for an approver (R1)."""
        if not self.awaiting and not self.exam_held:
            return False
        steps, exam = self.missing_steps, self.exam_is_missing
        if not steps and not exam:
            return False
        return all(step in self.awaiting for step in steps) and (not exam or self.exam_held)


@frozen(kw_only=True, slots=False)
class Certificate:
    """What a cycle or an award earned. An enrollment keeps all of them, ordered by issue (R8)."""

    sequence: int
    """The event that issued it; it identifies the certificate within the enrollment."""
    entry: int
    issued_at: datetime
    terms: Terms
    version: int
    cycle: int | None
    """The cycle that earned it; None for an award."""
    score: str | None = None
    import_id: str | None = None
    extended_to: date | None = None
    revoked_at: datetime | None = None

    @property
    def is_award(self) -> bool:
        """Whether it was earned elsewhere, or given as an exemption."""
        return self.cycle is None

    @property
    def last_valid_day(self) -> date | None:
        """The last day, inclusive, on which it is valid, with its extension; None: it never expires."""
        if self.extended_to is None or self.terms.last_valid_day is None:
            return self.terms.last_valid_day
        return max(self.extended_to, self.terms.last_valid_day)

    @property
    def last_grace_day(self) -> date | None:
        """The last day of grace, counted from the last valid day."""
        return self.terms.last_grace_day(self.last_valid_day)

    @cached_property
    def expires_at(self) -> datetime | None:
        """The first instant at which it is no longer valid."""
        return self._end_of(self.last_valid_day)

    @cached_property
    def grace_ends_at(self) -> datetime | None:
        """The first instant after its grace; None where there is none."""
        return self._end_of(self.last_grace_day)

    @cached_property
    def window_opens_at(self) -> datetime | None:
        """The instant from which recertification may start; None where it never opens."""
        opens_on = self.terms.window_opens_on
        if opens_on is None:
            return None
        return max(self.issued_at, first_instant(opens_on, self.terms.time_zone))

    def _end_of(self, day: date | None) -> datetime | None:
        return None if day is None else first_instant(day + DAY, self.terms.time_zone)

    def certifies_at(self, instant: datetime) -> bool:
        """Whether its holder counts as certified by it at an instant; grace counts where it should."""
        if self.revoked_at is not None:
            return False
        ends_at = self.certifies_until
        return ends_at is None or instant < ends_at

    @property
    def certifies_until(self) -> datetime | None:
        """The first instant at which its holder does not count as certified by it; None: there is none."""
        return (self.terms.grace_counts and self.grace_ends_at) or self.expires_at

    def as_previous(self, instant: datetime) -> Previous | None:
        """Return what a certificate issued at an instant renews; a revoked one is no base (P1)."""
        if self.revoked_at is not None:
            return None
        return Previous(
            terms=self.terms,
            last_valid_day=self.last_valid_day,
            in_force=self.certifies_at(instant),
        )


@frozen(kw_only=True)
class Enrollment:
    """One learner in one certification, for life.

    >>> blank = Enrollment.blank(learner="ann", certification="FIRE-1")
    >>> blank.version, blank.open_cycle
    (0, None)
    """

    learner: str
    certification: str
    version: int = 0
    """How many events it is made of, struck ones included: what a store compares before it saves."""
    entries: int = 0
    """The number of the last entry: a command accepted makes one."""
    last_fact_at: datetime | None = None
    """The instant of the latest fact that is not struck; a strike is no such fact (T5)."""
    last_recorded_at: datetime | None = None
    status_since: datetime | None = None
    """When the facts last changed the status; time may have changed it again (`Enrollment.since`)."""
    status_entry: int | None = None
    """The entry that did."""
    assignments: tuple[Assignment, ...] = ()
    bar: Bar | None = None
    bar_lifted_by: int | None = None
    """The entry that lifted the last bar; awards given since rest on it (R13)."""
    cycles: tuple[Cycle, ...] = ()
    certificates: tuple[Certificate, ...] = ()

    @classmethod
    def blank(cls, *, learner: str, certification: str) -> Enrollment:
        """Return the enrollment of somebody about whom no fact is known."""
        return cls(learner=learner, certification=certification)

    @property
    def open_cycle(self) -> Cycle | None:
        """The cycle that is open, if one is."""
        if self.cycles and self.cycles[-1].ended_at is None:
            return self.cycles[-1]
        return None

    @property
    def newest_certificate(self) -> Certificate | None:
        """The certificate that decides: the newest issued; of one instant, the one entered last."""
        return self.certificates[-1] if self.certificates else None

    def renewed_at(self, instant: datetime) -> Previous | None:
        """Return what a certificate issued at an instant renews, if there is something to renew."""
        newest = self.newest_certificate
        return newest.as_previous(instant) if newest else None

    def status_at(self, instant: datetime) -> Status | None:
        """Return the status at an instant not before the last fact (see `certlib.state.status`)."""
        return status_at(self, instant)

    def certified_at(self, instant: datetime) -> bool:
        """Return whether the newest certificate certifies the learner at an instant."""
        return bool(self.certificates) and self.certificates[-1].certifies_at(instant)

    def since(self, instant: datetime) -> datetime | None:
        """Return from when on the status of an instant has held."""
        status = self.status_at(instant)
        if status not in {Status.EXPIRED, Status.LAPSED}:
            return self.status_since
        newest = self.certificates[-1]
        over_at = newest.expires_at
        if status is Status.LAPSED and newest.grace_ends_at is not None:
            over_at = newest.grace_ends_at
        return max(filter(None, (self.status_since, over_at)))

    def assignment(self, source: AssignmentSource, reference: str | None) -> Assignment | None:
        """Return the assignment with this source and reference."""
        return next(
            (a for a in self.assignments if (a.source, a.reference) == (source, reference)), None
        )

    def cycle(self, number: int) -> Cycle:
        """Return the cycle with this number, which must be there."""
        return next(cycle for cycle in self.cycles if cycle.number == number)

    def with_cycle(self, cycle: Cycle) -> tuple[Cycle, ...]:
        """Return the cycles, the one of this number replaced."""
        return tuple(cycle if each.number == cycle.number else each for each in self.cycles)

    def with_cycle_ended(self, number: int, at: datetime, by: CycleEnd) -> Enrollment:
        """Return the enrollment with a cycle ended; one that ended earlier keeps its end (R3).

        What began the cycle may have been struck: then there is none to end.
        """
        return evolve(
            self,
            cycles=tuple(
                evolve(each, ended_at=at, ended_by=by)
                if each.number == number and each.ended_at is None
                else each
                for each in self.cycles
            ),
        )

    def certificates_revoked(self, instant: datetime) -> tuple[Certificate, ...]:
        """Return the certificates as a revocation leaves them: it reaches every one issued so far (R8)."""
        return tuple(
            certificate
            if certificate.revoked_at is not None
            else evolve(certificate, revoked_at=instant)
            for certificate in self.certificates
        )

    def barred(self, bar: Bar, instant: datetime) -> Enrollment:
        """Return the enrollment of a learner who is barred from an instant on."""
        return evolve(self, bar=bar, certificates=self.certificates_revoked(instant))
