"""What always holds, whatever is commanded (the invariants), over random walks."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Final

import pytest
from attrs import asdict

from certlib.actors import Role
from certlib.state import TABLE, Case, Certificate, Refused, Status, replay
from certlib.state.commands import MoveToVersion, RecordPayment, RestoreAccess, Strike
from certlib.state.facts import CertificateIssued, CycleBegan
from certlib.testing.exploration import AcceptedStep, broken_by
from tests import histories
from tests.cases import MICROSECOND, after, history_of
from tests.histories import CERTIFICATIONS, Taken, Walk, boundaries
from tests.state.walks import JUDGED

pytestmark = pytest.mark.slow

IN_A_CYCLE: Final = {
    Status.NOT_STARTED,
    Status.IN_PROGRESS,
    Status.PENDING_APPROVAL,
    Status.RECERTIFYING,
}
BARRED: Final = {Status.REVOKED, Status.DISALLOWED}
SELDOM: Final = {(Status.PENDING_APPROVAL, RecordPayment)}
"""What hardly comes about by chance: a fee is open, and only approvals are left. `tests.state.test_check` takes it."""


@pytest.fixture(params=CERTIFICATIONS)
def walks(request: pytest.FixtureRequest) -> tuple[Walk, ...]:
    return histories.walks(request.param, 30)


class TestTheWalks:
    """They take nearly every row of the table, and are refused for many reasons: the tests here rest on that."""

    def test_every_row_is_taken(self) -> None:
        taken = {
            (accepted.before, type(each.command))
            for name in CERTIFICATIONS
            for walked in histories.walks(name, 60)
            for each, accepted in walked.accepted
        }
        assert taken | SELDOM == {(row.status, row.command) for row in TABLE.rows}

    def test_refusals(self) -> None:
        codes = {
            reason.code
            for name in CERTIFICATIONS
            for walked in histories.walks(name, 30)
            for each in walked.taken
            if isinstance(each.decision, Refused)
            for reason in each.decision.reasons
        }
        assert codes > {
            "before_last_fact", "in_the_future", "nothing_rests_on_it", "entry_can_be_struck",
            "window_is_open", "no_certificate_of_that_instant", "learner_is_active", "role_may_not",
            "deadline_is_ahead", "cycle_fee_is_settled", "exam_fee_is_settled", "attempts_are_left",
            "cool_down_is_over", "no_evidence_is_waiting", "test_out_is_not_taken", "request_is_open",
            "version_is_another_one", "new_deadline_is_later", "new_day_is_later", "access_is_open",
        }  # fmt: skip


def cases(walked: Walk) -> list[Case]:
    """The case after every command that was accepted."""
    return [after(taken.before, accepted) for taken, accepted in walked.accepted]


def status(case: Case, now: datetime) -> Status | None:
    return case.enrollment.status_at(max(now, case.enrollment.last_fact_at or now))


class TestCycles:
    """At most one cycle is open, and one exactly in Not Started, In Progress, Pending Approval, Recertifying."""

    def test_of_the_stored_enrollment(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for taken, _ in walked.accepted:
                case = after(taken.before, taken.decision)
                self._check(case, max(taken.now, case.enrollment.last_fact_at or taken.now))

    def test_of_every_past_instant(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for instant in boundaries(walked.case) + [event.at for event in walked.history]:
                enrollment = replay(walked.history, learner="ann", certification="FIRE", at=instant)
                then = Case(
                    learner=walked.case.learner,
                    certification=walked.case.certification,
                    enrollment=enrollment,
                )
                self._check(then, instant)

    @staticmethod
    def _check(case: Case, instant: datetime) -> None:
        ends = [cycle.ended_at for cycle in case.enrollment.cycles]
        in_a_cycle = case.enrollment.status_at(instant) in IN_A_CYCLE
        assert ends.count(None) == in_a_cycle
        assert None not in ends[:-1]

    def test_they_are_numbered_and_follow_each_other(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for case in cases(walked):
                for cycle, following in pairwise(case.enrollment.cycles):
                    assert cycle.number < following.number
                    assert cycle.ended_at is not None
                    assert cycle.began_at <= cycle.ended_at <= following.began_at


class TestCertificates:
    """At most one certificate is in force; one is issued only with nothing missing, or by an award."""

    def test_ordered_by_issue_those_of_one_instant_as_entered(
        self, walks: tuple[Walk, ...]
    ) -> None:
        for walked in walks:
            for case in cases(walked):
                order = [(each.issued_at, each.sequence) for each in case.enrollment.certificates]
                assert order == sorted(order)

    def test_only_with_nothing_missing(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for case in cases(walked):
                for each in case.enrollment.certificates:
                    if each.cycle is not None:
                        cycle = case.enrollment.cycle(each.cycle)
                        assert cycle is not None
                        assert cycle.is_complete
                        assert cycle.ended_at is not None

    def test_no_cycle_with_nothing_missing_is_open(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for case in cases(walked):
                cycle = case.enrollment.open_cycle
                assert cycle is None or not cycle.is_complete

    def test_a_version_whose_validity_is_per_certificate_begins_no_cycle(
        self, walks: tuple[Walk, ...]
    ) -> None:
        for walked in walks:
            for event in walked.history:
                if isinstance(event.fact, CycleBegan | CertificateIssued):
                    version = walked.case.certification.version(event.fact.version)
                    assert version is not None
                    assert type(version.policy.validity).__name__ != "PerCertificate"

    def test_their_days_are_in_order(self, walks: tuple[Walk, ...]) -> None:
        """Issued <= window opens <= baseline <= last valid day <= last grace day."""
        for walked in walks:
            for case in cases(walked):
                for each in case.enrollment.certificates:
                    days = _days(each)
                    assert days == sorted(days), each
                    assert each.terms.window_opens_on is None or each.window_opens_at is not None

    def test_a_computed_end_is_never_earlier_than_that_in_force(
        self, walks: tuple[Walk, ...]
    ) -> None:
        """Neither the baseline nor the last valid day, but after an explicit date or by a re-computation."""
        for walked in walks:
            for taken, accepted in walked.accepted:
                before = taken.before.enrollment
                new = accepted.enrollment.newest_certificate
                old = before.newest_certificate
                if isinstance(taken.command, Strike) or new is None or old is None:
                    continue
                if isinstance(taken.command, MoveToVersion) and taken.command.redate:
                    continue
                is_new = new.sequence > before.version
                if is_new and old.certifies_at(new.issued_at) and not new.terms.explicit:
                    assert _or_never(new.terms.baseline) >= _or_never(old.terms.baseline)
                    assert _or_never(new.last_valid_day) >= _or_never(old.last_valid_day)


def _days(certificate: Certificate) -> list[date]:
    terms = certificate.terms
    days = (
        terms.issued_on,
        terms.window_opens_on,
        terms.baseline,
        certificate.last_valid_day,
        certificate.last_grace_day,
    )
    return [day for day in days if day is not None]


def _or_never(day: date | None) -> date:
    return day or date.max


class TestTheProductsOwn:
    """The invariants that the product itself checks tables by, and due days by their twin."""

    def test_none_is_broken(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for taken, accepted in walked.accepted:
                judged = AcceptedStep(
                    before=taken.before,
                    command=taken.command,
                    actor=taken.actor,
                    now=max(taken.now, accepted.enrollment.last_fact_at or taken.now),
                    accepted=accepted,
                    after=after(taken.before, accepted),
                )
                assert list(broken_by(judged, JUDGED)) == []


class TestRows:
    """Every row leads to a status that it lists, at the command's own instant (R12)."""

    def test_to(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for taken, accepted in walked.accepted:
                row = TABLE.row(accepted.before, type(taken.command))
                assert row is not None
                assert accepted.after in row.to, (row.name, accepted.before, accepted.after)

    def test_before_and_after_are_those_of_the_instant(self, walks: tuple[Walk, ...]) -> None:
        """Just before and just after the entry, with all facts known at its entry."""
        for walked in walks:
            for taken, accepted in walked.accepted:
                at = accepted.events[0].at
                then, now = (
                    replay(history_of(case), learner="ann", certification="FIRE", at=at)
                    for case in (taken.before, after(taken.before, accepted))
                )
                assert (accepted.before, accepted.after) == (then.status_at(at), now.status_at(at))


class TestBars:
    """Revoked and Disallowed are changed by no time, rule, import or system command; Disallowed is left only by restore."""

    def test_left_by_restore_alone(self, walks: tuple[Walk, ...]) -> None:
        for taken, _ in _accepted(walks):
            was, is_ = _statuses(taken)
            if was is Status.DISALLOWED and is_ is not Status.DISALLOWED:
                assert isinstance(taken.command, RestoreAccess | Strike)
                assert is_ is Status.REVOKED or isinstance(taken.command, Strike)

    def test_left_by_no_command_of_the_system(self, walks: tuple[Walk, ...]) -> None:
        for taken, _ in _accepted(walks):
            was, is_ = _statuses(taken)
            if was in BARRED and taken.actor.role is Role.SYSTEM:
                assert is_ is was or isinstance(taken.command, Strike)

    def test_left_by_no_time(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            for case in cases(walked):
                last = case.enrollment.last_fact_at
                if last is None or case.enrollment.status_at(last) not in BARRED:
                    continue
                for instant in boundaries(case):
                    if instant > last:
                        assert case.enrollment.status_at(instant) is case.enrollment.status_at(last)


def _accepted(walks: tuple[Walk, ...]) -> list[tuple[Taken, object]]:
    return [pair for walked in walks for pair in walked.accepted]


def _statuses(taken: Taken) -> tuple[Status | None, Status | None]:
    return status(taken.before, taken.now), status(after(taken.before, taken.decision), taken.now)


class TestRecords:
    """Nothing recorded is ever rewritten, and no fact lies in the future."""

    def test_entries_and_sequences_have_no_gaps(self, walks: tuple[Walk, ...]) -> None:
        for walked in walks:
            sequences = [event.sequence for event in walked.history]
            assert sequences == list(range(1, len(sequences) + 1))
            entries = [event.entry for event in walked.history]
            assert entries == sorted(entries)
            assert set(entries) == set(range(1, len(walked.accepted) + 1))
            stored = walked.case.enrollment
            assert (stored.version, stored.entries) == (len(sequences), len(walked.accepted))

    def test_no_fact_lies_in_the_future(self, walks: tuple[Walk, ...]) -> None:
        for taken, _ in _accepted(walks):
            for event in history_of(after(taken.before, taken.decision)):
                assert event.at <= event.recorded_at
        for walked in walks:
            for taken, accepted in walked.accepted:
                assert accepted.events[0].at <= taken.now

    def test_deciding_changes_no_argument(self, walks: tuple[Walk, ...]) -> None:
        """What is recorded stays as it is: each case's history is the beginning of the next one's."""
        for walked in walks:
            for taken in walked.taken:
                history = history_of(taken.before)
                assert walked.history[: len(history)] == history

    def test_an_absent_date_is_absent(self, walks: tuple[Walk, ...]) -> None:
        """Never a sentinel: every year is one that people live in."""
        for walked in walks:
            for each in walked.case.enrollment.certificates:
                found = [
                    value
                    for value in asdict(each.terms, recurse=False).values()
                    if isinstance(value, date)
                ]
                assert all(2015 < day.year < 2100 for day in found)

    def test_window_expiry_and_grace_are_instants_of_their_days(
        self, walks: tuple[Walk, ...]
    ) -> None:
        for walked in walks:
            for each in walked.case.enrollment.certificates:
                if each.expires_at is not None:
                    assert each.issued_at < each.expires_at
                    assert each.certifies_at(each.expires_at - MICROSECOND) or each.revoked_at
