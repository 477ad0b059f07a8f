"""Explore a table: an exhaustive, bounded walk through real enrollments.

A `Table` checks by itself that its rows are well formed. `check` finds what only trying shows: whether
each row leads exactly to the statuses in its ``to``, by the status rule. From a blank case, breadth
first, it gives every command of the table by every role that may give it, and lets time pass to each
change point. Cases that look alike are walked through once, but the result of every command is checked.
The learner is active and has completed nothing. The same arguments always give the same findings.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from attrs import define, evolve, field, fields, frozen

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.policies import Fee
from certlib.state._actions.exam import attempts_are_left, cool_down_is_over
from certlib.state._certificates import Certificate
from certlib.state._cycles import Cycle, Due, RequestKind
from certlib.state._engine import Accepted, decide
from certlib.state._enrollments import AssignmentSource
from certlib.state._fold import struck_entries
from certlib.state._proposals import Case, Command, Proposal
from certlib.state._status import Status, certificate_status
from certlib.state._table import BY_TIME, Row, StatusOrNone, Table, in_order, status_name
from certlib.testing._candidates import CANDIDATES, Candidates, instants_ahead, worth_giving
from certlib.testing._laws import (
    STEP_LAWS,
    AcceptedStep,
    Law,
    StepLaw,
    broken_by,
    step_law,
)

__all__ = [
    "CANDIDATES",
    "STEP_LAWS",
    "AcceptedStep",
    "Candidates",
    "Exploration",
    "Law",
    "StepLaw",
    "broken_by",
    "check",
    "instants_ahead",
    "never_reached",
    "step_law",
    "worth_giving",
]

LEARNER: Final = Learner(id="learner")
IDS: Final[Mapping[Role, str | None]] = {Role.LEARNER: LEARNER.id, Role.SYSTEM: None}
ACTORS: Final = {
    role: Actor(role=role, id=IDS.get(role, "explorer"), scope=Scope(kind=ScopeKind.TENANT))
    for role in Role
}
NO_PUBLICATION: Final = datetime(2024, 1, 1, tzinfo=UTC)
LATER: Final = timedelta(days=1000)
"""How long after the newest publication a certification is explored, so that awards may be late."""
BY_HAND: Final = frozenset({AssignmentSource.MANUAL, AssignmentSource.IMPORT})
WITH_ASSIGNMENTS: Final = frozenset({Status.ASSIGNED, Status.NOT_STARTED})
"""The statuses that depend on which assignments there are."""


@frozen(kw_only=True, repr=False)
class Exploration:
    """What an exploration found; `is_clean` if there is nothing to mend. Its ``repr`` fits on a line."""

    states: int
    """How many cases that look different were walked through."""
    enrollments: int
    """How many different enrollments the commands made; each was checked."""
    exhausted: bool
    """Whether there were no more cases; False if ``limit`` cut the walk short."""
    times: Mapping[tuple[str, StatusOrNone], int]
    """How often each row accepted a command, by its name and status."""
    statuses: Mapping[StatusOrNone, int]
    """How many cases had each status."""
    reached: frozenset[tuple[str, StatusOrNone]]
    """Every status that a row led to: `Row.pair` and the status."""
    contradictions: tuple[str, ...]
    """Statuses that a row led to and its ``to`` does not list, and the commands that led there."""
    never_reached: tuple[str, ...]
    """Statuses that a row lists in its ``to`` and never led to."""
    broken: tuple[str, ...]
    """Laws that were broken, and the commands that led there."""

    @property
    def accepted(self) -> frozenset[tuple[str, StatusOrNone]]:
        """Every row that accepted a command, by its name and status."""
        return frozenset(self.times)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found that has to be mended."""
        return not (self.contradictions or self.never_reached or self.broken)

    def __repr__(self) -> str:
        seen = f"{self.states} states{'' if self.exhausted else ' (cut short)'}"
        return (
            f"<Exploration {seen}, {self.enrollments} enrollments;"
            f" {len(self.contradictions)} contradictions, {len(self.never_reached)} never reached,"
            f" {len(self.broken)} broken>"
        )


def check(
    table: Table,
    certifications: Iterable[Certification],
    *,
    limit: int = 1000,
    candidates: Candidates | None = None,
    laws: Iterable[StepLaw] = STEP_LAWS,
) -> Exploration:
    """Explore a table over certifications, at most ``limit`` cases for each.

    ``candidates`` says what to try of your own commands, beside `CANDIDATES`. A command without an entry
    is tried without any fields, unless it requires one. ``laws`` must hold after every accepted command.
    """
    walk = _Walk(
        table=table,
        candidates={**CANDIDATES, **(candidates or {})},
        laws=tuple(laws),
        limit=limit,
    )
    for certification in certifications:
        walk.through(certification)
    return Exploration(
        states=walk.states,
        enrollments=len(walk.made),
        exhausted=walk.exhausted,
        times=dict(walk.times),
        statuses=dict(walk.statuses),
        reached=frozenset(walk.reached),
        contradictions=tuple(walk.contradictions.values()),
        never_reached=never_reached(table, walk.reached),
        broken=tuple(walk.broken.values()),
    )


