"""Files that are no upload at all: one clear error each, and nothing is written (F3, F8)."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from certlib.adapters.sqlite import SqliteStore
from tests.cli.running import HEADING, NOW, ask, error_of, write_upload
from tests.dumps import dump

ROW = "ann@example.org,course,FORK,2026-01-05"
OPTIONS = ("--format", "unifyr", "--now", NOW)


def spreadsheet(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>" * 1000)


def text(content: str, encoding: str = "utf-8") -> bytes:
    return content.encode(encoding)


BAD = {
    "a wrong heading": (text(f"Mail,Type,Name,Date\r\n{ROW}\r\n"), "wrong_heading"),
    "a heading with an open quote": (
        text(f'Email,"Training Type,Name,Date (yyyy-mm-dd)\r\n{ROW}\r\n'),
        "wrong_heading",
    ),
    "no heading": (text(f"{ROW}\r\n" * 3), "no_heading"),
    "cp1252": (
        text(f"{HEADING}\r\n{ROW}\r\nann@example.org,course,Füße,2026-01-05\r\n", "cp1252"),
        "unknown_encoding",
    ),
    "cp1252 after thousands of rows": (
        text(f"{HEADING}\r\n" + f"{ROW}\r\n" * 3000) + b"\xe9\r\n",
        "unknown_encoding",
    ),
    "a million empty lines": (b"\n" * 1_000_000, "empty_file"),
    "nothing": (b"", "empty_file"),
    "NULs": (bytes(100_000), "not_text"),
    "one endless line": (b"x" * 200_000, "not_text"),
    "an old Office file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "is_spreadsheet"),
    "too large": (text(f"{HEADING}\r\n") + (b"," * 1023 + b"\n") * (50 * 1024), "file_too_large"),
}


@pytest.mark.parametrize(("content", "code"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("more", [(), ("--verify-only",)], ids=["import", "verify"])
def test_one_clear_error_and_nothing_is_written(
    content: bytes, code: str, more: tuple[str, ...], store: Path, tmp_path: Path
) -> None:
    upload = tmp_path / "upload.csv"
    upload.write_bytes(content)
    expect_one_error(upload, code, store, *more)


def test_an_xlsx_renamed_csv(store: Path, tmp_path: Path) -> None:
    upload = tmp_path / "upload.csv"
    spreadsheet(upload)
    expect_one_error(upload, "is_spreadsheet", store)


def expect_one_error(upload: Path, code: str, store: Path, *more: str) -> None:
    before = store.read_bytes()
    out = upload.parent / "out"
    error = error_of("import", store, upload, *OPTIONS, "--out", out, *more)
    assert error["code"] == code
    (problem,) = error["problems"]
    assert problem["code"] == code
    assert error["message"] == f"{problem['message']} ({code})"
    assert "ann@example.org" not in error["message"]
    assert store.read_bytes() == before
    assert not out.exists()


def test_a_million_empty_lines_below_a_heading_are_no_rows(store: Path, tmp_path: Path) -> None:
    upload = tmp_path / "upload.csv"
    upload.write_bytes(text(f"{HEADING}\n") + b"\n" * 1_000_000)
    found = ask("import", store, upload, *OPTIONS)
    assert (found["rows"], found["blank"]) == (0, 1_000_000)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("ann@example.org,course,FO\0RK,2026-01-05", "control_character"),
        ('ann@example.org,course,"FORK,2026-01-05', "unclosed_quote"),
    ],
)
def test_what_is_wrong_in_row_500_is_wrong_with_that_row_alone(
    bad: str, code: str, store: Path, tmp_path: Path
) -> None:
    rows = ["bo@example.org,course,FORK,2026-01-05"] * 1000
    rows[498] = bad
    found = ask("import", store, write_upload(tmp_path / "rows.csv", *rows), *OPTIONS, code=1)
    assert (found["rows"], found["new"], found["already_completed"]) == (1000, 1, 998)
    (problem,) = found["problems"]
    assert (problem["row"], problem["line"], problem["code"]) == (500, 500, code)


def test_the_store_still_answers(store: Path, tmp_path: Path) -> None:
    upload = tmp_path / "upload.csv"
    upload.write_bytes(bytes(10))
    error_of("import", store, upload, *OPTIONS)
    with SqliteStore.open(store) as opened:
        assert '"imports": []' in dump(opened)
