"""The strategies that are shipped: valid values only, everything among them, simple examples first."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

import pytest
from attrs import evolve, field, frozen
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies import SearchStrategy
from hypothesis.vendor.pretty import pretty

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.certifications import (
    Access,
    Certification,
    Classroom,
    Curriculum,
    External,
    Online,
    Step,
    TestOut,
    VersionState,
)
from certlib.errors import InvalidCommandError, InvalidValueError
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    Approval,
    ByHost,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    PerCertificate,
    Policy,
)
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, Requirement
from certlib.serialize import (
    Catalog,
    catalog_document,
    certification_document,
    dump_completion,
    dump_enrollment,
    dump_event,
    dump_notice,
    load_completion,
    load_enrollment,
    load_event,
    load_notice,
    policy_document,
    read_catalog_text,
    read_certification,
    read_policy,
    read_training,
    training_document,
)
from certlib.state import (
    TABLE,
    Accepted,
    Case,
    Command,
    Enrollment,
    Event,
    Notice,
    Refused,
    Status,
    decide,
    replay,
)
from certlib.state._proposals import Proposal
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    ExtendDeadline,
    ForceRecertification,
    MoveToVersion,
    OverrideExam,
    OverrideTraining,
    PermanentlyRevoke,
    RevokeAccess,
    Strike,
    Unassign,
)
from certlib.state.facts import CertificateAwarded, CycleStarted
from certlib.testing import strategies
from certlib.testing.exploration import (
    CANDIDATES,
    AcceptedStep,
    Candidates,
    step_law,
    worth_giving,
)
from certlib.testing.machine import LEARNER, lifecycle
from certlib.testing.strategies import (
    POLICY_PARTS,
    DrawnRun,
    actors,
    annual_dates,
    cases,
    catalogs,
    certifications,
    codes,
    commands,
    completions,
    curricula,
    enrollments,
    events,
    facts,
    histories,
    instants,
    instants_around,
    instants_later,
    learners,
    notices,
    paths,
    periods,
    policies,
    policy_parts,
    records,
    requirements,
    runs,
    scopes,
    steps,
    texts,
    trainings,
    transcripts,
    validities,
    versions,
    zones,
)
from certlib.testing.strategies._runs import command_of
from certlib.testing.strategies._shapes import Scalars, by_fields
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion, Transcript
from tests.cases import EXAMINED, EXPLORED, PLAIN, blank
from tests.serialize.places import parts_of

T = TypeVar("T")

ALWAYS_THE_SAME: Final = settings(
    derandomize=True, database=None, deadline=None, phases=(Phase.generate,), max_examples=60
)
"""All health checks are on: no filter that throws most away, and nothing too large or too slow."""
FOUND: Final = settings(ALWAYS_THE_SAME, max_examples=500, phases=(Phase.generate, Phase.shrink))


def seen(strategy: SearchStrategy[T], count: int) -> list[T]:
    """The first so many examples, always the same."""
    found: list[T] = []

    @settings(ALWAYS_THE_SAME, max_examples=count)
    @given(strategy)
    def see(value: T) -> None:
        found.append(value)

    see()
    return found


def smallest(strategy: SearchStrategy[T], such: Callable[[T], object]) -> T:
    """The example to which hypothesis shrinks what it finds."""
    return find(strategy, lambda value: bool(such(value)), settings=FOUND)


def through_json(document: object) -> dict[str, object]:
    read: dict[str, object] = json.loads(json.dumps(document, allow_nan=False))
    return read


# --- nothing loads by itself ----------------------------------------------------------------------

WITHOUT_HYPOTHESIS: Final = """
import sys
sys.modules["hypothesis"] = None
import certlib, certlib.testing
assert not [name for name in sys.modules if name.startswith("certlib.testing.")]
import certlib.testing.exploration
try:
    import certlib.testing.strategies
except ModuleNotFoundError as error:
    print(error.name)
