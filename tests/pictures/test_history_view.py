"""What a picture tells agrees with the fold, at every instant of every worked example."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from certlib.periods import day_in
from certlib.pictures._history_view import HistoryView, history_view
from certlib.state import ChangePoint, Status, replay
from certlib.state._timeline import timeline
from tests.worked_examples import EXAMPLES, Play, instant, plays

MOMENT = timedelta(microseconds=1)


def told(play: Play, at: datetime, known_at: datetime | None = None) -> HistoryView:
    return history_view(
        play.case.history or (),
        certification=play.case.certification,
        learner="ann",
        at=at,
        known_at=known_at,
    )


def asked(name: str, play: Play) -> list[datetime]:
    return sorted({instant(ask["at"], play.zone) for ask in EXAMPLES[name]["asks"]})


def shown(of: HistoryView, at: datetime) -> Status | None:
    """The status that the picture shows at an instant; two at once are an error."""
    found = [s.status for s in of.statuses if s.since <= at and (s.until is None or at < s.until)]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_statuses_are_those_of_the_fold(name: str) -> None:
    play = next(plays(EXAMPLES[name]))
    code = play.case.certification.code
    instants = asked(name, play)
    for at, known_at in [(instants[-1], None), (instants[0], instants[0])]:
        of = told(play, at, known_at)
        edges = {edge for s in of.statuses for edge in (s.since, s.until) if edge is not None}
        edges |= {entry.at for entry in of.entries} | {point.at for point in of.ahead} | {at}
        for edge in sorted(edges):
            for when in (edge - MOMENT, edge, edge + MOMENT):
                enrollment = replay(
                    play.case.history or (),
                    learner="ann",
                    certification=code,
                    at=min(when, at),
                    known_at=known_at,
                )
                assert shown(of, when) is enrollment.status_at(when)
        assert of.status is shown(of, at)
        assert [s.ahead for s in of.statuses] == [s.since > at for s in of.statuses]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_rest_is_that_of_the_history(name: str) -> None:
    play = next(plays(EXAMPLES[name]))
    history = play.case.history or ()
    at = asked(name, play)[-1]
    of = told(play, at)
    passed = timeline(history, learner="ann", certification=play.case.certification.code, until=at)

    assert list(of.passed) == [moment for moment in passed if isinstance(moment, ChangePoint)]
    assert all(point.at > at for point in of.ahead)
    assert [held.certificate for held in of.certificates] == list(of.enrollment.certificates)
    assert [held.number for held in of.certificates] == list(range(1, len(of.certificates) + 1))
    for held in of.certificates:
        assert held.days[-1][1] == held.certificate.last_valid_day
    assert {entry.number for entry in of.entries} == {
        event.entry for event in history if event.at <= at
    } - _entries_begun_later(play, at)
    for entry in of.entries:
        (first, *_), zone = [e for e in history if e.entry == entry.number], of.zone
        assert (entry.at, entry.recorded_at) == (first.at, first.recorded_at)
        assert entry.late is (day_in(zone, first.recorded_at) > day_in(zone, first.at))
    assert of.unknown == 0
    assert of.later == len({event.entry for event in history}) - len(of.entries)


def _entries_begun_later(play: Play, at: datetime) -> set[int]:
    first: dict[int, datetime] = {}
    for event in play.case.history or ():
        first.setdefault(event.entry, event.at)
    return {entry for entry, began in first.items() if began > at}


def test_a_strike_tells_what_it_struck() -> None:
    play = next(plays(EXAMPLES["E62a"]))
    of = told(play, instant("2024-09-01", play.zone))

    assert [(entry.number, entry.struck_by) for entry in of.entries] == [
        (1, None),
        (2, 3),
        (3, None),
    ]


def test_a_run_is_cut_short_by_what_came_first() -> None:
    play = next(plays(EXAMPLES["E44"]))
    (held,) = told(play, instant("2025-03-15", play.zone)).certificates

    assert held.cut_at == held.certificate.revoked_at
    assert held.is_revoked
    first, second = told(next(plays(EXAMPLES["E57a"])), instant("2024-10-01", "UTC")).certificates
    assert first.superseded_at == second.certificate.issued_at
    assert first.cut_at is None  # it was over long before
    assert not first.is_revoked
    assert second.cut_at is None
