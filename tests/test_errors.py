"""Errors are part of the interface: text, fields, code, and a round trip through pickle."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import pytest

from certlib._reasons import Reason, ReasonKind
from certlib._texts import printable
from certlib.errors import (
    AttributeMissingError,
    CertlibError,
    ConflictError,
    FileProblem,
    HistoryRequiredError,
    ImportFileError,
    InvalidCatalogError,
    InvalidCommandError,
    InvalidPeopleError,
    InvalidPolicyError,
    InvalidTableError,
    InvalidValueError,
    NotFoundError,
    OutOfRangeError,
    PreviewOutdatedError,
    Problem,
    RefusedError,
    StoreError,
    UnknownKindError,
)

PROBLEM = Problem(path="$.trainings[0].code", code="missing_key", message="code is missing")
REASON = Reason(
    code="not_while_certified",
    kind=ReasonKind.STATUS,
    template="not possible while {status}",
    params={"status": "certified"},
    opens_at=datetime(2026, 1, 1, tzinfo=UTC),
)
CASES: list[tuple[CertlibError, str, str]] = [
    (CertlibError(), "error", ""),
    (
        InvalidValueError("Learner.id", "''", "some text"),
        "invalid_value",
        "Learner.id is '': expected some text (invalid_value)",
    ),
    (InvalidPolicyError("a", "b", "c"), "invalid_policy", "a is b: expected c (invalid_policy)"),
    (InvalidCommandError("a", "b", "c"), "invalid_command", "a is b: expected c (invalid_command)"),
    (OutOfRangeError("a", "b", "c"), "date_in_range", "a is b: expected c (date_in_range)"),
    (
        AttributeMissingError("a", "b", "c", attribute="birthday", kind="date"),
        "attribute_is_known",
        "a is b: expected c (attribute_is_known)",
    ),
    (
        InvalidTableError(("no row leads to lapsed", "two rows")),
        "invalid_table",
        "the table is not sound: no row leads to lapsed; two rows (invalid_table)",
    ),
    (
        InvalidCatalogError((PROBLEM,)),
        "invalid_catalog",
        "the catalog is not valid: $.trainings[0].code: code is missing (missing_key) (invalid_catalog)",
    ),
    (
        InvalidPeopleError((PROBLEM,)),
        "invalid_people",
        "the people file is not valid: $.trainings[0].code: code is missing (missing_key) (invalid_people)",
    ),
    (
        UnknownKindError("$.fact", "'merged'", ("removed",)),
        "unknown_kind",
        "$.fact: 'merged' is not known; known are removed (unknown_kind)",
    ),
    (
        HistoryRequiredError("ann", "FIRE-1"),
        "history_required",
        (
            "the history of ann in FIRE-1 is needed to decide a late command or a strike: build the case"
            " with history= (history_required)"
        ),
    ),
    (NotFoundError("learner", "ann"), "not_found", "no learner 'ann' (not_found)"),
    (
        ConflictError("ann", "FIRE-1", 3, 4),
        "conflict",
        "ann in FIRE-1 is at version 4, not 3: load it again and retry (conflict)",
    ),
    (
        RefusedError("ann", "FIRE-1", "revoke_access", "certified", (REASON,)),
        "not_while_certified",
        (
            "cannot revoke access for ann in FIRE-1 while certified: not possible while certified"
            " (not_while_certified)"
        ),
    ),
    (
        RefusedError.at_large("undo_import", REASON),
        "not_while_certified",
        "cannot undo import: not possible while certified (not_while_certified)",
    ),
    (
        RefusedError.at_large("record_completions", REASON, learner="ann"),
        "not_while_certified",
        ("cannot record completions for ann: not possible while certified (not_while_certified)"),
    ),
    (
        RefusedError("ann", "FIRE-1", "remove", "none", ()),
        "refused",
        "cannot remove for ann in FIRE-1 while none: ",
    ),
    (
        ImportFileError((FileProblem(code="not_text", message="NULs where text should be"),)),
        "not_text",
        "NULs where text should be (not_text)",
    ),
    (ImportFileError(()), "file", ""),
    (
        PreviewOutdatedError("t1", "t2", None),
        "outdated_preview",
        (
            "the preview is outdated: the file, its options or the stored data changed after it; nothing"
            " was written, look at the new preview (outdated_preview)"
        ),
    ),
    (
        StoreError("demo.db", "there is a file already", "exists"),
        "exists",
        "demo.db: there is a file already (exists)",
    ),
]


@pytest.mark.parametrize(("error", "code", "text"), CASES, ids=lambda value: type(value).__name__)
def test_text_code_and_pickle(error: CertlibError, code: str, text: str) -> None:
    assert error.code == code
    assert str(error) == text
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.code) == (type(error), text, code)
    error.add_note("seen in a test")
    assert error.__notes__ == ["seen in a test"]


def test_errors_are_the_builtin_ones_that_callers_expect() -> None:
    assert isinstance(NotFoundError("learner", "ann"), LookupError)
    assert isinstance(InvalidValueError("a", "b", "c"), ValueError)
    assert isinstance(InvalidCatalogError(()), ValueError)


def test_values_are_printed_safely() -> None:
    assert printable("a\nb\x1b[31m") == r"'a\nb\x1b[31m'"
    assert printable("x" * 100, 10) == "'xxxxxx..."
    assert printable(None) == "None"
