"""Values are what their annotations say: checked where they are made, a host's own among them (W8)."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol, get_type_hints

import attrs
import pytest
from attrs import field, frozen

from certlib import Actor, Certification, Learner
from certlib._declared import _CHECKED, checked, checked_hiding
from certlib.actors import Scope, ScopeKind
from certlib.certifications import Curriculum, Exam, External, Step, Version
from certlib.errors import InvalidValueError
from certlib.periods import Period
from certlib.policies import Grace, Policy
from certlib.ports import Change, RowOutcome
from certlib.requirements import AllOf, Completed
from certlib.state import Event
from certlib.state.commands import Assign, Award, Command, GrantAttempts, RecordExam, Strike
from certlib.state.facts import CertificateExtended, ExamAttempted, Fact
from certlib.transcript import Completion, CompletionKey, Reset, Transcript

NO_FIT: Any = object()
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
DAY = date(2025, 3, 3)
FORK = Completion(training="FORK", at=NOON, recorded_at=NOON)
RESET = Reset(training="FORK", at=NOON, recorded_at=NOON)
EXAM = Curriculum(exam=Exam(code="E"))
UNTIL = CertificateExtended(until=DAY)
EVENT = Event(sequence=1, entry=1, at=NOON, recorded_at=NOON, actor="a", row="r", fact=UNTIL)


class Color(StrEnum):
    RED = "red"


class Shape(Protocol):
    def corners(self) -> int: ...


@frozen(kw_only=True)
class Square:
    side: int = 1

    def corners(self) -> int:
        return 4


@frozen(kw_only=True)
class HostsPath:
    """A path of a host: nothing but an attrs class, which checks nothing by itself."""

    kind: ClassVar[str] = "hosts"
    pages: int = 1

    @property
    def requires(self) -> None:
        return None


@frozen(kw_only=True)
class HostsCommand(Command):
    """A command of a host, checked because it inherits from `Command`."""

    name = "hosts"
    stars: int
    color: Color = Color.RED


@frozen(kw_only=True)
class HostsPortfolio(External):
    pages: int = 1


@checked
@frozen(kw_only=True)
class Everything:
    text: str = ""
    reason: str = ""
    file_name: str = ""
    number: int = 0
    flag: bool = False
    ratio: float = 0.5
    day: date = DAY
    instant: datetime = NOON
    decimal: Decimal = Decimal(1)
    color: Color = Color.RED
    texts: tuple[str, ...] = ()
    pair: tuple[str, int] = ("a", 1)
    set_of: frozenset[int] = frozenset()
    mapping: Mapping[str, int] = field(factory=dict[str, int])
    either: date | int | None = None
    shape: Shape = Square()
    kind: type[Square] = Square
    callback: Callable[[], None] | None = None
    choice: Literal["left", "right"] = "left"
    anything: Any = None
    nested: Square = Square()


WRONG: list[tuple[str, object]] = [
    ("text", 1),
    ("text", None),
    ("text", b"a"),
    ("text", "a\0b"),
    ("text", "\ud800"),
    ("reason", "\udfff"),
    ("file_name", 1),
    ("number", True),
    ("number", 1.0),
    ("number", "1"),
    ("number", Decimal(1)),
    ("number", 2**63),
    ("number", -(2**63)),
    ("flag", 1),
    ("flag", "false"),
    ("flag", None),
    ("ratio", "1"),
    ("ratio", True),
    ("day", NOON),
    ("day", "2025-03-03"),
    ("instant", DAY),
    ("instant", datetime(2025, 3, 3)),  # noqa: DTZ001 (that is the point)
    ("instant", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
    ("decimal", 1.5),
    ("decimal", 1),
    ("decimal", Decimal("NaN")),
    ("decimal", Decimal("Infinity")),
    ("color", "red"),
    ("texts", ["a"]),
    ("texts", "ab"),
    ("texts", ("a", 1)),
    ("texts", ("a\0",)),
    ("pair", ("a",)),
    ("pair", ("a", "b")),
    ("set_of", {1}),
    ("set_of", frozenset({"a"})),
    ("mapping", {1: 1}),
    ("mapping", {"a": "b"}),
    ("mapping", ("a", 1)),
    ("either", NOON),
    ("either", "x"),
    ("shape", Square),
    ("shape", 1),
    ("shape", Square(side="1")),  # type: ignore[arg-type]
    ("kind", Square()),
    ("callback", 1),
    ("choice", "up"),
    ("nested", Square(side="1")),  # type: ignore[arg-type]
]


class ABC(str):
    """A text of a host's class."""

    __slots__ = ()


