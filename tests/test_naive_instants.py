"""Every public call that takes an instant refuses a naive one, and what is none, by one typed error."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from types import FunctionType
from typing import get_args, get_type_hints
from unittest.mock import MagicMock

import attrs
import pytest

from certlib import Actor, Service
from certlib._declared import takes_instants
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import InvalidValueError
from certlib.state import replay
from tools.public_names import public_modules

NAIVE = datetime(2025, 3, 3, 12)  # noqa: DTZ001 (that is the point)
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
EVA = Actor.parse("admin:eva")

# What a class takes that is only drawn, drawn upon or answered: it is built by certlib, not by hosts.
NOT_CHECKED = ("certlib.testing",)


def _mentions(hint: object) -> bool:
    """Whether a parameter is an instant, or None; not where instants are inside of something else."""
    return hint is datetime or any(part is datetime for part in get_args(hint) if _is_union(hint))


def _is_union(hint: object) -> bool:
    return not hasattr(hint, "__origin__") or str(getattr(hint, "__origin__", "")) == "typing.Union"


def _calls() -> Iterator[tuple[str, Callable[..., object], str]]:
    """Yield every public function and method with a parameter that is an instant, and its name."""
    seen: set[object] = set()
    for module in public_modules():
        if module.__name__.startswith(NOT_CHECKED):
            continue
        for name in getattr(module, "__all__", ()):
            for place, call in _of(name, getattr(module, name)):
                original = inspect.unwrap(call)
                if original in seen:
                    continue
                seen.add(original)
                for parameter, hint in _parameters(original):
                    if _mentions(hint):
                        yield f"{place}.{parameter}", call, parameter


def _parameters(call: Callable[..., object]) -> Iterator[tuple[str, object]]:
    try:
        hints = get_type_hints(call)
    except (NameError, TypeError):  # of type checkers only
        assert not {"datetime", "When"} & set(map(str, call.__annotations__.values())), call
        return
    for name in inspect.signature(call).parameters:
        yield name, hints.get(name)


def _of(name: str, found: object) -> Iterator[tuple[str, FunctionType]]:
    if isinstance(found, FunctionType):
        yield name, found
    if not inspect.isclass(found) or getattr(found, "_is_protocol", False):
        return
    for each in dir(found):
        if each.startswith("_"):
            continue
        method = inspect.getattr_static(found, each)
        method = method.__func__ if isinstance(method, classmethod | staticmethod) else method
        if isinstance(method, FunctionType):
            yield f"{name}.{each}", method


CALLS = sorted(_calls(), key=lambda each: each[0])


def _refusal(call: Callable[..., object], parameter: str, value: object) -> InvalidValueError:
    """Return what a call raises; all its other arguments are stand-ins that go unnoticed."""
    positional: list[object] = []
    keywords: dict[str, object] = {}
    hints = get_type_hints(inspect.unwrap(call))
    for name, each in inspect.signature(call).parameters.items():
        given = value if name == parameter else NOON if _mentions(hints.get(name)) else MagicMock()
        if each.kind is inspect.Parameter.KEYWORD_ONLY:
            keywords[name] = given
        elif each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            positional.append(given)
    with pytest.raises(InvalidValueError) as caught:
        call(*positional, **keywords)
    return caught.value


def test_there_are_many_such_calls() -> None:
    places = {place for place, _, _ in CALLS}
    assert len(places) > 60
    assert places >= {
        "Service.perform.now",
        "Service.certified.at",
        "Service.certified.known_at",
        "Service.statuses.at",
        "Service.sweep.now",
        "replay.at",
        "outlook.after",
        "MemoryStore.claim.lease",
        "SqliteStore.due.before",
        "Enrollment.status_at.instant",
        "Transcript.known_at.instant",
        "Version.published_by.instant",
    }


@pytest.mark.parametrize(("place", "call", "parameter"), CALLS, ids=[each[0] for each in CALLS])
class TestEveryCall:
    def test_a_naive_instant_is_refused(
        self, place: str, call: Callable[..., object], parameter: str
    ) -> None:
        error = _refusal(call, parameter, NAIVE)
        assert error.code == "invalid_value"
        assert error.what.endswith(f".{parameter}")
        assert str(error).startswith(
            f"{error.what} is datetime.datetime(2025, 3, 3, 12, 0): expected an aware datetime"
        )

    @pytest.mark.parametrize(
        "value",
        [
            "2025-03-03T12:00:00Z",
            1_740_000_000,
            timedelta(hours=1),
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        ],
        ids=["text", "number", "timedelta", "not in UTC"],
    )
    def test_what_is_no_instant_is_refused(
        self, place: str, call: Callable[..., object], parameter: str, value: object
    ) -> None:
        assert _refusal(call, parameter, value).what.endswith(f".{parameter}")


class TestDays:
    def test_where_a_day_may_be_asked_about_it_is_and_elsewhere_it_is_refused(self) -> None:
        store = MemoryStore()
        service = Service(store=store, sources=store)
        assert list(service.statuses(actor=EVA, at=date(2025, 3, 3))) == []
        with pytest.raises(InvalidValueError, match=r"Service\.audit\.at is datetime\.date"):
            service.audit(actor=EVA, at=date(2025, 3, 3))  # type: ignore[arg-type]

    def test_a_call_that_yields_refuses_when_it_is_called(self) -> None:
        store = MemoryStore()
        with pytest.raises(InvalidValueError, match=r"an aware datetime, such as one in UTC, or a"):
            Service(store=store, sources=store).statuses(actor=EVA, at=NAIVE)


class TestWrapped:
    def test_functions_keep_their_signature_their_words_and_their_place(self) -> None:
        assert list(inspect.signature(replay).parameters) == [
            "events", "learner", "certification", "at", "known_at",
        ]  # fmt: skip
        assert replay.__module__.startswith("certlib.state")
        assert replay.__doc__
        assert pickle.loads(pickle.dumps(replay)) is replay

    def test_every_kind_of_parameter_is_passed_on(self) -> None:
        @takes_instants
        def given(
            first: int, /, at: datetime, *rest: int, until: datetime | None = None, **more: int
        ) -> tuple[object, ...]:
            return first, at, rest, until, more

        assert given(1, NOON) == (1, NOON, (), None, {})
        assert given(1, NOON, 2, 3, until=NOON, a=4) == (1, NOON, (2, 3), NOON, {"a": 4})
        assert given(1, at=NOON, b=5) == (1, NOON, (), None, {"b": 5})
        with pytest.raises(TypeError):
            given(first=1, at=NOON)  # type: ignore[call-arg]
        with pytest.raises(InvalidValueError, match=r"given\.until is datetime"):
            given(1, NOON, until=NAIVE)

    def test_an_instant_in_another_zone_is_an_instant(self, tmp_path: Path) -> None:
        other = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
        with SqliteStore.create(tmp_path / "store.db") as sqlite:
            for store in (MemoryStore(), sqlite):
                assert store.due(other, limit=5) == ()
                assert store.claim(limit=5, now=other, lease=other + timedelta(hours=1)) == ()

    def test_what_holds_instants_refuses_naive_ones(self) -> None:
        from certlib.ports import EnrollmentChange, Query

        for make in (
            lambda: Query(at=NAIVE),
            lambda: attrs.evolve(Query(at=NOON), at=NAIVE),
            lambda: EnrollmentChange(
                enrollment=MagicMock(), expected=0, indexed_status=None,
                indexed_at=NOON, next_change_at=NAIVE,
            ),
        ):  # fmt: skip
            with pytest.raises(InvalidValueError):
                make()