"""


def test_only_the_module_itself_needs_hypothesis() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_HYPOTHESIS],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.strip() == "hypothesis"


def test_importing_registers_nothing() -> None:
    """What hypothesis makes of a certlib type by itself is none of our business."""
    code = (
        "from hypothesis.strategies._internal import types; before = dict(types._global_type_lookup);"
        " import certlib.testing.strategies; print(types._global_type_lookup == before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "True"


def test_every_public_name_says_what_it_makes() -> None:
    made = [getattr(strategies, name) for name in strategies.__all__ if name.islower()]

    assert len(made) == 35
    assert all((each.__doc__ or "").startswith("Return ") for each in made)


# --- valid values, and back through JSON ------------------------------------------------------------


class TestThereAndBack:
    @ALWAYS_THE_SAME
    @given(policies())
    def test_policies(self, policy: Policy) -> None:
        assert read_policy(through_json(policy_document(policy))) == policy

    @settings(ALWAYS_THE_SAME, max_examples=40)
    @given(certifications())
    def test_certifications(self, certification: Certification) -> None:
        document = through_json(certification_document(certification))

        assert read_certification(document) == certification

    @settings(ALWAYS_THE_SAME, max_examples=40)
    @given(catalogs())
    def test_catalogs(self, catalog: Catalog) -> None:
        assert read_catalog_text(json.dumps(catalog_document(catalog))) == catalog

    @ALWAYS_THE_SAME
    @given(trainings())
    def test_trainings(self, training: Training) -> None:
        assert read_training(through_json(training_document(training))) == training

    @ALWAYS_THE_SAME
    @given(events())
    def test_events_and_their_facts(self, event: Event) -> None:
        assert load_event(through_json(dump_event(event))) == event

    @settings(ALWAYS_THE_SAME, max_examples=40)
    @given(records(Enrollment))
    def test_enrollments_field_by_field(self, enrollment: Enrollment) -> None:
        assert load_enrollment(through_json(dump_enrollment(enrollment))) == enrollment

    @ALWAYS_THE_SAME
    @given(completions(), notices())
    def test_completions_and_notices(self, completion: Completion, notice: Notice) -> None:
        assert load_completion(through_json(dump_completion(completion))) == completion
        assert load_notice(through_json(dump_notice(notice))) == notice

    @ALWAYS_THE_SAME
    @given(st.sampled_from(EXPLORED).flatmap(histories))
    def test_histories(self, history: tuple[Event, ...]) -> None:
        assert tuple(load_event(through_json(dump_event(each))) for each in history) == history

    @ALWAYS_THE_SAME
    @given(enrollments(PLAIN))
    def test_enrollments(self, enrollment: Enrollment) -> None:
        assert load_enrollment(through_json(dump_enrollment(enrollment))) == enrollment


# --- everything is among them -----------------------------------------------------------------------


class TestEverything:
    @pytest.mark.slow
    def test_every_part_of_a_policy(self) -> None:
        found = seen(policies(), 200)

        assert set(POLICY_PARTS) == parts_of(Policy)
        assert {type(each.validity) for each in found} == {
            Forever,
            FromCompletion,
            FromExpiry,
            FixedDates,
            ByHost,
            PerCertificate,
        }
        assert {type(each.first_validity) for each in found} == {
            type(None),
            Forever,
            FromCompletion,
            FromExpiry,
            FixedDates,
            ByHost,
        }
        assert varied(found) == ALL_OF_IT

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", POLICY_PARTS, ids=lambda kind: kind.__name__)
    def test_every_field_of_a_part_of_a_policy(self, kind: type) -> None:
        assert varied(seen(policy_parts(kind), 100)) == ALL_OF_IT

    @pytest.mark.slow
    @pytest.mark.parametrize("kind", [*TABLE.facts, Enrollment, Completion, Notice])
    def test_every_field_of_a_record(self, kind: type) -> None:
        assert varied(seen(records(kind), 60)) == ALL_OF_IT

    @pytest.mark.slow
    def test_every_field_of_an_event_and_every_kind_of_fact(self) -> None:
        assert {type(each) for each in seen(facts(), 1000)} == set(TABLE.facts)
        assert varied(seen(events(), 60)) == ALL_OF_IT
        assert {type(each) for each in seen(facts(CycleStarted), 3)} == {CycleStarted}

    @pytest.mark.slow
    def test_certifications_and_versions(self) -> None:
        found = seen(certifications(), 80)
        there = [version for each in found for version in each.versions]

        assert {each.access for each in found} == set(Access)
        assert {each.state for each in there} == set(VersionState)
        assert {len(each.versions) for each in found} == {0, 1, 2}
        assert varied(found) == varied(there) == ALL_OF_IT
        assert {each.initial == each.recertification for each in there} == {True, False}
        assert any(each.published_on is None for each in there)

    @pytest.mark.slow
    def test_curricula_steps_and_paths(self) -> None:
        found = seen(curricula(), 80)
        there = seen(paths(), 60)

        assert {(bool(each.steps), each.exam is None) for each in found} == {
            (True, True),
            (True, False),
            (False, False),
        }
        assert {type(each) for each in there} == {Online, Classroom, External, TestOut}
        assert varied(seen(steps(), 60)) == ALL_OF_IT

    @pytest.mark.slow
    def test_requirements(self) -> None:
        found = seen(requirements(trainings=st.sampled_from(["A", "B"])), 200)

        assert {type(each) for each in found} == {Completed, AllOf, AnyOf, AtLeast}
        assert any(isinstance(part, AllOf | AnyOf | AtLeast) for each in found for part in of(each))
        assert {each.training for each in found if isinstance(each, Completed)} == {"A", "B"}

    @pytest.mark.slow
    def test_catalogs_and_trainings(self) -> None:
        found = seen(catalogs(), 40)
        there = [training for each in found for training in each.trainings]

        assert any(each.certifications for each in found)
        assert varied(there) == varied(seen(trainings(), 100)) == ALL_OF_IT
        assert {each.kind for each in there} == set(TrainingKind)

    def test_people(self) -> None:
        assert varied(seen(learners(), 100)) == ALL_OF_IT
        assert {each.active for each in seen(learners(active=st.just(False)), 10)} == {False}
        found = seen(actors(), 200)
        assert {(each.role, each.scope.kind) for each in found} == {
            (role, kind) for role in Role for kind in ScopeKind
        }
        assert {each.id is None for each in found if each.role is Role.SYSTEM} == {True, False}
        assert {bool(each.names) for each in seen(scopes(), 60)} == {True, False}

    def test_transcripts(self) -> None:
        found = seen(transcripts(training=st.just("FORK")), 60)

        assert {len(each.completions) for each in found} == {0, 1, 2}
        assert {c.training for each in found for c in each.completions} == {"FORK"}

    @pytest.mark.slow
    def test_single_values(self) -> None:
        assert {str(each) for each in seen(annual_dates(), 500)} > {"02-29", "12-31", "01-01"}
        assert len(set(seen(zones(), 100))) == 6
        assert all(seen(periods(or_nothing=False), 100))
        assert not all(seen(periods(), 100))
        assert max(len(each) for each in seen(codes(longest=3), 50)) == 3
        assert "" in seen(texts(), 50)
        lately = seen(instants(earliest=date(2024, 2, 28), latest=date(2024, 2, 29)), 50)
        assert {each.date() for each in lately} == {date(2024, 2, 28), date(2024, 2, 29)}
        assert {each.tzinfo for each in lately} == {UTC}


ALL_OF_IT: Final[frozenset[str]] = frozenset()


def varied(values: Iterable[object]) -> frozenset[str]:
    """The fields that have one value only, over all values of a class; there should be none."""
    several = list(values)
    first = several[0]
    names = [each.name for each in getattr(type(first), "__attrs_attrs__", ())]
    return frozenset(
        name
        for name in names
        if all(getattr(each, name) == getattr(first, name) for each in several)
    )


def of(requirement: Requirement) -> tuple[Requirement, ...]:
    return requirement.of if isinstance(requirement, AllOf | AnyOf | AtLeast) else ()


class TestArguments:
    """What is given is kept; all else stays open."""

    def test_of_policies(self) -> None:
        rule = FromCompletion(period=Period.parse("P1Y"))
        found = seen(policies(validity=st.just(rule), time_zone=st.just("Europe/Madrid")), 60)

        assert {(each.validity, each.time_zone) for each in found} == {(rule, "Europe/Madrid")}
        assert {each.first_validity is None for each in found} == {True, False}

    def test_of_validities(self) -> None:
        assert PerCertificate() in seen(validities(), 60)
        assert PerCertificate() not in seen(validities(explicit=False), 60)

    def test_of_versions_and_certifications(self) -> None:
        ours = Policy(validity=Forever(), time_zone="Asia/Kathmandu")
        curriculum = Curriculum(steps=(Step(code="a", paths=(External(),)),))
        version = versions(policy=st.just(ours), curriculum=st.just(curriculum))
        found = seen(certifications(version=version, most_versions=1), 30)

        assert {len(each.versions) for each in found} == {0, 1}
        assert {v.policy for each in found for v in each.versions} == {ours}
        assert {v.initial for each in found for v in each.versions} == {curriculum}

    def test_of_trainings(self) -> None:
        found = seen(trainings(code=st.sampled_from(["A", "B", "C", "D", "E", "F"])), 60)

        assert {each.code for each in found} == set("ABCDEF")

    def test_of_actors(self) -> None:
        tester = Learner(id="tester")
        own = seen(actors(roles=[Role.LEARNER], about=tester), 10)
        others = seen(actors(roles=[Role.ADMIN, Role.SYSTEM], about=tester), 30)
        named = seen(actors(roles=[Role.ADMIN], id=st.just("eva"), scope=st.just(NORTH)), 5)

        assert set(own) == {Actor(role=Role.LEARNER, id="tester", scope=TENANT)}
        assert {each.id for each in others} == {None, "another tester"}
        assert set(named) == {Actor(role=Role.ADMIN, id="eva", scope=NORTH)}

    def test_a_field_that_is_not_there(self) -> None:
        with pytest.raises(TypeError, match="colour"):
            seen(by_fields(Learner, colour=st.just("red")), 1)

    def test_of_lives(self) -> None:
        begin = datetime(2031, 5, 5, tzinfo=UTC)
        known = Transcript(completions=(COMPLETED,))
        found = seen(
            runs(
                PLAIN,
                learner=st.just(Learner(id="bo")),
                transcript=st.just(known),
                begin=begin,
                most=3,
            ),
            30,
        )

        assert {each.case.learner.id for each in found} == {"bo"}
        assert {each.case.enrollment.learner for each in found} == {"bo"}
        assert all(each.case.transcript == known for each in found)
        assert min(each.now for each in found) == begin
        assert max(len(each.steps) for each in found) == 3


NORTH: Final = Scope.organizations("north")
TENANT: Final = Scope(kind=ScopeKind.TENANT)
AT: Final = datetime(2025, 1, 1, tzinfo=UTC)
COMPLETED: Final = Completion(training="A", at=AT, recorded_at=AT)


# --- runs ------------------------------------------------------------------------------------------


CALM: Final[Candidates] = {
    Assign: lambda case, now: (),
    Unassign: lambda case, now: (),
    Award: lambda case, now: (),
    Strike: lambda case, now: (),
    RevokeAccess: lambda case, now: (),
    PermanentlyRevoke: lambda case, now: (),
    ForceRecertification: lambda case, now: (),
    AbandonRecertification: lambda case, now: (),
    OverrideTraining: lambda case, now: (),
    OverrideExam: lambda case, now: (),
    MoveToVersion: lambda case, now: (),
    ExtendDeadline: lambda case, now: (),
}
"""Without what ends a cycle from outside, and what may be given at any time: more happens within."""


@pytest.fixture(scope="module")
def lived() -> list[DrawnRun]:
    """120 runs in each of the six certifications that exercise every rule, half of them calm."""
    found = [run for each in EXPLORED for run in seen(runs(each), 60)]
    return found + [run for each in EXPLORED for run in seen(runs(each, candidates=CALM), 60)]


class TestLives:
    @pytest.mark.slow
    def test_every_status(self, lived: list[DrawnRun]) -> None:
        assert {each.case.enrollment.status_at(each.now) for each in lived} == {None, *Status}

    @pytest.mark.slow
    def test_every_kind_of_fact_and_every_command(self, lived: list[DrawnRun]) -> None:
        recorded = {type(event.fact) for each in lived for event in each.case.history or ()}
        given = {type(taken.command) for each in lived for taken in each.steps}

        assert recorded == set(TABLE.facts)
        assert given == set(TABLE.commands)

    @pytest.mark.slow
    def test_most_rows_are_taken_in_all(self, lived: list[DrawnRun]) -> None:
        pairs = {(t.accepted.before, type(t.command)) for each in lived for t in each.steps}

        assert len(pairs) > len(TABLE.rows) * 0.6

    @pytest.mark.slow
    def test_the_history_replays_to_the_enrollment(self, lived: list[DrawnRun]) -> None:
        for case in (each.case for each in lived):
            assert case.enrollment == replay(
                case.history or (),
                learner=case.learner.id,
                certification=case.certification.code,
            )

    @pytest.mark.slow
    def test_each_command_is_told_with_the_case_before_and_after(
        self, lived: list[DrawnRun]
    ) -> None:
        for run in lived:
            case = blank(run.case.certification)
            case = evolve(
                case, learner=LEARNER, enrollment=evolve(case.enrollment, learner=LEARNER.id)
            )
            for taken in run.steps:
                assert taken.before == case
                case = taken.after
                assert taken.now <= run.now
            assert run.case == case

    @pytest.mark.slow
    def test_commands_are_dated_back_and_awards_entered_late(self, lived: list[DrawnRun]) -> None:
        taken = [each for run in lived for each in run.steps]
        dated_back = [t for t in taken if t.command.at is not None and t.command.at < t.now]

        assert {isinstance(each.command, Award) for each in dated_back} == {True, False}

    @pytest.mark.slow
    def test_cases_histories_and_enrollments_are_those_of_lives(self) -> None:
        ended = seen(cases(PLAIN), 20)

        assert seen(histories(PLAIN), 20) == [case.history for case in ended]
        assert seen(enrollments(PLAIN), 20) == [case.enrollment for case in ended]

    def test_any_certification(self) -> None:
        """Also one that nobody can do anything in, or that is published in the year 9000."""
        found = seen(runs(most=5), 60)

        assert len({each.case.certification for each in found}) > 20
        assert any(each.steps for each in found)

    def test_a_table_in_which_nothing_can_be_done(self) -> None:
        nothing = dict.fromkeys(TABLE.commands, lambda case, now: ())

        assert not any(each.steps for each in seen(runs(PLAIN, candidates=nothing), 20))

    def test_a_reason_that_the_table_demands_is_given(self) -> None:
        demanding = TABLE.replacing(
            *(
                evolve(row, by=evolve(row.by, reason_required=True))
                for row in TABLE.rows
                if row.command is Award
            )
        )
        found = seen(runs(PLAIN, table=demanding), 60)

        reasons = {t.command.reason for each in found for t in each.steps}
        assert reasons == {None, "tried"}

    @pytest.mark.slow
    def test_roles_that_a_policy_names(self) -> None:
        (version,) = EXAMINED.versions
        policy = evolve(version.policy, approval=Approval(roles=(Role.MANAGER,)))
        ours = evolve(EXAMINED, versions=(evolve(version, policy=policy),))
        found = seen(runs(ours, candidates=CALM), 100)

        assert Role.MANAGER in {t.actor.role for each in found for t in each.steps}


# --- commands ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def formed() -> list[Command]:
    """Commands formed where nothing has begun."""
    return seen(commands(blank(PLAIN)), 2000)


class TestCommands:
    @pytest.mark.slow
    @settings(ALWAYS_THE_SAME, max_examples=120)
    @given(data=st.data(), run=runs(st.sampled_from(EXPLORED) | certifications(), most=15))
    def test_each_is_decided(self, data: st.DataObject, run: DrawnRun) -> None:
        """Accepted or refused, with reasons: nothing is raised, whatever is in the fields."""
        command = data.draw(commands(run.case, now=run.now))
        actor = data.draw(actors(about=run.case.learner))

        decision = decide(run.case, command, actor=actor, now=run.now)

        assert isinstance(decision, Accepted | Refused)

    @pytest.mark.slow
    def test_every_command_of_a_table_valid_and_not(self, formed: list[Command]) -> None:
        assert {type(each) for each in formed} == set(TABLE.commands)
        assert CompleteStep(step="a") in formed  # though nothing has begun
        assert any(isinstance(each, Strike) for each in formed)  # though there is no entry
        assert {each.at is None for each in formed} == {True, False}
        assert {each.reason is None for each in formed} == {True, False}

    def test_every_way_to_give_an_award(self) -> None:
        awards = seen(command_of(Award, Scalars()), 200)

        assert {(each.at is None, each.on is None) for each in awards} == {
            (True, True),
            (True, False),
            (False, True),
        }
        assert {(each.expires_on is None, each.always_valid) for each in awards} == {
            (True, False),
            (False, False),
            (True, True),
        }

    @pytest.mark.slow
    @ALWAYS_THE_SAME
    @given(data=st.data(), case=cases(st.sampled_from(EXPLORED)))
    def test_what_is_worth_giving_is_what_an_exploration_tries(
        self, data: st.DataObject, case: Case
    ) -> None:
        """There is no second list of candidates, and every choice that is offered is one of them."""
        now = data.draw(instants_later(case))
        proposal = Proposal(
            case=case,
            command=None,
            actor=Actor.parse("system"),
            at=now,
            now=now,
            enrollment=case.enrollment,
            status=case.enrollment.status_at(now),
        )
        for kind in TABLE.commands:
            name, choices = kind.chooses, kind.choices
            if name is None:
                continue
            tried = {getattr(each, name) for each in worth_giving(CANDIDATES, kind, case, now)}
            assert {getattr(each.command, name) for each in choices(proposal)} <= tried

    def test_the_state_machine_tries_the_same(self) -> None:
        """A candidate that nobody else would think of is tried by both."""
        told: Candidates = {Enroll: lambda case, now: (Enroll(reason="only here"),)}
        asked: set[str | None] = set()

        def ask(taken: AcceptedStep) -> bool:
            asked.add(taken.command.reason)
            return True

        law = step_law(code="it_is_not_asked", sentence="it is asked", holds=ask)
        run_state_machine_as_test(
            lifecycle(PLAIN, candidates=told, laws=(law,)),
            settings=settings(ALWAYS_THE_SAME, stateful_step_count=10),
        )
        formed = {each.reason for each in seen(commands(blank(PLAIN), candidates=told), 300)}

        assert "only here" in asked
        assert "only here" in formed

    @pytest.mark.slow
    def test_commands_of_a_host(self) -> None:
        """Formed by the types of their fields; what breaks a rule of their own is left out."""
        (row, *_) = (each for each in TABLE.rows if each.command is Enroll)
        table = TABLE.adding(evolve(row, command=Transfer, name="transfer"))

        nothing = dict.fromkeys(TABLE.commands, lambda case, now: ())
        found = [
            each
            for each in seen(commands(blank(PLAIN), table=table, candidates=nothing), 700)
            if isinstance(each, Transfer)
        ]

        assert len({each.to for each in found}) > 1
        assert {type(each.on) for each in found} == {date}
        assert not any(each.home and each.on.year % 2 for each in found)

    def test_nothing_of_sense_to_give(self) -> None:
        table = TABLE.dropping(Strike)
        nothing = dict.fromkeys(TABLE.commands, lambda case, now: ())

        found = seen(commands(blank(PLAIN), table=table, candidates=nothing), 60)

        assert len({type(each) for each in found}) > 10

    def test_none_at_all(self) -> None:
        with pytest.raises(InvalidValueError, match=r"Transfer\.home"):
            Transfer(to="bo", on=date(1999, 1, 1), home=True)


@frozen(kw_only=True)
class Transfer(Command):
    """A host's own command, with a rule about two of its fields."""

    name = "transfer"
    to: str
    on: date
    home: bool = field(default=False)

    def __attrs_post_init__(self) -> None:
        if self.home and self.on.year % 2:
            raise InvalidCommandError("Transfer.home", "true", "false in odd years")


