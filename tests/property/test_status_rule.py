"""The status rule against its brute-force twin, over random histories (T6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final

import pytest

from tests import histories, twin
from tests.cases import MICROSECOND, as_of
from tests.histories import CERTIFICATIONS, Walk, boundaries

pytestmark = pytest.mark.slow

WALKS: Final = 34
"""For each certification."""
INSTANTS: Final = 25
"""For each walk: with the eighteen certifications, 15,300 questions."""


@pytest.fixture(params=CERTIFICATIONS)
def walks(request: pytest.FixtureRequest) -> tuple[Walk, ...]:
    return histories.walks(request.param, WALKS)


def instants(walked: Walk) -> list[datetime]:
    """Instants to ask about: most of them on, just before or just after something."""
    random = Random(len(walked.history))
    events = walked.history
    near = [instant for e in events for instant in (e.at, e.recorded_at)] + boundaries(walked.case)
    if not near:
        return []
    first, last = min(near) - timedelta(days=3), max(near) + timedelta(days=30)
    anywhere = [first + (last - first) * random.random() for _ in range(5)]
    return anywhere + [
        random.choice(near) + random.choice((-1, 0, 0, 1)) * MICROSECOND
        for _ in range(INSTANTS - len(anywhere))
    ]


class TestTheStatusRule:
    """The first of the five rules that applies gives the status, for every instant."""

    def test_as_known_now(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for at in instants(walked):
                enrollment = as_of(walked.case, at, None)
                assert enrollment.status_at(at) == twin.status(walked.history, at), at

    def test_as_known_then(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for at in instants(walked):
                enrollment = as_of(walked.case, at, at)
                assert enrollment.status_at(at) == twin.status(walked.history, at, at), at

    def test_as_known_at_any_time(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            asked = instants(walked)
            for at, known_at in zip(asked[::3], reversed(asked[::3]), strict=True):
                enrollment = as_of(walked.case, at, known_at)
                assert enrollment.status_at(at) == twin.status(walked.history, at, known_at), at

    def test_the_stored_enrollment_answers_from_its_last_fact_on(
        self, walks: tuple[Walk, ...]
    ) -> None:
        for walked in walks:
            stored = walked.case.enrollment
            for at in instants(walked):
                if stored.last_fact_at is None or stored.last_fact_at <= at:
                    assert stored.status_at(at) == twin.status(walked.history, at), at

    def test_since_is_when_the_status_began(self, walks: tuple[Walk, ...]) -> None:
        """It has held ever since, and just before it was another one, or it began anew by a fact."""
        for walked in walks:
            for at in instants(walked)[::3]:
                now, since = (
                    twin.status(walked.history, at),
                    as_of(walked.case, at, None).since(at),
                )
                facts = {event.at for event in walked.history}
                if since is None:
                    assert now is None
                    continue
                assert since <= at
                for moment in (since, *(fact for fact in facts if since < fact <= at)):
                    assert twin.status(walked.history, moment) == now
                before = twin.status(walked.history, since - MICROSECOND)
                assert before != now or since in facts


class TestDueDays:
    """The latest of all dates wins, and one that has passed is shown (P8)."""

    def test_of_every_past_instant(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for at in instants(walked)[::2]:
                enrollment, day = as_of(walked.case, at, None), twin.due(walked.history, at)
                due = enrollment.due
                assert (due and due.day) == day, at
                over = due is not None and day is not None and twin.over(day, due.time_zone, at)
                assert enrollment.is_overdue_at(at) is over, at


class TestAccessAskedFor:
    """A request for access is open only while there has been no status since it was made (R3)."""

    def test_of_every_past_instant(self) -> None:
        for walked in histories.walks("examined", WALKS):
            for at in instants(walked):
                waits = as_of(walked.case, at, None).open_access_request is not None
                assert waits is twin.access_is_asked_for(walked.history, at), at


class TestCertified:
    """Whether someone is certified is asked of the newest certificate alone, never of the status."""

    def test_as_known_now(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for at in instants(walked):
                enrollment = as_of(walked.case, at, None)
                assert enrollment.certified_at(at) is twin.certified(walked.history, at), at

    def test_as_known_then(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for at in instants(walked):
                enrollment = as_of(walked.case, at, at)
                assert enrollment.certified_at(at) is twin.certified(walked.history, at, at), at