def never_reached(table: Table, reached: Collection[tuple[str, StatusOrNone]]) -> tuple[str, ...]:
    """Return the statuses in a row's ``to`` that were never reached, and the rows that accepted nothing.

    A row that may lead to any status, such as a strike, only has to accept something. ``reached`` may be
    joined from several explorations.
    """
    return tuple(_missing(table, reached))


def _missing(table: Table, reached: Collection[tuple[str, StatusOrNone]]) -> Iterator[str]:
    for row in table.rows:
        found = {status for pair, status in reached if pair == row.pair}
        if not found:
            yield f"row {row.name!r}, {row.pair}: never accepted"
        elif not table.leads_anywhere(row):
            for status in in_order(row.to - found):
                yield f"row {row.name!r}, {row.pair}: never led to {status_name(status)}"


@frozen(kw_only=True, eq=False)
class _Place:
    """A case and an instant of the walk, with the commands that led there."""

    case: Case
    now: datetime
    path: tuple[str, ...] = ()

    @property
    def status(self) -> StatusOrNone:
        return self.case.enrollment.status_at(self.now)


@define(eq=False)
class _Walk:
    """An exploration in progress."""

    table: Table
    candidates: Candidates
    laws: tuple[StepLaw, ...]
    limit: int
    states: int = 0
    made: set[int] = field(factory=set[int])
    """The hashes of the enrollments, so that each is counted once."""
    times: Counter[tuple[str, StatusOrNone]] = field(factory=Counter[tuple[str, StatusOrNone]])
    statuses: Counter[StatusOrNone] = field(factory=Counter[StatusOrNone])
    exhausted: bool = True
    done_by: set[tuple[StatusOrNone, type[Command], Role]] = field(
        factory=set[tuple[StatusOrNone, type[Command], Role]]
    )
    reached: set[tuple[str, StatusOrNone]] = field(factory=set[tuple[str, StatusOrNone]])
    contradictions: dict[str, str] = field(factory=dict[str, str])
    broken: dict[str, str] = field(factory=dict[str, str])

    def through(self, certification: Certification) -> None:
        """Walk through all cases that follow from a blank one."""
        self.done_by.clear()
        blank = Case.blank(learner=LEARNER, certification=certification)
        published = [v.published_at for v in certification.versions if v.published_at is not None]
        begin = _Place(case=blank, now=max(published, default=NO_PUBLICATION) + LATER)
        seen: set[Hashable] = {_signature(begin)}
        ahead = deque([begin])
        while ahead:
            place = ahead.popleft()
            self.statuses[place.status] += 1
            for following in (*self._after_commands(place), *self._after_waits(place)):
                key = _signature(following)
                if key in seen:
                    continue
                if len(seen) >= self.limit:
                    self.exhausted = False
                    continue
                seen.add(key)
                ahead.append(following)
        self.states += len(seen)

    def _after_commands(self, place: _Place) -> Iterator[_Place]:
        here = {row.command for row in self.table.in_status(place.status)}
        for kind in self.table.commands:
            if kind not in here and not self.table.may_be_late(kind):
                continue
            rows = [row for row in self.table.rows if row.command is kind]
            roles = [role for role in Role if any(role in row.by.roles for row in rows)]
            reason = "tried" if any(row.by.reason_required for row in rows) else None
            for candidate in worth_giving(self.candidates, kind, place.case, place.now):
                command = evolve(candidate, reason=reason) if reason else candidate
                accepted = False
                for role in roles:
                    # Once a role has given the command in this status, it need not repeat another's.
                    if accepted and (place.status, kind, role) in self.done_by:
                        continue
                    following = self._decide(place, command, ACTORS[role])
                    if following is not None:
                        accepted = True
                        yield following

    def _decide(self, place: _Place, command: Command, actor: Actor) -> _Place | None:
        """Decide a command, check the result, and return where it led."""
        case, now, kind = place.case, place.now, type(command)
        try:
            decision = decide(case, command, actor=actor, now=now, table=self.table)
        except Exception as error:
            # Guards and recorders, also a host's, must never raise: an error is a finding.
            way = (*place.path, _in_words(command, actor, now))
            _note(self.broken, f"{command.name}: raised {error!r}", way)
            return None
        if not isinstance(decision, Accepted):
            return None
        way = (*place.path, _in_words(command, actor, now))
        self.done_by.add((decision.before, kind, actor.role))
        row = self.table.row(decision.before, kind)
        if row is not None:  # pragma: no branch (it has just decided)
            self._judge(row, decision.after, way)
        after = case.after(decision.enrollment, decision.events)
        self.made.add(hash(decision.enrollment))
        step = AcceptedStep(
            before=case, command=command, actor=actor, now=now, accepted=decision, after=after
        )
        sentences = tuple(broken_by(step, self.laws))
        for sentence in sentences:
            _note(self.broken, f"{command.name}: not so: {sentence}", way)
        # What follows from a broken case would only repeat the finding.
        return None if sentences else _Place(case=after, now=now, path=way)

    def _judge(self, row: Row, after: StatusOrNone, way: tuple[str, ...]) -> None:
        self.reached.add((row.pair, after))
        self.times[row.name, row.status] += 1
        if after not in row.to:
            listed = ", ".join(status_name(status) for status in in_order(row.to))
            finding = f"row {row.name!r}, {row.pair}: expected {listed}, found {status_name(after)}"
            _note(self.contradictions, finding, way)

    def _after_waits(self, place: _Place) -> Iterator[_Place]:
        before = place.status
        for instant in instants_ahead(place.case, place.now):
            following = _Place(case=place.case, now=instant, path=place.path)
            if following.status not in BY_TIME.get(before, frozenset()) | {before}:
                finding = (
                    f"time leads from {status_name(before)} to {status_name(following.status)}"
                )
                _note(self.broken, finding, (*place.path, f"{_at(instant)} wait"))
            yield following