FITTING: list[tuple[str, object]] = [
    ("text", "two\nlines, \N{GRINNING FACE}"),
    ("text", ABC("a")),
    ("text", Color.RED),
    ("reason", "a\0b"),
    ("file_name", "m\udce4rz\0.csv"),
    ("number", 2**63 - 1),
    ("number", -(2**63 - 1)),
    ("ratio", 1),
    ("instant", NOON.astimezone(timezone(timedelta(hours=5)))),
    ("instant", datetime(9999, 12, 31, 23, tzinfo=UTC)),
    ("decimal", Decimal("-1.50")),
    ("texts", ("a", "two\nlines")),
    ("set_of", frozenset({1, 2})),
    ("mapping", {"a": 1}),
    ("either", DAY),
    ("either", 5),
    ("callback", print),
    ("choice", "right"),
    ("anything", object()),
]


class TestTypes:
    @pytest.mark.parametrize(("name", "value"), WRONG)
    def test_what_the_annotation_does_not_say_is_refused(self, name: str, value: object) -> None:
        with pytest.raises(InvalidValueError) as caught:
            Everything(**{name: value})  # type: ignore[arg-type]
        error = caught.value
        assert error.code == "invalid_value"
        inner = "Square.side" if name in {"shape", "nested"} and isinstance(value, Square) else None
        assert error.what == (inner or f"Everything.{name}")
        assert str(error).isprintable()

    @pytest.mark.parametrize(("name", "value"), FITTING)
    def test_what_it_says_is_accepted_and_subclasses_too(self, name: str, value: object) -> None:
        assert getattr(Everything(**{name: value}), name) is value  # type: ignore[arg-type]

    def test_defaults_and_copies_stay_and_copies_are_checked(self) -> None:
        one = Everything(number=5)
        assert attrs.evolve(one, flag=True) == Everything(number=5, flag=True)
        assert pickle.loads(pickle.dumps(FORK)) == FORK
        with pytest.raises(
            InvalidValueError, match=r"Everything\.flag is 1: expected True or False"
        ):
            attrs.evolve(one, flag=1)  # type: ignore[arg-type]

    def test_a_value_is_shortened_and_a_hidden_one_is_not_quoted(self) -> None:
        @checked_hiding("name")
        @frozen(kw_only=True)
        class Person:
            name: str
            number: int = 0

        assert Person(name="\ud800\0").name == "\ud800\0"

        with pytest.raises(InvalidValueError) as caught:
            Person(name=b"Ann Sample")  # type: ignore[arg-type]
        assert str(caught.value).startswith("Person.name is a bytes: expected a text")
        with pytest.raises(InvalidValueError) as caught:
            Person(name="Ann", number="9" * 1000)  # type: ignore[arg-type]
        assert len(caught.value.value) == 80

    def test_types_for_type_checkers_only_are_not_checked_and_the_others_are(self) -> None:
        @checked
        @frozen(kw_only=True)
        class Partly:
            known: int
            unknown: NoSuchType  # type: ignore[name-defined]  # noqa: F821

        assert Partly(known=1, unknown="x").unknown == "x"
        with pytest.raises(InvalidValueError, match=r"Partly\.known"):
            Partly(known="1", unknown="x")  # type: ignore[arg-type]

    def test_a_constructor_that_somebody_wrote_is_checked_as_well(self) -> None:
        @frozen(kw_only=True)
        class Own(Command):
            number: int

            def __init__(self, number: object) -> None:
                self.__attrs_init__(number=number)  # type: ignore[attr-defined]

        own: Any = Own
        assert own(5).number == 5
        with pytest.raises(InvalidValueError, match=r"Own\.number is '5'"):
            own("5")


