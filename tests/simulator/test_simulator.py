"""The simulator: its runs get on, are the same by the same seed, and every check of it finds what it is for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve, frozen

from certlib import Actor, Service
from certlib._reasons import Reason, ReasonKind
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.audit import Finding
from certlib.certifications import Certification, VersionState
from certlib.errors import RefusedError
from certlib.ports import Change, EnrollmentKey, SaveAnswer
from certlib.service import StatusAnswer, SweepReport
from certlib.state import (
    TABLE,
    Accepted,
    Case,
    Command,
    Enrollment,
    Event,
    Status,
    Table,
)
from certlib.state.commands import Assign, Award, MoveToVersion, RevokeAccess, Strike
from certlib.testing.exploration import STEP_LAWS, AcceptedStep, step_law
from certlib.testing.simulator import BrokenSeedError, Run, RunStep, simulate
from certlib.transcript import Completion
from tests.cases import EXAMINED, PLAIN
from tests.histories import CERTIFICATIONS
from tests.simulator.seeds import LIVED_IN, lived, reminding

YEARLY: Final = CERTIFICATIONS["completion"]


def broken(**asked: Any) -> str:
    """What is said of the first seed that breaks."""
    for seed in range(20):
        try:
            simulate(**{"certification": YEARLY, "seed": seed, "steps": 60, **asked})
        except BrokenSeedError as error:
            return str(error)
    return "nothing broke"


def every(change: Any) -> Table:
    """The table with every row changed."""
    return TABLE.replacing(*(change(row) for row in TABLE.rows))


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """One run in each certification."""
    return [lived(seed) for seed in range(len(LIVED_IN))]


class TestLives:
    """They get on, and into nearly everything there is: all that is found rests on that."""

    @pytest.mark.slow
    def test_much_is_recorded_and_much_refused(self, runs: list[Run]) -> None:
        steps = Counter(
            "swept" if step.what is None else "refused" if step.refused else "recorded"
            for run in runs
            for step in run.steps
            if step.what is None or step.refused or step.rows
        )
        assert all(each > 15 * len(runs) for each in steps.values()), steps

    @pytest.mark.slow
    def test_most_rows_are_taken_and_most_refusals_met(self, runs: list[Run]) -> None:
        rows = {row for run in runs for step in run.steps for row in step.rows}
        reasons = {code for run in runs for step in run.steps for code in step.refused}
        assert len({row.name for row in TABLE.rows} - rows) < 6
        assert reasons > {
            "before_last_fact", "in_the_future", "nothing_rests_on_it", "learner_is_active",
            "role_may_not", "nobody_for_himself", "window_is_open", "certification_is_active",
        }  # fmt: skip

    @pytest.mark.slow
    def test_commands_are_dated_late_and_the_clock_goes_back(self, runs: list[Run]) -> None:
        steps = [step for run in runs for step in run.steps]
        assert any(
            isinstance(step.what, Command) and step.what.at is not None and step.rows
            for step in steps
        )
        for kind in (Strike, Award, MoveToVersion, Completion):
            assert any(isinstance(step.what, kind) and step.rows for step in steps), kind
        for run in runs:
            acted = [step.now for step in run.steps if step.what is not None]
            assert acted != sorted(acted)

    def test_versions_are_published_while_a_life_goes_on(self) -> None:
        run = simulate(CERTIFICATIONS["longer later"], seed=0)
        published = date(2024, 6, 1)
        assert run.steps[0].now.date() < published < run.now.date()

    def test_they_begin_a_year_after_the_first_publication(self) -> None:
        later = evolve(
            YEARLY, versions=(evolve(YEARLY.versions[0], published_on=date(2030, 1, 1)),)
        )
        assert simulate(later, seed=0, steps=1).now.year == 2031
        draft = evolve(YEARLY.versions[0], published_on=None, state=VersionState.DRAFT)
        run = simulate(evolve(YEARLY, versions=(draft,)), seed=0, steps=40)
        assert run.steps[0].now.year == 2023
        assert not any(step.rows for step in run.steps)

    def test_they_begin_when_they_are_told_to(self) -> None:
        begin = datetime(2028, 1, 1, tzinfo=UTC)
        assert simulate(YEARLY, seed=0, steps=1, begin=begin).now.year == 2028

    def test_with_one_learner_and_without_any_step(self) -> None:
        assert {step.learner for step in simulate(YEARLY, seed=0, learners=1).steps} == {
            "learner-1"
        }
        assert simulate(YEARLY, seed=0, steps=0).steps == ()

    def test_in_an_sqlite_file(self, tmp_path: Path) -> None:
        names = count()
        opened: list[SqliteStore] = []

        def store() -> SqliteStore:
            opened.append(SqliteStore.create(tmp_path / f"{next(names)}.db"))
            return opened[-1]

        for seed in range(3):
            run = simulate(reminding(YEARLY), seed=seed, steps=40, store=store)
            assert run.steps == simulate(reminding(YEARLY), seed=seed, steps=40).steps
        for each in opened:
            each.close()


class TestTheSameSeed:
    """It runs the same run, on any machine and whatever a hash is."""

    @pytest.mark.slow
    def test_here(self) -> None:
        assert lived(3).steps == lived(3).steps
        assert lived(3).steps != lived(3 + len(LIVED_IN)).steps

    def test_a_shorter_life_is_the_beginning_of_a_longer_one(self) -> None:
        assert lived(5, steps=30).steps == lived(5, steps=60).steps[:30]

    @pytest.mark.slow
    @pytest.mark.parametrize("hashed", ["0", "1", "2"])
    def test_in_another_process(self, hashed: str) -> None:
        told = "\n".join(str(step) for step in lived(4, steps=60).steps)
        script = (
            "from tests.simulator.seeds import lived\nprint(*lived(4, steps=60).steps, sep='\\n')\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": hashed},
            text=True,
        )
        assert done.stdout.splitlines() == told.splitlines()

    def test_anywhere(self) -> None:
        """On every Python: a change of the rules may change it, a change of the machine may not."""
        bits = "\n".join(f"{step.now} {step.learner}" for step in lived(0, steps=25).steps)
        assert sha256(bits.encode()).hexdigest()[:8] == "2d68a704"


def _nobody_is_certified(taken: AcceptedStep) -> bool:
    return taken.accepted.after is not Status.CERTIFIED


class TestAFailure:
    """It says which seed, which step, what was done, what is broken, and how to live it again."""

    LAWS: Final = (
        *STEP_LAWS,
        step_law(
            code="somebody_is_certified",
            sentence="nobody is certified",
            holds=_nobody_is_certified,
        ),
    )

    def test_is_told(self) -> None:
        with pytest.raises(BrokenSeedError) as found:
            simulate(YEARLY, seed="west", laws=self.LAWS)
        assert re.fullmatch(
            r"FIRE, seed 'west', step \d+\. 20\d\d-\d\d-\d\d \d\d:\d\d \w+\(.*\) for learner-\d by \w+:\S+:"
            r" [a-z ]+: not so: nobody is certified\n"
            rf"to repeat it: simulate\(certification, seed='west', steps={found.value.step}\)",
            str(found.value),
        )
        assert found.value.seed == "west"

    @pytest.mark.parametrize(
        "asked", [{}, {"learners": 2}, {"begin": datetime(2027, 1, 1, tzinfo=UTC)}]
    )
    def test_is_lived_again_by_the_call_that_it_names(self, asked: dict[str, Any]) -> None:
        def lived_again(certification: Certification, **named: Any) -> Run:
            return simulate(certification, laws=self.LAWS, **named)

        with pytest.raises(BrokenSeedError) as found:
            simulate(YEARLY, seed=7, laws=self.LAWS, **asked)
        call = str(found.value).split("to repeat it: ")[1]
        names = {
            "simulate": lived_again,
            "certification": YEARLY,
            "datetime": sys.modules["datetime"],
        }
        with pytest.raises(BrokenSeedError) as again:
            eval(call, names)

        assert str(again.value) == str(found.value)
        assert again.value.step == found.value.step

    def test_an_error_is_one_too_and_is_kept(self) -> None:
        def dividing(_case: Case, _now: datetime) -> Sequence[Command]:
            raise ZeroDivisionError("by nothing")

        with pytest.raises(
            BrokenSeedError, match="choosing what to do: ZeroDivisionError"
        ) as found:
            simulate(YEARLY, seed=0, candidates={Assign: dividing})
        assert isinstance(found.value.__cause__, ZeroDivisionError)

    def test_a_step_says_what_was_done(self) -> None:
        now = datetime(2025, 3, 3, 9, tzinfo=UTC)
        by = Actor.parse("admin:eva")
        done = RunStep(
            number=1,
            now=now,
            learner="ann",
            what=Award(on=date(2024, 1, 1)),
            by=by,
            rows=("award",),
        )
        completion = Completion(training="A", at=now, recorded_at=now)
        assert str(done) == "1. 2025-03-03 09:00 award(on=2024-01-01) for ann by admin:eva: award"
        assert str(evolve(done, what=None, rows=())) == "1. 2025-03-03 09:00 sweep by admin:eva"
        assert str(evolve(done, what=completion, rows=(), refused=("no", "never"))) == (
            "1. 2025-03-03 09:00 completion(training=A, at=2025-03-03 09:00:00+00:00) for ann"
            " by admin:eva: refused, no, never"
        )


class TestWhatIsFound:
    """Each check finds what it is for; mutants are looked for in `test_mutants`."""

    def test_a_service_that_refuses_what_is_allowed(self) -> None:
        class Strict(Service):
            def perform(self, command: Command, **given: Any) -> Accepted:
                reason = Reason(code="no", kind=ReasonKind.GUARD, template="no")
                raise RefusedError("ann", "FIRE", command.name, "none", (reason,))

        assert "the core refuses with None, the service with ('no',)" in broken(service=Strict)

    def test_a_service_that_forgets_keys(self) -> None:
        class Forgetting(Service):
            def perform(
                self, command: Command, *, key: str | None = None, **given: Any
            ) -> Accepted:
                return super().perform(command, **given)

        assert "given again under the same key changed something" in broken(service=Forgetting)

    def test_a_sweep_that_says_it_did_nothing(self) -> None:
        class Idle(Service):
            def sweep(self, **given: Any) -> SweepReport:
                return evolve(super().sweep(**given), skipped=True)

        assert re.search(
            "a sweep at .*, after one at .*, answered SweepReport", broken(service=Idle)
        )

    def test_a_sweep_that_does_not_tell(self) -> None:
        class Silent(MemoryStore):
            def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
                return super().save([evolve(each, notices=()) for each in changes])

        found = broken(certification=reminding(YEARLY), store=Silent)
        assert "a sweep did not write a notice that is due" in found

    def test_a_store_that_rewrites_history(self) -> None:
        class Rewriting(MemoryStore):
            def history(
                self, keys: Collection[EnrollmentKey]
            ) -> Mapping[EnrollmentKey, tuple[Event, ...]]:
                found = super().history(keys)
                return {key: _rewritten(events) for key, events in found.items()}

        def _rewritten(events: tuple[Event, ...]) -> tuple[Event, ...]:
            first = {
                event for event in events if event.entry == 1 and event.entry < events[-1].entry
            }
            return tuple(evolve(each, reason="x") if each in first else each for each in events)

        assert "were rewritten" in broken(store=Rewriting)

    def test_a_store_that_keeps_something_else(self) -> None:
        class Careless(MemoryStore):
            def save(self, changes: Sequence[Change]) -> tuple[SaveAnswer, ...]:
                return super().save(
                    [evolve(each, enrollments=_anonymous(each)) for each in changes]
                )

        def _anonymous(change: Change) -> Any:
            return tuple(
                evolve(part, events=tuple(evolve(each, actor="system:x") for each in part.events))
                for part in change.enrollments
            )

        assert "; recorded: " in broken(store=Careless)

    def test_a_store_that_holds_another_enrollment(self) -> None:
        class Adding(MemoryStore):
            def load(self, keys: Collection[EnrollmentKey]) -> Mapping[EnrollmentKey, Enrollment]:
                found = super().load(keys)
                return {key: evolve(each, bar_lifted_by=99) for key, each in found.items()}

        assert "; stored: Enrollment" in broken(store=Adding)

    def test_a_row_that_leads_elsewhere(self) -> None:
        wrong = every(
            lambda row: (
                evolve(row, to=frozenset({Status.LAPSED})) if row.command is RevokeAccess else row
            )
        )
        assert "leads to lapsed, not to revoked" in broken(table=wrong)

    def test_an_oracle_that_says_otherwise(self) -> None:
        def oracle(*_asked: object) -> tuple[str, bool]:
            return "revoked", False

        assert "the oracle says revoked, certified: False" in broken(oracle=oracle)

    def test_an_oracle_that_says_otherwise_whether_somebody_is_certified(self) -> None:
        from tests import twin

        def oracle(
            history: Sequence[Event], at: datetime, known_at: datetime | None
        ) -> tuple[str | None, bool]:
            return twin.status(history, at, known_at), False

        assert "the status is certified, certified: True" in broken(oracle=oracle)

    def test_an_answer_that_is_another_one_afterwards(self) -> None:
        class Changing(Service):
            def statuses(self, *, known_at: Any = None, **asked: Any) -> Iterator[StatusAnswer]:
                if known_at is None or known_at != asked["at"]:
                    yield from super().statuses(known_at=known_at, **asked)

        found = [
            str(error)
            for error in (_first_failure(seed, service=Changing) for seed in range(20))
            if error is not None
        ]
        assert any(
            re.search(r"as known at .*, the status was .*; asked again it is none", each)
            for each in found
        )

    def test_a_search_that_finds_everybody(self) -> None:
        class Generous(Service):
            def statuses(self, *, status: Any = None, **asked: Any) -> Iterator[StatusAnswer]:
                return super().statuses(**asked)

        assert re.search("searched by .*, learner-. is found", broken(service=Generous))

    def test_an_answer_that_differs_where_it_is_swept(self) -> None:
        class Blind(Service):
            def outlook(self, **asked: Any) -> Any:
                return super().outlook(**asked)[:1]

        assert re.search(
            "outlook, at .* from the swept store, .* from the other", broken(service=Blind)
        )

    def test_what_an_audit_finds(self) -> None:
        class Finds(Service):
            def audit(self, **asked: Any) -> Iterator[Finding]:
                yield from super().audit(**asked)
                yield "something"  # type: ignore[misc]

        assert "an audit finds something" in broken(service=Finds)


def _first_failure(seed: int, **asked: Any) -> BrokenSeedError | None:
    try:
        simulate(YEARLY, seed=seed, steps=60, **asked)
    except BrokenSeedError as error:
        return error
    return None


@frozen(kw_only=True)
class Greet(Command):
    """A host's own command, which no row is for."""

    name = "greet"
    to: str


