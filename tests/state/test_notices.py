"""Notices: what the host should tell whom, as data (P12)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

import pytest
from attrs import evolve

from certlib.errors import InvalidValueError
from certlib.policies import About
from certlib.state import TABLE
from certlib.state._notices import CORRECTION_TEMPLATE, NOTICES, Audience, Notice

AT = datetime(2025, 5, 31, tzinfo=UTC)


def notice(**given: Any) -> Notice:
    return Notice(
        **{
            "kind": "certified",
            "learner": "ann",
            "certification": "FIRE-1",
            "at": AT,
            "entry": 3,
            **given,
        }
    )


def reminder(**given: Any) -> Notice:
    return notice(
        **{
            "kind": "expiry-30",
            "about": "expiry",
            "certificate": 1,
            "day": date(2025, 6, 30),
            **given,
        }
    )


class TestWords:
    def test_the_sentence_and_what_stands_for_its_names(self) -> None:
        found = notice()
        assert found.text == "ann is certified in FIRE-1"
        assert found.template == "{learner} is certified in {certification}"
        assert found.params == {"learner": "ann", "certification": "FIRE-1", "day": ""}

    def test_of_a_reminder_the_day_is_named_and_not_the_instant(self) -> None:
        assert reminder().text == "the certificate of ann in FIRE-1 is valid through 2025-06-30"
        assert reminder().params["day"] == "2025-06-30"

    def test_reminders_go_by_what_they_are_about_whatever_their_kind(self) -> None:
        assert reminder(kind="x").template == NOTICES["expiry"][1]
        assert reminder(kind="digest_due-7", about="digest_due").to is Audience.MANAGER

    def test_a_correction_says_what_holds_no_more(self) -> None:
        taken_back = reminder().correction
        assert taken_back == evolve(reminder(), corrects=True)
        assert taken_back.template == CORRECTION_TEMPLATE
        assert taken_back.params["said"] == reminder().text
        assert taken_back.text == (
            "what was said before does not hold any more:"
            " the certificate of ann in FIRE-1 is valid through 2025-06-30"
        )
        assert taken_back.to is reminder().to
        assert taken_back.correction == taken_back

    def test_a_hosts_own_kind_is_for_the_learner_and_has_no_words(self) -> None:
        own = notice(kind="sighted")
        assert (own.to, own.template, own.text) == (Audience.LEARNER, "", "")

    @pytest.mark.parametrize("kind", NOTICES)
    def test_every_template_can_be_filled(self, kind: str) -> None:
        named = {name for _, name, _, _ in Formatter().parse(NOTICES[kind][1]) if name}
        assert named <= {"learner", "certification", "day"}
        assert {"learner", "certification"} <= named
        assert ("day" in named) is (kind.removeprefix("digest_") in set(About))
        assert "ann" in notice(kind=kind, day=date(2025, 6, 30)).text

    def test_every_row_that_tells_has_words(self) -> None:
        assert {row.notice for row in TABLE.rows if row.notice} <= set(NOTICES)
        assert {f"digest_{about}" for about in About} | set(About) <= set(NOTICES)

    def test_approvers_are_told_of_requests(self) -> None:
        to_approvers = {kind for kind, (to, _) in NOTICES.items() if to is Audience.APPROVERS}
        assert to_approvers == {"access_requested", "evidence_submitted", "attempts_requested"}


class TestKey:
    @pytest.mark.parametrize(
        ("of", "key"),
        [
            (notice(), "certified, entry 3"),
            (reminder(), "expiry-30, certificate 1, 2025-06-30"),
            (reminder().correction, "expiry-30, certificate 1, 2025-06-30, corrected"),
            (
                reminder(kind="due-7", about="due", certificate=None, cycle=2),
                "due-7, cycle 2, 2025-06-30",
            ),
        ],
    )
    def test_it_is_made_of_kind_and_reason(self, of: Notice, key: str) -> None:
        assert of.key == key

    def test_of_a_reminder_instant_and_entry_do_not_count(self) -> None:
        later = reminder(entry=9, at=datetime(2025, 6, 1, tzinfo=UTC))
        assert later.key == reminder().key


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "given",
        [{"kind": " x"}, {"at": AT.replace(tzinfo=None)}, {"entry": 0}],
        ids=str,
    )
    def test_it_is(self, given: dict[str, Any]) -> None:
        with pytest.raises(InvalidValueError):
            notice(**given)
