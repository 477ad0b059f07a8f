"""Histories: they replay, and what was true or known then stays so (T3d, T6, Q8)."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Final

import pytest
from attrs import evolve

from certlib.errors import InvalidTableError
from certlib.state import (
    TABLE,
    Accepted,
    ChangePoint,
    Refused,
    Table,
    certified_spans,
    decide,
    explain,
    replay,
    timeline,
)
from certlib.state.commands import Award, Strike
from tests.cases import ADMIN, MICROSECOND, after, answer, as_of, history_of
from tests.histories import CERTIFICATIONS, Walk, boundaries, walks


@pytest.fixture(params=CERTIFICATIONS)
def walked(request: pytest.FixtureRequest) -> tuple[Walk, ...]:
    return walks(request.param, 8)


class TestReplay:
    """The history replays to the stored enrollment: folding on is the same as folding all again."""

    def test_after_every_command(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            for taken, accepted in each.accepted:
                history = (*history_of(taken.before), *accepted.events)
                replayed = replay(history, learner="ann", certification="FIRE")
                assert replayed == accepted.enrollment, taken.command

    def test_in_whatever_order_the_events_are_given(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            shuffled = list(each.history)
            Random(len(shuffled)).shuffle(shuffled)
            replayed = replay(shuffled, learner="ann", certification="FIRE")
            assert replayed == each.case.enrollment


def sound_tables() -> dict[str, Table]:
    """certlib's table without the rows of each command, where a sound one is left."""
    found: dict[str, Table] = {}
    for command in TABLE.commands:
        try:
            found[command.name] = TABLE.dropping(command)
        except InvalidTableError:
            continue
    return found


class TestRowsThatWereRemoved:
    """An old history replays, and gives the same answers, after rows were removed from the table."""

    SMALLER: Final = sound_tables()

    def test_nearly_every_row_can_be_removed(self) -> None:
        assert len(self.SMALLER) >= len(TABLE.commands) - 8

    def test_what_is_decided_on_it_stays_the_same(self, walked: tuple[Walk, ...]) -> None:
        """An award entered late and a strike replay all of it, whatever the table has left."""
        for each in walked:
            used = {type(taken.command).name for taken, _ in each.accepted} & set(self.SMALLER)
            for name in sorted(used - {Award.name, Strike.name}):
                smaller = self.SMALLER[name]
                for taken, accepted in each.accepted:
                    if type(taken.command).name in {Award.name, Strike.name}:
                        again = decide(
                            taken.before,
                            taken.command,
                            actor=taken.actor,
                            now=taken.now,
                            table=smaller,
                        )
                        # What came with a struck entry, only its row says.
                        assert isinstance(again, Accepted)
                        assert set(again.withdrawn) <= set(accepted.withdrawn)
                        assert evolve(again, withdrawn=accepted.withdrawn) == accepted

    def test_what_is_explained_of_other_commands_stays_the_same(
        self, walked: tuple[Walk, ...]
    ) -> None:
        for each in walked[:3]:
            now = max([taken.now for taken in each.taken])
            whole = {v.command: v for v in explain(each.case, actor=ADMIN, now=now)}
            for name, smaller in self.SMALLER.items():
                left = explain(each.case, actor=ADMIN, now=now, table=smaller)
                assert name not in {verdict.command for verdict in left}
                assert all(whole[verdict.command] == verdict for verdict in left)


class TestThePastStays:
    """An answer about a past instant changes only by a fact dated at or before it, or a strike (T6)."""

    def test_over_walks(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            for taken, accepted in each.accepted:
                if isinstance(taken.command, Strike):
                    continue
                at = accepted.events[0].at
                earlier = [b for b in boundaries(taken.before) if b < at]
                for instant in (at - MICROSECOND, *earlier[-4:]):
                    result = after(taken.before, accepted)
                    assert answer(result, instant) == answer(taken.before, instant)

    def test_what_was_known_then_never_changes(self, walked: tuple[Walk, ...]) -> None:
        """As known at K, nothing recorded after K counts, strikes included (T3d, T6)."""
        for each in walked:
            for taken, accepted in each.accepted:
                known_at = accepted.events[0].recorded_at - MICROSECOND
                for instant in (accepted.events[0].at, known_at):
                    then = as_of(taken.before, instant, known_at)
                    now = as_of(after(taken.before, accepted), instant, known_at)
                    assert now.status_at(instant) == then.status_at(instant)
                    assert now.certificates == then.certificates

    def test_by_accepted_facts_alone(self, walked: tuple[Walk, ...]) -> None:
        """A refusal changes nothing, and says why."""
        for each in walked:
            for taken in each.taken:
                if isinstance(taken.decision, Refused):
                    assert taken.decision.reasons
                    assert after(taken.before, taken.decision) is taken.before


class TestSpans:
    """Continuity is the union of the certificates less revocations (Q8)."""

    def test_they_say_what_every_instant_says(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            spans = certified_spans(each.history, learner="ann", certification="FIRE")
            edges = [edge for span in spans for edge in span if edge is not None]
            asked = [*edges, *(edge - MICROSECOND for edge in edges), *boundaries(each.case)]
            for at in asked:
                inside = any(a <= at and (b is None or at < b) for a, b in spans)
                assert inside is as_of(each.case, at).certified_at(at), at

    def test_they_are_apart(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            spans = certified_spans(each.history, learner="ann", certification="FIRE")
            edges = [edge for span in spans for edge in span if edge is not None]
            assert edges == sorted(set(edges))


class TestTheTimeline:
    """Each change point is told at its own instant, before the facts of that instant (T1, T3e)."""

    def test_statuses_join(self, walked: tuple[Walk, ...]) -> None:
        """What a change point says is what the status rule says just before it, and there."""
        for each in walked:
            if not each.history:
                continue
            until = max(event.recorded_at for event in each.history)
            told = timeline(each.history, learner="ann", certification="FIRE", until=until)
            facts = {event.at for event in each.history}
            for point in told:
                if not isinstance(point, ChangePoint):
                    continue
                just_before = point.at - MICROSECOND
                assert point.before == as_of(each.case, just_before).status_at(just_before)
                if point.at not in facts:
                    assert point.after == as_of(each.case, point.at).status_at(point.at)


class TestRecordedAt:
    """It is the `now` that was given, or the enrollment's previous one where that is later (T3d)."""

    def test_it_never_goes_back(self, walked: tuple[Walk, ...]) -> None:
        for each in walked:
            previous: datetime | None = None
            for taken, accepted in each.accepted:
                wanted = taken.now if previous is None else max(taken.now, previous)
                assert {event.recorded_at for event in accepted.events} == {wanted}
                previous = wanted