class TestAHostsOwn:
    """Its table and its commands are simulated like certlib's."""

    def test_a_reason_that_the_table_demands_is_given(self) -> None:
        demanding = every(lambda row: evolve(row, by=evolve(row.by, reason_required=True)))
        run = simulate(YEARLY, seed=0, table=demanding)
        given = [step.what for step in run.steps if isinstance(step.what, Command) and step.rows]
        assert {each.reason for each in given} == {"tried"}

    def test_its_candidates_are_tried(self) -> None:
        def awards(_case: Case, now: datetime) -> tuple[Command, ...]:
            return (Award(on=now.date(), reason="a"), Award(on=now.date(), reason="b"))

        run = simulate(YEARLY, seed=0, candidates={Award: awards, Strike: lambda *_: ()})
        tried = [step.what for step in run.steps if isinstance(step.what, Award)]
        assert {"a", "b", None} == {each.reason for each in tried}
        assert not any(isinstance(step.what, Strike) for step in run.steps)

    def test_a_command_that_needs_a_field_is_not_tried_without_candidates(self) -> None:
        row = next(row for row in TABLE.rows if row.command is Assign)
        theirs = Table(
            rows=(*TABLE.rows, evolve(row, name="greet", number=None, command=Greet)),
        )
        run = simulate(YEARLY, seed=0, table=theirs)
        assert not any(isinstance(step.what, Greet) for step in run.steps)

    def test_a_certification_that_needs_no_training(self) -> None:
        run = simulate(EXAMINED, seed=0)
        assert not any(isinstance(step.what, Completion) for step in run.steps)
        assert any(isinstance(step.what, Completion) for step in simulate(PLAIN, seed=0).steps)
