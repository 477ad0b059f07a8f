"""The engine: when a command takes effect, who asks, what an entry carries, and `explain`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from attrs import evolve

from certlib._reasons import ReasonKind
from certlib.actors import Actor, Role, Scope
from certlib.errors import HistoryRequiredError, InvalidTableError, InvalidValueError
from certlib.state import TABLE, Case, Command, Refused, Status, decide, explain
from certlib.state.commands import (
    AbandonRecertification,
    Assign,
    Award,
    CompleteStep,
    Enroll,
    RevokeAccess,
    Start,
    StartRecertification,
    Strike,
    Unassign,
)
from certlib.transcript import CompletionKey
from tests.state.sample import FROM_COMPLETION, FROM_EXPIRY, PER_CERTIFICATE
from tests.state.story import ANN, Story, instant, reached

INACTIVE = evolve(ANN, active=False)
MOMENT = timedelta(microseconds=1)
STRICT = TABLE.replacing(
    *(evolve(row, by=evolve(row.by, reason_required=True)) for row in TABLE.rows)
)
"""The table of a host who wants a reason for everything."""


class TestWhen:
    """A command takes effect at its own instant: not after now, not before the last fact (T5)."""

    def test_in_the_future(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01 12:00")
        (reason,) = story.reasons(Assign(at=story.now + MOMENT))
        assert (reason.code, reason.kind) == ("in_the_future", ReasonKind.TIME)
        assert reason.text == (
            "it would take effect at 2025-03-01T12:00:00.000001+00:00, after now, which is"
            " 2025-03-01T12:00:00+00:00"
        )
        story.give(Assign(at=story.now))

    def test_before_the_last_fact(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        (reason,) = story.reasons(Assign(reference="more", at=story.now - MOMENT), now="2025-04-01")
        assert (reason.code, reason.kind) == ("before_last_fact", ReasonKind.TIME)
        assert reason.text == (
            "it took effect at 2025-02-28T23:59:59.999999+00:00, before the last fact given, which"
            " is of 2025-03-01T00:00:00+00:00"
        )

    def test_at_the_instant_of_the_last_fact_and_between_it_and_now(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        story.give(Enroll(at=instant("2025-03-01")), "learner:ann", "2025-04-01")
        given = story.give(Start(at=instant("2025-03-15")), "learner:ann")
        assert given.events[0].at == instant("2025-03-15")
        assert given.events[0].recorded_at == instant("2025-04-01")

    def test_a_refusal_tells_the_status_that_it_was_judged_in(self) -> None:
        story = reached()[Status.CERTIFIED]
        late = story.decided(Start(at=instant("2024-01-01")), now="2026-01-05")
        assert isinstance(late, Refused)
        assert late.status is Status.CERTIFIED
        early = story.decided(Award(at=instant("2026-06-01")), now="2026-01-05")
        assert isinstance(early, Refused)
        assert early.status is Status.EXPIRED

    def test_strikes_are_no_last_fact(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        story.give(Strike(entry=1), now="2025-05-01")
        given = story.give(Assign(at=instant("2025-02-01")))
        assert given.events[0].at == instant("2025-02-01")

    def test_a_late_command_needs_the_history(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        story.case = evolve(story.case, history=None)
        with pytest.raises(HistoryRequiredError):
            story.decided(Award(on=date(2024, 1, 1)))
        assert not isinstance(story.decided(Award()), Refused)

    def test_a_naive_now_is_a_mistake(self) -> None:
        case = Case.blank(learner=ANN, certification=FROM_COMPLETION)
        naive = datetime(2025, 1, 1)  # noqa: DTZ001
        with pytest.raises(InvalidValueError, match="an aware datetime"):
            decide(case, Assign(), actor=Actor.parse("system"), now=naive)
        with pytest.raises(InvalidValueError, match="an aware datetime"):
            explain(case, actor=Actor.parse("system"), now=naive)

    def test_now_may_be_given_in_any_zone(self) -> None:
        case = Case.blank(learner=ANN, certification=FROM_COMPLETION)
        now = datetime(2025, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        decision = decide(case, Assign(), actor=Actor.parse("system"), now=now)
        assert not isinstance(decision, Refused)
        assert decision.events[0].at == datetime(2025, 1, 1, tzinfo=UTC)

    def test_recorded_at_never_goes_back(self) -> None:
        story = Story(FROM_COMPLETION, now="2025-03-01")
        story.give(Assign())
        story.give(Award(on=date(2024, 5, 1)), now="2025-04-01")
        story.give(Assign(reference="more"), now="2025-03-15")
        recorded = [event.recorded_at for event in story.history]
        assert recorded == [instant("2025-03-01"), instant("2025-04-01"), instant("2025-04-01")]


class TestWho:
    def test_an_inactive_learner_gives_no_command_himself(self) -> None:
        story = reached()[Status.RECERTIFYING]
        story.case = evolve(story.case, learner=INACTIVE)
        (reason,) = story.reasons(AbandonRecertification(), "learner:ann")
        assert (reason.code, reason.kind) == ("learner_is_active", ReasonKind.GUARD)

    def test_and_is_told_so_once(self) -> None:
        story = reached()[Status.NOT_STARTED]
        story.case = evolve(story.case, learner=INACTIVE)
        assert story.refused(Start(), "learner:ann") == ["learner_is_active"]

    def test_the_actor_of_an_event_is_told_as_a_text(self) -> None:
        story = Story(FROM_COMPLETION)
        assert story.give(Assign(), "admin:eva").events[0].actor == "admin:eva"
        assert story.give(Assign(reference="x"), "system").events[0].actor == "system"

    def test_scopes_of_certifications(self) -> None:
        story = Story(FROM_COMPLETION)
        mine = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("COMPLETION-1"))
        other = Actor(role=Role.ADMIN, id="eva", scope=Scope.certifications("OTHER-1"))
        assert story.refused(Assign(), other) == ["out_of_scope"]
        story.give(Assign(), mine)


class TestReasons:
    """A host may make a reason mandatory."""

    def test_without_one_it_is_refused(self) -> None:
        story = Story(FROM_COMPLETION, table=STRICT)
        for command in (Assign(), Assign(reason="")):
            (reason,) = story.reasons(command)
            assert (reason.code, reason.kind) == ("reason_is_required", ReasonKind.ACTOR)
            assert reason.text == "a reason must be given"

    def test_with_one_it_is_recorded(self) -> None:
        story = Story(FROM_COMPLETION, table=STRICT)
        assert story.give(Assign(reason="new job")).events[0].reason == "new job"

    def test_explain_calls_it_a_need(self) -> None:
        story = Story(FROM_COMPLETION, table=STRICT)
        assert story.verdict(Assign).needs == ("reason",)
        assert story.verdict(Assign).allowed
        strike = reached()[Status.ASSIGNED]
        strike.table = STRICT
        assert strike.verdict(Strike).needs == ("entry", "reason")
        assert strike.verdict(Strike).allowed

    def test_refusals_for_other_things_come_with_it(self) -> None:
        story = Story(FROM_COMPLETION, table=STRICT, learner=INACTIVE)
        assert story.refused(Assign(), "learner:ann") == [
            "role_may_not",
            "reason_is_required",
            "learner_is_active",
        ]


class TestEntries:
    """The events of one command share an entry, and carry how it came to be."""

    def test_numbers(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann")
        story.give(CompleteStep(step="course"), "system")
        numbers = [(event.sequence, event.entry) for event in story.history]
        assert numbers == [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3)]
        assert (story.enrollment.version, story.enrollment.entries) == (5, 3)

    def test_the_import_and_the_completions_that_counted(self) -> None:
        because = (CompletionKey(training="COURSE", at=instant("2024-12-01")),)
        command = Assign(import_id="import-1", import_row=7, because=because, reason="upload")
        (event,) = Story(FROM_COMPLETION).give(command).events
        assert (event.import_id, event.import_row) == ("import-1", 7)
        assert (event.because, event.reason, event.row) == (because, "upload", "assign")

    def test_the_version_by_whose_rules_it_was_decided(self) -> None:
        first = FROM_COMPLETION.versions[0]
        second = evolve(first, number=2, published_on=date(2025, 2, 1))
        story = Story(evolve(FROM_COMPLETION, versions=(first, second)))
        story.give(Assign())
        story.give(Enroll(), "learner:ann")
        story.give(Start(), "learner:ann", "2025-03-01")  # in the cycle: pinned to its version
        story.give(RevokeAccess())
        story.give(StartRecertification(), "learner:ann")
        versions = [(event.fact.tag, event.version) for event in story.history]
        assert versions == [
            ("assignment_added", 1),
            ("cycle_began", 1),
            ("cycle_started", 1),
            ("cycle_ended", 1),
            ("access_revoked", 1),
            ("bar_lifted", 2),
            ("cycle_began", 2),
        ]

    def test_none_where_there_is_no_version(self) -> None:
        story = Story(FROM_COMPLETION)
        story.give(Assign())
        story.case = evolve(story.case, certification=evolve(FROM_COMPLETION, versions=()))
        (event,) = story.give(Unassign()).events
        assert event.version is None

    def test_the_row_names_the_rule(self) -> None:
        story = reached()[Status.LAPSED]
        given = story.give(StartRecertification(), "learner:ann")
        assert {event.row for event in given.events} == {"start recertification late"}

    def test_notices_carry_ids_only(self) -> None:
        story = Story(FROM_COMPLETION)
        (notice,) = story.give(Assign()).notices
        assert (notice.kind, notice.learner, notice.certification) == (
            "assigned",
            "ann",
            "COMPLETION-1",
        )
        assert (notice.at, notice.entry) == (story.now, 1)

    def test_a_recorder_must_keep_to_what_its_row_declares(self) -> None:
        (row,) = (row for row in TABLE.rows if row.command is Start)
        story = reached()[Status.NOT_STARTED]
        story.table = TABLE.replacing(evolve(row, emits=()))
        with pytest.raises(InvalidTableError) as raised:
            story.decided(Start(), "learner:ann")
        assert raised.value.findings == (
            "row 'start', start while not_started: records cycle_started, which it does not declare",
        )

    def test_nothing_is_recorded_by_a_refusal(self) -> None:
        story = Story(FROM_COMPLETION)
        before = story.case
        story.refused(Start())
        assert story.case == before


class TestExplain:
    """Of every command: allowed, or all that stands in the way; `needs` is what is still to be given."""

    def test_every_command_of_the_table_once(self) -> None:
        story = Story(FROM_COMPLETION)
        verdicts = explain(story.case, actor=Actor.parse("admin:eva"), now=story.now)
        assert [verdict.command for verdict in verdicts] == [kind.name for kind in TABLE.commands]

    def test_allowed_without_more(self) -> None:
        verdict = Story(FROM_COMPLETION).verdict(Enroll, "learner:ann")
        assert (verdict.allowed, verdict.needs, verdict.reasons) == (True, (), ())

    def test_a_field_that_must_be_given_is_a_need(self) -> None:
        verdict = reached()[Status.IN_PROGRESS].verdict(CompleteStep, "system")
        assert (verdict.allowed, verdict.needs) == (True, ("step",))

    def test_a_field_without_which_a_guard_fails_is_a_need(self) -> None:
        verdict = Story(PER_CERTIFICATE).verdict(Award)
        assert (verdict.allowed, verdict.needs) == (True, ("expires_on",))
        assigned = reached()[Status.ASSIGNED]
        assert assigned.verdict(Assign).needs == ("reference",)

    def test_a_need_is_named_once(self) -> None:
        (row,) = (row for row in TABLE.rows if (row.status, row.command) == (None, Award))
        table = TABLE.replacing(evolve(row, when=(*row.when, *row.when)))
        story = Story(PER_CERTIFICATE, table=table)
        assert story.verdict(Award).needs == ("expires_on",)

    def test_everything_that_stands_in_the_way(self) -> None:
        story = Story(evolve(FROM_EXPIRY, active=False), learner=INACTIVE)
        verdict = story.verdict(Enroll, "admin:eva")
        assert not verdict.allowed
        assert [reason.code for reason in verdict.reasons] == [
            "role_may_not",
            "access_is_open",
            "learner_is_active",
            "certification_is_active",
        ]

    def test_when_time_alone_will_open_it(self) -> None:
        story = Story(FROM_EXPIRY, now="2025-03-03")
        story.give(Award())
        (reason,) = story.verdict(StartRecertification, "learner:ann").reasons
        assert (reason.code, reason.opens_at) == ("window_is_open", instant("2025-12-03"))

    def test_no_row(self) -> None:
        verdict = Story(FROM_COMPLETION).verdict(Start)
        assert not verdict.allowed
        assert [reason.code for reason in verdict.reasons] == ["not_while_none"]

    @pytest.mark.parametrize("status", [None, *Status])
    def test_it_agrees_with_decide(self, status: Status | None) -> None:
        story = reached()[status]
        for who in ("learner:ann", "admin:eva", "system"):
            for kind in TABLE.commands:
                verdict = story.verdict(kind, who)
                if kind.required_fields() or kind.chooses is not None:
                    continue
                command: Command = kind()
                decision = story.decided(command, who)
                codes = (
                    [reason.code for reason in decision.reasons]
                    if isinstance(decision, Refused)
                    else []
                )
                known = [reason.code for reason in verdict.reasons]
                assert verdict.allowed is (not known)
                assert set(known) <= set(codes)
                assert bool(codes) is bool(known or verdict.needs)
