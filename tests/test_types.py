"""The types that hosts fill in: frozen, validated, with readable representations."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from attrs.exceptions import FrozenInstanceError

from certlib import Actor, Certification, Learner
from certlib.actors import Role, Scope, ScopeKind
from certlib.certifications import (
    Access,
    Classroom,
    Curriculum,
    Exam,
    External,
    Online,
    Step,
    TestOut,
    Version,
    VersionState,
)
from certlib.errors import InvalidValueError
from certlib.learners import normal_identifier, skeleton
from certlib.periods import Period
from certlib.policies import Policy
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, counted, trainings_of
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, CompletionKey, Transcript, courses_completed_by

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


class TestLearner:
    def test_no_email_or_name_gets_into_a_log(self) -> None:
        learner = Learner(id="ann", email="ann@example.org", name="Ann Sample")
        assert repr(learner) == "Learner(id='ann')"

    @pytest.mark.parametrize("bad", ["", " ann", "ann ", "a\nb", "x" * 201])
    def test_an_id_is_printable_text(self, bad: str) -> None:
        with pytest.raises(
            InvalidValueError, match=r"Learner.id is .* 1 to 200 printable characters"
        ):
            Learner(id=bad)

    def test_values_are_frozen(self) -> None:
        with pytest.raises(FrozenInstanceError):
            Learner(id="ann").id = "bo"  # type: ignore[misc]

    def test_identifiers_fold_ascii_alone(self) -> None:
        assert normal_identifier(" ANN@Example.ORG\t") == "ann@example.org"
        assert normal_identifier("\N{KELVIN SIGN}im") == "\N{KELVIN SIGN}im"
        assert normal_identifier("ÄNN") == "Änn"

    @pytest.mark.parametrize("alike", ["\N{KELVIN SIGN}im", "Kim", "kim", "\uff4bim"])
    def test_look_alikes_share_a_skeleton(self, alike: str) -> None:
        assert skeleton(alike) == skeleton("kim")


class TestActor:
    @pytest.mark.parametrize(
        "text", ["admin:eva", "approver:bo", "learner:ann", "system", "manager:a:b"]
    )
    def test_it_is_read_and_written(self, text: str) -> None:
        assert str(Actor.parse(text)) == text

    @pytest.mark.parametrize("text", ["", "boss:eva", "admin", "learner:", "ADMIN:eva"])
    def test_an_unknown_role_or_a_missing_id_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidValueError):
            Actor.parse(text)

    def test_the_usual_scopes(self) -> None:
        ann, bo = Learner(id="ann"), Learner(id="bo", manager_id="ann")
        assert Actor.parse("learner:ann").covers(ann, "FIRE-1")
        assert not Actor.parse("learner:ann").covers(bo, "FIRE-1")
        assert Actor.parse("manager:ann").covers(bo, "FIRE-1")
        assert not Actor.parse("manager:ann").covers(ann, None)
        assert Actor.parse("admin:eva").covers(bo, None)
        assert Actor.parse("system").covers(bo, None)

    def test_narrower_scopes(self) -> None:
        north = Learner(id="ann", organization="north")
        admin = Actor(role=Role.ADMIN, id="eva", scope=Scope.organizations("north", "east"))
        assert admin.covers(north, "FIRE-1")
        assert not admin.covers(Learner(id="bo", organization="south"), "FIRE-1")
        assert not admin.covers(Learner(id="bo"), "FIRE-1")
        fire = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("FIRE-1"))
        assert fire.covers(north, "FIRE-1")
        assert fire.covers(north, None)
        assert not fire.covers(north, "FORK-1")
        assert not Scope(kind=ScopeKind.REPORTS).covers(north, None, None)


class TestTraining:
    def test_a_module_contains_nothing(self) -> None:
        with pytest.raises(InvalidValueError, match="M1 is a module"):
            Training(code="M1", kind=TrainingKind.MODULE, name="", modules=("M2",))

    def test_nothing_contains_itself(self) -> None:
        with pytest.raises(InvalidValueError, match="none contains itself"):
            Training(code="C", kind=TrainingKind.COURSE, name="", modules=("C",))

    def test_no_module_twice(self) -> None:
        with pytest.raises(InvalidValueError, match="every module once"):
            Training(
                code="C", kind=TrainingKind.COURSE, name="", modules=("M",), optional_modules=("M",)
            )


def completed_on(training: str, day: date, zone: str = "UTC") -> Completion:
    return Completion.dated(training, day, recorded_at=NOON, zone=zone)


class TestTranscript:
    def test_a_bare_date_takes_effect_at_its_first_instant_in_the_tenants_zone(self) -> None:
        completion = completed_on("FORK", date(2025, 3, 3), "Europe/Madrid")
        assert completion.at == datetime(2025, 3, 2, 23, tzinfo=UTC)
        assert completion.day_in("America/New_York") == date(2025, 3, 3)
        assert completion.instant_in("America/New_York") == datetime(2025, 3, 3, 5, tzinfo=UTC)

    def test_an_instant_has_the_day_that_it_is_there(self) -> None:
        completion = Completion(training="FORK", at=NOON, recorded_at=NOON)
        assert completion.day_in("Pacific/Auckland") == date(2025, 3, 4)
        assert completion.instant_in("Pacific/Auckland") == NOON

    def test_completed_again_the_earlier_completion_stays(self) -> None:
        """Completing a training again takes nothing away (C5)."""
        earlier = completed_on("FORK", date(2025, 3, 3))
        later = completed_on("FORK", date(2026, 3, 3))
        transcript = Transcript().with_completions(earlier).with_completions(later)
        assert set(transcript.of("FORK")) == {earlier, later}
        assert transcript.latest("FORK") == later

    def test_dates_have_a_range_and_instants_are_aware(self) -> None:
        with pytest.raises(InvalidValueError, match="a year from 1900 to 9000"):
            completed_on("FORK", date(1899, 12, 31))
        with pytest.raises(InvalidValueError, match="an aware datetime"):
            CompletionKey(training="FORK", at=datetime(2025, 3, 3))  # noqa: DTZ001 (that is the point)

    def test_in_the_hour_that_the_clocks_show_twice_instants_are_in_order(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        first = datetime(2025, 10, 26, 2, 50, tzinfo=berlin)
        second = datetime(2025, 10, 26, 2, 10, tzinfo=berlin, fold=1)
        transcript = Transcript(
            completions=tuple(
                Completion(training="FORK", at=at, recorded_at=NOON) for at in (second, first)
            )
        )
        assert [each.at.minute for each in transcript.of("FORK")] == [50, 10]
        assert transcript.holds(CompletionKey(training="FORK", at=second.astimezone(UTC)))

    def test_a_completion_known_already_is_not_doubled(self) -> None:
        first = completed_on("FORK", date(2025, 3, 3))
        later = completed_on("FORK", date(2025, 4, 3))
        transcript = Transcript().with_completions(later, first).with_completions(first)
        assert transcript.of("FORK") == (first, later)
        assert transcript.latest("FORK") == later
        assert transcript.latest("FIRE") is None
        assert transcript.holds(first.key)
        assert not transcript.holds(CompletionKey(training="FIRE", at=first.at))


COURSE = Training(
    code="ONLINE",
    kind=TrainingKind.COURSE,
    name="",
    modules=("M1", "M2"),
    optional_modules=("M3",),
)


class TestCoursesCompletedBy:
    """A course with modules is complete when its required modules are (C1)."""

    def completed_by(self, *days: tuple[str, date]) -> list[tuple[str, date | None]]:
        transcript, found = Transcript(), list[tuple[str, date | None]]()
        for training, day in days:
            completion = completed_on(training, day)
            transcript = transcript.with_completions(completion)
            courses = courses_completed_by(completion, transcript, (COURSE,))
            transcript = transcript.with_completions(*courses)
            found += [(course.training, course.on) for course in courses]
        return found

    def test_by_the_last_required_module_on_its_date(self) -> None:
        assert self.completed_by(
            ("M1", date(2025, 3, 1)), ("M3", date(2025, 3, 2)), ("M2", date(2025, 3, 5))
        ) == [("ONLINE", date(2025, 3, 5))]

    def test_the_order_of_entering_does_not_matter(self) -> None:
        assert self.completed_by(("M2", date(2025, 3, 5)), ("M1", date(2025, 3, 1))) == [
            ("ONLINE", date(2025, 3, 5))
        ]

    def test_an_optional_module_completes_nothing(self) -> None:
        assert self.completed_by(("M3", date(2025, 3, 5)), ("M1", date(2025, 3, 1))) == []

    def test_again_only_when_every_module_is_done_again(self) -> None:
        assert self.completed_by(
            ("M1", date(2024, 3, 1)),
            ("M2", date(2024, 3, 5)),
            ("M1", date(2025, 3, 1)),
            ("M1", date(2025, 3, 2)),
            ("M2", date(2025, 3, 9)),
        ) == [("ONLINE", date(2024, 3, 5)), ("ONLINE", date(2025, 3, 9))]


class TestRequirements:
    def because(
        self, requirement: AllOf | AnyOf | AtLeast | Completed, *done: str
    ) -> list[str] | None:
        known = {training: completed_on(training, date(2025, 3, 3)) for training in done}
        found = counted(requirement, known.get)
        return None if found is None else [completion.training for completion in found]

    A, B, C = (Completed(training=code) for code in "ABC")

    def test_one_training(self) -> None:
        assert self.because(self.A, "A") == ["A"]
        assert self.because(self.A, "B") is None

    def test_all_of(self) -> None:
        both = AllOf(of=(self.A, self.B))
        assert self.because(both, "A") is None
        assert self.because(both, "A", "B") == ["A", "B"]

    def test_any_of(self) -> None:
        either = AnyOf(of=(self.A, self.B))
        assert self.because(either) is None
        assert self.because(either, "B", "A") == ["A"]

    def test_at_least(self) -> None:
        two = AtLeast(count=2, of=(self.A, self.B, self.C))
        assert self.because(two, "A") is None
        assert self.because(two, "A", "C") == ["A", "C"]

    def test_nested_and_each_completion_told_once(self) -> None:
        nested = AllOf(of=(AnyOf(of=(self.A, self.B)), AtLeast(count=1, of=(self.A, self.C))))
        assert self.because(nested, "A") == ["A"]
        assert trainings_of(nested) == {"A", "B", "C"}

    def test_a_count_beyond_its_parts_or_no_parts_at_all(self) -> None:
        with pytest.raises(InvalidValueError, match="at most 1"):
            AtLeast(count=2, of=(self.A,))
        with pytest.raises(InvalidValueError, match="a whole number from 1 on"):
            AtLeast(count=0, of=(self.A,))
        with pytest.raises(InvalidValueError, match="at least one item"):
            AllOf(of=())


STEP = Step(
    code="course",
    paths=(
        Online(requires=Completed(training="A")),
        Classroom(requires=Completed(training="B")),
        External(instructions="a photo of the badge"),
        TestOut(code="T"),
    ),
)


class TestCertification:
    def test_a_curriculum_has_a_step_or_an_exam(self) -> None:
        with pytest.raises(InvalidValueError, match="at least one step, or an exam"):
            Curriculum()
        assert Curriculum(exam=Exam(code="E")).step_codes == ()

    def test_step_codes_are_unique(self) -> None:
        with pytest.raises(InvalidValueError, match="every step code once"):
            Curriculum(steps=(STEP, STEP))

    def test_only_paths_through_completions_have_requirements(self) -> None:
        assert [kind for kind, _ in STEP.requirements()] == ["online", "classroom"]
        curriculum = Curriculum(steps=(STEP,))
        assert curriculum.trainings == {"A", "B"}
        assert curriculum.step("course") is STEP
        assert curriculum.step("other") is None

    def test_the_recertification_is_as_the_initial_curriculum_by_default(self) -> None:
        initial = Curriculum(steps=(STEP,))
        other = Curriculum(exam=Exam(code="E"))
        assert (
            Version(number=1, published_on=date(2025, 1, 1), initial=initial).recertification
            is initial
        )
        version = Version(
            number=1, published_on=date(2025, 1, 1), initial=initial, recertification=other
        )
        assert version.curriculum("recertification") is other
        assert version.curriculum("initial") is initial

    def test_a_published_version_says_from_when(self) -> None:
        with pytest.raises(InvalidValueError, match="the day from which the version is used"):
            Version(number=1, initial=Curriculum(steps=(STEP,)))
        draft = Version(number=1, state=VersionState.DRAFT, initial=Curriculum(steps=(STEP,)))
        assert draft.published_at is None
        assert not draft.published_by(NOON)

    def test_numbers_are_unique(self) -> None:
        one = version(1, date(2025, 1, 1))
        with pytest.raises(InvalidValueError, match="every number once"):
            Certification(code="X", versions=(one, one))

    def test_a_list_is_refused_where_a_tuple_belongs(self) -> None:
        with pytest.raises(InvalidValueError, match="a tuple with at least one item"):
            Step(code="course", paths=[External()])  # type: ignore[arg-type]


def version(
    number: int, day: date | None, state: VersionState = VersionState.PUBLISHED, zone: str = "UTC"
) -> Version:
    return Version(
        number=number,
        state=state,
        published_on=day,
        initial=Curriculum(steps=(STEP,)),
        policy=Policy(time_zone=zone),
    )


class TestVersions:
    """A new cycle takes the newest version published by its own instant; an award that of its day (R10)."""

    CERTIFICATION = Certification(
        code="X",
        access=Access.OPEN,
        versions=(
            version(1, date(2023, 1, 1), VersionState.RETIRED),
            version(2, date(2024, 1, 1)),
            version(3, date(2025, 1, 1)),
            version(4, None, VersionState.DRAFT),
        ),
    )

    def number(self, found: Version | None) -> int | None:
        return found.number if found else None

    @pytest.mark.parametrize(
        ("instant", "cycles", "awards"),
        [
            (datetime(2022, 6, 1, tzinfo=UTC), None, 1),
            (datetime(2023, 6, 1, tzinfo=UTC), None, 1),
            (datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC), None, 1),
            (datetime(2024, 1, 1, tzinfo=UTC), 2, 2),
            (datetime(2024, 12, 31, tzinfo=UTC), 2, 2),
            (datetime(2025, 1, 1, tzinfo=UTC), 3, 3),
            (datetime(2029, 1, 1, tzinfo=UTC), 3, 3),
        ],
    )
    def test_by_instant(self, instant: datetime, cycles: int | None, awards: int | None) -> None:
        assert self.number(self.CERTIFICATION.newest_for_cycles(instant)) == cycles
        assert self.number(self.CERTIFICATION.version_for_award(instant)) == awards

    def test_with_no_version_ever_published(self) -> None:
        none = Certification(
            code="X", versions=(version(1, None, VersionState.DRAFT, "Asia/Tokyo"),)
        )
        assert none.version_for_award(NOON) is None
        assert none.newest_for_cycles(NOON) is None
        assert none.next_publication(NOON) is None
        assert none.zone == "Asia/Tokyo"
        assert Certification(code="X").zone == "UTC"

    def test_the_next_publication(self) -> None:
        assert self.CERTIFICATION.next_publication(datetime(2024, 6, 1, tzinfo=UTC)) == datetime(
            2025, 1, 1, tzinfo=UTC
        )

    def test_a_version_by_its_number_and_the_zone_of_the_newest_published(self) -> None:
        assert self.number(self.CERTIFICATION.version(3)) == 3
        assert self.CERTIFICATION.version(9) is None
        zones = Certification(
            code="X",
            versions=(
                version(1, date(2023, 1, 1), zone="Europe/Madrid"),
                version(2, None, VersionState.DRAFT, "Asia/Tokyo"),
            ),
        )
        assert zones.zone == "Europe/Madrid"


def test_periods_are_values() -> None:
    assert Period.parse("P12M") == Period.parse("P1Y")
