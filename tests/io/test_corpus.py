"""A corpus of damaged files: the verdict on each was written by hand, before the reader saw it (F3, F8).

The files are in the folder ``corpus``, each with its verdict; FORMAT.md there tells how they are
written. What is checked of every one of them:

- each row falls into the set that is written down, for the reason and in the column written down,
  and a new row means just the learner, the training and the day written down;
- the store, once the file is applied, holds these completions and awards and no others;
- each line of the file is the heading, a blank line, or part of exactly one row;
- wherever the file is cut, the same comes out; and no exception but the documented one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO

import pytest
from attrs import evolve

from certlib import Service
from certlib.adapters.memory import MemoryStore
from certlib.errors import ImportFileError, InvalidPeopleError
from certlib.io import Limits, Preview, PreviewedRow
from certlib.io._imports.reports import Reports
from certlib.io._tables import encodings, reader
from certlib.io.formats._people import PEOPLE as PEOPLE_HEADING
from certlib.io.formats._people import read_people
from certlib.ports import EnrollmentKey, Outcome
from certlib.state._enrollments import AssignmentSource
from certlib.state.facts import AssignmentAdded, CertificateAwarded
from certlib.transcript import CompletionSource
from tests.io.corpus.loader import LIMITS, Case, Expected, cases
from tests.io.corpus.store import CERTIFICATIONS, PEOPLE, make_corpus_store
from tests.io.reading import Read, read
from tests.io.uploads import held

ALL = cases()
PEOPLE_FILES = [case for case in ALL if "as" in case.settings]
CASES = [case for case in ALL if "as" not in case.settings]
READABLE = [case for case in CASES if case.file_code is None]

SETS = {Outcome.NEW: "new", Outcome.ALREADY_COMPLETED: "already", Outcome.ERROR: "error"}

MOST_CUTS = 1500
"""Longer files are cut at as many bytes, spread over all of them; the shorter ones at every byte."""


def params(chosen: Iterable[Case], *, strict: bool = False) -> list[object]:
    """Return the cases as parameters, of which those with a known bug may fail.

    With ``strict`` they have to, until the bug is mended.
    """
    return [
        pytest.param(
            case,
            id=case.id,
            marks=[pytest.mark.xfail(reason=case.bug, strict=strict)] if case.bug else [],
        )
        for case in chosen
    ]


class Trickling(BytesIO):
    """A file that hands out one byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(1 if size else size)


@pytest.fixture(scope="module")
def service() -> Service:
    """Return a service that only looks: nothing is written to its store."""
    store = make_corpus_store()
    return Service(store=store, sources=store)


def previewed(
    service: Service, case: Case, source: BytesIO | None = None
) -> tuple[Preview, list[PreviewedRow]]:
    rows: list[PreviewedRow] = []
    found = service.preview_import(
        source or BytesIO(case.data),
        format=case.format,
        actor=case.actor,
        now=case.now,
        options=case.options,
        look=rows.append,
    )
    return found, rows


def verdict_on(row: PreviewedRow) -> Expected:
    """Return what became of a row, in the words of a verdict."""
    problem, plan = row.problem, row.plan
    return Expected(
        row=row.row,
        line=row.line,
        set=SETS[row.outcome],
        code=problem.code if problem else None,
        column=problem.column if problem else None,
        means=(plan.learner, plan.training or plan.certification or "", plan.on) if plan else None,
    )


def file_code(service: Service, case: Case, source: BytesIO | None = None) -> str:
    with pytest.raises(ImportFileError) as caught:
        previewed(service, case, source)
    (problem,) = caught.value.problems
    return problem.code


class TestVerdicts:
    """What is written down is what is found."""

    @pytest.mark.parametrize("case", params(CASES, strict=True))
    def test_of_every_file(self, service: Service, case: Case) -> None:
        if case.file_code is not None:
            assert file_code(service, case) == case.file_code
            return
        found, rows = previewed(service, case)
        assert tuple(map(verdict_on, rows)) == case.rows
        assert found.blank == case.blank
        sets = Counter(row.set for row in case.rows)
        assert (found.new, found.already_completed, found.errors) == (
            sets["new"],
            sets["already"],
            sets["error"],
        )
        assert found.rows == found.new + found.already_completed + found.errors == len(rows)
        assert [problem.row for problem in found.problems] == [
            row.row for row in rows if row.outcome is Outcome.ERROR
        ]

    @pytest.mark.slow
    @pytest.mark.parametrize("case", params(CASES, strict=True))
    def test_a_byte_at_a_time(self, service: Service, case: Case) -> None:
        if case.file_code is not None:
            assert file_code(service, case, Trickling(case.data)) == case.file_code
        else:
            _, rows = previewed(service, case, Trickling(case.data))
            assert tuple(map(verdict_on, rows)) == case.rows


