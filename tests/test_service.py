"""The service: what hosts call, over a store in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from certlib import Actor, Certification, Period, Service, Status
from certlib.actors import Role, Scope
from certlib.adapters.memory import MemoryDatabase, MemoryStore
from certlib.certifications import Curriculum, Online, Step, Version, VersionState
from certlib.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    RefusedError,
    SweepFarAheadError,
)
from certlib.policies import FromCompletion
from certlib.ports import Change, Conflict, EnrollmentKey, Query, SaveAnswer
from certlib.service import StatusAnswer, VersionPreview
from certlib.state import Accepted, HistoryEntry, Refused
from certlib.state.commands import Assign, Award, Enroll, Remove, RevokeAccess, Start, Strike
from certlib.transcript import Completion
from tests.hosts import EVA, FORK, NOW, SYSTEM, completed, make_service, make_store

ANN = Actor.parse("learner:ann")
OLAF = Actor.parse("admin:olaf")
DAY = timedelta(days=1)


def on(training: str, day: date) -> Completion:
    return Completion.dated(training, day, recorded_at=NOW)


def tags(accepted: Accepted | Sequence[Accepted]) -> list[str]:
    decisions = [accepted] if isinstance(accepted, Accepted) else accepted
    return [event.fact.tag for decision in decisions for event in decision.events]


def standings(service: Service, **asked: object) -> list[tuple[str, str, str]]:
    found = service.statuses(**{"actor": EVA, "at": NOW, **asked})  # type: ignore[arg-type]
    return [(each.learner, each.certification, each.status.value) for each in found]


class TestPerform:
    def test_it_saves_the_record_and_its_history(self) -> None:
        service = make_service()
        accepted = service.perform(
            Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert (tags(accepted), accepted.after) == (["assignment_added"], Status.ASSIGNED)
        assert standings(service) == [("ann", "FIRE-1", "assigned")]

    def test_a_refusal_raises_every_reason_and_saves_nothing(self) -> None:
        service = make_service()
        with pytest.raises(RefusedError) as caught:
            service.perform(Enroll(), learner="cem", certification="FIRE-1", actor=SYSTEM, now=NOW)
        assert [reason.code for reason in caught.value.reasons] == [
            "access_is_open",
            "learner_is_active",
        ]
        assert caught.value.status == "none"
        assert standings(service) == []

    def test_unknown_learner_and_certification(self) -> None:
        service = make_service()
        with pytest.raises(NotFoundError, match=r"^no learner 'zoe' \(not_found\)$"):
            service.perform(Assign(), learner="zoe", certification="FIRE-1", actor=EVA, now=NOW)
        with pytest.raises(NotFoundError, match=r"^no certification 'NONE' \(not_found\)$"):
            service.perform(Assign(), learner="ann", certification="NONE", actor=EVA, now=NOW)

    def test_out_of_scope_and_absent_are_the_same_word_for_word(self) -> None:
        service = make_service()
        north = Actor(role=Role.ADMIN, id="nina", scope=Scope.organizations("north"))
        texts = []
        for learner in ("bo", "nobody"):
            with pytest.raises(NotFoundError) as caught:
                service.perform(
                    Assign(), learner=learner, certification="FIRE-1", actor=north, now=NOW
                )
            texts.append(str(caught.value).replace(learner, "X"))
        assert texts[0] == texts[1]
        fork = Actor(role=Role.ADMIN, id="nina", scope=Scope.certifications("FORK-1"))
        with pytest.raises(NotFoundError, match="no certification 'FIRE-1'"):
            service.perform(Assign(), learner="ann", certification="FIRE-1", actor=fork, now=NOW)

    def test_with_a_key_a_retry_is_harmless(self) -> None:
        service = make_service()

        def assign() -> Accepted:
            return service.perform(
                Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW, key="k1"
            )

        first, again = assign(), assign()
        assert tags(first) == ["assignment_added"]
        assert again == first

    def test_completions_that_are_there_count_at_once_when_somebody_is_assigned(self) -> None:
        service = make_service()
        service.record(
            [on("DAY", NOW.date()), on("DRILL", NOW.date())], learner="ann", actor=SYSTEM, now=NOW
        )
        accepted = service.perform(
            Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert tags(accepted) == [
            "assignment_added",
            "cycle_began",
            "cycle_started",
            "step_completed",
            "certificate_issued",
        ]
        assert (accepted.before, accepted.after) == (None, Status.CERTIFIED)
        assert accepted.notices[-1].kind == "certified"

    def test_of_the_days_before_the_assignment_nothing_counts(self) -> None:
        service = make_service()
        yesterday = NOW.date() - DAY
        service.record(
            [on("DAY", yesterday), on("DRILL", NOW.date())], learner="ann", actor=SYSTEM, now=NOW
        )
        accepted = service.perform(
            Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert accepted.after is Status.IN_PROGRESS


class BusyStore(MemoryStore):
    """A store in which somebody else is faster, a number of times."""

    losses = 0

    def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
        if self.losses:
            self.losses -= 1
            key = EnrollmentKey(changes[0].learner, "FORK-1")
            return tuple(Conflict(key=key, expected=0, found=1) for _ in changes)
        return super().save(changes)


def busy(losses: int) -> Service:
    database = MemoryDatabase()
    make_store(database)
    store = BusyStore(database)
    store.losses = losses
    return Service(store=store, sources=store)


class TestConflicts:
    def test_a_change_is_worked_out_again(self) -> None:
        accepted = busy(4).perform(
            Award(), learner="ann", certification="FORK-1", actor=EVA, now=NOW
        )
        assert accepted.after is Status.CERTIFIED

    def test_but_not_for_ever(self) -> None:
        with pytest.raises(ConflictError, match=r"ann in FORK-1 is at version 1, not 0"):
            busy(5).perform(Award(), learner="ann", certification="FORK-1", actor=EVA, now=NOW)


class TestPreviewCommand:
    def test_it_says_what_would_be_and_saves_nothing(self) -> None:
        service = make_service()
        decision = service.preview_command(
            Award(), learner="ann", certification="FORK-1", actor=EVA, now=NOW
        )
        assert isinstance(decision, Accepted)
        assert decision.after is Status.CERTIFIED
        refused = service.preview_command(
            Start(), learner="ann", certification="FORK-1", actor=ANN, now=NOW
        )
        assert isinstance(refused, Refused)
        assert refused.reasons[0].code == "not_while_none"
        assert standings(service) == []

    def test_what_the_system_does_at_once_is_part_of_it(self) -> None:
        service = make_service()
        service.record(
            [on("DAY", NOW.date()), on("DRILL", NOW.date())], learner="ann", actor=SYSTEM, now=NOW
        )
        ask = {"learner": "ann", "certification": "FIRE-1", "actor": EVA, "now": NOW}
        decision = service.preview_command(Assign(), **ask)  # type: ignore[arg-type]
        assert isinstance(decision, Accepted)
        assert tags(decision) == [
            "assignment_added",
            "cycle_began",
            "cycle_started",
            "step_completed",
            "certificate_issued",
        ]
        assert (decision.before, decision.after) == (None, Status.CERTIFIED)
        assert [notice.kind for notice in decision.notices] == ["assigned", "certified"]
        assert standings(service) == []
        assert service.perform(Assign(), **ask) == decision  # type: ignore[arg-type]

    def test_out_of_scope_there_is_nobody(self) -> None:
        with pytest.raises(NotFoundError, match="no learner 'bo'"):
            make_service().preview_command(
                Start(), learner="bo", certification="FORK-1", actor=ANN, now=NOW
            )


def longer(period: str = "P3Y", *, state: VersionState = VersionState.DRAFT) -> Certification:
    """The forklift certification with a second version: longer validity, one more step."""
    (first,) = FORK.versions
    step = Step(code="drill", paths=(Online(requires=completed("DRILL")),))
    second = Version(
        number=2,
        state=state,
        published_on=None if state is VersionState.DRAFT else date(2026, 12, 24),
        initial=evolve(first.initial, steps=(*first.initial.steps, step)),
        policy=evolve(first.policy, validity=FromCompletion(period=Period.parse(period))),
    )
    return evolve(FORK, versions=(first, second))


class TestPreviewVersion:
    """Who would change status by another version, and how, before it is published (P13)."""

    @staticmethod
    def host() -> Service:
        """Ann: lapsed. Bo: in progress. Eva: certified. One twin: assigned once, and removed."""
        service = make_service()
        give = {"certification": "FORK-1", "now": NOW}
        other = Actor.parse("admin:olaf")
        service.perform(Award(on=date(2024, 11, 5)), learner="ann", actor=EVA, **give)  # type: ignore[arg-type]
        service.perform(Enroll(), learner="bo", actor=Actor.parse("learner:bo"), **give)  # type: ignore[arg-type]
        service.perform(Start(), learner="bo", actor=Actor.parse("learner:bo"), **give)  # type: ignore[arg-type]
        service.perform(Award(on=date(2026, 3, 2)), learner="eva", actor=other, **give)  # type: ignore[arg-type]
        service.perform(Assign(), learner="twin1", actor=EVA, **give)  # type: ignore[arg-type]
        service.perform(Remove(), learner="twin1", actor=EVA, **give)  # type: ignore[arg-type]
        return service

    @staticmethod
    def moved(
        service: Service,
        of: Certification,
        *,
        redate: bool = False,
        actor: Actor = OLAF,
        number: int = 2,
    ) -> dict[str, VersionPreview]:
        found = service.preview_version(of, number=number, redate=redate, actor=actor, now=NOW)
        return {each.learner: each for each in found}

    @pytest.mark.parametrize("state", [VersionState.DRAFT, VersionState.PUBLISHED])
    def test_a_draft_or_a_later_one_is_looked_at_as_if_published(self, state: VersionState) -> None:
        found = self.moved(self.host(), longer(state=state), redate=True)
        assert list(found) == ["ann", "bo", "eva", "twin1"]
        changes = {
            learner: {each.what: (each.before, each.after) for each in moved.differences}
            for learner, moved in found.items()
        }
        assert changes == {
            "ann": {
                "status": ("lapsed", "certified"),
                "certified": ("no", "yes"),
                "last_valid_day": ("2025-11-05", "2027-11-05"),
                "last_grace_day": ("2025-12-05", "2027-12-05"),
                "window_opens_on": ("2025-08-05", "2027-08-05"),
            },
            "bo": {
                "cycle": ("1, initial, by version 1", "1, initial, by version 2"),
                "open_steps": ("course", "course, drill"),
            },
            "eva": {
                "last_valid_day": ("2027-03-02", "2029-03-02"),
                "last_grace_day": ("2027-04-01", "2029-04-01"),
                "window_opens_on": ("2026-12-02", "2028-12-02"),
            },
            "twin1": {},
        }
        refused = found["twin1"].decision
        assert isinstance(refused, Refused)
        assert [reason.code for reason in refused.reasons] == ["not_while_none"]

    def test_without_re_dating_certificates_keep_their_dates(self) -> None:
        found = self.moved(self.host(), longer())
        assert [learner for learner, moved in found.items() if moved.differences] == ["bo"]

    def test_nothing_is_saved(self) -> None:
        service = self.host()
        before = standings(service), service.store.find(Query(at=NOW), limit=99)
        self.moved(service, longer(), redate=True)
        assert (standings(service), service.store.find(Query(at=NOW), limit=99)) == before
        assert len(service.sources.certifications(["FORK-1"])["FORK-1"].versions) == 1

    def test_who_is_out_of_scope_or_gone_is_left_out(self) -> None:
        service = self.host()
        north = Actor(role=Role.ADMIN, id="nina", scope=Scope.organizations("north"))
        assert list(self.moved(service, longer(), actor=north)) == ["ann", "eva", "twin1"]
        fire = Actor(role=Role.ADMIN, id="nina", scope=Scope.certifications("FIRE-1"))
        assert self.moved(service, longer(), actor=fire) == {}
        assert isinstance(service.store, MemoryStore)
        del service.store._held.learners["eva"]
        assert list(self.moved(service, longer())) == ["ann", "bo", "twin1"]

    def test_who_may_not_is_told_so_of_everybody(self) -> None:
        learner = self.moved(self.host(), longer(), actor=ANN)
        (refused,) = (moved.decision for moved in learner.values())
        assert isinstance(refused, Refused)
        assert refused.reasons[0].code == "role_may_not"

    def test_a_number_that_there_is_not_is_refused(self) -> None:
        found = self.moved(self.host(), longer(), number=7)
        decisions = [moved.decision for moved in found.values()]
        codes = {r.code for each in decisions if isinstance(each, Refused) for r in each.reasons}
        assert all(isinstance(each, Refused) for each in decisions)
        assert codes == {"version_can_be_chosen", "not_while_none"}

    def test_a_retired_version_is_not_published_again(self) -> None:
        retired = evolve(
            longer(state=VersionState.PUBLISHED).versions[1], state=VersionState.RETIRED
        )
        (first,) = FORK.versions
        retired = evolve(retired, published_on=date(2026, 1, 1))
        found = self.moved(self.host(), evolve(FORK, versions=(first, retired)))
        assert [moved.differences for moved in found.values()] == [()] * 4

    def test_what_the_system_does_at_once_is_part_of_it(self) -> None:
        service = self.host()
        service.record([on("DRILL", NOW.date())], learner="bo", actor=SYSTEM, now=NOW)
        (first,) = FORK.versions
        drill = Step(code="drill", paths=(Online(requires=completed("DRILL")),))
        only = Version(
            number=2, state=VersionState.DRAFT, initial=evolve(first.initial, steps=(drill,))
        )
        found = self.moved(service, evolve(FORK, versions=(first, only)))["bo"]
        assert isinstance(found.decision, Accepted)
        assert found.decision.after is Status.CERTIFIED
        status = next(each for each in found.differences if each.what == "status")
        assert (status.before, status.after) == ("in_progress", "certified")

    def test_more_than_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib._loading.PAGE", 1)
        assert len(self.moved(self.host(), longer())) == 4


class TestRecord:
    def test_a_completion_that_is_needed_certifies_with_nobody_pressing_start(self) -> None:
        service = make_service()
        led_to = service.record(
            [on("FORK", date(2026, 3, 2))], learner="ann", actor=SYSTEM, now=NOW
        )
        assert [event.row for each in led_to for event in each.events] == [
            "enroll",
            "enroll",
            "start",
            "complete step",
            "complete step",
        ]
        assert {event.at for each in led_to for event in each.events} == {
            datetime(2026, 3, 2, tzinfo=UTC)
        }
        assert standings(service) == [("ann", "FORK-1", "certified")]

    def test_modules_complete_their_course(self) -> None:
        service = make_service()
        service.perform(
            Assign(at=datetime(2026, 3, 1, tzinfo=UTC)),
            learner="ann",
            certification="FIRE-1",
            actor=EVA,
            now=NOW,
        )
        led_to = service.record(
            [on("M2", date(2026, 3, 3)), on("M1", date(2026, 3, 2))],
            learner="ann",
            actor=SYSTEM,
            now=NOW,
        )
        assert tags(led_to)[-1] == "certificate_issued"
        assert led_to[-1].events[0].because[0].training == "ONLINE"

    def test_a_module_and_the_course_that_it_completes_count_in_one_enrollment(self) -> None:
        store = make_store()
        steps = tuple(
            Step(code=code, paths=(Online(requires=completed(training)),))
            for code, training in (("theory", "M1"), ("course", "ONLINE"))
        )
        (version,) = FORK.versions
        both = evolve(version, initial=Curriculum(steps=steps))
        store.put_certifications([evolve(FORK, code="BOTH-1", versions=(both,))])
        led_to = make_service(store).record(
            [on("M2", date(2026, 3, 2)), on("M1", date(2026, 3, 3))],
            learner="ann",
            actor=SYSTEM,
            now=NOW,
        )
        done = [event for each in led_to for event in each.events]
        assert [event.because[0].training for event in done if event.row == "complete step"] == [
            "M1",
            "ONLINE",
            "ONLINE",
        ]
        assert done[-1].fact.tag == "certificate_issued"

    def test_known_already_it_changes_nothing(self) -> None:
        service = make_service()
        completion = on("FORK", date(2026, 3, 2))
        service.record([completion], learner="ann", actor=SYSTEM, now=NOW)
        assert service.record([completion], learner="ann", actor=SYSTEM, now=NOW) == ()

    def test_not_for_the_future_and_not_by_learners(self) -> None:
        service = make_service()
        with pytest.raises(InvalidValueError, match="not after now"):
            service.record([on("FORK", NOW.date() + DAY)], learner="ann", actor=SYSTEM, now=NOW)
        with pytest.raises(RefusedError) as caught:
            service.record([on("FORK", NOW.date())], learner="ann", actor=ANN, now=NOW)
        assert caught.value.code == "role_may_not"


def certified_long_ago() -> Service:
    """Ann: certified in 2024, expired and lapsed since. Bo: certified now."""
    service = make_service()
    for learner, day in (("ann", date(2024, 11, 5)), ("bo", date(2026, 3, 2))):
        service.perform(Award(on=day), learner=learner, certification="FORK-1", actor=EVA, now=NOW)
    return service


class TestStatuses:
    """Who has which status, by learner, certification and status (Q3)."""

    def test_by_status_learner_and_certification(self) -> None:
        service = certified_long_ago()
        assert standings(service) == [("ann", "FORK-1", "lapsed"), ("bo", "FORK-1", "certified")]
        assert standings(service, status=Status.LAPSED) == [("ann", "FORK-1", "lapsed")]
        assert standings(service, status=Status.EXPIRED) == []
        assert standings(service, learner="bo") == [("bo", "FORK-1", "certified")]
        assert standings(service, certification="FIRE-1") == []

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (date(2024, 11, 4), []),
            (date(2024, 11, 5), ["certified"]),
            (date(2025, 11, 5), ["certified"]),
            (date(2025, 11, 6), ["expired"]),
            (date(2025, 12, 5), ["expired"]),
            (date(2025, 12, 6), ["lapsed"]),
            (date(2026, 3, 2), ["lapsed", "certified"]),
        ],
    )
    def test_at_any_day_and_instant(self, at: date, expected: list[str]) -> None:
        service = certified_long_ago()
        instant = datetime(at.year, at.month, at.day, tzinfo=UTC)
        for asked in (at, instant):
            assert [status for _, _, status in standings(service, at=asked)] == expected
        for status in Status:
            assert len(standings(service, at=instant, status=status)) == expected.count(status)

    def test_by_status_by_a_clock_that_has_gone_back_behind_the_last_fact(self) -> None:
        service = make_service()
        service.record([on("FORK", date(2026, 3, 2))], learner="ann", actor=SYSTEM, now=NOW)
        behind = datetime(2026, 2, 1, tzinfo=UTC)
        award = Award(on=date(2024, 1, 10))
        service.perform(award, learner="ann", certification="FORK-1", actor=EVA, now=behind)
        assert standings(service, at=behind) == [("ann", "FORK-1", "lapsed")]
        for status in Status:
            found = standings(service, at=behind, status=status)
            assert len(found) == (status is Status.LAPSED)
        service.sweep(actor=SYSTEM, now=behind)
        assert standings(service, at=behind, status=Status.LAPSED) == standings(service, at=behind)
        assert not list(service.audit(actor=EVA, at=NOW))

    def test_as_known_then(self) -> None:
        service = certified_long_ago()
        at = date(2025, 1, 1)
        assert standings(service, at=at) == [("ann", "FORK-1", "certified")]
        assert standings(service, at=at, known_at=at) == []
        assert standings(service, at=at, known_at=NOW) == [("ann", "FORK-1", "certified")]

    def test_since_and_the_certificate(self) -> None:
        ann = next(iter(certified_long_ago().statuses(actor=EVA, at=NOW)))
        assert isinstance(ann, StatusAnswer)
        assert ann.since == datetime(2025, 12, 6, tzinfo=UTC)
        assert not ann.certified
        assert ann.certificate is not None
        assert ann.certificate.last_valid_day == date(2025, 11, 5)

    def test_only_who_is_in_scope(self) -> None:
        service = certified_long_ago()
        manager = Actor.parse("manager:ann")
        assert standings(service, actor=manager) == [("bo", "FORK-1", "certified")]
        with pytest.raises(NotFoundError):
            standings(service, actor=manager, learner="cem")
        with pytest.raises(NotFoundError):
            standings(service, certification="NONE")

    def test_more_than_a_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("certlib._loading.PAGE", 1)
        assert len(standings(certified_long_ago())) == 2


class TestCertified:
    def test_why_and_until_when(self) -> None:
        service = make_service()
        service.record([on("FORK", date(2026, 3, 2))], learner="ann", actor=SYSTEM, now=NOW)
        answer = service.certified(learner="ann", certification="FORK-1", actor=ANN, at=NOW)
        assert answer.certified
        assert answer.status is Status.CERTIFIED
        assert answer.since == datetime(2026, 3, 2, tzinfo=UTC)
        assert answer.until == datetime(2027, 3, 3, tzinfo=UTC)
        assert (answer.last_valid_day, answer.last_grace_day) == (
            date(2027, 3, 2),
            date(2027, 4, 1),
        )
        assert [event.fact.tag for event in answer.because] == [
            "step_completed",
            "certificate_issued",
        ]

    def test_who_never_was(self) -> None:
        answer = make_service().certified(learner="ann", certification="FORK-1", actor=EVA, at=NOW)
        assert not answer.certified
        assert (answer.since, answer.until, answer.last_valid_day, answer.because) == (
            None,
            None,
            None,
            (),
        )

    def test_who_was_once_and_as_known_then(self) -> None:
        service = certified_long_ago()
        then = datetime(2025, 1, 1, tzinfo=UTC)
        ask = {"learner": "ann", "certification": "FORK-1", "actor": EVA}
        assert not service.certified(**ask, at=NOW).certified  # type: ignore[arg-type]
        assert service.certified(**ask, at=then).certified  # type: ignore[arg-type]
        assert not service.certified(**ask, at=then, known_at=then).certified  # type: ignore[arg-type]

    def test_because_tells_new_dates_and_leaves_out_what_is_struck(self) -> None:
        service = make_service()
        for day in (date(2024, 11, 5), date(2025, 11, 1), date(2024, 6, 1)):
            service.perform(
                Award(on=day), learner="ann", certification="FORK-1", actor=EVA, now=NOW
            )
        service.perform(Strike(entry=2), learner="ann", certification="FORK-1", actor=EVA, now=NOW)
        answer = service.certified(learner="ann", certification="FORK-1", actor=EVA, at=NOW)
        assert [event.entry for event in answer.because] == [1]


class TestExplainHistoryOutlook:
    def test_explain_as_of_an_instant(self) -> None:
        service = certified_long_ago()
        ask = {"learner": "ann", "certification": "FORK-1", "actor": ANN}
        status, verdicts = service.explain(**ask, at=datetime(2025, 8, 4, tzinfo=UTC))  # type: ignore[arg-type]
        start = next(each for each in verdicts if each.command == "start_recertification")
        assert status is Status.CERTIFIED
        assert not start.allowed
        assert start.reasons[0].code == "window_is_open"
        assert start.reasons[0].opens_at == datetime(2025, 8, 5, tzinfo=UTC)
        status, verdicts = service.explain(**ask, at=NOW)  # type: ignore[arg-type]
        start = next(each for each in verdicts if each.command == "start_recertification")
        assert (status, start.allowed) == (Status.LAPSED, True)

    def test_history_tells_facts_and_what_time_did(self) -> None:
        service = certified_long_ago()
        moments = service.history(learner="ann", certification="FORK-1", actor=EVA, at=NOW)
        told = [
            each.event.fact.tag if isinstance(each, HistoryEntry) else each.kind.value
            for each in moments
        ]
        assert told == ["certificate_awarded", "window_opens", "certificate_expires", "grace_ends"]

    def test_outlook(self) -> None:
        service = certified_long_ago()
        points = service.outlook(learner="bo", certification="FORK-1", actor=EVA, at=NOW)
        assert [(point.kind.value, point.at.date()) for point in points] == [
            ("window_opens", date(2026, 12, 2)),
            ("certificate_expires", date(2027, 3, 3)),
            ("grace_ends", date(2027, 4, 2)),
        ]

    def test_zone_of(self) -> None:
        service = make_service()
        assert service.zone_of("FORK-1") == "UTC"
        with pytest.raises(NotFoundError):
            service.zone_of("NONE")


class TestSweep:
    """A sweep records no facts: run late, twice or never it changes no answer and no history (T1)."""

    def test_it_refreshes_the_index_alone(self) -> None:
        service = make_service()
        early = datetime(2024, 11, 5, 1, tzinfo=UTC)
        for certification in ("FIRE-1", "FORK-1"):
            service.perform(
                Award(at=early), learner="ann", certification=certification, actor=EVA, now=early
            )
        before = (
            standings(service),
            service.history(learner="ann", certification="FORK-1", actor=EVA, at=NOW),
        )
        sweep = service.sweep(actor=SYSTEM, now=NOW)
        assert (sweep.enrollments, sweep.notices, sweep.remaining, sweep.skipped) == (
            2,
            0,
            0,
            False,
        )
        assert service.sweep(actor=SYSTEM, now=NOW).enrollments == 0
        after = (
            standings(service),
            service.history(learner="ann", certification="FORK-1", actor=EVA, at=NOW),
        )
        assert before == after
        assert service.store.due(NOW, limit=9) == ()

    def test_a_limit_leaves_the_rest_for_the_next(self) -> None:
        service = make_service()
        early = datetime(2024, 11, 5, 1, tzinfo=UTC)
        for learner in ("ann", "bo"):
            service.perform(
                Award(at=early), learner=learner, certification="FORK-1", actor=EVA, now=early
            )
        sweep = service.sweep(actor=SYSTEM, now=NOW, limit=1)
        assert (sweep.enrollments, sweep.remaining) == (1, 1)

    def test_an_earlier_one_does_nothing_and_says_so(self) -> None:
        service = make_service()
        service.sweep(actor=SYSTEM, now=NOW)
        assert service.sweep(actor=SYSTEM, now=NOW - DAY).skipped

    def test_one_far_ahead_needs_a_word(self) -> None:
        service = make_service()
        service.sweep(actor=SYSTEM, now=NOW)
        service.sweep(actor=SYSTEM, now=NOW + 92 * DAY)
        wrong = NOW + 365 * DAY
        with pytest.raises(SweepFarAheadError, match=f"now is {wrong:%Y-%m-%d}T") as caught:
            service.sweep(actor=SYSTEM, now=wrong)
        assert caught.value.code == "sweep_far_ahead"
        assert (caught.value.now, caught.value.last) == (wrong, NOW + 92 * DAY)
        assert not service.sweep(actor=SYSTEM, now=NOW + 93 * DAY).skipped
        assert not service.sweep(actor=SYSTEM, now=wrong, far_ahead=True).skipped

    def test_after_one_with_a_wrong_year_sweeps_go_on(self) -> None:
        service = make_service()
        service.sweep(actor=SYSTEM, now=NOW + 3650 * DAY)
        early = datetime(2024, 11, 5, 1, tzinfo=UTC)
        service.perform(
            Award(at=early), learner="ann", certification="FORK-1", actor=EVA, now=early
        )
        assert service.sweep(actor=SYSTEM, now=NOW).skipped
        service.reset_sweep(actor=EVA, now=NOW - DAY)
        assert service.sweep(actor=SYSTEM, now=NOW).enrollments == 1

    def test_to_reset_takes_an_administrator_of_the_whole_tenant(self) -> None:
        service = make_service()
        service.sweep(actor=SYSTEM, now=NOW)
        fork = Actor(role=Role.ADMIN, id="nina", scope=Scope.certifications("FORK-1"))
        for actor, code in ((fork, "out_of_scope"), (ANN, "role_may_not")):
            with pytest.raises(RefusedError) as caught:
                service.reset_sweep(actor=actor, now=NOW - DAY)
            assert caught.value.code == code
        assert service.store.last_sweep() == NOW

    def test_it_is_not_for_learners(self) -> None:
        with pytest.raises(RefusedError) as caught:
            make_service().sweep(actor=ANN, now=NOW)
        assert caught.value.code == "role_may_not"

    def test_answers_do_not_wait_for_it(self) -> None:
        service = make_service()
        early = datetime(2024, 11, 5, 1, tzinfo=UTC)
        service.perform(
            Award(at=early), learner="ann", certification="FORK-1", actor=EVA, now=early
        )
        assert standings(service, status=Status.LAPSED) == [("ann", "FORK-1", "lapsed")]
        assert standings(service, status=Status.CERTIFIED) == []
        with pytest.raises(RefusedError):
            service.perform(
                RevokeAccess(at=early + DAY),
                learner="ann",
                certification="FORK-1",
                actor=EVA,
                now=NOW,
            )


class TestWhoseImport:
    """What a completion leads to carries the import and row of that completion (F5)."""

    def test_it_is_the_one_that_was_just_recorded(self) -> None:
        service = make_service()
        service.perform(
            Assign(at=datetime(2026, 3, 1, tzinfo=UTC)),
            learner="ann",
            certification="FIRE-1",
            actor=EVA,
            now=NOW,
        )
        late = Completion.dated(
            "DRILL", date(2026, 3, 9), recorded_at=NOW, import_id="first", import_row=2
        )
        early = Completion.dated(
            "DAY", date(2026, 3, 2), recorded_at=NOW, import_id="second", import_row=5
        )
        service.record([late], learner="ann", actor=SYSTEM, now=NOW)
        led_to = service.record([early], learner="ann", actor=SYSTEM, now=NOW)
        assert tags(led_to) == ["step_completed", "certificate_issued"]
        assert {(event.import_id, event.import_row) for event in led_to[0].events} == {
            ("second", 5)
        }

    def test_what_a_command_leads_to_is_of_no_import(self) -> None:
        service = make_service()
        completion = Completion.dated(
            "DAY", NOW.date(), recorded_at=NOW, import_id="first", import_row=2
        )
        service.record([completion], learner="ann", actor=SYSTEM, now=NOW)
        accepted = service.perform(
            Assign(), learner="ann", certification="FIRE-1", actor=EVA, now=NOW
        )
        assert tags(accepted) == ["assignment_added", "cycle_began", "cycle_started"]
        assert {event.import_id for event in accepted.events} == {None}
