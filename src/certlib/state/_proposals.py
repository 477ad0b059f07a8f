"""What a decision reads: the case, and the proposal of one command in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import ClassVar, TypeAlias, TypeVar

from attrs import NOTHING, field, fields, frozen
from attrs.validators import optional

from certlib._copying import evolve, quick_to_copy
from certlib._declared import checked
from certlib._validators import EARLIEST_YEAR, aware, positive, within_range
from certlib.actors import Actor
from certlib.certifications import Certification, Curriculum, Version
from certlib.errors import InvalidCommandError, OutOfRangeError
from certlib.learners import Learner
from certlib.periods import DAY, day_in
from certlib.policies import BeforeWindow
from certlib.state._cycles import Cycle, CycleKind, Due
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event, Fact
from certlib.state._status import Status
from certlib.transcript import CompletionKey, Transcript

__all__ = [
    "COMMON_FIELDS",
    "C",
    "Case",
    "Choice",
    "Command",
    "Proposal",
    "Recorder",
    "V",
    "command_as",
    "open_cycle",
    "present",
    "required",
]

COMMON_FIELDS = ("at", "reason", "because", "import_id", "import_row")


@checked
@frozen(kw_only=True)
class Command:
    """The base class of commands; tables, reasons and the command line use ``name``."""

    name: ClassVar[str]
    at: datetime | None = field(default=None, validator=optional(aware))
    """When it takes effect; None for now."""
    reason: str | None = None
    because: tuple[CompletionKey, ...] = ()
    import_id: str | None = None
    import_row: int | None = field(default=None, validator=optional(positive))
    chooses: ClassVar[str | None] = None
    """The field that takes one of a few values, such as a step, a request or a fee; None if none does."""

    @classmethod
    def choices(cls, proposal: Proposal) -> Iterator[Choice]:
        """Yield the values that the field ``chooses`` may take now, each with its command."""
        yield from ()

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that not every command has."""
        return tuple(a.name for a in fields(cls) if a.name not in COMMON_FIELDS)

    @classmethod
    def required_fields(cls) -> tuple[str, ...]:
        """Return the names of the fields that must be given."""
        return tuple(a.name for a in fields(cls) if a.default is NOTHING)


@checked
@quick_to_copy
@frozen(kw_only=True, weakref_slot=False)
class Case:
    """Everything that one decision may read; the host loads it.

    ``history`` holds the enrollment's events. Only strikes and commands that take effect before the last
    fact need it.
    """

    learner: Learner
    certification: Certification
    enrollment: Enrollment
    transcript: Transcript = Transcript()
    history: tuple[Event, ...] | None = None

    @classmethod
    def blank(cls, *, learner: Learner, certification: Certification) -> Case:
        """Return a case without any facts."""
        enrollment = Enrollment.blank(learner=learner.id, certification=certification.code)
        return cls(learner=learner, certification=certification, enrollment=enrollment, history=())

    def after(self, enrollment: Enrollment, events: tuple[Event, ...]) -> Case:
        """Return the case after a decision; a history that was not loaded stays None."""
        history = None if self.history is None else (*self.history, *events)
        return evolve(self, enrollment=enrollment, history=history)