def _note(findings: dict[str, str], finding: str, way: tuple[str, ...]) -> None:
    """Keep a finding with the first way that led to it, which is the shortest."""
    findings.setdefault(finding, f"{finding}, after: {'; '.join(way)}")


def _signature(place: _Place) -> Hashable:
    """Return what distinguishes cases, without dates and numbers, so that there are few."""
    enrollment, now, history = place.case.enrollment, place.now, place.case.history or ()
    status = place.status
    sources = [assignment.source for assignment in enrollment.assignments]
    newest, cycle = enrollment.newest_certificate, enrollment.open_cycle
    return (
        status,
        cycle and _of_cycle(cycle, place),
        newest and _of_certificate(newest, now),
        _of_due(_proposal(place).deadline if cycle or newest else enrollment.due, now),
        len(enrollment.cycles) > (cycle is not None),
        (min(len(sources), 2), BY_HAND.issuperset(sources))
        if status in WITH_ASSIGNMENTS
        else bool(sources),
        enrollment.open_access_request is not None,
        enrollment.reinstatement is not None,
        frozenset((each.step, each.version, each.passed) for each in enrollment.test_outs),
        bool(struck_entries(history))
        or any(later.at < earlier.at for earlier, later in pairwise(history)),
    )


def _proposal(place: _Place) -> Proposal:
    """Return a proposal without a command, to ask guards about the case."""
    return Proposal(
        case=place.case,
        command=None,
        actor=ACTORS[Role.SYSTEM],
        at=place.now,
        now=place.now,
        enrollment=place.case.enrollment,
        status=place.status,
    )


def _of_cycle(cycle: Cycle, place: _Place) -> Hashable:
    return (
        (cycle.kind, cycle.curriculum, cycle.version),
        (cycle.missing_steps, cycle.awaiting),
        _of_exam(cycle, place) if cycle.has_exam else None,
        frozenset(fee for fee in Fee if cycle.has_settled(fee)),
    )


def _of_exam(cycle: Cycle, place: _Place) -> Hashable:
    proposal = _proposal(place)
    return (
        (cycle.exam_is_missing, cycle.exam_held, bool(cycle.attempts)),
        (attempts_are_left.holds(proposal), cool_down_is_over.holds(proposal)),
        bool(cycle.open_requests(RequestKind.ATTEMPTS)),
    )


def _of_certificate(certificate: Certificate, now: datetime) -> Hashable:
    opens_at = certificate.window_opens_at
    return (
        (certificate_status(certificate, now), opens_at is not None and opens_at <= now),
        (certificate.version, certificate.terms.explicit, certificate.extended_to is not None),
    )


def _of_due(due: Due | None, now: datetime) -> Hashable:
    return due and (due.hard, due.is_over(now), due.extended_to is not None)


def _in_words(command: Command, actor: Actor, now: datetime) -> str:
    """Return when, who, the command, and the fields that differ from their defaults."""
    given = (
        f"{a.name}={getattr(command, a.name)}"
        for a in fields(type(command))
        if a.name not in {"reason", "because"} and getattr(command, a.name) != a.default
    )
    return " ".join((_at(now), str(actor), command.name, *given))


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"
