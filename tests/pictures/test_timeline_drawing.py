"""The timeline of one enrollment as SVG: sound for every worked example, and what it shows of some."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from attrs import evolve

from certlib.certifications import Certification
from certlib.pictures import history_svg
from certlib.policies import Forever, Validity
from certlib.state import AssignmentSource, Case, Event
from certlib.state import commands as c
from tests.cases import (
    ADMIN,
    ANN,
    EVIDENCE,
    HARD,
    SYSTEM,
    blank,
    certification,
    completion,
    enter,
    policy,
)
from tests.pictures.looks import SVG, check, described, parsed, texts, words
from tests.worked_examples import EXAMPLES, Play, instant, plays

NOON = timedelta(hours=12)


def play(name: str) -> Play:
    return next(plays(EXAMPLES[name]))


def drawn(name: str, at: str, known_at: str | None = None) -> str:
    made = play(name)
    return picture(made.case, at, known_at, zone=made.zone)


def picture(case: Case, at: str, known_at: str | None = None, *, zone: str = "UTC") -> str:
    return history_svg(
        case.history or (),
        certification=case.certification,
        learner="ann",
        at=instant(at, zone),
        known_at=None if known_at is None else instant(known_at, zone),
    )


def shapes(svg: str, tag: str, **wanted: str) -> list[ElementTree.Element]:
    """The elements with these attributes, those in patterns left out."""
    return [
        each
        for each in parsed(svg)
        if each.tag == f"{SVG}{tag}"
        and all(each.attrib.get(name.replace("_", "-")) == value for name, value in wanted.items())
    ]


def numbers(svg: str, *, struck: bool = False) -> list[str]:
    """The numbers in the signs of entries, in the order of drawing; those crossed, or the others."""
    found: list[str] = []
    elements = list(parsed(svg))
    for place, each in enumerate(elements):
        if each.tag == f"{SVG}circle" and each.attrib["r"] == "9":
            text = next(other for other in elements[place:] if other.tag == f"{SVG}text")
            if ("stroke-dasharray" in each.attrib) is struck and text.text != "n":
                found.append(text.text or "")
    return found


# --- every example ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_sound_picture(name: str) -> None:
    made = play(name)
    asked = [instant(ask["at"], made.zone) for ask in EXAMPLES[name]["asks"]]
    for at, known_at in [(max(asked) + NOON, None), (asked[0], asked[0])]:
        svg = _of(made, at, known_at)

        check(svg)
        assert svg == _of(play(name), at, known_at)


def _of(made: Play, at: datetime, known_at: datetime | None) -> str:
    history = made.case.history or ()
    return history_svg(
        reversed(history),
        certification=made.case.certification,
        learner="ann",
        at=at,
        known_at=known_at,
    )


# --- what is shown ----------------------------------------------------------------------------


def test_three_cycles_with_an_extension() -> None:
    svg = drawn("E79", "2025-05-01")

    assert words(svg)[0] == "ann in E79: Certified on 2025-05-01"
    assert "today 2025-05-01" in words(svg)
    assert "Days and times are those of Pacific/Auckland." in words(svg)[1]
    assert [text for text in words(svg) if text.startswith("Cycle")] == [
        (
            "Cycle 1 (recertification): 2023-01-17 to 2023-02-21, ended by its certificate;"
            " due through 2023-02-28 (soft)"
        ),
        (
            "Cycle 2 (recertification): 2024-04-11 to 2024-04-30, ended by its certificate;"
            " due through 2024-04-30 (soft)"
        ),
        (
            "Cycle 3 (recertification): 2025-03-10 to 2025-03-20, ended by its certificate;"
            " due through 2025-02-28 (soft)"
        ),
    ]
    assert (
        "Certificate 2 (earned in cycle 1, entry 5): valid through 2024-02-29;"
        " by entry 6 valid through 2024-04-30; superseded 2024-04-30"
    ) in words(svg)
    assert numbers(svg) == [str(number) for number in range(1, 15)]
    assert "grace ends after 2026-04-30" in words(svg)
    assert [text for text in words(svg) if text in ("passed", "ahead")] == ["passed", "ahead"]


def test_a_certificate_dated_by_another_version_shows_both_ends() -> None:
    for name, before, after in [
        ("E71b", "2025-02-12", "2026-02-12"),
        ("E71c", "2026-02-12", "2025-03-20"),
    ]:
        svg = drawn(name, "2025-06-01")

        assert (
            f"Certificate 1 (award, entry 1): valid through {before}; by entry 2 valid through {after}"
        ) in words(svg)
        marks = shapes(svg, "polyline", stroke_dasharray="3 2", stroke_width="1.8")
        assert len(marks) == 2  # that of the certificate, and that of the legend
        lines = shapes(svg, "polyline", stroke_dasharray="3 2", stroke_width="1.2")
        assert len(lines) == (name == "E71c")  # it leads from the new end to the former


def test_a_revocation_in_grace_cuts_it_short() -> None:
    svg = drawn("E44", "2025-03-15")

    assert "Certificate 1 (award, entry 1): valid through 2025-01-08; revoked 2025-01-28" in words(
        svg
    )
    assert {"Certified", "Expired", "Revoked", "grace", "revoked", "cut short"} <= set(words(svg))
    assert (
        len(shapes(svg, "rect", stroke_dasharray="3 3")) == 2
    )  # the rest of grace, and the legend
    assert "superseded" not in words(svg)


def test_a_struck_entry_is_crossed_and_said_to_be() -> None:
    svg = drawn("E62a", "2024-09-01")

    assert (numbers(svg), numbers(svg, struck=True)) == (["1", "3"], ["2"])
    assert "certificate awarded (struck by entry 3)" in words(svg)
    assert "entry struck" in words(svg)
    crossed = shapes(svg, "text", text_decoration="line-through")
    assert [each.text for each in crossed][-1] == "admin:eva: award"
    assert len([text for text in words(svg) if text.startswith("Certificate ")]) == 1


def test_before_the_strike_was_known_nothing_is_struck() -> None:
    svg = drawn("E62a", "2024-05-01", "2024-05-01")

    assert (numbers(svg), numbers(svg, struck=True)) == (["1", "2"], [])
    assert "Left out: 1 entry recorded after that." in words(svg)[1]
    assert "known then 2024-05-01" in words(svg)
    assert len(shapes(svg, "polyline", stroke_dasharray="2 3")) == 1
    assert len([text for text in words(svg) if text.startswith("Certificate ")]) == 2


def test_a_late_entry_is_led_from_when_it_was_recorded_to_when_it_counts() -> None:
    svg = drawn("E58", "2025-11-01")
    (connector,) = shapes(svg, "polyline", stroke_dasharray="5 3")
    (recorded_x, _), (counts_x, _) = (
        map(float, point.split(",")) for point in connector.attrib["points"].split()
    )
    (entry,) = [
        each for each in shapes(svg, "circle", r="9") if float(each.attrib["cx"]) == counts_x
    ]

    assert recorded_x > counts_x + 800
    assert entry.attrib["cy"]
    assert {"recorded later", "took effect", "entry recorded later"} <= set(words(svg))
    assert "2025-10-10 08:00 (late)" in words(svg)


def test_before_it_was_known_there_was_no_certificate() -> None:
    svg = drawn("E58", "2025-10-01", "2025-10-01")

    assert words(svg)[0] == "ann in E58: Assigned on 2025-10-01"
    assert "certificates" not in words(svg)
    assert "Left out: 1 entry recorded after that." in described(svg)


def test_a_deadline_that_was_extended_shows_both_days() -> None:
    svg = drawn("E57a", "2024-08-10")

    assert (
        "Cycle 1 (recertification): from 2024-07-31, open;"
        " due through 2024-07-31 (hard), extended to 2024-08-31"
    ) in words(svg)
    assert "Left out: 3 entries of later effect." in words(svg)[1]
    assert {"hard deadline", "due day before it was extended"} <= set(words(svg))
    assert [text for text in words(svg) if text.startswith("hard deadline closes")] == [
        "hard deadline closes after 2024-07-31",
        "hard deadline closes after 2024-08-31",
    ]
    filled = [each for each in shapes(svg, "polygon", stroke="#9b2c2c") if _points(each) == 4]
    assert {each.attrib["fill"] for each in filled} == {"#9b2c2c", "#ffffff"}


def _points(polygon: ElementTree.Element) -> int:
    return len(polygon.attrib["points"].split())


# --- cycles and due days ------------------------------------------------------------------------


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) + NOON


def assigned(of: Certification, day: str) -> Case:
    command = c.Assign(at=at(day), source=AssignmentSource.MANUAL)
    return enter(blank(of), ADMIN, command, at(day))


def test_an_assignment_shows_its_due_day() -> None:
    svg = picture(assigned(HARD, "2024-01-05"), "2024-01-08")

    assert "Assigned: due through 2024-01-16 (hard)" in words(svg)
    assert "Assigned: due through 2024-01-16 (hard)." in described(svg)
    assert "cycle" not in words(svg)


def test_a_cycle_that_is_not_started_is_dashed_and_open() -> None:
    case = enter(assigned(HARD, "2024-01-05"), ANN, c.Enroll(at=at("2024-01-09")), at("2024-01-09"))
    svg = picture(case, "2024-01-12")

    assert (
        "Cycle 1 (initial): from 2024-01-10, open; not started; due through 2024-01-16 (hard)"
        in words(svg)
    )
    assert "cycle before its start" in words(svg)
    assert "cycle" not in words(svg)
    assert len(shapes(svg, "rect", stroke_dasharray="2 2")) == 2
    check(svg)


def test_a_cycle_without_a_certificate_ends_in_a_cross() -> None:
    case = assigned(HARD, "2024-01-05")
    case = enter(case, ANN, c.Enroll(at=at("2024-01-09")), at("2024-01-09"))
    case = enter(case, ANN, c.Start(at=at("2024-01-11")), at("2024-01-11"))
    case = enter(case, ADMIN, c.RevokeAccess(at=at("2024-01-12"), reason="x"), at("2024-01-12"))
    again = c.StartRecertification(at=at("2024-01-20"))
    case = enter(case, ANN, again, at("2024-01-20"))
    case = enter(case, ADMIN, c.Remove(at=at("2024-01-21")), at("2024-01-21"))
    svg = picture(case, "2024-02-12")

    assert [text for text in words(svg) if text.startswith("Cycle")] == [
        (
            "Cycle 1 (initial): 2024-01-10 to 2024-01-13, ended by a revocation; started 2024-01-12;"
            " due through 2024-01-16 (hard)"
        ),
        (
            "Cycle 2 (initial): 2024-01-21 to 2024-01-22, ended by removal;"
            " not started; due through 2024-01-31 (hard)"
        ),
    ]
    assert "cycle ended without" in words(svg)
    assert "cycle ended by a certificate" not in words(svg)
    check(svg)


def test_a_cycle_and_an_assignment_due_later_are_both_there() -> None:
    case = assigned(EVIDENCE, "2024-01-05")
    case = enter(case, ANN, c.Enroll(at=at("2024-01-09")), at("2024-01-09"))
    case = enter(case, ADMIN, c.Remove(at=at("2024-01-10")), at("2024-01-10"))
    command = c.Assign(at=at("2024-02-05"), source=AssignmentSource.MANUAL)
    case = enter(case, ADMIN, command, at("2024-02-05"))
    svg = picture(case, "2024-02-12")

    assert "Assigned: due through 2024-04-05 (soft)" in words(svg)
    assert "soft due day" in words(svg)
    assert "soft due day over after 2024-04-05" in words(svg)
    check(svg)


# --- how far it reaches -------------------------------------------------------------------------


def awarded(validity: Validity, day: str, **given: str) -> Case:
    of = certification(policy(validity, **given))  # type: ignore[arg-type]
    return enter(blank(of), ADMIN, c.Award(on=date.fromisoformat(day)), at(day))


def arrows(svg: str) -> list[str]:
    """What lies at the tip of the arrows at the right edge."""
    found = [each.attrib["points"].split()[0] for each in shapes(svg, "polygon")]
    return [tip for tip in found if tip.startswith("1190,")]


def test_what_never_ends_has_an_arrow() -> None:
    svg = picture(awarded(Forever(), "2020-01-05"), "2024-01-12")

    assert "Certificate 1 (award, entry 1): never expires" in words(svg)
    assert len(arrows(svg)) == 2  # the status, and the certificate
    assert "what time does" not in words(svg)
    check(svg)


def test_what_lies_far_ahead_has_an_arrow_and_its_date() -> None:
    svg = picture(awarded(completion("P30Y"), "2024-01-05", window="P1Y"), "2024-01-12")

    assert {"window opens on 2053-01-05", "expires after 2054-01-05"} <= set(words(svg))
    assert len(arrows(svg)) == 4  # and the window and the expiry
    assert "Lapsed" not in words(svg)
    check(svg)


def test_a_deadline_far_ahead_has_an_arrow() -> None:
    case = assigned(EVIDENCE, "2024-01-05")
    until = date(2050, 1, 1)
    case = enter(case, ANN, c.Enroll(at=at("2024-01-09")), at("2024-01-09"))
    command = c.ExtendDeadline(at=at("2024-01-10"), until=until)
    svg = picture(enter(case, ADMIN, command, at("2024-01-10")), "2024-01-12")

    assert any(text.endswith("extended to 2050-01-01") for text in words(svg))
    assert len(arrows(svg)) == 3  # the status, the due day, and the point when it is over
    check(svg)


def test_a_former_end_far_ahead_is_left_to_words() -> None:
    versions = (policy(completion("P30Y")), policy(completion("P1Y")))
    case = enter(
        blank(certification(*versions)), ADMIN, c.Award(on=date(2024, 1, 5)), at("2024-01-05")
    )
    move = c.MoveToVersion(at=at("2024-06-05"), version=2, redate=True)
    svg = picture(enter(case, ADMIN, move, at("2024-06-05")), "2024-07-01")

    assert any("valid through 2054-01-05; by entry 2 valid" in text for text in words(svg))
    assert len(shapes(svg, "polyline", stroke_dasharray="3 2")) == 1  # that of the legend
    check(svg)


def test_an_end_after_never_is_left_to_words() -> None:
    versions = (policy(Forever()), policy(completion("P1Y")))
    case = enter(
        blank(certification(*versions)), ADMIN, c.Award(on=date(2024, 1, 5)), at("2024-01-05")
    )
    move = c.MoveToVersion(at=at("2024-06-05"), version=2, redate=True)
    svg = picture(enter(case, ADMIN, move, at("2024-06-05")), "2024-07-01")

    assert any("never expires; by entry 2 valid through" in text for text in words(svg))
    check(svg)


def eventful() -> Case:
    """A case with nearly every sign: extended, late, struck, abandoned, and cut short."""
    case = blank(certification(policy(completion("P1Y"), grace="P30D", window="P2M")))
    entered = [
        (ADMIN, c.Assign(at=at("2022-01-05"), source=AssignmentSource.MANUAL), None),
        (ANN, c.Enroll(at=at("2022-01-09")), None),
        (ANN, c.Start(at=at("2022-03-09")), None),
        (SYSTEM, c.CompleteStep(at=at("2022-04-09"), step="a"), None),
        (SYSTEM, c.CompleteStep(at=at("2022-04-19"), step="b"), None),
        (ANN, c.StartRecertification(at=at("2023-03-09")), None),
        (ANN, c.AbandonRecertification(at=at("2023-03-19")), None),
        (ANN, c.StartRecertification(at=at("2023-04-09")), None),
        (SYSTEM, c.CompleteStep(at=at("2023-04-19"), step="r"), None),
        (ADMIN, c.ExtendCertificate(at=at("2023-05-19"), until=date(2024, 6, 1)), None),
        (ADMIN, c.Award(on=date(2022, 6, 5)), at("2023-07-05")),
        (ADMIN, c.Strike(at=at("2023-07-15"), entry=11), None),
        (ADMIN, c.Award(on=date(2022, 7, 5)), at("2023-08-05")),
        (ANN, c.StartRecertification(at=at("2024-06-15")), None),
        (ADMIN, c.RevokeAccess(at=at("2024-06-20"), reason="x"), None),
    ]
    for actor, command, now in entered:
        case = enter(case, actor, command, now or command.at or at("2024-01-01"))
    return case


def test_a_legend_explains_every_sign_in_as_many_lines_as_it_takes() -> None:
    svg = picture(eventful(), "2024-07-01")
    signs = [
        "valid", "valid, window open", "grace", "cut short", "superseded", "revoked",
        "last day as first given", "cycle before its start", "cycle",
        "cycle ended by a certificate", "cycle ended without", "soft due day", "passed",
        "entry recorded later", "entry struck",
    ]  # fmt: skip
    explained = [text for text in texts(svg) if text.words in signs][: len(signs)]

    assert [text.words for text in explained] == signs
    assert len({text.y for text in explained}) == 2
    check(svg)


def test_an_empty_history_has_a_picture() -> None:
    svg = picture(blank(HARD), "2024-01-12")

    assert words(svg)[0] == "ann in HARD: no status on 2024-01-12"
    assert "no status yet" in words(svg)
    assert "entries" not in words(svg)
    check(svg)


@pytest.mark.parametrize("far", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
def test_the_calendar_may_end(far: datetime) -> None:
    case = blank(certification(policy(Forever())))
    check(history_svg((), certification=case.certification, learner="ann", at=far))


def test_a_short_history_takes_its_room() -> None:
    svg = picture(assigned(HARD, "2024-01-05"), "2024-01-06")

    assert {"Feb", "Mar"} <= set(words(svg))
    assert "2024" in words(svg)


# --- safety -------------------------------------------------------------------------------------


def test_names_are_escaped() -> None:
    hostile = '<script>&"\u202e\n' + "W" * 300
    case = awarded(Forever(), "2020-01-05")
    events: tuple[Event, ...] = tuple(
        evolve(event, actor=hostile, row=hostile) for event in case.history or ()
    )
    svg = history_svg(
        events, certification=case.certification, learner=hostile, at=at("2024-01-12")
    )

    check(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert words(svg)[0].startswith('<script>&"\\u202e\\nWWW')
    assert words(svg)[0].endswith("…")


def test_ids_differ_from_picture_to_picture() -> None:
    one, other = drawn("E44", "2025-03-15"), drawn("E44", "2025-03-16")

    assert parsed(one).attrib["aria-labelledby"] != parsed(other).attrib["aria-labelledby"]
