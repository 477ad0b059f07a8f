"""Policies as JSON: the keys of ``policy`` in the catalog file, and in whatever a store keeps.

A policy that is added to `certlib.policies` gets its key here: `Shape` insists on every field.
"""

from __future__ import annotations

import re
from datetime import date
from typing import cast

from certlib.actors import Role
from certlib.errors import InvalidValueError, printable
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    About,
    AnnualDate,
    AnyTime,
    Approval,
    BeforeWindow,
    ByHost,
    Deadlines,
    Digest,
    ExamRules,
    Fees,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Reminder,
    Reminders,
    Rounding,
    Validity,
)
from certlib.policies.deadlines import InitialDue
from certlib.policies.recertification import Window
from certlib.policies.reminders import MOST_DAYS, MOST_MONTHS
from certlib.serialize import checks
from certlib.serialize.codecs import (
    Choice,
    Codec,
    Each,
    Flag,
    Kinds,
    Shape,
    Text,
    Whole,
    read_with,
    write_with,
)
from certlib.serialize.nodes import ProblemCode
from certlib.validators import within_range

__all__ = ["DAY", "PERIOD", "POLICY", "policy_document", "read_policy"]

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ANY_TIME_NAME = "any_time"
_NONE_NAME = "none"


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text if _ISO_DAY.fullmatch(text) else "")
    except ValueError:
        raise InvalidValueError("the date", printable(text), "yyyy-mm-dd") from None
    within_range("the date", day)
    return day


def _zone(text: str) -> str:
    return Policy(time_zone=text).time_zone


def _period(text: str) -> Period:
    period = Period.parse(text)
    # The longest periods have, in their shortest form, more digits than can be read.
    return Period.parse(str(period))


def _positive_period(text: str) -> Period:
    return FromCompletion(period=_period(text)).period


def _digest_period(text: str) -> Period:
    return Digest(begins=_period(text)).begins


def _window(text: str) -> Window:
    return ANY_TIME if text == _ANY_TIME_NAME else _period(text)


def _window_text(window: Window) -> str:
    return _ANY_TIME_NAME if isinstance(window, AnyTime) else str(window)


def _initial_due(text: str) -> InitialDue:
    return _period(text) if text.startswith("P") else _day(text)


def _renewal_due(text: str) -> Period | None:
    return None if text == _NONE_NAME else _period(text)


def _renewal_due_text(due: Period | None) -> str:
    return _NONE_NAME if due is None else str(due)


DAY = Text(_day, ProblemCode.BAD_DATE, "a date yyyy-mm-dd of the years 1900 to 9000")
PERIOD = Text(_period, ProblemCode.BAD_PERIOD, "an ISO 8601 period such as P1Y3M, P6W or P30D")

_POSITIVE_PERIOD = Text(
    _positive_period,
    ProblemCode.BAD_PERIOD,
    "an ISO 8601 period longer than nothing, such as P1Y3M, P6W or P30D",
)
_ANNUAL_DATE = Text(
    AnnualDate.parse, ProblemCode.BAD_ANNUAL_DATE, "a day of the year MM-DD, such as 12-31"
)
_ZONE = Text(
    _zone, ProblemCode.BAD_ZONE, "the name of an IANA time zone, such as UTC or Europe/Madrid"
)
_WINDOW = Text(
    _window,
    ProblemCode.BAD_PERIOD,
    "any_time, or an ISO 8601 period such as P3M",
    _window_text,
)

_INITIAL_DUE = Text(
    _initial_due,
    ProblemCode.BAD_PERIOD,
    "an ISO 8601 period from the assignment, such as P60D, or a date yyyy-mm-dd",
)
_RENEWAL_DUE = Text(
    _renewal_due,
    ProblemCode.BAD_PERIOD,
    "none, or an ISO 8601 period after the last valid day, such as P0D or P6M",
    _renewal_due_text,
)
_DAYS = Whole(f"a whole number from -{MOST_DAYS} to {MOST_DAYS}", least=-MOST_DAYS, most=MOST_DAYS)
_DIGEST_PERIOD = Text(
    _digest_period,
    ProblemCode.BAD_PERIOD,
    f"an ISO 8601 period such as P3M, longer than nothing, of at most {MOST_MONTHS} months"
    f" and {MOST_DAYS} days",
)
_ROUNDING = Choice(Rounding)

_VALIDITY: Codec[Validity] = Kinds(
    {
        "forever": Shape(Forever, {}),
        "from_completion": Shape(
            FromCompletion, {"period": _POSITIVE_PERIOD, "round_up_to": _ROUNDING}
        ),
        "from_expiry": Shape(FromExpiry, {"period": _POSITIVE_PERIOD, "round_up_to": _ROUNDING}),
        "fixed_dates": Shape(
            FixedDates, {"dates": Each(_ANNUAL_DATE, some=True), "minimum": PERIOD}
        ),
        "per_certificate": Shape(PerCertificate, {}),
        "by_host": Shape(ByHost, {}),
    }
)
_GRACE = Shape(Grace, {"period": PERIOD, "counts_as_certified": Flag()})
_RECERTIFICATION = Shape(
    Recertification,
    {
        "window": _WINDOW,
        "before_window": Choice(BeforeWindow),
        "initial_again_after": PERIOD,
    },
)
_FEES = Shape(
    Fees,
    {
        "certification": Flag(),
        "exam": Flag(),
        "recertification": Flag(),
        "reinstatement": Flag(),
    },
)
_EXAM_RULES = Shape(
    ExamRules,
    {"attempts": Whole(), "cool_down": PERIOD, "steps_first": Flag(), "approval": Flag()},
)
_APPROVAL = Shape(
    Approval,
    {"roles": Each(Choice(Role), some=True)},
    checks=(checks.deciding_roles,),
)
_DEADLINES = Shape(
    Deadlines,
    {
        "initial": Shape(InitialDeadline, {"due": _INITIAL_DUE, "hard": Flag()}),
        "recertification": Shape(RecertificationDeadline, {"due": _RENEWAL_DUE, "hard": Flag()}),
    },
)
_REMINDERS = Shape(
    Reminders,
    {
        "at": Each(Shape(Reminder, {"about": Choice(About), "days": _DAYS})),
        "digests": Each(Shape(Digest, {"about": Choice(About), "begins": _DIGEST_PERIOD})),
    },
)
POLICY = Shape(
    Policy,
    {
        "time_zone": _ZONE,
        "validity": _VALIDITY,
        "first_validity": _VALIDITY,
        "grace": _GRACE,
        "recertification": _RECERTIFICATION,
        "certify_on_completion": Flag(),
        "look_back": PERIOD,
        "fees": _FEES,
        "exam": _EXAM_RULES,
        "approval": _APPROVAL,
        "deadlines": _DEADLINES,
        "reminders": _REMINDERS,
    },
    checks=(checks.rule_of_the_first,),
)


def read_policy(document: object, path: str = "$") -> Policy:
    """Return the policy that a document describes; raise `InvalidCatalogError`.

    >>> read_policy({"grace": {"period": "P30D"}}).grace.period
    Period('P30D')
    """
    return read_with(POLICY, document, path)


def policy_document(policy: Policy) -> dict[str, object]:
    """Return a policy as JSON values, without the keys that have their defaults.

    >>> policy_document(Policy(time_zone="Europe/Madrid", grace=Grace(period=Period(days=30))))
    {'time_zone': 'Europe/Madrid', 'grace': {'period': 'P30D'}}
    """
    return cast("dict[str, object]", write_with(POLICY, policy))
