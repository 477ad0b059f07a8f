"""A small life for the picture in the documents: awarded, late, extended, renewed, struck."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from certlib.actors import Actor
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.learners import Learner
from certlib.periods import Period
from certlib.pictures import history_svg
from certlib.policies import FromExpiry, Grace, Policy, Recertification
from certlib.requirements import Completed
from certlib.state import Accepted, Case, Command, decide
from certlib.state.commands import (
    Award,
    CompleteStep,
    ExtendCertificate,
    StartRecertification,
    Strike,
)

__all__ = ["timeline_picture"]

FIRE: Final = Certification(
    code="FIRE-1",
    versions=(
        Version(
            number=1,
            published_on=date(2020, 1, 1),
            initial=Curriculum(
                steps=(Step(code="course", paths=(Online(requires=Completed(training="FIRE")),)),)
            ),
            policy=Policy(
                time_zone="Europe/Madrid",
                validity=FromExpiry(period=Period.parse("P1Y")),
                grace=Grace(period=Period.parse("P60D")),
                recertification=Recertification(window=Period.parse("P3M")),
            ),
        ),
    ),
)
TODAY: Final = datetime(2025, 9, 1, 9, tzinfo=UTC)
GIVEN: Final[tuple[tuple[str, str, Command], ...]] = (
    ("admin:eva", "2023-03-01", Award()),
    ("learner:ann", "2024-01-10", StartRecertification()),
    ("system", "2024-02-20", CompleteStep(step="course")),
    ("admin:eva", "2025-02-15", ExtendCertificate(until=date(2025, 4, 30))),
    ("learner:ann", "2025-04-10", StartRecertification()),
    ("admin:eva", "2025-04-20", Award(on=date(2025, 3, 20))),
    ("admin:eva", "2025-05-02", Strike(entry=6)),
    ("system", "2025-06-10", CompleteStep(step="course")),
)
"""By whom, on which day, which command; the sixth was an error."""


def timeline_picture() -> str:
    """Return the timeline of the life, as SVG."""
    case = Case.blank(learner=Learner(id="ann"), certification=FIRE)
    for actor, day, command in GIVEN:
        now = datetime.fromisoformat(f"{day}T09:00:00+00:00")
        decision = decide(case, command, actor=Actor.parse(actor), now=now)
        if not isinstance(decision, Accepted):
            raise TypeError(decision)
        case = case.after(decision.enrollment, decision.events)
    return history_svg(case.history or (), certification=FIRE, learner="ann", at=TODAY) + "\n"