CASES: list[tuple[str, Callable[[], object]]] = [
    ("Award.score", lambda: Award(score=93)),  # type: ignore[arg-type]
    ("Award.on", lambda: Award(on=NOON)),
    ("Award.always_valid", lambda: Award(always_valid="no")),  # type: ignore[arg-type]
    ("Award.reason", lambda: Award(reason=1)),  # type: ignore[arg-type]
    ("Award.at", lambda: Award(at=datetime(2025, 3, 3))),  # noqa: DTZ001
    ("Award.at", lambda: Award(at=DAY)),  # type: ignore[arg-type]
    ("Award.because", lambda: Award(because=[FORK.key])),  # type: ignore[arg-type]
    ("Award.import_row", lambda: Award(import_row=2**63)),
    ("RecordExam.passed", lambda: RecordExam(passed="false")),  # type: ignore[arg-type]
    ("GrantAttempts.count", lambda: GrantAttempts(request=1, count=True)),
    ("Strike.entry", lambda: Strike(entry="1")),  # type: ignore[arg-type]
    ("Assign.source", lambda: Assign(source="manual")),  # type: ignore[arg-type]
    ("HostsCommand.stars", lambda: HostsCommand(stars="5")),  # type: ignore[arg-type]
    ("HostsCommand.color", lambda: HostsCommand(stars=5, color="red")),  # type: ignore[arg-type]
    ("HostsCommand.at", lambda: HostsCommand(stars=5, at=DAY)),  # type: ignore[arg-type]
    ("HostsPortfolio.pages", lambda: HostsPortfolio(pages="3")),  # type: ignore[arg-type]
    ("HostsPath.pages", lambda: Step(code="a", paths=(HostsPath(pages="3"),))),  # type: ignore[arg-type]
    ("Step.paths", lambda: Step(code="a", paths=(HostsPath,))),  # type: ignore[arg-type]
    ("Step.paths", lambda: Step(code="a", paths=(Completed(training="T"),))),  # type: ignore[arg-type]
    ("AllOf.of", lambda: AllOf(of=("T",))),  # type: ignore[arg-type]
    ("Curriculum.steps", lambda: Curriculum(steps=[1])),  # type: ignore[arg-type]
    ("Version.published_on", lambda: Version(number=1, published_on=NOON, initial=EXAM)),
    ("Version.initial", lambda: Version(number=1, published_on=DAY, initial="x")),  # type: ignore[arg-type]
    (
        "Version.recertification",
        lambda: Version(number=1, published_on=DAY, initial=EXAM, recertification=NO_FIT),
    ),
    ("Certification.access", lambda: Certification(code="C", access="open")),  # type: ignore[arg-type]
    ("Certification.active", lambda: Certification(code="C", active="yes")),  # type: ignore[arg-type]
    ("Policy.grace", lambda: Policy(grace=Period())),  # type: ignore[arg-type]
    ("Policy.validity", lambda: Policy(validity="P1Y")),  # type: ignore[arg-type]
    ("Grace.period", lambda: Grace(period="P1Y")),  # type: ignore[arg-type]
    ("Period.days", lambda: Period(days=1.5)),  # type: ignore[arg-type]
    ("Learner.active", lambda: Learner(id="ann", active="no")),  # type: ignore[arg-type]
    ("Learner.groups", lambda: Learner(id="ann", groups="night")),  # type: ignore[arg-type]
    ("Actor.role", lambda: Actor(role="admin", id="eva")),  # type: ignore[arg-type]
    ("Scope.names", lambda: Scope(kind=ScopeKind.TENANT, names=("north",))),  # type: ignore[arg-type]
    ("CompletionKey.at", lambda: CompletionKey(training="T", at="2025")),  # type: ignore[arg-type]
    ("Completion.on", lambda: attrs.evolve(FORK, on=NOON)),
    ("Completion.source", lambda: attrs.evolve(FORK, source="manual")),  # type: ignore[arg-type]
    ("Completion.actor", lambda: attrs.evolve(FORK, actor="admin:e\0")),
    ("Reset.on", lambda: attrs.evolve(RESET, on=NOON)),
    ("Reset.reason", lambda: attrs.evolve(RESET, reason=7)),  # type: ignore[arg-type]
    ("Completion.import_row", lambda: attrs.evolve(FORK, import_row="7")),  # type: ignore[arg-type]
    ("Transcript.completions", lambda: Transcript(completions=[FORK])),  # type: ignore[arg-type]
    ("ExamAttempted.outcome", lambda: ExamAttempted(number=1, outcome="passed")),  # type: ignore[arg-type]
    ("CertificateExtended.until", lambda: CertificateExtended(until=NOON)),
    ("Event.reason", lambda: attrs.evolve(EVENT, reason=NO_FIT)),
    ("Event.fact", lambda: attrs.evolve(EVENT, fact=NO_FIT)),
    ("Change.key", lambda: Change(learner="ann", key=5)),  # type: ignore[arg-type]
    ("RowOutcome.row", lambda: RowOutcome(import_id="i", row="1", learner="ann")),  # type: ignore[arg-type]
]


