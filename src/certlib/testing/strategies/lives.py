"""Lives: what commands really make of an enrollment, and the commands that may come next.

Every case here was made by giving commands to `certlib.state.decide`, so each of them is possible.
What is tried is what `certlib.testing.machine` tries too: the candidates of
`certlib.testing.candidates`, awards entered late, strikes, commands dated back, time that passes to
just where something changes.
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
from certlib.testing.candidates import CANDIDATES, Candidates, instants_ahead, worth_giving
from certlib.testing.laws import AcceptedStep
from certlib.testing.machine import BEGIN, LEARNER, LONG_AGO
from certlib.testing.strategies.catalogs import certifications
from certlib.testing.strategies.people import acting_on
from certlib.testing.strategies.shapes import (
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
    "Earned",
    "Life",
    "LifeOptions",
    "cases",
    "commands",
    "enrollments",
    "histories",
    "instants_around",
    "instants_later",
    "lives",
]

C = TypeVar("C", bound=Command)
T = TypeVar("T")
Earned: TypeAlias = Certification | SearchStrategy[Certification] | None
"""The certification to live in: one, some, or any at all."""

MOMENT: Final = timedelta(microseconds=1)
LONGEST_WAIT: Final = 400
"""How many days may pass between two commands, beside the waits until something changes."""
GOING_ON: Final = 29
"""A life ends by itself about once in so many steps; ``most`` bounds it."""
A_WAIT_IN: Final = 3
"""Of so many steps about one lets time pass."""
EARLIEST: Final = datetime(EARLIEST_DAY.year, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(LATEST_DAY.year, 12, 31, tzinfo=UTC)
_NOT_BOTH: Final[Mapping[type[Command], tuple[tuple[str, str], ...]]] = {
    Award: (("at", "on"), ("expires_on", "always_valid"))
}
"""Fields of which only one may be given."""


# --- commands -----------------------------------------------------------------------------------


def commands(
    case: Case,
    *,
    now: datetime | None = None,
    table: Table = TABLE,
    candidates: Candidates | None = None,
) -> SearchStrategy[Command]:
    """Return the commands of a table that can be formed in a case: those of sense, and any others.

    - what is worth giving (`certlib.testing.candidates`), whatever the status, as it is or dated to
      where something begins or ends; ``now`` is by default the instant of what was recorded last;
    - each kind with any values in its fields: steps, requests and entries that are not there, days
      and instants of any year, ahead of now too, reasons and import marks.

    So most of them would be refused. A command of your own is formed by the types of its fields; say
    with ``candidates`` what makes sense of it. Pass ``now`` to `decide` as well.
    """
    now = _now(case) if now is None else now
    known: Candidates = {**CANDIDATES, **(candidates or {})}
    likely = [each for kind in table.commands for each in worth_giving(known, kind, case, now)]
    near = _near(case, now)
    kinds: SearchStrategy[type[Command]] = st.sampled_from(table.commands)
    formed = kinds.flatmap(lambda kind: command_of(kind, near))
    if not likely:
        return formed
    of_sense = st.sampled_from(likely)
    dated = st.builds(_dated, of_sense, near.instant)
    return st.one_of(of_sense, dated, formed)


def _dated(command: Command, at: datetime) -> Command:
    """Date a command; a day that it was given gives way."""
    return evolve(command, at=at, on=None) if isinstance(command, Award) else evolve(command, at=at)


def _near(case: Case, now: datetime) -> Scalars:
    """Return what fields are drawn from: mostly what the case knows, and anything else too."""
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
    """A command of a kind: what it needs, and any of what it takes."""
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
        reject()  # a host's command with a rule of its own about several fields


# --- instants -----------------------------------------------------------------------------------


def instants_around(case: Case, *, now: datetime | None = None) -> SearchStrategy[datetime]:
    """Return the instants of a case at which something begins or ends, a moment before and after.

    Those are: ``now`` (by default when something was recorded last), when each fact took effect, when
    the window, the validity and the grace of each certificate begin and end, and when the cycle is
    due. A day before and after each as well.
    """
    found = {*_boundaries(case), _now(case) if now is None else now}
    near = (each + apart for each in sorted(found) for apart in _APART)
    return st.sampled_from([each for each in near if EARLIEST <= each <= LATEST])


_APART: Final = (timedelta(0), -MOMENT, MOMENT, -DAY, DAY)


def instants_later(case: Case, *, now: datetime | None = None) -> SearchStrategy[datetime]:
    """Return instants at which the next command may be given: now, just where something changes, later.

    ``now`` is by default the instant of what was recorded last.
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
    """Return an instant that is long after every version was published."""
    published = (version.published_at for version in certification.versions)
    newest = max((at for at in published if at is not None), default=EARLIEST)
    return max(BEGIN, min(newest, LATEST - LONG_AGO * DAY) + LONG_AGO * DAY)


