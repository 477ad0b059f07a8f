"""What moving to another version would change, for everybody who has a record (P13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from attrs import evolve, frozen

from certlib._deciding import decide_and_follow_up
from certlib._loading import Loader
from certlib.actors import Actor
from certlib.certifications import Certification, VersionState
from certlib.periods import day_in
from certlib.ports import Query
from certlib.state import Accepted, Decision, Difference, Table, differences
from certlib.state.commands import MoveToVersion

__all__ = ["VersionPreview", "preview_version"]


@frozen(kw_only=True)
class VersionPreview:
    """What moving to a version would do to one learner."""

    learner: str
    decision: Decision
    differences: tuple[Difference, ...]


def preview_version(
    loader: Loader,
    certification: Certification,
    command: MoveToVersion,
    *,
    actor: Actor,
    now: datetime,
    table: Table,
) -> Iterator[VersionPreview]:
    """Yield what the command would do to each learner whom the actor reaches, and save nothing."""
    published = _published_now(certification, command.version, now)
    for page in loader.pages(Query(certifications=(certification.code,), at=now)):
        loaded = loader.page(page)
        for stored in page:
            person = loaded.people.get(stored.learner)
            if person is None or not actor.covers(person, certification.code):
                continue
            case = loaded.case_of(person, published)
            decision = decide_and_follow_up(case, command, actor=actor, now=now, table=table)
            after = decision.enrollment if isinstance(decision, Accepted) else stored
            at = max(now, stored.last_fact_at or now)
            yield VersionPreview(
                learner=person.id,
                decision=decision,
                differences=differences(stored, after, at),
            )


def _published_now(certification: Certification, number: int, now: datetime) -> Certification:
    """Return a certification in which a version counts as published now, if it was not yet."""
    versions = tuple(
        evolve(
            version,
            state=VersionState.PUBLISHED,
            published_on=day_in(version.policy.time_zone, now),
        )
        if version.number == number and not version.published_by(now)
        else version
        for version in certification.versions
    )
    return evolve(certification, versions=versions)