class TestClasses:
    @pytest.mark.parametrize(("place", "make"), CASES)
    def test_they_name_the_class_and_the_field(
        self, place: str, make: Callable[[], object]
    ) -> None:
        with pytest.raises(InvalidValueError) as caught:
            make()
        assert caught.value.what == place

    def test_every_command_and_fact_is_checked_and_all_of_their_types_are_known(self) -> None:
        gc.collect()
        kinds = {*_all_below(Command), *_all_below(Fact)} - {Command, Fact}
        assert len(kinds) > 50
        for kind in kinds | {each for each in _CHECKED if each.__module__.startswith("certlib.")}:
            assert kind in _CHECKED, kind
            if kind.__module__.startswith("certlib."):
                assert set(get_type_hints(kind)) >= {each.name for each in attrs.fields(kind)}

    def test_personal_data_is_not_quoted(self) -> None:
        for name in ("email", "username", "external_id", "name", "organization"):
            with pytest.raises(InvalidValueError) as caught:
                Learner(id="ann", **{name: ("ann@example.org",)})  # type: ignore[arg-type]
            assert "example" not in str(caught.value)


def _all_below(kind: type[Any]) -> set[type[Any]]:
    below = {each for sub in kind.__subclasses__() for each in _all_below(sub)}
    return {kind, *below}


class TestUnusualClasses:
    def test_one_without_a_constructor_of_attrs_is_left_alone(self) -> None:
        @checked
        @frozen(init=False)
        class Bare:
            number: int = 1

        assert isinstance(Bare(), Bare)

    def test_one_that_looks_after_its_subclasses_itself_still_does(self) -> None:
        seen: list[str] = []

        @checked
        @frozen(kw_only=True)
        class Base:
            number: int

            @classmethod
            def __attrs_init_subclass__(cls) -> None:
                seen.append(cls.__name__)

        @frozen(kw_only=True)
        class Below(Base):
            pass

        assert seen == ["Below"]
        assert Below(number=1).number == 1
        with pytest.raises(InvalidValueError, match=r"Base\.number"):
            Base(number="1")  # type: ignore[arg-type]

    def test_attributes_are_a_mapping(self) -> None:
        with pytest.raises(
            InvalidValueError, match=r"^Learner\.attributes is a list: expected a map"
        ):
            Learner(id="ann", attributes=["level"])  # type: ignore[arg-type]


def test_a_class_without_fields_of_its_own_stays_as_it_is() -> None:
    class Plain:
        pass

    assert checked(Plain) is Plain
