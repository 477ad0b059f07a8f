"""Every worked example holds, in every part."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from certlib.state import (
    TABLE,
    Certificate,
    ChangeKind,
    ChangePoint,
    Enrollment,
    Event,
    Refused,
    certified_spans,
    outlook,
    plan,
    replay,
    timeline,
)
from certlib.state._timeline import certified_on, gaps
from tests.worked_examples import (
    EXAMPLES,
    POINTS,
    SIMPLE,
    Ask,
    Example,
    Play,
    instant,
    missing,
    plays,
    zone_of,
)

MICROSECOND: Final = timedelta(microseconds=1)
MENDED: Final = {("E57b", "f3"): "deadline_is_ahead"}
"""What an example says wrongly.

E57b refuses "extend deadline" while Lapsed as `not_while_lapsed`, a code that R11 keeps for pairs that
have no row. Row 36 has one for Lapsed: a recertification about to begin can be extended *beforehand*
(R5). Refused it is all the same, since the hard deadline has passed; and all its other answers hold.
"""
RENAMED: Final = {
    "learner_is_active": "learner_is_active",
    "not_in_the_future": "in_the_future",
}
"""Codes that the examples illustrate and the requirements name otherwise (R10, T5)."""


def test_all_can_be_expressed() -> None:
    left = {name: missing(example) for name, example in EXAMPLES.items() if missing(example)}

    assert left == {}
    assert EXAMPLES


def test_what_is_there_can_be_expressed() -> None:
    """A row, a policy or a kind of change point that is new has its place in the harness."""
    examples_give = {"complete_step", "award", "strike", "assign", "unassign", "record_exam"}
    examples_give |= {"approve_exam", "override_training", "override_exam", "extend_certificate"}
    examples_give |= {"extend_deadline", "move_to_version"}
    examples_give |= {command.name for _, command in SIMPLE.values()}

    assert examples_give <= {command.name for command in TABLE.commands}
    assert set(ChangeKind) == POINTS


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str) -> None:
    example = EXAMPLES[name]
    for play in plays(example):
        _check_decisions(example, play)
        for ask in example["asks"]:
            _check_answer(ask, play)
        _check_certificates(example, play)
        _check_change_points(example, play)
        _check_notices(example, play)
        _check_days(example, play)
        for count in example["counts"]:
            assert play.counts(count["fact"]) is count["counts"]


def _replayed(play: Play, **bounds: Any) -> Enrollment:
    enrollment = play.case.enrollment
    return replay(
        _history(play),
        learner=enrollment.learner,
        certification=enrollment.certification,
        **bounds,
    )


def _history(play: Play) -> tuple[Event, ...]:
    assert play.case.history is not None
    return play.case.history


def _check_decisions(example: Example, play: Play) -> None:
    """What is to be refused is, by that one guard, which says when it opens; all else is accepted."""
    expected = {
        refusal["fact"]: [
            (
                MENDED.get(
                    (example["id"], refusal["fact"]),
                    RENAMED.get(refusal["code"], refusal["code"]),
                ),
                refusal["opens"] and instant(refusal["opens"], play.zone),
            )
        ]
        for refusal in example["refused"]
    }

    assert expected == {
        n: [(reason.code, reason.opens_at) for reason in decision.reasons]
        for n, decisions in play.decisions.items()
        for decision in decisions
        if isinstance(decision, Refused)
    }


def _check_answer(ask: Ask, play: Play) -> None:
    """The answer for an instant, as known then or now (T6); from the stored enrollment too."""
    at = instant(ask["at"], play.zone)
    known_at = {"now": None, "then": at}.get(ask["known"])
    if ask["known"] not in {"now", "then"}:
        known_at = instant(ask["known"], play.zone)
    answering = [_replayed(play, at=at, known_at=known_at)]
    last = play.case.enrollment.last_fact_at
    if known_at is None and (last is None or last <= at):
        answering.append(play.case.enrollment)
    for enrollment in answering:
        answers: dict[str, object] = {
            "status": enrollment.status_at(at),
            "certified": enrollment.certified_at(at),
            "since": enrollment.since(at),
            **_due(enrollment, at),
            **_dates(enrollment.newest_certificate),
        }

        expected = dict(ask["expect"])
        if expected.get("since"):
            expected["since"] = instant(expected["since"], play.zone)
        assert {key: answers[key] for key in expected} == expected, ask


def _due(enrollment: Enrollment, at: datetime) -> dict[str, object]:
    cycle = enrollment.open_cycle
    return {
        "due": _text(enrollment.due.day) if enrollment.due else None,
        "overdue": enrollment.is_overdue_at(at),
        "curriculum": cycle.curriculum.value if cycle else None,
    }


def _dates(certificate: Certificate | None) -> dict[str, object]:
    if certificate is None:
        keys: tuple[str, ...] = (
            "last_valid_day",
            "baseline",
            "window_opens",
            "last_grace_day",
            "revoked",
        )
        return {key: None for key in keys}  # noqa: C420 (so that its type is as promised)
    return {
        "issued": _text(certificate.terms.issued_on),
        "last_valid_day": _text(certificate.last_valid_day),
        "baseline": _text(certificate.terms.baseline),
        "window_opens": _text(certificate.terms.window_opens_on),
        "last_grace_day": _text(certificate.last_grace_day),
        "revoked": certificate.revoked_at is not None,
    }


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _check_certificates(example: Example, play: Play) -> None:
    """All certificates that are not struck, and what ended the run of each first (R8)."""
    expected = example["certificates"]
    certificates = play.case.enrollment.certificates
    if not expected:
        return
    assert len(certificates) == len(expected)
    for certificate, following, wanted in zip(
        certificates, (*certificates[1:], None), expected, strict=True
    ):
        ends = {
            "superseded": following and following.issued_at,
            "revoked": certificate.revoked_at,
        }
        ended = {name: at for name, at in ends.items() if at is not None}
        found = {**_dates(certificate), "end": min(ended, key=ended.__getitem__, default="current")}

        assert {key: found[key] for key in wanted} == wanted


def _check_change_points(example: Example, play: Play) -> None:
    """All that time did up to the last instant asked, each at its own instant (T1, R8)."""
    asked = [instant(ask["at"], play.zone) for ask in example["asks"]]
    until = instant(example["until"], play.zone) if example["until"] else max(asked)
    expected = [
        (instant(point["at"], play.zone), point["kind"], point["from"], point["to"])
        for point in example["change_points"]
    ]
    about = {
        ChangeKind.CERTIFICATE_EXPIRES,
        ChangeKind.GRACE_ENDS,
        *(kind for _, kind, *_ in expected),
    }
    enrollment = play.case.enrollment
    told = timeline(
        _history(play),
        learner=enrollment.learner,
        certification=enrollment.certification,
        until=until,
    )
    points = [point for point in told if isinstance(point, ChangePoint) and point.kind in about]

    assert [(p.at, p.kind, p.before, p.after) for p in points] == expected
    for point in points:
        just_before = point.at - MICROSECOND
        assert point in outlook(_replayed(play, at=just_before), just_before)


def _check_notices(example: Example, play: Play) -> None:
    """All reminders that became due, and when the reason of each went (P12b)."""
    asked = [instant(ask["at"], play.zone) for ask in example["asks"]]
    until = instant(example["until"], play.zone) if example["until"] else max(asked)
    certificates = [each.sequence for each in play.case.enrollment.certificates]
    planned = plan(_history(play), play.case.certification, learner="ann", until=until)
    found = [
        {
            "at": each.notice.at,
            "kind": each.notice.kind,
            "cert": str(certificates.index(each.notice.certificate or 0) + 1),
            "withdrawn": each.withdrawn_at,
        }
        for each in planned
        if not play.was_inactive_at(each.notice.at)
    ]

    assert found == [
        {
            "at": instant(notice["at"], play.zone),
            "kind": notice["kind"],
            "cert": notice["cert"],
            "withdrawn": instant(notice["withdrawn"], play.zone) if "withdrawn" in notice else None,
        }
        for notice in example["notices"]
    ]


def _check_days(example: Example, play: Play) -> None:
    """By days: one counts when the learner was certified at some instant of it (Q8)."""
    enrollment, zone = play.case.enrollment, zone_of(example)
    spans = certified_spans(
        _history(play), learner=enrollment.learner, certification=enrollment.certification
    )
    for each in example["days"]:
        day = date.fromisoformat(each["day"])
        assert certified_on(day, spans, zone) is each["certified"], day
    for span in example["spans"]:
        first, last = (date.fromisoformat(span[end]) for end in ("from", "to"))
        found = gaps(first, last, spans, zone)
        assert [[a.isoformat(), b.isoformat()] for a, b in found] == span["gaps"]