class TestInstants:
    @pytest.mark.slow
    def test_around_everything_that_begins_or_ends(self, lived: list[DrawnRun]) -> None:
        run = next(
            each
            for each in lived
            if each.case.enrollment.due and len(each.case.enrollment.certificates) == 1
        )
        (certificate,) = run.case.enrollment.certificates
        moment, due = timedelta(microseconds=1), run.case.enrollment.due

        found = set(seen(instants_around(run.case, now=run.now), 500))

        assert due is not None
        assert found >= {
            run.now,
            due.passes_at,
            certificate.issued_at,
            certificate.issued_at - moment,
            certificate.issued_at + moment,
        }
        assert certificate.expires_at is None or certificate.expires_at in found

    def test_of_one_about_whom_nothing_is_known(self) -> None:
        around, later = (
            seen(instants_around(blank(PLAIN)), 60),
            seen(instants_later(blank(PLAIN)), 60),
        )

        assert len(set(around)) == 5
        assert min(later) == min(set(around) & set(later))
        assert max(later) > min(later) + timedelta(days=300)

    @pytest.mark.slow
    def test_none_is_earlier_than_now(self, lived: list[DrawnRun]) -> None:
        for run in lived[::40]:
            assert min(seen(instants_later(run.case, now=run.now), 20)) >= run.now


