"""Previews: what a mend would change is said, and nothing is done."""

from __future__ import annotations

from attrs import evolve

from certlib.actors import Actor
from certlib.audit import (
    ByHand,
    GiveCommand,
    Index,
    Mend,
    MendPreview,
    Record,
    RefreshIndex,
    StoreReplayed,
    audit,
    preview_mend,
)
from certlib.state import Difference, Status
from certlib.state.commands import OverrideTraining, Strike
from certlib.transcript import Transcript
from tests.audit import broken
from tests.audit.lives import record_of
from tests.state.story import instant

EVA = Actor.parse("admin:eva")
NOW = instant("2025-06-15")


def seen(record: Record, mend: Mend, actor: Actor = EVA) -> MendPreview:
    return preview_mend(record, mend, actor=actor, at=NOW)


def codes(record: Record) -> list[str]:
    return [finding.code for finding in audit(record, at=NOW)]


class TestStoreReplayed:
    def test_says_what_is_answered_and_what_is_stored_otherwise(self) -> None:
        damaged = broken.stored(broken.certified(), certificates=(), version=7)
        shown = seen(damaged, StoreReplayed())
        told = {each.what: (each.before, each.after) for each in shown.differences}
        assert told["status"] == ("assigned", "certified")
        assert told["last_valid_day"] == (None, "2026-02-01")
        assert told["stored version"] == ("7", "5")
        assert told["stored certificates"] == ("0 items", "1 items")
        assert [each.code for each in shown.mended] == codes(damaged)
        assert shown.caused == ()

    def test_does_nothing(self) -> None:
        damaged = broken.stored(broken.certified(), version=7)
        seen(damaged, StoreReplayed())
        assert damaged.enrollment.version == 7

    def test_where_no_question_could_be_answered_before(self) -> None:
        shown = seen(broken.terms(broken.certified(), time_zone="Mars/Base"), StoreReplayed())
        assert shown.differences == (
            Difference(
                what="stored certificates[0].terms.time_zone", before="'Mars/Base'", after="'UTC'"
            ),
        )

    def test_what_it_would_cause(self) -> None:
        """The history is damaged, and what is stored is not: then that is no mend."""
        damaged = broken.fact(broken.certified(), 4, step="other")
        damaged = evolve(damaged, enrollment=broken.certified().enrollment)
        assert "stored_differs" in codes(damaged)
        shown = seen(damaged, StoreReplayed())
        assert {each.code for each in shown.caused} == {"certificate_of_an_incomplete_cycle"}

    def test_a_finding_that_the_history_bears_out_keeps_its_own_mends(self) -> None:
        damaged = broken.fact(broken.certified(), 4, step="other")
        damaged = broken.stored(damaged, bar_lifted_by=9)
        (finding,) = (f for f in audit(damaged, at=NOW) if f.code.startswith("certificate_of"))
        assert finding.mends[0] == GiveCommand(command=Strike(entry=3))


class TestGiveCommand:
    def test_what_it_would_change(self) -> None:
        damaged, _ = broken.damaged("open_cycle_is_complete")
        shown = seen(damaged, GiveCommand(command=OverrideTraining()))
        assert (
            Difference(what="status", before="in_progress", after="certified") in shown.differences
        )
        assert [each.code for each in shown.mended] == ["open_cycle_is_complete"]
        assert codes(damaged) == ["open_cycle_is_complete"]

    def test_why_it_may_not_be_given(self) -> None:
        shown = seen(broken.certified(), GiveCommand(command=Strike(entry=1)))
        assert [reason.code for reason in shown.reasons] == ["nothing_rests_on_it"]
        assert shown.differences == ()

    def test_nobody_may_who_may_not(self) -> None:
        bo = Actor.parse("approver:bo")
        shown = seen(broken.certified(), GiveCommand(command=Strike(entry=3)), bo)
        assert [reason.code for reason in shown.reasons] == ["role_may_not"]

    def test_none_is_given_about_nobody(self) -> None:
        for nobody in (
            evolve(broken.certified(), learner=None),
            evolve(broken.certified(), certification=None),
        ):
            (reason,) = seen(nobody, GiveCommand(command=Strike(entry=3))).reasons
            assert reason.code == "learner_or_certification_is_unknown"
            assert reason.text

    def test_the_index_comes_along(self) -> None:
        sound = broken.certified()
        indexed = evolve(sound, index=Index(status=Status.CERTIFIED, at=NOW))
        shown = seen(indexed, GiveCommand(command=Strike(entry=3)))
        told = {each.what: (each.before, each.after) for each in shown.differences}
        assert told["index.status"] == (
            "certified", "in_progress",
        )  # fmt: skip
        assert [each.code for each in shown.mended] == ["indexed_change_is_late"]

    def test_with_a_transcript_or_without(self) -> None:
        for transcript in (Transcript(), None):
            sound = evolve(broken.certified(), transcript=transcript)
            assert seen(sound, GiveCommand(command=Strike(entry=3))).reasons == ()


def test_refreshing_the_index_changes_nothing_but_the_index() -> None:
    damaged = evolve(
        record_of(broken.renewed_story().case), index=Index(status=None, at=instant("2025-06-01"))
    )
    shown = seen(damaged, RefreshIndex())
    assert {each.what.partition(".")[0] for each in shown.differences} == {"index"}
    assert {each.code for each in shown.mended} == {
        "indexed_status_differs", "indexed_change_is_late",
    }  # fmt: skip


def test_an_index_of_a_certification_that_is_gone() -> None:
    """A sweep refreshes by what is stored alone, so the audit asks for no more."""
    story = broken.renewed_story()
    indexed = evolve(record_of(story.case, story.now), certification=None)
    assert codes(indexed) == ["certification_is_unknown"]


def test_what_cannot_be_read_is_mended_by_a_history_that_can() -> None:
    """Where the history cannot be read either, there is nothing to replay."""
    for name in ("zone_is_unknown", "year_is_out_of_range"):
        damaged, _ = broken.damaged(name)
        assert {finding.mends for finding in audit(damaged, at=NOW)} == {(StoreReplayed(),)}
    damaged, _ = broken.damaged("zone_is_unknown, in the history")
    both = broken.terms(damaged, time_zone="Mars/Base")
    found = audit(both, at=NOW)
    assert [finding.place for finding in found] == ["enrollment", "event 5"]
    assert all(isinstance(mend, ByHand) for finding in found for mend in finding.mends)
    far = evolve(damaged.history[4], recorded_at=NOW.replace(year=9001))
    later = evolve(broken.certified(), history=(*broken.certified().history[:4], far))
    assert {finding.code for finding in audit(later, at=NOW)} == {
        "zone_is_unknown", "year_is_out_of_range",
    }  # fmt: skip
    assert all(isinstance(finding.mends[0], ByHand) for finding in audit(later, at=NOW))