@quick_to_copy
@frozen(kw_only=True, weakref_slot=False)
class Proposal:
    """A command given by an actor, with the enrollment as it stood when the command took effect.

    Guards and recorders see nothing else.
    """

    case: Case
    command: Command | None
    """None when `explain` asks about a command whose fields are missing."""
    actor: Actor
    at: datetime
    now: datetime
    enrollment: Enrollment
    """With the facts that took effect up to ``at``."""
    status: Status | None

    @property
    def version_for_cycles(self) -> Version | None:
        """The version that a cycle would take if it began at this instant (R10)."""
        return self.case.certification.newest_for_cycles(self.at)

    @property
    def version_of_cycle(self) -> Version | None:
        """The version that the open cycle is pinned to."""
        cycle = self.enrollment.open_cycle
        return None if cycle is None else self.case.certification.version(cycle.version)

    @property
    def version_in_force(self) -> Version | None:
        """The version whose policy applies now: the open cycle's, else the newest."""
        cycle = self.enrollment.open_cycle
        return self.version_for_cycles if cycle is None else self.version_of_cycle

    @property
    def curriculum(self) -> Curriculum | None:
        """The curriculum of the open cycle."""
        cycle, version = self.enrollment.open_cycle, self.version_of_cycle
        if cycle is None or version is None:
            return None
        return version.curriculum(cycle.curriculum.value)

    @property
    def deadline(self) -> Due | None:
        """The due day of the open cycle, or of the next recertification (R5)."""
        cycle = self.enrollment.open_cycle
        return self._next_due() if cycle is None else cycle.due

    def _next_due(self) -> Due | None:
        newest, version = self.enrollment.newest_certificate, self.version_for_cycles
        if newest is None or newest.revoked_at is not None or version is None:
            return None
        rule = version.policy.deadlines.recertification
        on = rule.due_on(newest.last_valid_day)
        if on is None:
            return None
        return Due(
            on=on,
            hard=rule.hard,
            time_zone=version.policy.time_zone,
            extended_to=newest.deadline_extended_to,
        )

    def day(self, version: Version) -> date:
        """Return the day at this instant in a version's time zone."""
        return day_in(version.policy.time_zone, self.at)

    def curriculum_of_next(self, version: Version, kind: CycleKind) -> CycleKind:
        """Return the curriculum that a cycle of a kind would use if it began now (P3)."""
        newest = self.enrollment.newest_certificate
        if kind is CycleKind.RECERTIFICATION and newest is not None:
            rule = version.policy.recertification
            if rule.is_initial_again(newest.last_valid_day, self.day(version)):
                return CycleKind.INITIAL
        return kind

    def counts_from(self, version: Version, *, forced: bool = False) -> date:
        """Return the first day whose completions would count if a cycle began now (P10b).

        An initial cycle counts from the first assignment, or from today without one. A recertification
        counts from the day its window opened; if the certificate is revoked (``forced``: right now), from
        today. The policy's look-back moves this day earlier, but never to or before the day on which the
        certificate was issued.
        """
        zone = version.policy.time_zone
        today = self.day(version)
        newest = self.enrollment.newest_certificate
        if newest is None:
            if self.enrollment.bar is not None:
                return _back(version, today)
            return _back(
                version,
                min((today, *(day_in(zone, each.at) for each in self.enrollment.assignments))),
            )
        after_issue = newest.terms.issued_on + DAY
        if forced or newest.revoked_at is not None:
            return max(min(after_issue, today), _back(version, today))
        opens_on = newest.terms.window_opens_on
        if opens_on is None or version.policy.recertification.before_window is BeforeWindow.RENEWS:
            return after_issue
        return max(after_issue, _back(version, opens_on))


def _back(version: Version, day: date) -> date:
    look_back = version.policy.look_back
    if not look_back:
        return day
    try:
        return look_back.before(day)
    except OutOfRangeError:  # the look-back reaches beyond the beginning of the calendar
        return date(EARLIEST_YEAR, 1, 1)


def present(now: datetime) -> datetime:
    """Return ``now`` in UTC (T2): within one zone, Python compares wall clocks, not instants."""
    within_range("now", now.date())
    return now.astimezone(UTC)


@frozen(kw_only=True)
class Choice:
    """One value that a field may take, and the command with that value."""

    label: str
    command: Command


C = TypeVar("C", bound=Command)
V = TypeVar("V")


def command_as(proposal: Proposal, kind: type[C]) -> C:
    """Return the command as the kind that the recorder's row is for."""
    if not isinstance(proposal.command, kind):
        raise InvalidCommandError(
            "the command", repr(proposal.command), f"a {kind.name} command, as the row records it"
        )
    return proposal.command


def required(value: V | None, what: str) -> V:
    """Return a value that the guards of the row make sure of."""
    if value is None:
        raise InvalidCommandError(what, "absent", "a row whose guards make sure that it is there")
    return value


def open_cycle(proposal: Proposal) -> Cycle:
    """Return the open cycle, which the status of the row makes sure of."""
    return required(proposal.enrollment.open_cycle, "the open cycle")


Recorder: TypeAlias = Callable[[Proposal], tuple[Fact, ...]]
