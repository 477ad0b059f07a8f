"""Runs: what commands really make of an enrollment, and the commands that may come next.

Every case here was made by giving commands to `certlib.state.decide`, so each of them is possible. The
commands are those of `CANDIDATES`, awards entered late, strikes, and commands dated back; between them
time passes, often to just where something changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeAlias, TypedDict, TypeVar, Unpack

from attrs import evolve, fields, frozen
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.actors import Role
from certlib.certifications import Certification
from certlib.errors import InvalidValueError
from certlib.learners import Learner
from certlib.periods import DAY, day_in
from certlib.state import TABLE, Accepted, Case, Command, Enrollment, Event, Row, Table, decide
from certlib.state.commands import Award
from certlib.testing._candidates import CANDIDATES, Candidates, instants_ahead, worth_giving
from certlib.testing._laws import AcceptedStep
from certlib.testing.machine import BEGIN, LEARNER, LONG_AGO
from certlib.testing.strategies._catalogs import certifications
from certlib.testing.strategies._people import acting_on
from certlib.testing.strategies._shapes import (
    EARLIEST_DAY,
    LATEST_DAY,
    Scalars,
    codes,
    days,
    field_strategies,
    given_or,
    instants,
    numbers,
)
from certlib.transcript import Transcript

__all__ = [
    "DrawnRun",
    "Earned",
    "RunOptions",
    "cases",
    "commands",
    "enrollments",
    "histories",
    "instants_around",
    "instants_later",
    "runs",
]

C = TypeVar("C", bound=Command)
T = TypeVar("T")
Earned: TypeAlias = Certification | SearchStrategy[Certification] | None
"""A certification, a strategy of certifications, or None for any."""

MOMENT: Final = timedelta(microseconds=1)
LONGEST_WAIT: Final = 400
"""How many days may pass between two commands, apart from waits until a change."""
GOING_ON: Final = 29
"""A run ends by itself about once in so many steps, and after ``most`` steps at the latest."""
A_WAIT_IN: Final = 3
"""About one step in so many lets time pass."""
EARLIEST: Final = datetime(EARLIEST_DAY.year, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(LATEST_DAY.year, 12, 31, tzinfo=UTC)
_NOT_BOTH: Final[Mapping[type[Command], tuple[tuple[str, str], ...]]] = {
    Award: (("at", "on"), ("expires_on", "always_valid"))
}
"""Pairs of fields of which only one may be given."""


# --- commands -----------------------------------------------------------------------------------


def commands(
    case: Case,
    *,
    now: datetime | None = None,
    table: Table = TABLE,
    candidates: Candidates | None = None,
) -> SearchStrategy[Command]:
    """Return commands of a table for a case: sensible ones, and any others.

    - Commands worth trying (`CANDIDATES` and ``candidates``), whatever the status, as they are or dated to
      an instant around a change. ``now`` defaults to the instant of the last recording.
    - Each kind with any values in its fields: steps, requests and entries that do not exist, days and
      instants of any year, also ahead of now, reasons and import marks.

    So `decide` refuses most of them. A command of your own is built from the types of its fields; pass
    ``candidates`` for sensible ones. Pass the same ``now`` to `decide`.
    """
    now = _now(case) if now is None else now
    known: Candidates = {**CANDIDATES, **(candidates or {})}
    likely = [each for kind in table.commands for each in worth_giving(known, kind, case, now)]
    near = _near(case, now)
    kinds: SearchStrategy[type[Command]] = st.sampled_from(table.commands)
    formed = kinds.flatmap(lambda kind: command_of(kind, near))
    if not likely:
        return formed
    sensible = st.sampled_from(likely)
    dated = st.builds(_dated, sensible, near.instant)
    return st.one_of(sensible, dated, formed)


def _dated(command: Command, at: datetime) -> Command:
    """Date a command; this replaces the day of an award."""
    return evolve(command, at=at, on=None) if isinstance(command, Award) else evolve(command, at=at)


def _near(case: Case, now: datetime) -> Scalars:
    """Return what fields are drawn from: mostly values that occur in the case, and any others."""
    enrollment, zone = case.enrollment, case.certification.zone
    known = {
        step
        for version in case.certification.versions
        for curriculum in (version.initial, version.recertification)
        for step in curriculum.step_codes
    } | {each.reference for each in enrollment.assignments if each.reference is not None}
    around = instants_around(case, now=now)
    return Scalars(
        code=st.sampled_from(sorted(known)) | codes() if known else codes(),
        number=numbers(most=enrollment.entries + 2) | numbers(),
        day=around.map(lambda at: day_in(zone, at)) | days(),
        instant=around | instants(),
    )


@st.composite
def command_of(draw: st.DrawFn, kind: type[C], near: Scalars) -> C:
    """Return a command of a kind with its required fields, and any of the optional ones."""
    fields, required = field_strategies(kind, near), kind.required_fields()
    given: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {name: fields[name] for name in required},
            optional={name: each for name, each in fields.items() if name not in required},
        )
    )
    for kept, dropped in _NOT_BOTH.get(kind, ()):
        if given.get(kept) is not None and given.get(dropped):
            del given[dropped]
    try:
        return kind(**given)
    except InvalidValueError:
        reject()  # a host's command may validate several fields together


# --- instants -----------------------------------------------------------------------------------


def instants_around(case: Case, *, now: datetime | None = None) -> SearchStrategy[datetime]:
    """Return the instants of a case at which something begins or ends, and instants around them.

    These are ``now`` (by default the instant of the last recording), the instant of each fact, the
    beginning and end of each certificate's window, validity and grace, and the end of the due day. Each
    also a moment before and after, and a day before and after.
    """
    found = {*_boundaries(case), _now(case) if now is None else now}
    near = (each + apart for each in sorted(found) for apart in _APART)
    return st.sampled_from([each for each in near if EARLIEST <= each <= LATEST])


_APART: Final = (timedelta(0), -MOMENT, MOMENT, -DAY, DAY)


def instants_later(case: Case, *, now: datetime | None = None) -> SearchStrategy[datetime]:
    """Return instants for the next command: now, each change ahead, or any later day.

    ``now`` defaults to the instant of the last recording.
    """
    now = _now(case) if now is None else now
    some_days = st.integers(0, _longest_wait(now)).map(lambda count: now + count * DAY)
    return st.sampled_from(_moments_later(case, now)) | some_days


def _moments_later(case: Case, now: datetime) -> list[datetime]:
    return [now, *(each for each in instants_ahead(case, now) if each <= LATEST)]


def _longest_wait(now: datetime) -> int:
    return min(LONGEST_WAIT, (LATEST - now).days)


def _boundaries(case: Case) -> Iterator[datetime]:
    enrollment = case.enrollment
    yield from (event.at for event in case.history or ())
    for each in enrollment.certificates:
        ends = (each.window_opens_at, each.expires_at, each.grace_ends_at)
        yield from (at for at in ends if at is not None)
    if enrollment.due is not None:
        yield enrollment.due.passes_at


def _now(case: Case) -> datetime:
    return case.enrollment.last_recorded_at or _begin(case.certification)


def _begin(certification: Certification) -> datetime:
    """Return an instant long after every version was published."""
    published = (version.published_at for version in certification.versions)
    newest = max((at for at in published if at is not None), default=EARLIEST)
    return max(BEGIN, min(newest, LATEST - LONG_AGO * DAY) + LONG_AGO * DAY)


# --- runs ---------------------------------------------------------------------------------------


class _Printer(Protocol):
    """What hypothesis and IPython pass to `_repr_pretty_`."""

    def text(self, obj: str) -> None: ...


@frozen(kw_only=True, repr=False)
class DrawnRun:
    """A case, and the commands that made it. It is shown as its commands, with actors and instants."""

    case: Case
    now: datetime
    """The present at the end of the run: not before anything recorded."""
    steps: tuple[AcceptedStep, ...] = ()
    """Every accepted command, with the case before and after it."""

    def __repr__(self) -> str:
        shown = [
            f"{each.now:%Y-%m-%d %H:%M} {each.actor}: {_shown(each.command)}" for each in self.steps
        ]
        return "; ".join((*shown, f"{self.now:%Y-%m-%d %H:%M}"))

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:  # noqa: FBT001
        """Show the ``repr``; by itself hypothesis would show every field of every case."""
        printer.text(repr(self))


def _shown(command: Command) -> str:
    """Return a command with the fields that differ from their defaults."""
    given = (
        f"{each.name}={getattr(command, each.name)}"
        for each in fields(type(command))
        if getattr(command, each.name) != each.default
    )
    return " ".join((command.name, *given))


def runs(
    certification: Earned = None,
    *,
    learner: SearchStrategy[Learner] | None = None,
    transcript: SearchStrategy[Transcript] | None = None,
    table: Table = TABLE,
    candidates: Candidates | None = None,
    begin: datetime | None = None,
    most: int = 60,
) -> SearchStrategy[DrawnRun]:
    """Return runs in a certification: commands given one after another by those who may.

    Args:
        certification: A certification, a strategy of several, or None for any.
        learner: The learner; by default an active one. They do not change during the run.
        transcript: What the learner has completed; by default nothing. It does not change either.
        table: The rows that decide.
        candidates: What to try of your own commands.
        begin: When runs begin; by default long after every version was published, so that awards may
            be dated back.
        most: How many steps there are at most: commands and waits. Refused commands leave no trace.

    Not included: imports, learners who are inactive for a while, a clock that goes back.
    """
    if certification is None:
        certification = certifications()
    elif isinstance(certification, Certification):
        certification = st.just(certification)
    beginnings = st.builds(
        _blank,
        certification=certification,
        learner=given_or(learner, st.just(LEARNER)),
        transcript=given_or(transcript, st.just(Transcript())),
        begin=st.just(begin),
    )
    rules = _Rules(table=table, candidates={**CANDIDATES, **(candidates or {})})
    return _runs(beginnings, rules, most)


class RunOptions(TypedDict, total=False):
    """The keyword arguments of `runs`, `cases`, `histories` and `enrollments`."""

    learner: SearchStrategy[Learner] | None
    transcript: SearchStrategy[Transcript] | None
    table: Table
    candidates: Candidates | None
    begin: datetime | None
    most: int


def cases(certification: Earned = None, **options: Unpack[RunOptions]) -> SearchStrategy[Case]:
    """Return the cases in which `runs` end, with their histories; same arguments."""
    return runs(certification, **options).map(lambda run: run.case)


def histories(
    certification: Earned = None, **options: Unpack[RunOptions]
) -> SearchStrategy[tuple[Event, ...]]:
    """Return the histories of `runs`, in the order of recording; same arguments."""
    return runs(certification, **options).map(lambda run: run.case.history or ())


def enrollments(
    certification: Earned = None, **options: Unpack[RunOptions]
) -> SearchStrategy[Enrollment]:
    """Return the enrollments in which `runs` end; same arguments.

    Use `records` for enrollments that are only valid field by field.
    """
    return runs(certification, **options).map(lambda run: run.case.enrollment)


@frozen(kw_only=True)
class _Rules:
    table: Table
    candidates: Candidates


def _blank(
    *,
    certification: Certification,
    learner: Learner,
    transcript: Transcript,
    begin: datetime | None,
) -> DrawnRun:
    case = Case.blank(learner=learner, certification=certification)
    now = _begin(certification) if begin is None else begin
    return DrawnRun(case=evolve(case, transcript=transcript), now=now)


@st.composite
def _runs(
    draw: st.DrawFn, beginnings: SearchStrategy[DrawnRun], rules: _Rules, most: int
) -> DrawnRun:
    run = draw(beginnings)
    for _ in range(most):
        # Each step is one draw that may end the run, so that hypothesis can remove any of them.
        after = draw(_step(run, rules))
        if after is None:
            break
        run = after
    return run


@st.composite
def _step(draw: st.DrawFn, run: DrawnRun, rules: _Rules) -> DrawnRun | None:
    """Let time pass, or give a command that has a row; None if the run ends.

    A step does only one of these, so that hypothesis can remove the commands between two waits.
    """
    what = draw(st.integers(0, GOING_ON))
    if what == 0:
        return None
    if what % A_WAIT_IN == 0:
        return evolve(run, now=_later(draw, run))
    case, now = run.case, run.now
    place = draw(st.integers(0, len(rules.table.commands) - 1))
    chosen = _sensible_row(rules, case, now, place)
    if chosen is None:
        return run
    row, found = chosen
    command = _worth_giving(draw, row, found, case, now)
    actor = acting_on(case.learner, _one_of(draw, _roles(row, case.certification)))
    decision = decide(case, command, actor=actor, now=now, table=rules.table)
    if not isinstance(decision, Accepted):
        return run
    after = case.after(decision.enrollment, decision.events)
    step = AcceptedStep(
        before=case, command=command, actor=actor, now=now, accepted=decision, after=after
    )
    return DrawnRun(case=after, now=now, steps=(*run.steps, step))


def _sensible_row(
    rules: _Rules, case: Case, now: datetime, place: int
) -> tuple[Row, Sequence[Command]] | None:
    """Return the row of the command at a place of the table, or else any, with commands worth trying."""
    status = case.enrollment.status_at(now)

    def sensible(row: Row | None) -> Sequence[Command]:
        return () if row is None else worth_giving(rules.candidates, row.command, case, now)

    row = rules.table.row(status, rules.table.commands[place])
    if row is not None and (found := sensible(row)):
        return row, found
    here = [(each, found) for each in rules.table.in_status(status) if (found := sensible(each))]
    return here[place % len(here)] if here else None


# Draws are places in lists that do not depend on the status where possible, so that hypothesis can
# remove a step without changing those after it. They are plain numbers, which need no new strategy.


def _one_of(draw: st.DrawFn, options: Sequence[T]) -> T:
    return options[draw(PLACES) % len(options)]


PLACES: Final = st.integers(0, 63)
SOME_DAYS: Final = 1
"""The place that means a wait of some days."""


def _later(draw: st.DrawFn, run: DrawnRun) -> datetime:
    """Draw one of `instants_later`."""
    place = draw(PLACES)
    if place == SOME_DAYS:
        return run.now + draw(st.integers(0, LONGEST_WAIT)) % (_longest_wait(run.now) + 1) * DAY
    now, *ahead = _moments_later(run.case, run.now)
    return ahead[place % len(ahead)] if place and ahead else now


def _worth_giving(
    draw: st.DrawFn, row: Row, found: Sequence[Command], case: Case, now: datetime
) -> Command:
    """Draw a command worth trying by a row: as of now, or dated since the last fact."""
    command = _one_of(draw, found)
    if row.by.reason_required:
        command = evolve(command, reason=command.reason or "tried")
    if row.command is Award:
        if not draw(st.booleans()):
            return command
        return _dated(command, now - draw(st.integers(0, LONG_AGO)) * DAY)
    last = case.enrollment.last_fact_at
    since = sorted({at for at in _boundaries(case) if last is not None and last <= at <= now})
    at = _one_of(draw, (None, *since))
    return command if at is None else _dated(command, at)


def _roles(row: Row, certification: Certification) -> list[Role]:
    """Return the roles that a row names, and those that an approval policy may name instead."""
    roles = set(row.by.roles)
    if row.by.roles_by_policy:
        roles.update(role for each in certification.versions for role in each.policy.approval.roles)
    return sorted(roles)