# --- lives --------------------------------------------------------------------------------------


class _Printer(Protocol):
    """What hypothesis hands to `_repr_pretty_`, as IPython does."""

    def text(self, obj: str) -> None: ...


@frozen(kw_only=True, repr=False)
class Life:
    """What became of a learner in a certification, and how; it is shown as what was given, and when."""

    case: Case
    now: datetime
    """The instant up to which he lived: not before anything recorded."""
    taken: tuple[AcceptedStep, ...] = ()
    """Every command that was accepted, with the case before and after it."""

    def __repr__(self) -> str:
        told = [
            f"{each.now:%Y-%m-%d %H:%M} {each.actor}: {_shown(each.command)}" for each in self.taken
        ]
        return "; ".join((*told, f"{self.now:%Y-%m-%d %H:%M}"))

    def _repr_pretty_(self, printer: _Printer, cycle: bool) -> None:  # noqa: FBT001
        """Show a failing example so: hypothesis would show every field of every case."""
        printer.text(repr(self))


def _shown(command: Command) -> str:
    """Return a command in words, with what is not its default."""
    given = (
        f"{each.name}={getattr(command, each.name)}"
        for each in fields(type(command))
        if getattr(command, each.name) != each.default
    )
    return " ".join((command.name, *given))


def lives(
    certification: Earned = None,
    *,
    learner: SearchStrategy[Learner] | None = None,
    transcript: SearchStrategy[Transcript] | None = None,
    table: Table = TABLE,
    candidates: Candidates | None = None,
    begin: datetime | None = None,
    most: int = 60,
) -> SearchStrategy[Life]:
    """Return lives in a certification: commands given by those who may, one after another.

    Args:
        certification: One, a strategy of several, or none: any at all.
        learner: Who lives; by default one who is active. He does not change in between.
        transcript: What he has completed; by default nothing. It does not change in between.
        table: The rows that decide.
        candidates: What to try of commands that a host has added.
        begin: When lives begin; by default long after every version was published, so that awards may
            be dated back.
        most: How many steps there are: commands, and waits; what is refused leaves no trace.

    Not in them: imports, learners who are inactive for a while, a clock that goes back.
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
    return _lives(beginnings, rules, most)


class LifeOptions(TypedDict, total=False):
    """What `lives` takes beside the certification, and all that is drawn from lives."""

    learner: SearchStrategy[Learner] | None
    transcript: SearchStrategy[Transcript] | None
    table: Table
    candidates: Candidates | None
    begin: datetime | None
    most: int


def cases(certification: Earned = None, **options: Unpack[LifeOptions]) -> SearchStrategy[Case]:
    """Return the cases in which `lives` end, with their histories; the arguments are the same."""
    return lives(certification, **options).map(lambda life: life.case)


def histories(
    certification: Earned = None, **options: Unpack[LifeOptions]
) -> SearchStrategy[tuple[Event, ...]]:
    """Return the histories of `lives`, in the order of recording; the arguments are the same."""
    return lives(certification, **options).map(lambda life: life.case.history or ())


def enrollments(
    certification: Earned = None, **options: Unpack[LifeOptions]
) -> SearchStrategy[Enrollment]:
    """Return the enrollments that `lives` end with; the arguments are the same.

    For enrollments that are valid field by field only, see `records`.
    """
    return lives(certification, **options).map(lambda life: life.case.enrollment)


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
) -> Life:
    case = Case.blank(learner=learner, certification=certification)
    now = _begin(certification) if begin is None else begin
    return Life(case=evolve(case, transcript=transcript), now=now)


@st.composite
def _lives(draw: st.DrawFn, beginnings: SearchStrategy[Life], rules: _Rules, most: int) -> Life:
    life = draw(beginnings)
    for _ in range(most):
        # Each step is one draw that says itself whether it is there, so that any can be shrunk away.
        after = draw(_step(life, rules))
        if after is None:
            break
        life = after
    return life


@st.composite
def _step(draw: st.DrawFn, life: Life, rules: _Rules) -> Life | None:
    """Let time pass, or give a command that has a row; None where the life ends.

    One or the other, so that what happens in between can be taken out and the wait stays.
    """
    what = draw(st.integers(0, GOING_ON))
    if what == 0:
        return None
    if what % A_WAIT_IN == 0:
        return evolve(life, now=_later(draw, life))
    case, now = life.case, life.now
    place = draw(st.integers(0, len(rules.table.commands) - 1))
    chosen = _row_with_sense(rules, case, now, place)
    if chosen is None:
        return life
    row, found = chosen
    command = _worth_giving(draw, row, found, case, now)
    actor = acting_on(case.learner, _one_of(draw, _roles(row, case.certification)))
    decision = decide(case, command, actor=actor, now=now, table=rules.table)
    if not isinstance(decision, Accepted):
        return life
    after = case.after(decision.enrollment, decision.events)
    taken = AcceptedStep(
        before=case, command=command, actor=actor, now=now, accepted=decision, after=after
    )
    return Life(case=after, now=now, taken=(*life.taken, taken))


def _row_with_sense(
    rules: _Rules, case: Case, now: datetime, place: int
) -> tuple[Row, Sequence[Command]] | None:
    """Return the row of the command at a place of the table, else any, and what there is to give by it."""
    status = case.enrollment.status_at(now)

    def with_sense(row: Row | None) -> Sequence[Command]:
        return () if row is None else worth_giving(rules.candidates, row.command, case, now)

    row = rules.table.row(status, rules.table.commands[place])
    if row is not None and (found := with_sense(row)):
        return row, found
    here = [(each, found) for each in rules.table.in_status(status) if (found := with_sense(each))]
    return here[place % len(here)] if here else None


# What is drawn means the same wherever it can: places in lists that depend on no status. So steps can
# be taken out of a life while those after them stay what they are. And they are plain numbers, for
# which hypothesis need not build a strategy.


def _one_of(draw: st.DrawFn, options: Sequence[T]) -> T:
    return options[draw(PLACES) % len(options)]


PLACES: Final = st.integers(0, 63)
SOME_DAYS: Final = 1
"""The place that stands for a wait of some days."""


def _later(draw: st.DrawFn, life: Life) -> datetime:
    """Draw what `instants_later` describes."""
    place = draw(PLACES)
    if place == SOME_DAYS:
        return life.now + draw(st.integers(0, LONGEST_WAIT)) % (_longest_wait(life.now) + 1) * DAY
    now, *ahead = _moments_later(life.case, life.now)
    return ahead[place % len(ahead)] if place and ahead else now


def _worth_giving(
    draw: st.DrawFn, row: Row, found: Sequence[Command], case: Case, now: datetime
) -> Command:
    """Draw what is worth giving by a row: as of now, or of an instant since the last fact."""
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
    """Return the roles that a row names, and those that a policy may name instead."""
    roles = set(row.by.roles)
    if row.by.roles_by_policy:
        roles.update(role for each in certification.versions for role in each.policy.approval.roles)
    return sorted(roles)
