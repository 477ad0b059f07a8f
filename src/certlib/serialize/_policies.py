"""Policies as JSON: the keys of ``policy`` in the catalog file, and in whatever a store keeps.

Most keys follow from the types of the fields; here is what does not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from certlib.actors import Role
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    AnyTime,
    Approval,
    Deadlines,
    Digest,
    InitialDeadline,
    Policy,
    Recertification,
    RecertificationDeadline,
    Reminder,
    Reminders,
)
from certlib.policies._deadlines import InitialDue
from certlib.policies._recertification import Window
from certlib.policies._reminders import MOST_DAYS, MOST_MONTHS
from certlib.serialize import _checks as checks
from certlib.serialize._codecs import Choice, Each, Shape, Text, Whole, read_with, write_with
from certlib.serialize._fields import day_of, period_of, shape_of
from certlib.serialize._kinds import KINDS, Kinds, codecs_of
from certlib.serialize._nodes import ProblemCode

__all__ = ["policy_document", "policy_shape", "read_policy"]

_ANY_TIME_NAME = "any_time"
_NONE_NAME = "none"


def _zone(text: str) -> str:
    return Policy(time_zone=text).time_zone


def _digest_period(text: str) -> Period:
    return Digest(begins=period_of(text)).begins


def _window(text: str) -> Window:
    return ANY_TIME if text == _ANY_TIME_NAME else period_of(text)


def _window_text(window: Window) -> str:
    return _ANY_TIME_NAME if isinstance(window, AnyTime) else str(window)


def _initial_due(text: str) -> InitialDue:
    return period_of(text) if text.startswith("P") else day_of(text)


def _renewal_due(text: str) -> Period | None:
    return None if text == _NONE_NAME else period_of(text)


def _renewal_due_text(due: Period | None) -> str:
    return _NONE_NAME if due is None else str(due)


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
_APPROVAL = shape_of(Approval, roles=Each(Choice(Role), some=True), checks=(checks.deciding_roles,))
_DEADLINES = shape_of(
    Deadlines,
    initial=shape_of(InitialDeadline, due=_INITIAL_DUE),
    recertification=shape_of(RecertificationDeadline, due=_RENEWAL_DUE),
)
_REMINDERS = shape_of(
    Reminders,
    at=Each(shape_of(Reminder, days=_DAYS)),
    digests=Each(shape_of(Digest, begins=_DIGEST_PERIOD)),
)


@lru_cache(maxsize=64)
def policy_shape(kinds: Kinds) -> Shape[Policy]:
    """Return the codec of policies with rules of these kinds."""
    validity = codecs_of(kinds).validity
    return shape_of(
        Policy,
        time_zone=_ZONE,
        validity=validity,
        first_validity=validity,
        recertification=shape_of(Recertification, window=_WINDOW),
        approval=_APPROVAL,
        deadlines=_DEADLINES,
        reminders=_REMINDERS,
        checks=(checks.rule_of_the_first,),
    )


def read_policy(document: object, path: str = "$", *, kinds: Kinds = KINDS) -> Policy:
    """Return the policy that a document describes; raise `InvalidCatalogError`.

    >>> read_policy({"grace": {"period": "P30D"}}).grace.period
    Period('P30D')
    """
    return read_with(policy_shape(kinds), document, path)


def policy_document(policy: Policy, *, kinds: Kinds = KINDS) -> dict[str, object]:
    """Return a policy as JSON values, without the keys that have their defaults.

    >>> from certlib.policies import Grace
    >>> policy_document(Policy(time_zone="Europe/Madrid", grace=Grace(period=Period(days=30))))
    {'time_zone': 'Europe/Madrid', 'grace': {'period': 'P30D'}}
    """
    return cast("dict[str, object]", write_with(policy_shape(kinds), policy))
