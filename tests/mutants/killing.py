"""What kills a mutant: its own table, a worked example of where a row leads, or an example that fails.

Only examples are played that ask the table something to which the mutant gives another answer: all
others would go as they go on certlib's own table. So all mutants are tried in less than a minute of
CPU, and none is left out: ``python -m tests.mutants`` and the tests do the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, TypeAlias

from certlib.errors import InvalidTableError
from certlib.state import TABLE, Accepted, Command, Table
from certlib.state._table import StatusOrNone
from certlib.testing.exploration import never_reached
from tests.mutants.making import Mutant, Pair, mutants
from tests.mutants.playing import SOURCES, Play, Trial, plays

__all__ = ["REFUSED", "VAIN", "killer_of", "killers"]

REFUSED: Final = "the table itself"
"""A table that is not sound is refused (`InvalidTableError`)."""
VAIN: Final = "a status that no example leads to"
"""As the exploration reports it (`certlib.testing.exploration.never_reached`)."""


LEADING: Final = frozenset({"worked examples of the rows", "strikes", "test_rows_striking"})
"""The examples that are about where a row leads."""
Asked: TypeAlias = Mapping[type[Command], list[tuple[Play, list[Trial]]]]
"""Examples with what they ask, by what it is about."""


def killers(kind: str) -> Mapping[str, str | None]:
    """Return of every mutant of a kind, by its name, where what kills it comes from; None: nothing does."""
    if kind.startswith("to: "):
        return {mutant.name: _leading(mutant) for mutant in mutants(kind)}
    found: dict[str, str | None] = {}
    last: dict[frozenset[Pair], Play] = {}
    for mutant in mutants(kind):
        killer = killer_of(mutant, last.get(mutant.pairs))
        found[mutant.name] = killer.source if isinstance(killer, Play) else killer
        if isinstance(killer, Play):
            last[mutant.pairs] = killer
    return found


# --- what is asked and done -----------------------------------------------------------------------


def killer_of(mutant: Mutant, likely: Play | None = None) -> Play | str | None:
    """Return what kills a mutant: the first example that does not hold on it, or that its table is refused.

    ``likely`` is tried before all others: what killed the mutant before it, which is much like it.
    """
    try:
        table = mutant.table()
    except InvalidTableError:
        return REFUSED
    if likely is not None and likely.fails_on(table):
        return likely
    played: set[Play] = set()
    for asked in (_decided(), _told()):
        for play in _changed(mutant, table, asked):
            if play not in played and play.fails_on(table):
                return play
            played.add(play)
    return None


def _changed(mutant: Mutant, table: Table, asked: Asked) -> Iterator[Play]:
    """Yield every example that another table answers something else, of what is asked."""
    standings = {standing for standing, _ in mutant.pairs}
    for command in {command for _, command in mutant.pairs}:
        for play, trials in asked[command]:
            if any(
                (trial.standings is None or trial.standings & standings)
                and trial.is_changed_by(table)
                for trial in trials
            ):
                yield play


@cache
def _decided() -> Asked:
    """Return what examples ask the table to decide, by command."""
    return {command: _asking(command) for command in TABLE.commands}


@cache
def _told() -> Asked:
    """Return what else they ask: what may be done, and what follows from a completion."""
    return dict.fromkeys(TABLE.commands, _asking(None))


def _asking(command: type[Command] | None) -> list[tuple[Play, list[Trial]]]:
    """Return the examples that ask about a command, in the order in which they are tried."""
    found = (
        (play, [trial for trial in play.trials if trial.command is command]) for play in plays()
    )
    return sorted((each for each in found if each[1]), key=lambda each: _turn(each[0]))


def _turn(play: Play) -> tuple[int, int]:
    return SOURCES.index(play.source), len(play.trials)


# --- where a row leads ----------------------------------------------------------------------------


@cache
def _led() -> Mapping[str, Mapping[StatusOrNone, str]]:
    """Return where examples lead, by the pair of status and command, and where the first comes from.

    Only those are asked that are about this; others may well be of what cannot be, such as a version
    that is gone.
    """
    found: defaultdict[str, dict[StatusOrNone, str]] = defaultdict(dict)
    for play in plays():
        for trial in play.trials if play.source in LEADING else ():
            if trial.command is not None and isinstance(trial.answer, Accepted):
                row = TABLE.row(trial.answer.before, trial.command)
                assert row is not None
                found[row.pair].setdefault(trial.answer.after, play.source)
    return found


def _leading(mutant: Mutant) -> str | None:
    """Return what kills a mutant that only says otherwise where a row leads, which decides nothing."""
    ((row,),) = mutant.edits.values()
    led = _led()[row.pair]
    for status, source in led.items():
        if status not in row.to:
            return source
    try:
        table = mutant.table()
    except InvalidTableError:
        return REFUSED
    reached = {(row.pair, status) for status in led}
    in_vain = any(f"{row.pair}: never led to" in each for each in never_reached(table, reached))
    return VAIN if in_vain else None
