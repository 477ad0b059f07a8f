"""The quick way of writing records against the plain one, its oracle: equal to the byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from attrs import Factory, evolve, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from certlib.errors import InvalidValueError, UnknownKindError
from certlib.periods import Period
from certlib.policies import Terms
from certlib.serialize import Records
from certlib.serialize._converter import make_converter
from certlib.serialize._quick import json_text, make_writer
from certlib.state import Enrollment, Event, Fact
from certlib.state._cycles import Due
from certlib.state._enrollments import Assignment, AssignmentSource
from certlib.state._rows import TABLE
from certlib.state.facts import CertificateIssued, CycleStarted, StepCompleted
from certlib.transcript import Completion
from tests import strategies
from tests.spoiling import spoiled

if TYPE_CHECKING:
    from decimal import Decimal

RECORDS = Records()
AT = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)
PLAIN = make_converter({}, detailed=False)
# A period is a class, and written as one text.
CLASSES = [kind for kind in strategies.RECORD_STRATEGIES if kind not in {Event, Fact, Period}]


def names(kind: type[object]) -> str:
    return kind.__name__


def plain_fact(records: Records, fact: Fact) -> tuple[str, str]:
    tag, document = records.dump_fact(fact)
    return tag, json_text(document)


def plain_enrollment(enrollment: Enrollment) -> str:
    return json_text(RECORDS.dump_enrollment(enrollment))


# --- what certlib records -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Enrollment, *TABLE.facts], ids=names)
def test_all_that_certlib_records_is_written_quickly(kind: type[object]) -> None:
    assert make_writer(kind) is not None


@pytest.mark.parametrize("kind", TABLE.facts, ids=lambda kind: kind.tag)
@settings(max_examples=25)
@given(data=st.data())
def test_a_fact(kind: type[Fact], data: st.DataObject) -> None:
    fact = data.draw(strategies.FACT_STRATEGIES[kind])
    write = make_writer(kind)
    assert write is not None
    assert RECORDS.fact_text(fact) == (kind.tag, write(fact)) == plain_fact(RECORDS, fact)


@pytest.mark.parametrize("kind", CLASSES, ids=names)
@settings(max_examples=25)
@given(data=st.data())
def test_every_class_that_a_record_is_made_of(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(strategies.RECORD_STRATEGIES[kind])
    write = make_writer(kind)
    if write is None:
        assert kind is Completion  # it is stored in columns, and has a default with a converter
    else:
        assert write(value) == json_text(PLAIN.unstructure(value))


@given(strategies.enrollments)
def test_an_enrollment(enrollment: Enrollment) -> None:
    assert RECORDS.enrollment_text(enrollment) == plain_enrollment(enrollment)


def test_a_text_is_in_ascii() -> None:
    enrollment = Enrollment.blank(
        learner='Zo\u00eb \U0001f600 "\\\n\x00\x7f\ud800', certification=""
    )
    written = RECORDS.enrollment_text(enrollment)
    assert written == plain_enrollment(enrollment)
    assert written == (
        '{"format":1,"learner":"Zo\\u00eb \\ud83d\\ude00 \\"\\\\\\n\\u0000\\u007f\\ud800",'
        '"certification":""}'
    )


@pytest.mark.parametrize(
    "zone",
    [UTC, timezone(timedelta(0), "Z"), timezone(timedelta(hours=-3)), ZoneInfo("UTC")],
    ids=repr,
)
def test_an_instant_of_any_zone(zone: Any) -> None:
    at = datetime(1900, 1, 1, 0, 0, 0, 7, tzinfo=UTC).astimezone(zone)
    enrollment = evolve(Enrollment.blank(learner="a", certification="c"), last_fact_at=at)
    assert RECORDS.enrollment_text(enrollment) == plain_enrollment(enrollment)
    assert '"1900-01-01T00:00:00.000007Z"' in plain_enrollment(enrollment)


def test_equal_instants_of_an_hour_that_comes_twice() -> None:
    first = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Madrid"))
    second = first.replace(fold=1)
    assert first == second
    blank = Enrollment.blank(learner="a", certification="c")
    for at in (first, second, first, second):
        enrollment = evolve(blank, last_fact_at=at)
        assert RECORDS.enrollment_text(enrollment) == plain_enrollment(enrollment)


# --- what is not what was declared --------------------------------------------------------------


class Odd(int):
    def __str__(self) -> str:
        return "odd"


class Colour(Enum):
    RED = "red"


DUE: Any = Due(on=date(2025, 3, 3))
ODD: list[dict[str, Any]] = [
    {"version": True},
    {"version": 1.5},
    {"version": "7"},
    {"version": Odd(7)},
    {"version": None},
    {"learner": None},
    {"learner": 7},
    {"learner": AssignmentSource.RULE},
    {"bar": "revoked"},
    {"bar": Colour.RED},
    {"bar": AssignmentSource.RULE},
    {"last_fact_at": datetime(2025, 3, 3)},  # noqa: DTZ001
    {"last_fact_at": date(2025, 3, 3)},
    {"last_fact_at": "2025-03-03"},
    {"assigned_due": evolve(DUE, on=AT)},
    {"assigned_due": evolve(DUE, on="2025-03-03")},
    {"assigned_due": evolve(DUE, on=None)},
    {"assigned_due": evolve(DUE, hard=1)},
    {"assigned_due": evolve(DUE, hard=None)},
    {"assigned_due": evolve(DUE, after_expiry='P1Y"')},
    {"assigned_due": evolve(DUE, after_expiry=["P1Y"])},
    {"assigned_due": Assignment(source=AssignmentSource.RULE, at=AT)},
    {"cycles": None},
    {"cycles": []},
    {"cycles": [DUE]},
    {"assignments": [Assignment(source=AssignmentSource.RULE, at=AT)]},
]


def outcome(write: Callable[[], str]) -> object:
    """Return what is written, or the error."""
    try:
        return write()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("changed", ODD, ids=str)
def test_what_is_not_what_was_declared_goes_the_plain_way(changed: dict[str, Any]) -> None:
    enrollment = evolve(Enrollment.blank(learner="ann", certification="F"), **changed)
    expected = outcome(lambda: plain_enrollment(enrollment))
    assert outcome(lambda: RECORDS.enrollment_text(enrollment)) == expected


def test_a_fact_that_is_not_known_is_refused() -> None:
    class Twice(CycleStarted):
        pass

    for records, fact in (
        (Records((StepCompleted,)), CycleStarted(number=1)),
        (RECORDS, Twice(number=1)),
    ):
        with pytest.raises(UnknownKindError, match=r"tag '?cycle_started"):
            records.fact_text(fact)


# --- a host's own facts -------------------------------------------------------------------------


class Size(StrEnum):
    SMALL = "small"


@frozen(kw_only=True)
class HostFact(Fact):
    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


@frozen(kw_only=True)
class BadgeSent(HostFact):
    """Of types that are known here."""

    tag: ClassVar[str] = "host.badge_sent"
    copies: int | None = 1
    on: date | None = None
    to: str
    sizes: tuple[Size, ...] = ()
    numbers: tuple[int, ...] = (1, 2)
    terms: tuple[Terms | None, ...] = ()
    lasts: Period = Period(days=3)


@frozen(kw_only=True)
class Nothing(HostFact):
    tag: ClassVar[str] = "host.nothing"


@frozen(kw_only=True)
class OnlyDefaults(HostFact):
    tag: ClassVar[str] = "host.only_defaults"
    first: int = 1
    second: bool = False


@frozen(kw_only=True)
class WithFloat(HostFact):
    tag: ClassVar[str] = "host.float"
    it: float


@frozen(kw_only=True)
class WithAny(HostFact):
    tag: ClassVar[str] = "host.any"
    it: dict[str, Any]


@frozen(kw_only=True)
class WithPair(HostFact):
    tag: ClassVar[str] = "host.pair"
    it: tuple[int, str]


@frozen(kw_only=True)
class WithUnion(HostFact):
    tag: ClassVar[str] = "host.union"
    it: str | int


@frozen(kw_only=True)
class WithNote(HostFact):
    tag: ClassVar[str] = "host.note"
    it: Annotated[str, "a note"]


@frozen(kw_only=True)
class WithFactory(HostFact):
    tag: ClassVar[str] = "host.factory"
    it: tuple[int, ...] = Factory(tuple)


@frozen(kw_only=True)
class WithConverter(HostFact):
    tag: ClassVar[str] = "host.converter"
    it: str = field(default="7", converter=str)


@frozen(kw_only=True)
class NotGiven(HostFact):
    tag: ClassVar[str] = "host.not_given"
    it: str = field(default="7", init=False)


@frozen(kw_only=True)
class Foreign(HostFact):
    tag: ClassVar[str] = "host.foreign"
    größe: int  # noqa: PLC2401


@frozen(kw_only=True)
class Unnamed(HostFact):
    tag: ClassVar[str] = "host.unnamed"
    it: Decimal | None = None


TERMS = Terms(
    issued_on=date(2025, 3, 3),
    baseline=None,
    last_valid_day=None,
    window_opens_on=None,
    grace=Period(),
    grace_counts=True,
    time_zone="UTC",
)
QUICK = (BadgeSent, Nothing, OnlyDefaults)
SLOW = (WithFloat, WithAny, WithPair, WithUnion, WithNote, WithFactory, WithConverter, NotGiven)
HOSTS = Records((*TABLE.facts, *QUICK, *SLOW, Foreign))


@pytest.mark.parametrize(
    "fact",
    [
        BadgeSent(to="ann"),
        BadgeSent(
            to="ann",
            copies=None,
            on=date(2025, 3, 3),
            sizes=(Size.SMALL, Size.SMALL),
            numbers=(),
            terms=(TERMS, None),
            lasts=Period.parse("P1Y"),
        ),
        BadgeSent(to="ann", copies=0, numbers=(1, 2, 3)),
        Nothing(),
        OnlyDefaults(),
        OnlyDefaults(second=True),
        OnlyDefaults(first=2, second=True),
    ],
    ids=repr,
)
def test_facts_of_a_host_are_written_as_quickly(fact: Fact) -> None:
    write = make_writer(type(fact))
    assert write is not None
    assert HOSTS.fact_text(fact) == (fact.tag, write(fact)) == plain_fact(HOSTS, fact)


@pytest.mark.parametrize(
    "fact",
    [
        WithFloat(it=1.5),
        WithAny(it={"a": [1, None]}),
        WithPair(it=(1, "a")),
        WithUnion(it=1),
        WithNote(it="a"),
        WithFactory(),
        WithFactory(it=(1,)),
        WithConverter(),
        WithConverter(it="8"),
        NotGiven(),
        Foreign(größe=7),
    ],
    ids=repr,
)
def test_what_is_made_of_other_things_goes_the_plain_way(fact: Fact) -> None:
    assert make_writer(type(fact)) is None
    assert HOSTS.fact_text(fact) == plain_fact(HOSTS, fact)


def test_types_that_are_there_for_type_checkers_only_go_the_plain_way() -> None:
    assert make_writer(Unnamed) is None


def test_what_is_wrong_is_told_by_the_plain_way() -> None:
    fact = CertificateIssued(cycle=1, version=1, terms=spoiled(TERMS, issued_on=AT))
    with pytest.raises(InvalidValueError, match="a date without a time"):
        RECORDS.fact_text(fact)