class TestPeople:
    """The verdicts on files of people, which are read whole or not at all."""

    @pytest.mark.parametrize("case", params(PEOPLE_FILES, strict=True))
    def test_of_every_file(self, case: Case) -> None:
        if case.people is not None:
            people = read_people(case.data)
            assert tuple((each.id, each.email) for each in people) == case.people
            return
        with pytest.raises(InvalidPeopleError) as caught:
            read_people(case.data)
        found = tuple((each.path, each.code) for each in caught.value.problems)
        assert found == case.problems

    @pytest.mark.parametrize("case", params(PEOPLE_FILES))
    def test_wherever_it_is_cut(self, monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
        monkeypatch.setattr(encodings, "HEAD_BYTES", 8)
        whole = read(case.data, PEOPLE_HEADING)
        for cut in range(len(case.data) + 1):
            pieces = (case.data[:cut], case.data[cut:])
            assert read(b"", PEOPLE_HEADING, pieces=pieces) == whole, cut
        assert read(b"", PEOPLE_HEADING, pieces=(bytes([byte]) for byte in case.data)) == whole


class TestLines:
    """No line is lost: it is the heading, blank, or part of exactly one row."""

    @pytest.mark.parametrize("case", params(READABLE))
    def test_of_every_file(self, service: Service, case: Case) -> None:
        found, rows = previewed(service, case)
        layout = found.layout
        assert layout is not None
        text = case.data.decode(layout.encoding).removeprefix("\ufeff" if layout.bom else "")
        lines = re.split("\r\n|\r|\n", text)
        if not lines[-1]:
            lines.pop()
        taken = Counter(
            row.line + place
            for row in rows
            for place in range(1 + sum(len(re.findall("\r\n|\r|\n", f)) for f in row.fields))
        )
        assert set(taken.values()) <= {1}
        left = [line for number, line in enumerate(lines, 1) if number not in taken]
        assert len(taken) + len(left) == len(lines)
        headings = [line for line in left if line.strip(' \t,;"')]
        assert len(headings) == layout.has_heading
        assert len(left) - layout.has_heading == found.blank


def recorded(store: MemoryStore, import_id: str) -> dict[int, tuple[str, str, object]]:
    """Return what an import recorded, by row: the learner, what was completed or awarded, the day."""
    rows: dict[int, tuple[str, str, object]] = {}
    for learner, transcript in store.transcripts([each.id for each in PEOPLE]).items():
        for completion in transcript.completions:
            if completion.import_id == import_id and completion.source is CompletionSource.IMPORT:
                assert completion.import_row is not None
                assert completion.import_row not in rows
                rows[completion.import_row] = (learner, completion.training, completion.on)
    keys = [EnrollmentKey(one.id, each.code) for one in PEOPLE for each in CERTIFICATIONS]
    for key, events in store.history(keys).items():
        for event in events:
            fact, row = event.fact, event.import_row
            if event.import_id != import_id or row is None:
                continue
            if isinstance(fact, CertificateAwarded):
                day = fact.terms.issued_on
            elif isinstance(fact, AssignmentAdded) and fact.source is AssignmentSource.IMPORT:
                day = event.at.date()
            else:
                continue
            assert row not in rows
            rows[row] = (key.learner, key.certification, day)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("case", params(READABLE))
def test_the_store_holds_the_new_rows_and_nothing_else(case: Case) -> None:
    store = make_corpus_store()
    before = held(store)
    service = Service(store=store, sources=store)
    expected = {row.row: row.means for row in case.rows if row.means}

    def apply() -> str | None:
        return service.apply_import(
            BytesIO(case.data),
            format=case.format,
            actor=case.actor,
            now=case.now,
            options=case.options,
        ).import_id

    import_id = apply()
    if import_id is None:
        assert expected == {}
        assert held(store) == before
    else:
        assert recorded(store, import_id) == expected
    after = held(store)
    assert apply() is None
    assert held(store) == after


def is_the_same_alone(case: Case) -> bool:
    """Return whether each error of a file is one as well without the other rows of the file."""
    return not {"beyond_row_limit", "repeated_in_file"} & {row.code for row in case.rows}


CODES_OF_CELLS = {
    "ambiguous_learner",
    "ambiguous_training",
    "bad_date",
    "bad_email",
    "future_date",
    "look_alike_learner",
    "not_permitted",
    "refused",
    "unknown_certification",
    "unknown_learner",
    "unknown_training",
    "unknown_training_type",
}


@pytest.mark.parametrize(
    "case",
    params([case for case in READABLE if is_the_same_alone(case)]),
)
def test_every_error_is_one_again_when_the_error_file_is_uploaded(
    service: Service, case: Case
) -> None:
    files: dict[Outcome, BytesIO] = {outcome: BytesIO() for outcome in Outcome}
    reports = Reports(dict(files))
    found, rows = previewed(service, case)
    for row in rows:
        reports.look(row)
    reports.write(BytesIO(case.data), found, format=case.format, options=case.options)
    limits = evolve(case.options.limits, file_bytes=Limits().file_bytes)
    again = service.preview_import(
        BytesIO(files[Outcome.ERROR].getvalue()),
        format=case.format,
        actor=case.actor,
        now=case.now,
        options=evolve(case.options, limits=limits),
    )
    assert (again.new, again.already_completed, again.errors) == (0, 0, found.errors)
    assert again.blank == 0
    # Of a row without cells only its text is known, and a reason may take a row beyond a limit.
    if not set(LIMITS) & set(case.settings):
        assert [
            (before.code, after.code)
            for before, after in zip(found.problems, again.problems, strict=True)
            if before.code in CODES_OF_CELLS and after.code != before.code
        ] == []


# --- cutting ----------------------------------------------------------------------------------


def cuts(data: bytes) -> Iterator[int]:
    """Yield where to cut a file: at every byte, or in a long one at many."""
    if len(data) <= MOST_CUTS:
        yield from range(len(data) + 1)
        return
    # Around every byte that means something to the reader, as far as there are not too many.
    marks = [match.start() for match in re.finditer(rb'[\r\n"]', data)][:100]
    near = {place + step for place in marks for step in (-1, 0, 1, 2)}
    step = len(data) // 200
    yield from sorted(place for place in near | {*range(0, len(data), step)} if place >= 0)


def came_to(case: Case, *pieces: bytes) -> Read:
    options = case.options
    try:
        return read(
            b"",
            case.format.heading,
            pieces=pieces,
            encoding=options.encoding,
            delimiter=options.delimiter,
            limits=options.limits,
        )
    except ImportFileError as error:  # the encoding that was named is none
        return Read(items=(), layout=None, rows=0, blank=0, problem=error.problems[0])


@pytest.mark.slow
class TestCutting:
    """Wherever a file is cut, the same records and problems come out."""

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_at_every_byte(self, case: Case) -> None:
        whole = came_to(case, case.data)
        for cut in cuts(case.data):
            assert came_to(case, case.data[:cut], case.data[cut:]) == whole, cut

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_at_every_byte_when_nothing_is_held_back(
        self, monkeypatch: pytest.MonkeyPatch, case: Case
    ) -> None:
        """Settle the encoding after a few bytes: else a small file is read at its end anyway."""
        monkeypatch.setattr(encodings, "HEAD_BYTES", 8)
        whole = came_to(case, case.data)
        for cut in cuts(case.data):
            assert came_to(case, case.data[:cut], case.data[cut:]) == whole, cut
        monkeypatch.setattr(reader, "_SLICE", 5)
        assert came_to(case, *(bytes([byte]) for byte in case.data)) == whole


# --- the corpus itself ------------------------------------------------------------------------


def test_there_are_many_files_and_each_is_another() -> None:
    assert len(CASES) >= 150
    assert len({case.id for case in ALL}) == len(ALL)
    contents = Counter((case.data, tuple(sorted(case.settings.items()))) for case in ALL)
    assert [data for (data, _), count in contents.items() if count > 1] == []


def test_every_problem_that_such_a_file_can_have_is_there() -> None:
    of_rows = {row.code for case in CASES for row in case.rows if row.code}
    of_files = {case.file_code for case in CASES if case.file_code}
    assert of_rows == {
        "ambiguous_learner",
        "ambiguous_training",
        "bad_date",
        "bad_email",
        "bad_value",
        "bare_quote",
        "beyond_row_limit",
        "control_character",
        "example_row",
        "field_too_long",
        "future_date",
        "inactive_learner",
        "look_alike_learner",
        "missing_value",
        "not_permitted",
        "refused",
        "repeated_in_file",
        "row_too_long",
        "row_too_short",
        "text_after_quote",
        "unclosed_quote",
        "unknown_certification",
        "unknown_learner",
        "unknown_training",
        "unknown_training_type",
    }
    assert of_files == {
        "empty_file",
        "file_too_large",
        "is_spreadsheet",
        "no_heading",
        "not_text",
        "unknown_encoding",
        "wrong_heading",
    }