# --- examples are simple ----------------------------------------------------------------------------


@pytest.mark.slow
class TestShrinking:
    """What is told of a failure is the least that fails."""

    def test_a_policy(self) -> None:
        found = smallest(policies(), lambda policy: isinstance(policy.validity, FromExpiry))

        assert found == evolve(
            smallest(policies(), lambda policy: True),
            validity=FromExpiry(period=Period(days=1)),
        )
        assert found.time_zone == "UTC"
        assert not found.reminders

    def test_a_certification(self) -> None:
        found = smallest(certifications(), lambda each: each.versions)

        (version,) = found.versions
        assert (found.code, found.name, version.number) == ("0", "", 1)
        assert len(version.initial.steps) <= 1
        assert version.state is VersionState.PUBLISHED

    @pytest.mark.parametrize(
        ("status", "last"),
        [
            (Status.CERTIFIED, "award"),
            (Status.LAPSED, "award"),
            (Status.RECERTIFYING, "force_recertification"),
        ],
    )
    def test_a_life(self, status: Status, last: str) -> None:
        found = smallest(runs(PLAIN), lambda run: run.case.enrollment.status_at(run.now) is status)

        assert len(found.steps) <= 2
        assert [each.command.name for each in found.steps][-1] == last

    def test_a_life_is_shown_as_what_was_given(self) -> None:
        """By hypothesis as well, which would show every field of every case."""
        found = smallest(
            runs(PLAIN),
            lambda run: [isinstance(each.command, Award) for each in run.steps] == [True],
        )

        shown = "2025-01-01 09:00 admin:tester: award; 2025-01-01 09:00"
        assert repr(found) == pretty(found) == shown
        late = evolve(found.steps[0], command=Award(on=date(2024, 2, 29), reason="late"))
        assert "award reason=late on=2024-02-29; " in repr(evolve(found, steps=(late,)))

    def test_a_history(self) -> None:
        found = smallest(
            histories(PLAIN),
            lambda history: sum(isinstance(each.fact, CertificateAwarded) for each in history) > 1,
        )

        assert len(found) <= 3

    def test_a_command(self) -> None:
        found = smallest(commands(blank(PLAIN)), lambda command: isinstance(command, Strike))

        assert found == Strike(entry=1)

    def test_there_is_none(self) -> None:
        """What never happens is not found."""
        with pytest.raises(NoSuchExample):
            find(
                enrollments(PLAIN),
                lambda each: len(each.certificates) > each.version,
                settings=settings(ALWAYS_THE_SAME, max_examples=40),
            )


@frozen(kw_only=True)
class Odd(Command):
    """A host's command with a rule of its own."""

    name = "odd"
    count: int = 1

    def __attrs_post_init__(self) -> None:
        if self.count % 2 == 0:
            raise InvalidValueError("Odd.count", str(self.count), "an odd number")


@settings(max_examples=30, derandomize=True, database=None)
@given(command_of(Odd, Scalars()))
def test_a_command_with_a_rule_of_its_own_is_drawn_by_it(command: Odd) -> None:
    assert command.count % 2 == 1
