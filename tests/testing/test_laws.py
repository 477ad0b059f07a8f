"""Laws as values, and what hosts see of results: each on one line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from attrs import evolve

from certlib.actors import Actor
from certlib.audit import LAWS, Law, audit
from certlib.state import TABLE, Accepted, decide
from certlib.state.commands import Award
from certlib.testing.exploration import STEP_LAWS, AcceptedStep, broken_by, check, step_law
from certlib.testing.simulator import simulate
from tests.audit.lives import record_of
from tests.cases import PLAIN, blank

NOW: Final = datetime(2025, 3, 3, 9, tzinfo=UTC)


def awarded() -> AcceptedStep:
    before, actor, command = blank(PLAIN), Actor.parse("admin:eva"), Award()
    decision = decide(before, command, actor=actor, now=NOW)
    assert isinstance(decision, Accepted)
    after = before.after(decision.enrollment, decision.events)
    return AcceptedStep(
        before=before, command=command, actor=actor, now=NOW, accepted=decision, after=after
    )


def test_codes_and_sentences_differ() -> None:
    for laws in (LAWS, STEP_LAWS):
        assert len({law.code for law in laws}) == len({law.sentence for law in laws}) == len(laws)


def test_the_laws_of_steps_have_public_codes() -> None:
    assert [law.code for law in STEP_LAWS] == [
        "earlier_cycle_is_open",
        "status_does_not_fit_the_cycle",
        "cycle_numbers_repeat",
        "ended_cycle_changed",
        "cycle_is_awarded_only",
        "pending_approval_does_not_fit",
        "access_request_does_not_fit",
        "request_of_an_ended_cycle_waits",
        "evidence_does_not_fit",
        "exam_requests_do_not_fit",
        "test_out_is_taken_twice",
        "fees_do_not_fit",
        "due_day_moved_earlier",
        "stored_differs",
        "disallowed_was_left",
        "bar_was_left_by_the_system",
        "certificates_overlap",
        "certificates_are_out_of_order",
        "days_are_out_of_order",
        "renewal_shortens",
        "certificate_of_an_incomplete_cycle",
        "open_cycle_is_complete",
        "fact_is_in_the_future",
        "fact_is_before_its_command",
        "events_are_not_numbered_on",
    ]


def test_a_breach_may_have_details() -> None:
    def finds(step: AcceptedStep) -> Iterator[str]:
        yield step.command.name
        yield ""

    named = Law(code="named", sentence="no command has a name", finds=finds)
    holding = step_law(code="holds", sentence="it holds", holds=lambda _: True)

    assert list(broken_by(awarded(), (holding, named))) == [
        "no command has a name: award",
        "no command has a name",
    ]


def test_an_accepted_step_is_shown_on_a_line() -> None:
    assert repr(awarded()) == "<AcceptedStep 2025-03-03 09:00 admin:eva: award: none to certified>"


def test_an_exploration_is_shown_on_a_line() -> None:
    found = check(TABLE, (PLAIN,), limit=2)
    missing = len(found.never_reached)
    assert repr(found) == (
        f"<Exploration 2 states (cut short), {found.enrollments} enrollments;"
        f" 0 contradictions, {missing} never reached, 0 broken>"
    )
    assert repr(evolve(found, exhausted=True)).startswith("<Exploration 2 states, ")


def test_a_run_is_shown_on_a_line() -> None:
    run = simulate(PLAIN, seed=1, steps=2)
    assert repr(run) == f"<Run of seed 1: 2 steps up to {run.now:%Y-%m-%d %H:%M}>"
    assert repr(run.steps[0]) == f"<RunStep {run.steps[0]}>"


def test_a_finding_is_shown_on_a_line() -> None:
    record = evolve(record_of(awarded().after), learner=None)
    (finding,) = audit(record, at=NOW)
    assert repr(finding) == "<Finding learner_is_unknown: ann in PLAIN, learner; mends: 1>"
