"""The examples that kill mutants, and how they are played on another table than certlib's own.

None of them compares the table with anything: each tells a story and says what a command does in it.
What it says is written by hand, in the example or in the golden table, which reads nothing off
certlib. They are the worked examples of the rows, the strikes and the obstacles of
`tests.state.situations`, every test in `KILLERS`, and the worked examples that certlib shares with
its requirements.

Tests are played as they are. While one is played, whoever decides or explains by certlib's own table
does it by the mutant: `playing` exchanges what does in the modules where stories are told. The
modules of the tests are loaded once more for this, so that nothing is exchanged in those of pytest,
and so that a failing `assert` costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from inspect import getmembers, isclass, isfunction
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from attrs import define, frozen

from certlib.state import (
    TABLE,
    Accepted,
    Decision,
    Enrollment,
    Refused,
    Table,
    Verdict,
    decide,
    explain,
    fulfil,
    replay,
)
from certlib.state._table import StatusOrNone
from certlib.state.commands import Command
from tests import worked_examples
from tests.state import situations, story
from tests.state.situations import EXAMPLES, OBSTACLES, STRIKES, Example, Obstacle, Struck, word
from tests.state.story import tags

__all__ = ["KILLERS", "SOURCES", "Play", "Trial", "path_of", "playing", "plays"]

TESTS: Final = Path(__file__).parents[1]
KILLERS: Final[tuple[str, ...]] = (
    "state/test_rows_refused.py",
    "state/test_rows_telling.py",
    "state/test_rows_unhindered.py",
    "state/test_rows_who.py",
    "state/test_rows_awarding.py",
    "state/test_rows_barring.py",
    "state/test_rows_beginning.py",
    "state/test_rows_deadlines.py",
    "state/test_rows_ending.py",
    "state/test_rows_evidence.py",
    "state/test_rows_exam.py",
    "state/test_rows_extending.py",
    "state/test_rows_moving.py",
    "state/test_rows_overriding.py",
    "state/test_rows_paying.py",
    "state/test_rows_renewing.py",
    "state/test_rows_requesting.py",
    "state/test_rows_striking.py",
    "test_worked_examples.py",
)
"""The tests that are played, those first that were written for what mutants are about."""
SHARED: Final = "test_worked_examples.py"


def path_of(killer: str) -> Path:
    """Return where a module of tests is."""
    return TESTS / killer


# --- what an example asks of the table ------------------------------------------------------------


@frozen(eq=False)
class Trial:
    """One question that an example asks of the table, and what certlib's own table answers."""

    command: type[Command] | None
    """What it is about; None: every command."""
    standings: frozenset[StatusOrNone] | None
    """In which statuses; None: in any."""
    ask: Callable[[Table], object]
    answer: object

    def is_changed_by(self, table: Table) -> bool:
        """Whether another table answers otherwise."""
        return _answer(self.ask, table) != self.answer


def _answer(ask: Callable[[Table], object], table: Table) -> object:
    """Return the answer, or what is raised, by its kind."""
    try:
        return ask(table)
    except Exception as error:  # a row that is wrong may raise anything
        return type(error)


@define(eq=False)
class _Stage:
    """The table that examples are played on; and what is asked, where that is written down."""

    table: Table = TABLE
    trials: list[Trial] | None = None

    def decide(
        self, case: Any, command: Command, *, table: Table = TABLE, **given: Any
    ) -> Decision:
        if table is not TABLE:
            return decide(case, command, table=table, **given)
        if self.trials is None:
            return decide(case, command, table=self.table, **given)
        ask = partial(_decided, case, command, given)
        found = _answer(ask, TABLE)
        enrollment: Enrollment = case.enrollment
        last = enrollment.last_fact_at
        at = command.at or given["now"]
        late = getattr(command, "on", None) is not None or (last is not None and at < last)
        standings = None
        if isinstance(found, Accepted | Refused) and not late:
            standings = frozenset({found.before if isinstance(found, Accepted) else found.status})
        self.trials.append(Trial(type(command), standings, ask, found))
        return found if isinstance(found, Accepted | Refused) else ask(TABLE)

    def explain(self, case: Any, *, table: Table = TABLE, **given: Any) -> tuple[Verdict, ...]:
        if table is not TABLE:
            return explain(case, table=table, **given)
        if self.trials is not None:
            ask = partial(_explained, case, given)
            standing = case.enrollment.status_at(given["now"])
            self.trials.append(Trial(None, frozenset({standing}), ask, _answer(ask, TABLE)))
        return explain(case, table=self.table, **given)

    def fulfil(self, case: Any, *, table: Table = TABLE, **given: Any) -> Iterator[Accepted]:
        if self.trials is not None:
            ask = partial(_fulfilled, case, given)
            self.trials.append(Trial(None, None, ask, _answer(ask, TABLE)))
        return fulfil(case, table=self.table, **given)


def _decided(case: Any, command: Command, given: dict[str, Any], table: Table) -> Decision:
    return decide(case, command, table=table, **given)


def _explained(case: Any, given: dict[str, Any], table: Table) -> tuple[Verdict, ...]:
    return explain(case, table=table, **given)


def _fulfilled(case: Any, given: dict[str, Any], table: Table) -> tuple[Accepted, ...]:
    return tuple(fulfil(case, table=table, **given))


