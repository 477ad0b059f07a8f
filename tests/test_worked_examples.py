"""Every worked example that certlib can express today holds, in every part."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import pytest
from attrs import fields

from certlib.policies import Grace, Policy, Recertification
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
    replay,
    timeline,
)
from certlib.state.continuity import certified_on, gaps
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

NOT_YET: Final[dict[str, str]] = {
    "E05": "policy first",
    "E06": "answer due, answer overdue, policy due",
    "E07a": "policy deadline, policy due",
    "E07b": "answer due, answer overdue, policy deadline, policy due",
    "E24a": "command extend",
    "E24b": "answer due",
    "E30": "policy round",
    "E31": "policy round",
    "E32": "policy round",
    "E39": "answer due, answer overdue, point cycle_due",
    "E42a": "answer due",
    "E46": "command approve, command hold",
    "E47": "command extend",
    "E48a": "command extend",
    "E48b": "command extend",
    "E49": "command extend",
    "E50": "command extend",
    "E51": "command extend",
    "E52": "answer due, answer overdue, point cycle_due, policy deadline, policy due",
    "E53a": "answer overdue, point deadline_closes, policy deadline, policy due",
    "E53b": "answer overdue, command hold, command override, policy deadline, policy due",
    "E53c": "answer overdue, command approve, command hold, policy deadline, policy due",
    "E54a": "answer due, answer overdue, command extend-deadline, policy deadline, policy due",
    "E54b": "command extend-deadline, policy deadline, policy due",
    "E55": "answer overdue, policy deadline, policy due",
    "E56a": "answer due, answer overdue, assign due, policy due",
    "E56b": "answer due, command extend-deadline, policy due",
    "E57a": "answer due, answer overdue, command extend-deadline, policy recert_deadline, policy recert_due",
    "E57b": "answer due, answer overdue, command extend, command extend-deadline, policy recert_deadline, policy recert_due",
    "E57c": "answer due, answer overdue, command extend",
    "E62d": "command approve, command hold",
    "E62g": "command extend",
    "E69": "answer due, answer overdue, point deadline_closes, policy recert_deadline, policy recert_due",
    "E70c": "command move",
    "E70d": "command move",
    "E71a": "command move",
    "E71b": "command move",
    "E71c": "command move",
    "E71d": "command move",
    "E72": "notices expiry+7, notices expiry-30, notices expiry-7, policy notices",
    "E73": "notices expiry-14, policy notices",
    "E74": "command extend, notices expiry-30, notices expiry-7, policy notices",
    "E76a": "policy lookback",
    "E77a": "answer curriculum, policy route",
    "E77b": "answer curriculum, policy route",
    "E78a": "policy notices",
    "E79": "command extend, policy round",
}
"""The examples that cannot be played yet, and what they need that is not there."""
TODAY: Final = [name for name in EXAMPLES if name not in NOT_YET]

MICROSECOND: Final = timedelta(microseconds=1)
RENAMED: Final = {
    "learner_is_active": "learner_is_inactive",
    "not_in_the_future": "in_the_future",
}
"""Codes that the examples illustrate and the requirements name otherwise (R10, T5)."""


def test_exactly_those_are_left_that_cannot_be_expressed() -> None:
    left = {
        name: ", ".join(sorted(missing(example)))
        for name, example in EXAMPLES.items()
        if missing(example)
    }

    assert left == NOT_YET
    assert (len(TODAY), len(NOT_YET)) == (82, 47)


def test_what_is_there_can_be_expressed() -> None:
    """A row, a policy or a kind of change point that is new has its place in the harness."""
    rows = {"complete_step", "award", "strike", "assign", "unassign", "remove"}
    rows |= {command.name for _, command in SIMPLE.values()}
    policies = {
        Policy: {"time_zone", "validity", "grace", "recertification", "certify_on_completion"},
        Grace: {"period", "counts_as_certified"},
        Recertification: {"window", "before_window"},
    }

    assert {command.name for command in TABLE.commands} == rows
    assert set(ChangeKind) == POINTS
    assert {kind: {field.name for field in fields(kind)} for kind in policies} == policies


@pytest.mark.parametrize("name", TODAY)
def test_example(name: str) -> None:
    example = EXAMPLES[name]
    for play in plays(example):
        _check_decisions(example, play)
        for ask in example["asks"]:
            _check_answer(ask, play)
        _check_certificates(example, play)
        _check_change_points(example, play)
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
                RENAMED.get(refusal["code"], refusal["code"]),
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
            **_dates(enrollment.newest_certificate),
        }

        expected = dict(ask["expect"])
        if expected.get("since"):
            expected["since"] = instant(expected["since"], play.zone)
        assert {key: answers[key] for key in expected} == expected, ask


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
