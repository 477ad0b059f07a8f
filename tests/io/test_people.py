"""The people file is read whole or not at all, with every problem at once."""

from __future__ import annotations

import io
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlib.errors import InvalidPeopleError
from certlib.io._tables.reader import Limits
from certlib.io.formats._people import PEOPLE, read_people
from certlib.learners import Learner
from tests import strategies

SAMPLE = Path(__file__).resolve().parents[2] / "src" / "certlib" / "sample"
HEADING = "id,email,username,name,organization,groups,active\n"


def problems(data: str | bytes, limits: Limits | None = None) -> list[tuple[str, str]]:
    """The path and the code of every problem of a file."""
    with pytest.raises(InvalidPeopleError) as caught:
        read_people(data.encode() if isinstance(data, str) else data, limits=limits)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def only(row: str) -> Learner:
    (learner,) = read_people((HEADING + row).encode())
    return learner


# --- what is read -------------------------------------------------------------------------------


def test_everything_about_somebody_is_read() -> None:
    learner = only('ann,Ann@example.org,ann.a,"Arbour, Ann",North,night shift| drivers ,no\n')

    assert learner == Learner(
        id="ann",
        email="Ann@example.org",
        username="ann.a",
        name="Arbour, Ann",
        organization="North",
        groups=("night shift", "drivers"),
        active=False,
    )


def test_only_the_id_is_needed() -> None:
    assert only(" bo , ,,\t,,,\n") == Learner(id="bo")
    assert read_people(b"id\nbo\n") == (Learner(id="bo"),)
    assert read_people(b"id\n") == ()


def test_columns_come_in_any_order_and_case_and_others_are_ignored() -> None:
    data = "Shoe size;ACTIVE; Id ;nickname\n42;Yes;bo;bobo\n"

    assert read_people(data.encode("utf-16")) == (Learner(id="bo"),)


@pytest.mark.parametrize(
    ("cell", "active"), [("yes", True), ("no", False), ("NO", False), ("", True), (" Yes ", True)]
)
def test_active_is_yes_or_no(cell: str, active: bool) -> None:
    assert only(f"bo,,,,,,{cell}\n").active is active


@pytest.mark.parametrize("email", ["müller@müller.example", "o'neil+x@localhost", "a@b"])
def test_people_have_the_addresses_that_they_have(email: str) -> None:
    assert only(f"bo,{email},,,,,\n").email == email


@pytest.mark.parametrize("name", ["François L'Échantillon", "İpek", "أمينة", "\u200cمی\u200cنا"])
def test_names_are_written_as_they_are(name: str) -> None:
    assert only(f"bo,,,{name},,,\n").name == name


def test_two_people_may_have_one_email_and_one_username() -> None:
    people = read_people((HEADING + "a,x@example.org,x,,,,\nb,x@example.org,x,,,,\n").encode())

    assert [person.email for person in people] == ["x@example.org"] * 2
    assert [person.username for person in people] == ["x"] * 2


def test_ids_are_told_apart_by_case() -> None:
    assert len(read_people(b"id\nann\nAnn\n")) == 2


def test_blank_lines_are_nobody() -> None:
    assert read_people(b"\nid,email\n,\n\nbo,\n,,\n"[:-3]) == (Learner(id="bo"),)


class Slow(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(3)


def test_a_file_is_read_in_pieces() -> None:
    assert read_people(Slow(HEADING.encode() + "bo,,,Bø,,,\n".encode()))[0].name == "Bø"


def test_the_sample_is_read() -> None:
    with (SAMPLE / "people.csv").open("rb") as file:
        people = read_people(file)

    assert len(people) == 202
    assert people[0] == Learner(
        id="ann",
        email="ann.arbour@example.com",
        username="ann",
        name="Ann Arbour",
        organization="Northgate Sample Logistics",
        groups=("warehouse", "drivers"),
    )
    assert {person.id for person in people if not person.active} >= {"joy"}


plain = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters='|"'), min_size=1)
emails = st.builds("{}@{}".format, *[plain.map(lambda text: text.replace("@", "")[:50] or "x")] * 2)
people = st.builds(
    Learner,
    id=strategies.codes,
    email=st.none() | emails,
    username=st.none() | plain,
    name=st.none() | plain,
    organization=st.none() | plain,
    groups=st.lists(plain, max_size=3, unique=True).map(tuple),
    active=st.booleans(),
)


def row_of(learner: Learner) -> str:
    cells = [
        learner.id,
        learner.email or "",
        learner.username or "",
        learner.name or "",
        learner.organization or "",
        "|".join(learner.groups),
        "yes" if learner.active else "no",
    ]
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


@given(st.lists(people, max_size=4, unique_by=lambda learner: learner.id))
def test_who_is_written_is_read(learners: list[Learner]) -> None:
    data = HEADING + "".join(map(row_of, learners))

    assert read_people(data.encode()) == tuple(learners)