@contextmanager
def playing(stage: _Stage) -> Iterator[None]:
    """Let whoever decides, explains or fulfils by certlib's own table do it on a stage."""
    exchanged = {"decide": decide, "explain": explain, "fulfil": fulfil}
    there = [
        (module, name)
        for module in (story, situations, worked_examples, *_modules().values())
        for name, function in exchanged.items()
        if getattr(module, name, None) is function
    ]
    for module, name in there:
        setattr(module, name, getattr(stage, name))
    try:
        yield
    finally:
        for module, name in there:
            setattr(module, name, exchanged[name])


# --- what is played -------------------------------------------------------------------------------


@frozen(eq=False)
class Play:
    """An example, and all that it asks of the table."""

    source: str
    name: str
    act: Callable[[], object]
    trials: tuple[Trial, ...]

    def fails_on(self, table: Table) -> bool:
        """Whether the example does not hold on a table."""
        with playing(_Stage(table=table)):
            return _raises(self.act)


def _raises(act: Callable[[], object]) -> bool:
    try:
        act()
    except (Exception, pytest.fail.Exception):
        return True
    return False


def _worked(example: Example) -> None:
    """The row is taken: from its status to where the example says, with these facts."""
    told = situations.told(example.tale, world=example.world)
    assert word(told.status) == example.status
    wanted = situations.command(example.ask, told)
    assert told.verdict(type(wanted.command), wanted.by).allowed
    decision = told.decided(wanted.command, wanted.by)
    assert isinstance(decision, Accepted)
    assert (word(decision.before), word(decision.after)) == (example.status, example.to)
    assert tuple(tags(decision)) == example.tags
    enrollment = decision.enrollment
    again = replay(
        (*told.history, *decision.events), learner="ann", certification=enrollment.certification
    )
    assert again == enrollment


def _stopped(obstacle: Obstacle) -> None:
    """With an obstacle in the way, the command is refused for it and for nothing else."""
    found = situations.situation(obstacle.title, obstacle)
    assert found is not None
    decision = situations.asked(situations.told(found.tale, world=found.world), found.ask)
    assert isinstance(decision, Refused)
    assert sorted(reason.code for reason in decision.reasons) == sorted(obstacle.guards)


def _struck(struck: Struck) -> None:
    """A strike leads where the example says."""
    decision = situations.asked(situations.told(struck.tale, world=struck.world), struck.ask)
    assert isinstance(decision, Accepted)
    assert (word(decision.before), word(decision.after)) == (struck.status, struck.to)


@cache
def _modules() -> dict[str, ModuleType]:
    """The modules of the tests, loaded for this alone."""
    return {killer: _loaded(killer) for killer in KILLERS}


def _loaded(killer: str) -> ModuleType:
    path = path_of(killer)
    name = f"{__name__}.{path.stem}"
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def _tests(module: ModuleType) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield every test of a module, once for each of its parameters."""
    for name, function in getmembers(module, isfunction):
        if name.startswith("test_") and function.__module__ == module.__name__:
            yield from _parametrized(name, function, ())
    for name, of in getmembers(module, isclass):
        if name.startswith("Test") and of.__module__ == module.__name__:
            marks = tuple(getattr(of, "pytestmark", ()))
            for test, function in getmembers(of, isfunction):
                if test.startswith("test_"):
                    act = partial(_on_its_own, of, test)
                    yield from _parametrized(
                        f"{name}.{test}", act, (*marks, *getattr(function, "pytestmark", ()))
                    )


def _on_its_own(of: type, test: str, **given: object) -> None:
    """Run a test of a class on an instance of its own."""
    getattr(of(), test)(**given)


def _parametrized(
    name: str, act: Callable[..., object], marks: Sequence[Any]
) -> Iterator[tuple[str, Callable[[], object]]]:
    found = [mark.args for mark in (*marks, *getattr(act, "pytestmark", ()))]
    sets = [[_named(names, value) for value in values] for names, values in found]
    for count, chosen in enumerate(product(*sets), start=1):
        given = {name: value for each in chosen for name, value in each.items()}
        yield f"{name} {count}", partial(act, **given)


def _named(names: str | Sequence[str], value: Any) -> dict[str, object]:
    """Return the parameters of one run, by their names."""
    split = names.replace(" ", "").split(",") if isinstance(names, str) else list(names)
    return {split[0]: value} if len(split) == 1 else dict(zip(split, value, strict=True))


SOURCES: Final[tuple[str, ...]] = (
    "worked examples of the rows",
    "obstacles",
    "strikes",
    *(Path(killer).stem for killer in KILLERS),
)
"""Where examples come from, in the order in which they are tried."""


def _acts() -> Iterator[tuple[str, str, Callable[[], object]]]:
    rows, obstacles, strikes, *_ = SOURCES
    for example in EXAMPLES:
        yield rows, f"{example.title}, to {example.to}", partial(_worked, example)
    for count, obstacle in enumerate(OBSTACLES, start=1):
        yield obstacles, f"{obstacle.title} {count}", partial(_stopped, obstacle)
    for struck in STRIKES:
        yield strikes, f"strike while {struck.status}, to {struck.to}", partial(_struck, struck)
    for killer, module in _modules().items():
        for name, act in _tests(module):
            yield Path(killer).stem, name, act


@cache
def plays() -> tuple[Play, ...]:
    """Return every example. All of them hold on certlib's own table, which is tried here."""
    return tuple(_tried(source, name, act) for source, name, act in _acts())


def _tried(source: str, name: str, act: Callable[[], object]) -> Play:
    trials: list[Trial] = []
    with playing(_Stage(trials=trials)):
        act()
    return Play(source=source, name=name, act=act, trials=tuple(trials))
