"""Reminders end to end: the service writes them to the outbox of a store, and takes them back (P12, P12b).

E72, E73, E74 and E78 are played through the service on both stores that come with certlib.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from attrs import evolve

from certlib import Actor, Learner, Period, Service
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification, Curriculum, Online, Step, Version
from certlib.errors import RefusedError
from certlib.io import UNIFYR, ImportOptions
from certlib.policies import (
    About,
    Digest,
    FromCompletion,
    Grace,
    Policy,
    Recertification,
    Reminder,
    Reminders,
)
from certlib.ports import Change, EnrollmentKey, NoticeState, Query, SaveAnswer, Sources
from certlib.requirements import Completed
from certlib.state import Accepted, Command, Enrollment, HistoryEntry, Notice
from certlib.state.commands import (
    Assign,
    Award,
    ExtendCertificate,
    RequestAccess,
    StartRecertification,
    Strike,
)
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion
from tests.hosts import EVA, SYSTEM

FORK = "FORK-1"
PEOPLE = (
    Learner(id="ann", email="ann@example.org", organization="north"),
    Learner(id="bo", email="bo@example.org", organization="south"),
    Learner(id="eva", email="eva@example.org"),
)


def at(text: str) -> datetime:
    """An instant; of a day, 09:00 UTC."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T09:00").replace(tzinfo=UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def forklift(*days: int, digest: str | None = None) -> Certification:
    policy = Policy(
        validity=FromCompletion(period=Period.parse("P1Y")),
        grace=Grace(period=Period.parse("P30D")),
        recertification=Recertification(window=Period.parse("P60D")),
        reminders=Reminders(
            at=tuple(Reminder(days=each) for each in days),
            digests=(Digest(about=About.EXPIRY, begins=Period.parse(digest)),) if digest else (),
        ),
    )
    course = Step(code="course", paths=(Online(requires=Completed(training="FORK")),))
    return Certification(
        code=FORK,
        name="Forklift driver",
        versions=(
            Version(
                number=1,
                published_on=day("2020-01-01"),
                initial=Curriculum(steps=(course,)),
                policy=policy,
            ),
        ),
    )


class Host:
    """A service over a store, with what became of its notices."""

    def __init__(self, store: MemoryStore | SqliteStore) -> None:
        self.store = store
        self.service = Service(store=store, sources=store)
        store.put_learners(PEOPLE)
        store.put_trainings([Training(code="FORK", kind=TrainingKind.COURSE, name="Forklift")])

    def certify(self, *days: int, digest: str | None = None) -> None:
        self.store.put_certifications([forklift(*days, digest=digest)])

    def give(
        self, command: Command, now: str, learner: str = "ann", *, notify: bool = True
    ) -> Accepted:
        return self.service.perform(
            command,
            learner=learner,
            certification=FORK,
            actor=EVA,
            now=at(now),
            notify=notify,
        )

    def sweep(self, now: str) -> int:
        return self.service.sweep(actor=SYSTEM, now=at(now), far_ahead=True).notices

    def active(self, learner: str, *, active: bool = True, since: str | None = None) -> None:
        old = self.store.learners([learner])[learner]
        self.store.put_learners(
            [evolve(old, active=active, active_since=None if since is None else at(since))]
        )

    def tell(self, now: str) -> list[Notice]:
        """Tell all that waits."""
        claimed = self.store.claim(limit=99, now=at(now), lease=at(now) + timedelta(hours=1))
        self.store.acknowledge([id for id, _ in claimed])
        return [notice for _, notice in claimed]

    def kept(self, learner: str = "ann") -> list[tuple[Notice, NoticeState]]:
        """The notices there have been, and what became of them."""
        found = self.store.notices(limit=999)
        states = self.store.notice_states([id for id, _ in found])
        return [(notice, states[id]) for id, notice in found if notice.learner == learner]

    def outbox(self, learner: str = "ann") -> list[tuple[str, str, str]]:
        """The reminders there have been: kind, the day they were due, and what became of them."""
        return [
            (notice.kind + " corrected" * notice.corrects, f"{notice.at:%Y-%m-%d}", state.value)
            for notice, state in self.kept(learner)
            if notice.about is not None
        ]

    def rows(self, learner: str = "ann") -> list[tuple[str, str]]:
        """The notices that came with entries, and what became of them."""
        return [
            (notice.kind, state.value)
            for notice, state in self.kept(learner)
            if notice.about is None
        ]


@pytest.fixture(params=["memory", "sqlite"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    if request.param == "memory":
        yield Host(MemoryStore(MemoryDatabase()))
        return
    with SqliteStore.create(tmp_path / "store.db") as store:
        yield Host(store)


class TestExamples:
    def test_e72_withdrawn_on_renewal_and_armed_again(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        host.give(Award(), "2024-06-30")
        assert host.sweep("2025-05-30T23:59") == 0
        assert host.sweep("2025-05-31T00:00") == 1
        host.give(Award(), "2025-06-10")
        assert host.outbox() == [("expiry-30", "2025-05-31", "withdrawn")]
        assert host.sweep("2026-06-20") == 3
        assert host.outbox() == [
            ("expiry-30", "2025-05-31", "withdrawn"),
            ("expiry-30", "2026-05-11", "waiting"),
            ("expiry-7", "2026-06-03", "waiting"),
            ("expiry+7", "2026-06-17", "waiting"),
        ]

    def test_e72_told_it_is_corrected(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        host.give(Award(), "2024-06-30")
        host.sweep("2025-05-31")
        assert [each.kind for each in host.tell("2025-06-01")] == ["certified", "expiry-30"]
        host.give(Award(), "2025-06-10")
        assert host.outbox() == [
            ("expiry-30", "2025-05-31", "told"),
            ("expiry-30 corrected", "2025-05-31", "waiting"),
        ]
        corrections = [each.text for each in host.tell("2025-06-11") if each.corrects]
        (text,) = corrections
        assert text == (
            "what was said before does not hold any more:"
            " the certificate of ann in FORK-1 is valid through 2025-06-30"
        )

    def test_e72_claimed_meanwhile_it_is_withdrawn_and_corrected(self, host: Host) -> None:
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        host.sweep("2025-05-31")
        claimed = host.store.claim(limit=9, now=at("2025-06-10"), lease=at("2025-06-11"))
        host.give(Award(), "2025-06-10")
        host.store.acknowledge([id for id, _ in claimed])
        assert host.outbox() == [
            ("expiry-30", "2025-05-31", "withdrawn"),
            ("expiry-30 corrected", "2025-05-31", "waiting"),
        ]

    def test_e72_renewed_before_a_sweep_came_nothing_is_said(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        host.give(Award(), "2024-06-30")
        host.give(Award(), "2025-06-10")
        assert host.sweep("2025-07-10") == 0
        assert host.outbox() == []

    def test_e73_no_notices_about_the_past(self, host: Host) -> None:
        host.certify(-60, -14)
        host.give(Award(on=day("2024-03-18")), "2025-02-10")
        assert host.sweep("2025-02-10") == 0
        assert host.sweep("2025-04-01") == 1
        assert host.outbox() == [("expiry-14", "2025-03-04", "waiting")]

    def test_e73_due_at_the_instant_at_which_it_is_known_it_comes(self, host: Host) -> None:
        host.certify(-14)
        host.give(Award(on=day("2024-03-18")), "2025-03-04T00:00")
        assert host.sweep("2025-03-04T00:00") == 1

    def test_e74_an_extension_arms_them_again(self, host: Host) -> None:
        host.certify(-30, -7)
        host.give(Award(), "2024-03-31")
        host.sweep("2025-03-02")
        host.give(ExtendCertificate(until=day("2025-06-15")), "2025-03-10T11:00")
        host.sweep("2025-06-30")
        assert host.outbox() == [
            ("expiry-30", "2025-03-01", "withdrawn"),
            ("expiry-30", "2025-05-16", "waiting"),
            ("expiry-7", "2025-06-08", "waiting"),
        ]

    def test_e74_told_it_is_corrected(self, host: Host) -> None:
        host.certify(-30, -7)
        host.give(Award(), "2024-03-31")
        host.sweep("2025-03-02")
        host.tell("2025-03-03")
        host.give(ExtendCertificate(until=day("2025-06-15")), "2025-03-10T11:00")
        assert host.outbox() == [
            ("expiry-30", "2025-03-01", "told"),
            ("expiry-30 corrected", "2025-03-01", "waiting"),
        ]

    @pytest.mark.parametrize("swept", ["never", "meanwhile"])
    def test_e78_an_inactive_learner_is_told_nothing_for_good(self, host: Host, swept: str) -> None:
        host.certify(-30, 7)
        host.give(Award(), "2024-01-15")
        host.active("ann", active=False)
        with pytest.raises(RefusedError) as caught:
            host.service.perform(
                StartRecertification(), learner="ann", certification=FORK,
                actor=Actor.parse("learner:ann"), now=at("2024-12-10"),
            )  # fmt: skip
        assert [reason.code for reason in caught.value.reasons] == ["learner_is_active"]
        if swept == "meanwhile":
            assert host.sweep("2025-01-30") == 0
        host.active("ann", since="2025-02-03")
        assert host.sweep("2025-02-03T10:00") == 0
        assert host.outbox() == [
            ("expiry-30", "2024-12-16", "withheld"),
            ("expiry+7", "2025-01-22", "withheld"),
        ]
        begun = host.service.perform(
            StartRecertification(),
            learner="ann",
            certification=FORK,
            actor=Actor.parse("learner:ann"),
            now=at("2025-02-03T10:00"),
        )
        assert begun.after is not None
        assert begun.after.value == "recertifying"
        assert all(each.about is None for each in host.tell("2025-02-04"))

    def test_e78_awards_and_what_an_approver_is_asked_are_recorded(self, host: Host) -> None:
        host.certify(-30)
        host.active("ann", active=False)
        accepted = host.give(Award(), "2024-01-15")
        assert [each.kind for each in accepted.notices] == ["certified"]
        assert host.rows() == [("certified", "withheld")]


class TestInactive:
    def test_active_again_only_what_is_due_from_then_on_comes(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        host.give(Award(), "2024-06-30")
        host.active("ann", since="2025-06-23T00:00")
        host.sweep("2025-07-30")
        assert sorted(host.outbox(), key=lambda each: each[1]) == [
            ("expiry-30", "2025-05-31", "withheld"),
            ("expiry-7", "2025-06-23", "waiting"),
            ("expiry+7", "2025-07-07", "waiting"),
        ]

    def test_what_comes_with_an_entry_is_of_the_day_it_is_entered(self, host: Host) -> None:
        """An award of last year, entered today for somebody who has been active since last week."""
        host.certify(-30)
        host.active("ann", since="2025-01-01")
        host.give(Award(on=day("2024-06-30")), "2025-01-08")
        assert host.rows() == [("certified", "waiting")]

    def test_an_inactive_learner_is_told_of_no_correction(self, host: Host) -> None:
        host.certify(-30, 7)
        host.give(Award(), "2024-06-30")
        host.sweep("2025-06-01")
        host.tell("2025-06-01")
        host.active("ann", active=False)
        host.give(Award(), "2025-06-10")
        assert host.outbox() == [
            ("expiry-30", "2025-05-31", "told"),
            ("expiry-30 corrected", "2025-05-31", "withheld"),
        ]

    def test_approvers_are_told_whoever_asks(self) -> None:
        from certlib._recording import is_withheld

        asked = Notice(
            kind="access_requested", learner="ann", certification=FORK, at=at("2025-01-01"), entry=1
        )
        away = Learner(id="ann", active=False)
        assert not is_withheld(asked, away)
        assert is_withheld(evolve(asked, kind="certified"), away)
        assert RequestAccess.name == "request_access"

    def test_of_somebody_who_is_gone_nobody_is_told(self, host: Host) -> None:
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        others = Service(store=host.store, sources=without(host.store))
        assert others.sweep(actor=SYSTEM, now=at("2025-06-01")).notices == 0
        assert host.outbox() == [("expiry-30", "2025-05-31", "withheld")]


class Without:
    """The people and the catalog of a store, without anybody or without any certification."""

    def __init__(self, store: MemoryStore | SqliteStore, *, catalog: bool) -> None:
        self.store, self.catalog = store, catalog

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        return {}

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        return self.store.certifications(codes) if self.catalog else {}

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


def without(store: MemoryStore | SqliteStore, *, catalog: bool = True) -> Sources:
    return cast("Sources", Without(store, catalog=catalog))


class TestWithdrawn:
    """Whatever takes the reason away takes the reminder back."""

    @pytest.fixture
    def reminded(self, host: Host) -> Host:
        host.certify(-30, -7)
        host.give(Award(), "2024-06-30")
        assert host.sweep("2025-05-31") == 1
        return host

    WITHDRAWN = (("expiry-30", "2025-05-31", "withdrawn"),)

    def test_by_a_command(self, reminded: Host) -> None:
        reminded.give(Award(), "2025-06-10")
        assert tuple(reminded.outbox()) == self.WITHDRAWN

    def test_by_a_completion(self, reminded: Host) -> None:
        done = Completion.dated("FORK", day("2025-06-10"), recorded_at=at("2025-06-10"))
        led_to = reminded.service.record([done], learner="ann", actor=SYSTEM, now=at("2025-06-10"))
        assert led_to[-1].notices[-1].kind == "certified"
        assert tuple(reminded.outbox()) == self.WITHDRAWN

    @pytest.mark.parametrize("kind", ["certification,FORK-1", "course,FORK"])
    def test_by_an_import(self, reminded: Host, kind: str) -> None:
        applied = import_row(reminded, f"ann@example.org,{kind},2025-06-10")
        assert applied == 1
        assert tuple(reminded.outbox()) == self.WITHDRAWN

    def test_by_a_strike(self, reminded: Host) -> None:
        reminded.give(Strike(entry=1), "2025-06-10")
        assert tuple(reminded.outbox()) == self.WITHDRAWN

    def test_by_a_clock_that_is_behind(self, reminded: Host) -> None:
        """Reminded of by a sweep whose clock is ahead, and taken back all the same."""
        assert reminded.sweep("2025-06-24") == 1
        reminded.give(Award(), "2025-06-10")
        assert [state for _, _, state in reminded.outbox()] == ["withdrawn", "withdrawn"]

    def test_what_changes_nothing_about_the_day_takes_nothing_back(self, reminded: Host) -> None:
        reminded.give(Assign(), "2025-06-10")
        assert reminded.outbox() == [("expiry-30", "2025-05-31", "waiting")]

    def test_of_another_learner_nothing_is_taken_back(self, reminded: Host) -> None:
        reminded.give(Award(), "2025-06-10", learner="bo")
        assert reminded.outbox() == [("expiry-30", "2025-05-31", "waiting")]


def import_row(host: Host, row: str, *, notify: bool = True, now: str = "2025-06-10") -> int:
    heading = "Email,Training Type,Name,Date (yyyy-mm-dd)"
    return host.service.apply_import(
        BytesIO(f"{heading}\r\n{row}\r\n".encode()),
        format=UNIFYR,
        actor=EVA,
        now=at(now),
        options=ImportOptions(notify=notify),
    ).preview.new


class TestStruck:
    """What came with an entry is taken back when the entry is struck (P12b)."""

    def rows(self, host: Host) -> list[tuple[str, str]]:
        return [
            (notice.kind + " corrected" * notice.corrects, state.value)
            for notice, state in host.kept()
            if notice.about is None
        ]

    def test_untold_it_is_withdrawn(self, host: Host) -> None:
        host.certify()
        host.give(Award(), "2024-06-30")
        host.give(Award(), "2024-07-30")
        assert [each.entry for each in host.give(Strike(entry=1), "2024-08-01").withdrawn] == [1]
        assert self.rows(host) == [("certified", "withdrawn"), ("certified", "waiting")]
        assert [notice.entry for notice in host.tell("2024-08-02")] == [2]

    def test_told_it_is_corrected(self, host: Host) -> None:
        host.certify()
        host.give(Award(), "2024-06-30")
        host.tell("2024-06-30")
        host.give(Strike(entry=1), "2024-08-01")
        assert self.rows(host) == [("certified", "told"), ("certified corrected", "waiting")]
        assert [notice.text for notice in host.tell("2024-08-02")] == [
            "what was said before does not hold any more: ann is certified in FORK-1"
        ]

    def test_what_nobody_was_told_is_not_taken_back(self, host: Host) -> None:
        host.certify()
        host.give(Award(), "2024-06-30", notify=False)
        host.give(Strike(entry=1), "2024-08-01")
        assert self.rows(host) == []

    def test_an_inactive_learner_is_told_of_no_correction(self, host: Host) -> None:
        host.certify()
        host.give(Award(), "2024-06-30")
        host.tell("2024-06-30")
        host.active("ann", active=False)
        host.give(Strike(entry=1), "2024-08-01")
        host.active("ann")
        assert host.tell("2024-08-02") == []

    def test_what_the_certificate_of_a_cycle_came_with(self, host: Host) -> None:
        host.certify()
        host.give(Assign(), "2024-06-01")
        done = Completion.dated("FORK", day("2024-06-10"), recorded_at=at("2024-06-10"))
        host.service.record([done], learner="ann", actor=SYSTEM, now=at("2024-06-10"))
        assert self.rows(host)[-1] == ("certified", "waiting")
        ((_, enrollment),) = host.store.load([EnrollmentKey("ann", FORK)]).items()
        host.give(Strike(entry=enrollment.entries), "2024-06-11")
        assert self.rows(host) == [("assigned", "waiting"), ("certified", "withdrawn")]


class TestSuppression:
    """Facts are recorded all the same, and reminders of what follows come in their time (P12)."""

    @pytest.mark.parametrize("notify", [True, False])
    @pytest.mark.parametrize("way", ["command", "completion", "award row", "completion row"])
    def test_nobody_is_told_of_the_entry(self, host: Host, way: str, notify: bool) -> None:
        host.certify(-30)
        if way == "command":
            accepted = host.give(Award(), "2024-06-30", notify=notify)
            assert accepted.notices
        elif way == "completion":
            done = Completion.dated("FORK", day("2024-06-30"), recorded_at=at("2024-06-30"))
            host.service.record(
                [done], learner="ann", actor=SYSTEM, now=at("2024-06-30"), notify=notify
            )
        else:
            kind = "certification,FORK-1" if way == "award row" else "course,FORK"
            import_row(host, f"ann@example.org,{kind},2024-06-30", notify=notify, now="2024-06-30")
        assert {kind for kind, _ in host.rows()} >= ({"certified"} if notify else set())
        assert bool(host.rows()) is notify
        assert host.sweep("2025-06-01") == 1
        assert host.outbox() == [("expiry-30", "2025-05-31", "waiting")]

    def test_what_was_said_is_taken_back_all_the_same(self, host: Host) -> None:
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        host.sweep("2025-06-01")
        host.tell("2025-06-01")
        host.give(Award(), "2025-06-10", notify=False)
        assert host.outbox()[-1] == ("expiry-30 corrected", "2025-05-31", "waiting")


class TestSweep:
    """It writes what has become due, once, and records no facts (T1, T7)."""

    def test_late_twice_or_never_it_changes_no_answer_and_no_history(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        for learner in ("ann", "bo"):
            host.give(Award(), "2024-06-30", learner=learner)
        before = answers(host)
        for now in ("2025-05-31", "2025-05-31", "2025-07-20", "2025-06-01"):
            host.sweep(now)
            assert answers(host) == before
        assert [kind for kind, _, _ in host.outbox()] == ["expiry-30", "expiry-7", "expiry+7"]
        assert host.outbox() == host.outbox("bo")

    def test_an_earlier_one_writes_nothing_and_says_so(self, host: Host) -> None:
        host.certify(-30)
        host.sweep("2025-07-01")
        host.give(Award(), "2024-06-30")
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-06-01"))
        assert (swept.skipped, swept.notices, swept.enrollments) == (True, 0, 0)
        assert host.outbox() == []
        assert host.sweep("2025-07-01") == 1

    def test_a_limit_leaves_the_rest_for_the_next(self, host: Host) -> None:
        host.certify(-30)
        for learner in ("ann", "bo", "eva"):
            host.service.perform(
                Award(), learner=learner, certification=FORK, actor=Actor.parse("admin:olaf"),
                now=at("2024-06-30"),
            )  # fmt: skip
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-06-01"), limit=2)
        assert (swept.enrollments, swept.notices, swept.remaining) == (2, 2, 1)
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-06-01"), limit=2)
        assert (swept.enrollments, swept.notices, swept.remaining) == (1, 1, 0)
        assert host.service.sweep(actor=SYSTEM, now=at("2025-06-01")).enrollments == 0

    def test_more_than_a_page(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib._sweeping.PAGE", 1)
        host.certify(-30)
        for learner in ("ann", "bo"):
            host.give(Award(), "2024-06-30", learner=learner)
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-05-01"))
        assert (swept.enrollments, swept.remaining) == (2, 0)
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-06-01"), limit=0)
        assert (swept.enrollments, swept.notices, swept.remaining) == (0, 0, 2)
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-06-01"))
        assert (swept.enrollments, swept.notices, swept.remaining) == (2, 2, 0)

    def test_what_was_due_when_a_command_came_first_is_written_by_the_next(
        self, host: Host
    ) -> None:
        """The last reminder there is was due; then came a command, and only then a sweep."""
        host.certify(7)
        host.give(Award(), "2024-06-30")
        host.give(Assign(), "2025-08-15")
        assert host.sweep("2025-08-16") == 1
        assert host.outbox() == [("expiry+7", "2025-07-07", "waiting")]
        assert host.service.sweep(actor=SYSTEM, now=at("2025-08-17")).enrollments == 0

    def test_it_refreshes_where_nobody_is_reminded(self, host: Host) -> None:
        host.certify()
        host.give(Award(), "2024-06-30")
        swept = host.service.sweep(actor=SYSTEM, now=at("2025-09-01"))
        assert (swept.enrollments, swept.notices) == (1, 0)

    def test_of_a_certification_that_is_gone_nothing_is_said(self, host: Host) -> None:
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        others = Service(store=host.store, sources=without(host.store, catalog=False))
        swept = others.sweep(actor=SYSTEM, now=at("2025-06-01"))
        assert (swept.notices, swept.remaining) == (0, 0)
        assert host.outbox() == []

    def test_digests_tighten_as_the_day_nears(self, host: Host) -> None:
        host.certify(digest="P1M")
        host.give(Award(), "2024-06-30")
        for number in range(40):
            host.sweep(f"{at('2025-05-28') + timedelta(days=number):%Y-%m-%d}")
        assert [due[5:] for _, due, _ in host.outbox()] == [
            "05-30", "06-02", "06-09", "06-16", "06-23",
            *(f"06-{number}" for number in range(24, 31)),
        ]  # fmt: skip
        assert {each.to.value for each in host.tell("2025-08-01") if each.about} == {"manager"}


def answers(host: Host) -> list[object]:
    found: list[object] = []
    for text in ("2024-06-30", "2025-06-30", "2025-07-05", "2025-09-01"):
        found += [
            (each.learner, each.status, each.since)
            for each in host.service.statuses(actor=EVA, at=at(text))
        ]
        for status in {each.status for each in host.service.statuses(actor=EVA, at=at(text))}:
            of = host.service.statuses(actor=EVA, at=at(text), status=status)
            found += [(status, each.learner) for each in of]
    moments = host.service.history(
        learner="ann", certification=FORK, actor=EVA, at=at("2026-01-01")
    )
    found += [each.event if isinstance(each, HistoryEntry) else each for each in moments]
    return found


class FasterStore(MemoryStore):
    """A store in which somebody renews, once, between a sweep's reading and its writing."""

    renew: Service | None = None

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        service, self.renew = self.renew, None
        if service is not None:
            service.perform(
                Award(), learner="ann", certification=FORK, actor=EVA, now=at("2025-06-10")
            )
        return super().save(changes)


class TestSweepConflicts:
    def test_what_somebody_else_has_changed_meanwhile_is_looked_at_again(self) -> None:
        database = MemoryDatabase()
        host = Host(MemoryStore(database))
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        store = FasterStore(database)
        store.renew = host.service
        swept = Service(store=store, sources=store).sweep(actor=SYSTEM, now=at("2025-06-10"))
        assert host.outbox() == []
        assert (swept.enrollments, swept.notices, swept.remaining) == (0, 0, 0)

    def test_and_nothing_untrue_is_said(self) -> None:
        database = MemoryDatabase()
        host = Host(MemoryStore(database))
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        store = FasterStore(database)
        store.renew = host.service
        Service(store=store, sources=store).sweep(actor=SYSTEM, now=at("2025-06-10"))
        assert host.outbox() == []


class TestAsked:
    """What is ahead, asked for by whoever may."""

    def test_reminders_ahead_of_an_instant(self, host: Host) -> None:
        host.certify(-30, -7, 7)
        host.give(Award(), "2024-06-30")

        def ahead(now: str) -> list[str]:
            found = host.service.reminders(learner="ann", certification=FORK, actor=EVA, at=at(now))
            return [each.kind for each in found]

        assert ahead("2024-07-01") == ["expiry-30", "expiry-7", "expiry+7"]
        assert ahead("2025-05-31T00:00") == ["expiry-7", "expiry+7"]
        assert ahead("2025-07-07T00:00") == []
        assert ahead("2024-06-29") == []

    def test_as_of_an_instant_that_is_past(self, host: Host) -> None:
        host.certify(-30)
        host.give(Award(), "2024-06-30")
        host.give(Award(), "2025-06-10")
        found = host.service.reminders(
            learner="ann", certification=FORK, actor=EVA, at=at("2025-01-01")
        )
        assert [(each.kind, each.day) for each in found] == [("expiry-30", day("2025-06-30"))]

    def test_what_all_facts_add_up_to(self, host: Host) -> None:
        host.certify(-30)
        asked = {"learner": "ann", "certification": FORK, "actor": EVA}
        blank = host.service.enrollment(**asked)  # type: ignore[arg-type]
        assert blank == Enrollment.blank(learner="ann", certification=FORK)
        host.give(Award(), "2024-06-30")
        (stored,) = host.store.find(Query(at=at("2025-01-01")), limit=9)
        assert host.service.enrollment(**asked) == stored  # type: ignore[arg-type]

    @pytest.mark.parametrize("who", ["learner:bo", "manager:bo"])
    def test_out_of_scope_there_is_nobody(self, host: Host, who: str) -> None:
        from certlib.errors import NotFoundError

        host.certify(-30)
        actor = Actor.parse(who)
        with pytest.raises(NotFoundError, match=r"^no learner 'ann' \(not_found\)$"):
            host.service.reminders(
                learner="ann", certification=FORK, actor=actor, at=at("2025-01-01")
            )
        with pytest.raises(NotFoundError, match=r"^no learner 'ann' \(not_found\)$"):
            host.service.enrollment(learner="ann", certification=FORK, actor=actor)
        with pytest.raises(NotFoundError, match="no certification 'NONE'"):
            host.service.enrollment(learner="ann", certification="NONE", actor=EVA)


def test_states_are_what_became_of_notices() -> None:
    assert [state.value for state in NoticeState] == [
        "waiting", "claimed", "told", "withdrawn", "withheld",
    ]  # fmt: skip
