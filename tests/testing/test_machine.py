"""The state machine that hosts point at their policies: it passes what is sound, and finds what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from certlib.actors import Role
from certlib.policies import terms_of
from certlib.state import TABLE, Command, Enrollment, Fact, Proposal, Row, Status, Table, replay
from certlib.state._actions import awarding
from certlib.state.commands import AbandonRecertification, Award, RevokeAccess
from certlib.state.facts import CertificateAwarded
from certlib.testing import machine
from certlib.testing.exploration import STEP_LAWS, AcceptedStep, step_law
from certlib.testing.machine import BrokenRunError, lifecycle
from tests.cases import EXPLORED, PLAIN

SHORT: Final = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
)
LONG: Final = settings(SHORT, max_examples=400, report_multiple_bugs=False)


def run(made: type[RuleBasedStateMachine], how: settings = SHORT) -> None:
    run_state_machine_as_test(made, settings=how)


def replaced(command: type[Command], change: Callable[[Row], Row]) -> Table:
    """The table with every row of a command changed."""
    return TABLE.replacing(*(change(row) for row in TABLE.rows if row.command is command))


class Seen:
    """A law that always holds, and keeps the steps that it was asked about."""

    def __init__(self) -> None:
        self.steps: list[AcceptedStep] = []
        self.law = step_law(code="seen", sentence="", holds=self._holds)

    def _holds(self, step: AcceptedStep) -> bool:
        self.steps.append(step)
        return True


class TestSound:
    @pytest.mark.parametrize("place", range(len(EXPLORED)))
    def test_certlibs_own_table(self, place: int) -> None:
        run(lifecycle(EXPLORED[place]))

    def test_several_at_once_and_from_an_instant_on(self) -> None:
        begin = datetime.fromisoformat("2026-01-01T09:00:00+00:00")
        run(lifecycle(*EXPLORED, begin=begin, candidates={AbandonRecertification: lambda *_: ()}))

    def test_a_reason_that_the_table_demands_is_given(self) -> None:
        demanding = replaced(
            Award, lambda row: evolve(row, by=evolve(row.by, reason_required=True))
        )
        seen = Seen()

        run(lifecycle(PLAIN, table=demanding, laws=(seen.law,)))

        assert "tried" in {step.command.reason for step in seen.steps}


class TestFound:
    @pytest.mark.slow
    def test_an_award_that_forgets_what_was_there(self) -> None:
        """A renewal that shortens: the row looks as it should, and only a run shows it."""

        def careless(proposal: Proposal) -> tuple[Fact, ...]:
            (fact,) = awarding.award(proposal)
            assert isinstance(fact, CertificateAwarded)
            version = proposal.case.certification.version(fact.version)
            if fact.terms.explicit or version is None:
                return (fact,)
            day = proposal.day(version)
            return (evolve(fact, terms=terms_of(version.policy, issued_on=day)),)

        with pytest.raises(BrokenRunError, match="computed days are not earlier"):
            run(
                lifecycle(PLAIN, table=replaced(Award, lambda row: evolve(row, records=careless))),
                settings(LONG, max_examples=1500),
            )

    def test_a_row_that_leads_elsewhere(self) -> None:
        wrong = replaced(RevokeAccess, lambda row: evolve(row, to=frozenset({Status.LAPSED})))

        with pytest.raises(BrokenRunError, match="leads to lapsed, not to revoked"):
            run(lifecycle(PLAIN, table=wrong), LONG)

    def test_what_a_host_says_has_to_hold(self) -> None:
        ours = step_law(
            code="somebody_is_certified",
            sentence="nobody is certified",
            holds=_nobody_is_certified,
        )

        with pytest.raises(BrokenRunError, match="not so: nobody is certified"):
            run(lifecycle(PLAIN, laws=(*STEP_LAWS, ours)), LONG)

    def test_a_history_that_does_not_replay(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machine, "replay", _forgetting)

        with pytest.raises(BrokenRunError, match="does not replay"):
            run(lifecycle(PLAIN, laws=()), LONG)

    def test_an_answer_that_changes_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def forgetting_the_past(*events: Any, at: datetime | None, **named: Any) -> Enrollment:
            if at is None:
                return replay(*events, **named)
            return _forgetting(*events, **named)

        monkeypatch.setattr(machine, "replay", forgetting_the_past)

        with pytest.raises(BrokenRunError, match=r"as known on .*, the status was .*; asked again"):
            run(lifecycle(PLAIN), LONG)


def _nobody_is_certified(step: AcceptedStep) -> bool:
    return step.accepted.after is not Status.CERTIFIED


def _forgetting(
    _events: object, *, learner: str, certification: str, **_bounds: object
) -> Enrollment:
    return Enrollment.blank(learner=learner, certification=certification)


def test_a_run_that_has_not_begun_has_nothing_to_hold() -> None:
    made = lifecycle(PLAIN)()

    made.teardown()

    assert made.case is None  # type: ignore[attr-defined]


@pytest.mark.slow
def test_every_role_that_a_row_names_is_tried() -> None:
    """By whom: as the rows say, so that a host's own roles are tried as well."""
    seen = Seen()

    run(lifecycle(PLAIN, laws=(seen.law,)), LONG)

    assert {step.actor.role for step in seen.steps} >= {Role.ADMIN, Role.LEARNER, Role.SYSTEM}
