"""No error forges a line of a log, and none is endless, whatever a caller passed in (W4, D-27)."""

from __future__ import annotations

import inspect
import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

import certlib.errors
from certlib import Actor, Learner, Service
from certlib._reasons import Reason, ReasonKind
from certlib._texts import one_line, printable, shortened, shown_id
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.adapters.store_rules import key_reused, row_reused
from certlib.cli._values import UsageError
from certlib.errors import (
    CertlibError,
    FileProblem,
    InvalidValueError,
    NotFoundError,
    Problem,
    RefusedError,
)
from certlib.io._tables.problems import UnreadableFileError
from certlib.state.commands import Award

FORGED = "2026-01-01 ERROR root: the admin is eva"
EVIL = f"ann\r\n{FORGED}\n\0\x1b[31m\u2028\u202e\ud800\t"
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
EVA = Actor.parse("admin:eva")


def _below(kind: type[CertlibError]) -> Iterator[type[CertlibError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _below(each)


ERRORS = sorted(
    {each for each in _below(CertlibError) if each.__module__.startswith("certlib.")},
    key=lambda kind: kind.__name__,
)


def _made(kind: type[Any], text: str) -> Any:
    """Return an error or a problem with a text in every field."""
    reason = Reason(
        code="code", kind=ReasonKind.GUARD, template="not while {step}", params={"step": text}
    )
    values: dict[str, object] = {
        "str": text,
        "str | None": text,
        "int": 1,
        "datetime": NOON,
        "object": text,
        "tuple[str, ...]": (text, text),
        "tuple[Reason, ...]": (reason, reason),
    }
    hints = {name: hint for base in reversed(kind.__mro__) for name, hint in _annotations(base)}
    given: dict[str, object] = {}
    for each in attrs.fields(kind):
        hint = hints[each.name]
        if "Problem" in hint:
            part = FileProblem if "File" in hint else Problem
            given[each.name] = (_made(part, text), _made(part, text))
        else:
            given[each.name] = values[hint]
    return kind(**given)


def _annotations(kind: type[Any]) -> list[tuple[str, str]]:
    return [(name, str(hint)) for name, hint in vars(kind).get("__annotations__", {}).items()]


def test_every_error_class_of_certlib_is_walked() -> None:
    public = {getattr(certlib.errors, name) for name in certlib.errors.__all__}
    errors = {each for each in public if inspect.isclass(each) and issubclass(each, CertlibError)}
    assert errors | {UsageError, UnreadableFileError} <= set(ERRORS)
    assert len(ERRORS) >= 18


@pytest.mark.parametrize("kind", [*ERRORS, Problem, FileProblem], ids=lambda kind: kind.__name__)
class TestEveryError:
    def test_it_is_one_printable_line(self, kind: type[Any]) -> None:
        text = str(_made(kind, EVIL))
        assert text.isprintable()
        assert text.splitlines() in ([], [text])
        text.encode()

    def test_a_log_of_it_has_no_line_of_somebody_else(self, kind: type[Any]) -> None:
        log = io.StringIO()
        logger = logging.Logger("certlib-test")
        logger.addHandler(logging.StreamHandler(log))
        logger.warning("%s", _made(kind, EVIL))
        logger.warning("%r", _made(kind, EVIL))
        assert len(log.getvalue().splitlines()) == 2


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda long: InvalidValueError(long, long, "a text"), 700),
        (lambda long: certlib.errors.UnknownKindError(long, long, ("a", "b")), 700),
        (lambda long: certlib.errors.HistoryRequiredError(long, long), 350),
        (lambda long: NotFoundError("learner", long), 120),
        (lambda long: certlib.errors.ConflictError(long, long, 1, 2), 350),
        (lambda long: RefusedError(long, long, "award", "certified", (_reason(long),)), 600),
        (lambda long: key_reused("store.db", long), 180),
        (lambda long: row_reused("store.db", long), 200),
    ],
)
def test_long_values_are_cut(make: Any, most: int) -> None:
    for long in ("x" * 1_000_000, "\n" * 1_000_000, "\N{GRINNING FACE}" * 1_000_000):
        assert len(str(make(long))) <= most


def _reason(text: str) -> Reason:
    return Reason(code="c", kind=ReasonKind.GUARD, template="not {step}", params={"step": text})


class TestIds:
    def test_what_was_asked_for_is_quoted(self) -> None:
        assert str(NotFoundError("learner", "ann")) == "no learner 'ann' (not_found)"
        assert str(NotFoundError("learner", EVIL)).startswith(r"no learner 'ann\r\n2026-01-01")

    def test_ids_keep_their_underscores_and_words_of_certlib_have_spaces(self) -> None:
        error = RefusedError("ann_b", "FIRE_1", "record_exam", "in_progress", (_reason("a_b"),))
        assert str(error) == "cannot record exam for ann_b in FIRE_1 while in progress: not a_b (c)"

    def test_an_id_that_could_be_taken_for_words_is_quoted(self) -> None:
        assert [shown_id(each) for each in ("ann", "ann: (ok)", "", "a b", 5)] == [
            "ann", "'ann: (ok)'", "''", "'a b'", "5",
        ]  # fmt: skip
        assert len(shown_id("x" * 500)) == 80

    def test_the_key_of_a_retry_is_quoted_in_part(self) -> None:
        error = key_reused("store.db", "k" * 200)
        assert error.code == "key_reused"
        assert "k" * 56 in str(error)
        assert "k" * 57 not in str(error)


class TestTexts:
    def test_one_line_keeps_what_prints_and_escapes_the_rest(self) -> None:
        assert one_line("ζωή \N{GRINNING FACE}") == "ζωή \N{GRINNING FACE}"
        assert one_line("a\nb\u2028c\ud800\x7f") == r"a\nb\u2028c\ud800\x7f"
        assert shortened("\n" * 10, 8) == r"\n\n\..."
        assert printable("x" * 10**7) == "'" + "x" * 76 + "..."


class TestCalls:
    def test_calls_with_such_values_raise_errors_of_one_line(self, tmp_path: Any) -> None:
        with SqliteStore.create(tmp_path / "store.db") as sqlite:
            for store in (MemoryStore(), sqlite):
                store.put_learners([Learner(id="ann")])
                service = Service(store=store, sources=store)
                for learner, certification in ((EVIL, "FIRE-1"), ("ann", EVIL)):
                    with pytest.raises(NotFoundError) as caught:
                        service.perform(
                            Award(),
                            learner=learner,
                            certification=certification,
                            actor=EVA,
                            now=NOON,
                        )
                    assert str(caught.value).isprintable()
                with pytest.raises(NotFoundError) as caught:
                    service.preview_undo(EVIL, actor=EVA, now=NOON)
                assert str(caught.value).isprintable()

    def test_values_that_are_refused_are_quoted_in_one_line(self) -> None:
        for make in (
            lambda: Learner(id=EVIL),
            lambda: Actor.parse(EVIL),
            lambda: Award(import_id=EVIL),
            lambda: Award(score=EVIL),
        ):
            with pytest.raises(InvalidValueError) as caught:
                make()
            assert str(caught.value).isprintable()
            assert len(str(caught.value)) < 250