# --- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",a@example.org,,,,,", "id", "missing_value"),
        ("a\u200bnn,,,,,,", "id", "bad_value"),
        (f"{'x' * 201},,,,,,", "id", "bad_value"),
        ('"an\tn",,,,,,', "id", "bad_value"),
        ("ann,ann,,,,,", "email", "bad_email"),
        ("ann,ann@,,,,,", "email", "bad_email"),
        ("ann,a@b@c,,,,,", "email", "bad_email"),
        ("ann,a b@example.org,,,,,", "email", "bad_email"),
        ("ann,a\u200b@example.org,,,,,", "email", "bad_email"),
        (f"ann,{'x' * 243}@example.org,,,,,", "email", "bad_email"),
        ("ann,,a\u200bnn,,,,", "username", "bad_value"),
        ('ann,,,"Ann\nArbour",,,', "name", "bad_value"),
        ("ann,,,Ann\u2028Arbour,,,", "name", "bad_value"),
        ('ann,,,,"North\tSouth",,', "organization", "bad_value"),
        ("ann,,,,,a||b,", "groups", "bad_value"),
        ("ann,,,,,a|,", "groups", "bad_value"),
        ("ann,,,,,a|b|a,", "groups", "bad_value"),
        ('ann,,,,,"a|b\nc",', "groups", "bad_value"),
        ("ann,,,,,,true", "active", "bad_value"),
        ("ann,,,,,,1", "active", "bad_value"),
        ("ann,,,,,", None, "row_too_short"),
        ("ann,,,,,,,", None, "row_too_long"),
        ('ann,a"b@example.org,,,,,', "email", "bare_quote"),
        ("ann,,,Ann\x07,,,", "name", "control_character"),
    ],
)
def test_one_thing_wrong_is_one_problem_there(row: str, column: str | None, code: str) -> None:
    path = "row 3" if column is None else f"row 3, column {column}"

    assert problems(f"{HEADING}bo,,,,,,\n{row}\ncem,,,,,,\n") == [(path, code)]


def test_the_longest_email_has_254_characters() -> None:
    email = "x" * 242 + "@example.org"

    assert only(f"ann,{email},,,,,\n").email == email


def test_an_id_that_is_there_twice_is_a_problem_whatever_else_is_wrong() -> None:
    data = HEADING + "ann,ann,,,,,\nann,,,,,,maybe\nann,,,,,,\n"

    assert problems(data) == [
        ("row 2, column email", "bad_email"),
        ("row 3, column active", "bad_value"),
        ("row 3, column id", "repeated_in_file"),
        ("row 4, column id", "repeated_in_file"),
    ]


def test_everything_wrong_is_told_at_once() -> None:
    data = "id,e-mail,groups,active\n,,a||b,perhaps\nann,,,\nann,,\nann,,,no\nbo,,,yes\n"

    assert problems(data) == [
        ("the heading", "wrong_heading"),
        ("row 2, column groups", "bad_value"),
        ("row 2, column active", "bad_value"),
        ("row 2, column id", "missing_value"),
        ("row 4", "row_too_short"),
        ("row 5, column id", "repeated_in_file"),
    ]


@pytest.mark.parametrize("column", ["organisation", "e-mail", "Mail", "user name", "group"])
def test_a_column_that_is_nearly_known_is_a_problem(column: str) -> None:
    assert problems(f"id,{column}\nann,x\n") == [("the heading", "wrong_heading")]


@pytest.mark.parametrize("column", ["organisation", "Unit", "manager", "x" * 5000])
def test_a_column_that_is_not_known_is_none_where_it_cannot_be_meant(column: str) -> None:
    assert read_people(f"id,organization,{column}\nann,,x\n".encode()) == (Learner(id="ann"),)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"name,email\nAnn,ann@example.org\n", "wrong_heading"),
        (b"ann,ann@example.org\n", "no_heading"),
        (b"PK\x03\x04people", "is_spreadsheet"),
        (b"id,name\nann,Andr\xe9\n", "unknown_encoding"),
        (b"id\0", "not_text"),
    ],
)
def test_what_is_no_people_file_is_one_problem(data: bytes, code: str) -> None:
    assert problems(data) == [("the file", code)]


def test_what_is_wrong_with_the_file_as_a_whole_stands_alone() -> None:
    rows = (HEADING + "ann,ann,,,,,\n").encode() + b"bo,,,,,,\n" * 20_000

    assert problems(rows + b"\xe9\n") == [("the file", "unknown_encoding")]


def test_limits_apply() -> None:
    data = HEADING + "ann,,,Ann,,,\nbo,,,Bo,,,\n"

    assert problems(data, Limits(row_limit=1)) == [("row 3", "beyond_row_limit")]
    assert problems(data, Limits(field_characters=2)) == [("row 2, column id", "field_too_long")]
    assert problems(data, Limits(file_bytes=60)) == [("the file", "file_too_large")]


def test_problems_never_show_what_a_cell_holds() -> None:
    rows = "zz,zz,zz\u200bzz,zz\u2028zz,zz\u2028zz,zz||zz,zz\n"

    with pytest.raises(InvalidPeopleError) as caught:
        read_people((HEADING + rows * 2).encode())

    assert len(caught.value.problems) == 13
    assert "zz" not in str(caught.value)
    assert str(caught.value).startswith("the people file is not valid: row 2, column email: not an")
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_the_columns_are_those_of_the_file_that_operators_have() -> None:
    assert ",".join(PEOPLE.columns) == HEADING.strip()
    assert PEOPLE.required == ("id",)
