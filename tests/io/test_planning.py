"""What a row makes of an enrollment: the instant it means, and what it is not about."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from certlib._loading import Loader
from certlib.actors import Actor
from certlib.errors import InvalidValueError, RefusedError
from certlib.io import GO1, UNIFYR, ImportOptions
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io._imports.planning import decide_row, instant_of, is_known
from certlib.io.formats._claims import AssignmentClaim, AwardClaim, CompletionClaim
from certlib.io.formats._columns import RowFlaw
from certlib.ports import IdentifierKind
from certlib.state import Accepted, Status
from certlib.state.commands import (
    Assign,
    Command,
    Enroll,
    ForceRecertification,
    OverrideTraining,
    PermanentlyRevoke,
    Remove,
    RestoreAccess,
    RevokeAccess,
    Start,
    StartRecertification,
    SubmitEvidence,
)
from certlib.state.facts import EntryStruck
from certlib.trainings import TrainingKind
from tests.hosts import EVA, NOW, SYSTEM
from tests.io.uploads import counts
from tests.io.vendor_files import (
    FailingStore,
    enrollment_of,
    events_of,
    imported,
    service_of,
    status_of,
)

BO = Actor.parse("learner:bo")
ZONES = sorted(available_timezones())


def award(day: date, clock: time | None) -> AwardClaim:
    return AwardClaim(
        identifier="bo",
        identified_by=IdentifierKind.USERNAME,
        learner_column="Username",
        name="FORK-1",
        name_column="Certification reference",
        on=day,
        time=clock,
        date_column="Awarded on",
    )


ASSIGNMENT = AssignmentClaim(
    identifier="bo",
    identified_by=IdentifierKind.EMAIL,
    learner_column="Email",
    name=None,
    name_column=None,
)


class TestInstants:
    @pytest.mark.parametrize("claim", [award(date(2026, 3, 29), None), ASSIGNMENT])
    def test_what_has_no_time_names_none(self, claim: AwardClaim | AssignmentClaim) -> None:
        assert instant_of(claim, "Europe/Madrid") is None

    @pytest.mark.parametrize(
        ("zone", "day", "clock", "instant"),
        [
            ("UTC", date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
            ("Europe/Madrid", date(2026, 3, 29), time(0), datetime(2026, 3, 28, 23, tzinfo=UTC)),
            ("Asia/Kathmandu", date(2026, 1, 1), time(0), datetime(2025, 12, 31, 18, 15, tzinfo=UTC)),
            ("Pacific/Apia", date(2011, 12, 31), time(0), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ],
    )  # fmt: skip
    def test_by_the_clocks_of_the_zone(
        self, zone: str, day: date, clock: time, instant: datetime
    ) -> None:
        assert instant_of(award(day, clock), zone) == instant

    @pytest.mark.parametrize(
        ("zone", "day", "clock", "how_often"),
        [
            ("Europe/Madrid", date(2026, 3, 29), time(2, 30), "never"),
            ("Europe/Madrid", date(2025, 10, 26), time(2, 30), "twice"),
            ("Pacific/Apia", date(2011, 12, 30), time(12), "never"),
            ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "twice"),
            ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "never"),
        ],
    )
    def test_a_time_that_they_skipped_or_showed_twice_is_none(
        self, zone: str, day: date, clock: time, how_often: str
    ) -> None:
        assert instant_of(award(day, clock), zone) == RowFlaw(
            code="bad_date",
            message=f"the clocks of {zone} showed that time {how_often} on that day",
            column="Awarded on",
        )

    @given(
        st.sampled_from(ZONES),
        st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2037, 12, 31)),  # noqa: DTZ001 (what a clock shows)
    )
    def test_the_clocks_show_that_time_at_that_instant_and_at_no_other(
        self, zone: str, shown: datetime
    ) -> None:
        shown = shown.replace(microsecond=0, fold=0)
        found = instant_of(award(shown.date(), shown.time()), zone)
        tz = ZoneInfo(zone)
        meant = {shown.replace(fold=fold, tzinfo=tz).astimezone(UTC) for fold in (0, 1)}
        both = {at for at in meant if at.astimezone(tz).replace(tzinfo=None, fold=0) == shown}
        if isinstance(found, RowFlaw):
            assert len(both) == (0 if "never" in found.message else 2)
        else:
            assert both == {found}

    @given(st.sampled_from(ZONES), st.datetimes(timezones=st.just(UTC),
           min_value=datetime(1990, 1, 1), max_value=datetime(2037, 12, 31)))  # fmt: skip  # noqa: DTZ001
    def test_an_instant_comes_back_from_what_the_clocks_show(self, zone: str, at: datetime) -> None:
        at = at.replace(microsecond=0)
        shown = at.astimezone(ZoneInfo(zone))
        found = instant_of(award(shown.date(), shown.time()), zone)
        assume(not isinstance(found, RowFlaw))
        assert found == at


class TestOfNoEnrollment:
    """A completion concerns no enrollment, or many: it is not planned here."""

    def plan(self) -> RowPlan:
        claim = CompletionClaim(
            identifier="bo",
            identified_by=IdentifierKind.EMAIL,
            learner_column="Email",
            kind=TrainingKind.COURSE,
            name="FORK",
            name_column="Name",
            on=date(2026, 1, 5),
            date_column="Date",
        )
        return RowPlan(row=2, learner="bo", claim=claim, on=claim.on, training="FORK", kind_order=1)

    def work(self, store: FailingStore) -> ImportJob:
        return ImportJob(
            source=BytesIO(),
            format=UNIFYR,
            options=ImportOptions(),
            actor=EVA,
            now=NOW,
            sources=store,
            store=store,
        )

    def test_it_is_refused(self) -> None:
        store = FailingStore()
        case = Loader(store, store).case("bo", "FORK-1", EVA)
        plan = self.plan()
        with pytest.raises(InvalidValueError, match="CompletionClaim"):
            decide_row(plan, case, self.work(store))
        with pytest.raises(InvalidValueError, match="CompletionClaim"):
            is_known(plan.claim, case.enrollment, on=plan.on, zone="UTC", now=NOW)

    def test_without_an_import_the_decisions_carry_no_row(self) -> None:
        store = FailingStore()
        case = Loader(store, store).case("bo", "FORK-1", EVA)
        plan = RowPlan(
            row=2, learner="bo", claim=ASSIGNMENT, on=NOW.date(), certification="FORK-1", kind_order=0
        )  # fmt: skip
        found = decide_row(plan, case, self.work(store))
        assert not isinstance(found, RowFlaw)
        (decision,) = found
        assert isinstance(decision, Accepted)
        assert {(each.import_id, each.import_row) for each in decision.events} == {(None, None)}


class TestReplacing:
    """Archive and replace: a later import may replace what an earlier one has begun."""

    REPLACE = ImportOptions(archive_and_replace=True)

    def row(self, state: str, start: str = "", end: str = "") -> str:
        return f"bo@example.org,CRANE-1,assigned,{state},,,{start},{end},"

    def test_again_and_again(self) -> None:
        store = FailingStore()
        service = service_of(store)
        steps = [
            (self.row("not-started"), Status.NOT_STARTED),
            (self.row("in-progress", "2026-11-22"), Status.IN_PROGRESS),
            (self.row("not-started"), Status.NOT_STARTED),
            (self.row("in-progress"), Status.IN_PROGRESS),
            (self.row("completed", end="2026-11-25"), Status.CERTIFIED),
        ]
        for n, (row, status) in enumerate(steps):
            now = NOW + timedelta(days=n)
            found = imported(GO1, service, row, options=self.REPLACE, now=now)
            assert counts(found.preview) == (1, 1, 0, 0), n
            answer = service.certified(learner="bo", certification="CRANE-1", actor=EVA, at=now)
            assert answer.status is status
            again = imported(GO1, service, row, options=self.REPLACE, now=now)
            assert counts(again.preview) == (1, 0, 1, 0), n
        struck = [e for e in events_of(store, "bo", "CRANE-1") if isinstance(e.fact, EntryStruck)]
        assert len(struck) == 1 + 2 + 1
        assert len(enrollment_of(store, "bo", "CRANE-1").assignments) == 1

    def test_a_completion_of_long_ago_leaves_what_is_open(self) -> None:
        """An award that is over ends no cycle that began after it (R3): it is history."""
        store = FailingStore()
        service = service_of(store)
        for command in (Enroll(), Start()):
            service.perform(command, learner="bo", certification="CRANE-1", actor=SYSTEM, now=NOW)
        row = self.row("completed", end="2020-01-05")
        assert imported(GO1, service, row, options=self.REPLACE).preview.new == 1
        assert status_of(service, "bo", "CRANE-1") is Status.IN_PROGRESS
        assert len(enrollment_of(store, "bo", "CRANE-1").certificates) == 1
        assert imported(GO1, service, row, options=self.REPLACE).preview.new == 0
        # And what is open by then is a cycle of somebody who has a certificate.
        found = imported(GO1, service, self.row("not-started"), options=self.REPLACE).preview
        assert [each.code for each in found.problems] == ["active_enrollment"]


DAYS = st.integers(1, 60).map(lambda n: (NOW.date() - timedelta(days=n)).isoformat())
DUE = st.sampled_from(["", "2026-12-24", "2027-01-31"])


@st.composite
def go1_rows(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["assigned", "self-directed"]))
    state = draw(st.sampled_from(["not-started", "in-progress", "completed"]))
    start = draw(st.just("") | DAYS) if state == "in-progress" else ""
    end = draw(DAYS) if state == "completed" else ""
    return f"bo@example.org,CRANE-1,{kind},{state},,,{start},{end},{draw(DUE)}"


COMMANDS = st.sampled_from(
    [
        (BO, Enroll()),
        (BO, Start()),
        (BO, SubmitEvidence(step="course")),
        (EVA, Assign()),
        (EVA, ForceRecertification()),
        (EVA, RevokeAccess()),
        (EVA, PermanentlyRevoke()),
        (EVA, RestoreAccess()),
        (EVA, OverrideTraining()),
        (EVA, Remove()),
        (BO, StartRecertification()),
    ]
)


@given(
    st.lists(st.tuples(go1_rows(), st.booleans()) | COMMANDS, min_size=1, max_size=8),
    st.integers(0, 3),
)
def test_whatever_came_before_a_file_that_was_applied_is_known(
    story: list[tuple[str, bool] | tuple[Actor, Command]], days: int
) -> None:
    """Go1, whatever people do in between: the second time nothing changes, and no invariant breaks."""
    store = FailingStore()
    service = service_of(store)
    now = NOW - timedelta(days=days * len(story))
    for first, second in story:
        now += timedelta(days=days)
        if isinstance(second, Command):
            with suppress(RefusedError):
                service.perform(
                    second,
                    learner="bo",
                    certification="CRANE-1",
                    actor=first if isinstance(first, Actor) else EVA,
                    now=now,
                )
            continue
        options = ImportOptions(archive_and_replace=second)
        history = events_of(store, "bo", "CRANE-1")
        done = imported(GO1, service, str(first), options=options, now=now)
        after = events_of(store, "bo", "CRANE-1")
        assert after[: len(history)] == history
        again = imported(GO1, service, str(first), options=options, now=now)
        assert again.preview.new == 0
        if done.import_id is not None:
            assert counts(again.preview) == (1, 0, 1, 0)
        assert events_of(store, "bo", "CRANE-1") == after
        assert list(service.audit(actor=EVA, at=now)) == []
