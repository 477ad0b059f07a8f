"""Requirement F8: cells are read strictly. Requirement F9: no spreadsheet runs what is written."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from certlib.errors import InvalidValueError
from certlib.io._tables.cells import (
    DATE_PATTERNS,
    Flaw,
    Moment,
    check_email,
    neutralize,
    parse_date,
    parse_moment,
    parse_number,
    parse_yes,
    restore,
)

ARABIC_DIGITS = "\u0662\u0660\u0662\u0664"
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(9000, 12, 31))


def written(day: date, pattern: str) -> str:
    return (
        pattern.replace("yyyy", f"{day.year:04}")
        .replace("mm", f"{day.month:02}")
        .replace("dd", f"{day.day:02}")
    )


def message(result: object, code: str) -> str:
    assert isinstance(result, Flaw)
    assert result.code == code
    return result.message


class TestDates:
    """One format per file, in digits of ASCII, exactly."""

    @pytest.mark.parametrize(
        ("text", "pattern", "day"),
        [
            ("2024-02-29", "yyyy-mm-dd", date(2024, 2, 29)),
            ("29/02/2024", "dd/mm/yyyy", date(2024, 2, 29)),
            ("29.02.2024", "dd.mm.yyyy", date(2024, 2, 29)),
            ("02/29/2024", "mm/dd/yyyy", date(2024, 2, 29)),
            ("01/02/2024", "dd/mm/yyyy", date(2024, 2, 1)),
            ("01/02/2024", "mm/dd/yyyy", date(2024, 1, 2)),
            ("1900-01-01", "yyyy-mm-dd", date(1900, 1, 1)),
            ("9000-12-31", "yyyy-mm-dd", date(9000, 12, 31)),
            ("01.01.1900", "dd.mm.yyyy", date(1900, 1, 1)),
            ("31.12.9000", "dd.mm.yyyy", date(9000, 12, 31)),
        ],
    )
    def test_a_date_is_read_in_its_pattern(self, text: str, pattern: str, day: date) -> None:
        assert parse_date(text, pattern) == day

    def test_a_pattern_that_is_not_named_is_year_month_day(self) -> None:
        assert parse_date("2024-03-01") == date(2024, 3, 1)

    @pytest.mark.parametrize(
        ("text", "pattern", "hint"),
        [
            ("", "yyyy-mm-dd", ""),
            ("2023-02-29", "yyyy-mm-dd", "; there is no such day"),
            ("2023-13-01", "yyyy-mm-dd", "; there is no such day"),
            ("2023-00-10", "yyyy-mm-dd", "; there is no such day"),
            ("31.04.2023", "dd.mm.yyyy", "; there is no such day"),
            ("1900-02-30", "yyyy-mm-dd", "; there is no such day"),
            ("9000-02-30", "yyyy-mm-dd", "; there is no such day"),
            ("1899-12-31", "yyyy-mm-dd", ", of a year from 1900 to 9000"),
            ("9001-01-01", "yyyy-mm-dd", ", of a year from 1900 to 9000"),
            ("0000-01-01", "yyyy-mm-dd", ", of a year from 1900 to 9000"),
            ("01/01/1899", "mm/dd/yyyy", ", of a year from 1900 to 9000"),
            ("01/01/9001", "dd/mm/yyyy", ", of a year from 1900 to 9000"),
            ("29.02.2024", "yyyy-mm-dd", "; this looks like dd.mm.yyyy: name the pattern"),
            ("01/02/2024", "yyyy-mm-dd", "; this looks like dd/mm/yyyy or mm/dd/yyyy: name"),
            ("2024-02-29", "dd.mm.yyyy", "; this looks like yyyy-mm-dd: name the pattern"),
            ("02/29/2024", "dd/mm/yyyy", "; there is no such day"),
            ("2024-02-29 10:00", "yyyy-mm-dd", ", and nothing after it, such as a time"),
            ("2024-02-29T10:00:00Z", "yyyy-mm-dd", ", and nothing after it, such as a time"),
            ("29.02.2024 10:00", "dd.mm.yyyy", ", and nothing after it, such as a time"),
            ("2024-02-29\n", "yyyy-mm-dd", ", and nothing after it, such as a time"),
            ("29.02.24", "dd.mm.yyyy", "; a year has four digits"),
            ("1/2/24", "yyyy-mm-dd", "; a year has four digits"),
            ("24-02-29", "yyyy-mm-dd", "; a year has four digits"),
            ("1/2/2024", "dd/mm/yyyy", "; a day and a month have two digits, a year four"),
            ("2024-2-9", "yyyy-mm-dd", "; a day and a month have two digits, a year four"),
            ("45351", "yyyy-mm-dd", "; this is a number, perhaps a spreadsheet's for a day"),
            ("20240229", "yyyy-mm-dd", "; this is a number, perhaps a spreadsheet's for a day"),
            ("10", "yyyy-mm-dd", "; this is a number, perhaps a spreadsheet's for a day"),
            (f"{ARABIC_DIGITS}-02-29", "yyyy-mm-dd", "; its digits are not those of ASCII"),
            ("２０２４-02-29", "yyyy-mm-dd", "; its digits are not those of ASCII"),
            ("2024-W09-4", "yyyy-mm-dd", ""),
            ("2024-060", "yyyy-mm-dd", ""),
            ("Monday", "yyyy-mm-dd", ""),
            ("29 Feb 2024", "yyyy-mm-dd", ""),
            ("today", "yyyy-mm-dd", ""),
            (" 2024-02-29", "yyyy-mm-dd", ""),
            ("2024\u201002\u201029", "yyyy-mm-dd", ""),
            ("-024-02-29", "yyyy-mm-dd", ""),
            ("+024-02-29", "yyyy-mm-dd", ""),
            ("2 24-02-29", "yyyy-mm-dd", ""),
            ("2024-0\ud800-29", "yyyy-mm-dd", ""),
            ("2024-02-29" * 1000, "yyyy-mm-dd", ""),
        ],
    )
    def test_anything_else_is_bad_and_told_why(self, text: str, pattern: str, hint: str) -> None:
        told = message(parse_date(text, pattern), "bad_date")
        assert told.startswith(f"expected a date written {pattern}{hint}")
        if not hint:
            assert told == f"expected a date written {pattern}"

    @pytest.mark.parametrize("pattern", ["", "yyyy/mm/dd", "%Y-%m-%d", "auto"])
    def test_other_patterns_are_refused(self, pattern: str) -> None:
        with pytest.raises(InvalidValueError, match="one of yyyy-mm-dd, "):
            parse_date("2024-02-29", pattern)

    @given(DAYS, st.sampled_from(DATE_PATTERNS))
    def test_what_is_written_in_a_pattern_is_read_in_it(self, day: date, pattern: str) -> None:
        assert parse_date(written(day, pattern), pattern) == day

    @given(
        st.one_of(
            st.text(),
            st.text("0123456789-/.", max_size=12),
            DAYS.map(str).flatmap(lambda text: st.permutations(text).map("".join)),
        ),
        st.sampled_from(DATE_PATTERNS),
    )
    def test_what_is_read_is_written_so(self, text: str, pattern: str) -> None:
        day = parse_date(text, pattern)
        if not isinstance(day, Flaw):
            assert written(day, pattern) == text

    def test_every_day_of_a_leap_year_and_no_other(self) -> None:
        days = {date(2024, 1, 1) + timedelta(days=n) for n in range(366)}
        texts = [f"2024-{month:02}-{day:02}" for month, day in product(range(14), range(33))]
        read = [day for text in texts if isinstance(day := parse_date(text), date)]
        assert len(read) == 366
        assert set(read) == days


class TestMoments:
    """A day, or a day and a time of it, in digits of ASCII, exactly."""

    @pytest.mark.parametrize(
        ("text", "clock"),
        [
            ("2024-02-29", None),
            ("2024-02-29 00:00", time(0, 0)),
            ("2024-02-29 23:59", time(23, 59)),
            ("2024-02-29 23:59:59", time(23, 59, 59)),
            ("2024-02-29T07:05", time(7, 5)),
            ("2024-02-29T07:05:09", time(7, 5, 9)),
        ],
    )
    def test_a_day_and_perhaps_a_time(self, text: str, clock: time | None) -> None:
        assert parse_moment(text) == Moment(day=date(2024, 2, 29), time=clock)

    @pytest.mark.parametrize(
        "text",
        [
            "2024-02-29 24:00",
            "2024-02-29 12:60",
            "2024-02-29 12:00:60",
            "2024-02-29 9:30",
            "2024-02-29 0930",
            "2024-02-29 09:30 PM",
            "2024-02-29 09:30Z",
            "2024-02-29T09:30+01:00",
            "2024-02-29 09:30:00.5",
            "2024-02-29  09:30",
            "2024-02-29 ",
            "2024-02-29T",
            "2024-02-29 T09:30",
            f"2024-02-29 {ARABIC_DIGITS[0] * 2}:30",
            "2024-02-29T09:30\n",
            "2024-02-29 " + "0" * 9999,
        ],
    )
    def test_no_other_time(self, text: str) -> None:
        told = message(parse_moment(text), "bad_date")
        expected = "expected a time written hh:mm or hh:mm:ss after the date"
        assert told in {expected, "expected a date written yyyy-mm-dd, and nothing after it, such as a time"}  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("2023-02-29 09:30", "; there is no such day"),
            ("29.02.2024 09:30", "; this looks like dd.mm.yyyy: name the pattern"),
            ("2023-02-29 soon", ", and nothing after it"),
            ("45351", "; this is a number"),
            ("45351.4", ""),
            ("Tuesday", ""),
            ("09:30", ""),
            (" 09:30", ""),
            ("", ""),
        ],
    )
    def test_of_a_day_that_is_none_it_says_so(self, text: str, hint: str) -> None:
        told = message(parse_moment(text), "bad_date")
        assert told.startswith(f"expected a date written yyyy-mm-dd{hint}")

    @pytest.mark.parametrize("separator", [" ", "T"])
    @pytest.mark.parametrize("pattern", DATE_PATTERNS)
    @given(at=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9000, 12, 31)))  # noqa: DTZ001 (what a cell says)
    def test_every_moment_comes_back(self, pattern: str, separator: str, at: datetime) -> None:
        text = f"{written(at.date(), pattern)}{separator}{at:%H:%M:%S}"
        clock = at.time().replace(microsecond=0)
        assert parse_moment(text, pattern) == Moment(day=at.date(), time=clock)

    @given(st.text("0123456789-:T ./", max_size=20))
    def test_anything_is_a_moment_or_a_flaw(self, text: str) -> None:
        found = parse_moment(text)
        if isinstance(found, Moment):
            assert parse_date(text[:10]) == found.day
            assert (found.time is None) is (len(text) == 10)

    def test_a_pattern_that_is_none_is_wrong_use(self) -> None:
        with pytest.raises(InvalidValueError):
            parse_moment("2024-02-29", "yyyy")


class TestYes:
    @pytest.mark.parametrize("text", ["yes", "YES", "Yes", "true", "TRUE", "1", " yes "])
    def test_yes(self, text: str) -> None:
        assert parse_yes(text) is True

    @pytest.mark.parametrize("text", ["no", "No", "false", "False", "0"])
    def test_no(self, text: str) -> None:
        assert parse_yes(text) is False

    @pytest.mark.parametrize(
        "text",
        ["", "y", "n", "oui", "2", "01", "1.0", "on", "x", "-", "\u0661", "ye\u017f", "\uff11"],
    )
    def test_nothing_else(self, text: str) -> None:
        told = message(parse_yes(text), "bad_value")
        assert told == "expected yes or no, true or false, 1 or 0"


class TestNumbers:
    """Digits, with a point at most."""

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0", "0"),
            ("100", "100"),
            ("87.5", "87.5"),
            ("099", "99"),
            ("0.000000000000001", "0.000000000000001"),
            ("-0", "0"),
        ],
    )
    def test_a_number_is_read(self, text: str, number: str) -> None:
        assert parse_number(text) == Decimal(number)

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("-0.1", ""),
            ("100.1", ""),
            ("101", ""),
            ("87,5", "; decimals come after a point"),
            ("1,000.5", ", in digits of ASCII and nothing else"),
            ("87%", "; without a percent sign"),
            ("", ", in digits"),
            ("1e1", ", in digits"),
            ("1_0", ", in digits"),
            ("nan", ", in digits"),
            ("inf", ", in digits"),
            ("+5", ", in digits"),
            (".5", ", in digits"),
            ("5.", ", in digits"),
            (" 5", ", in digits"),
            ("5\n", ", in digits"),
            ("0x10", ", in digits"),
            ("٥", ", in digits"),
            ("５", ", in digits"),
            ("pass", ", in digits"),
            ("9" * 16, ", in digits"),
            ("9" * 10_000, ", in digits"),
        ],
    )
    def test_anything_else_is_bad_and_told_why(self, text: str, hint: str) -> None:
        told = message(parse_number(text), "bad_number")
        assert told.startswith(f"expected a number from 0 to 100{hint}")
        if not hint:
            assert told == "expected a number from 0 to 100"

    def test_the_bounds_are_included_and_settable(self) -> None:
        least, most = Decimal(-5), Decimal(5)
        for text, good in (("-5.1", False), ("-5", True), ("5", True), ("5.1", False)):
            assert isinstance(parse_number(text, least=least, most=most), Decimal) == good

    @given(st.decimals(min_value=0, max_value=100, places=3))
    def test_decimals_are_read_exactly(self, number: Decimal) -> None:
        assert parse_number(str(number)) == number


class TestEmails:
    """At most 254 characters, one @, ASCII, a sane subset."""

    @pytest.mark.parametrize(
        "text",
        [
            "ann@example.org",
            "ann.arbour+tag@sub.example.org",
            "o'brien@example.org",
            "_@x.co",
            "1@1.co",
            "ann@a.1.org",
            "a" * 64 + "@example.org",
            "ann@" + "a" * 63 + ".org",
            "ann@xn--bcher-kva.example",
            "a@" + ".".join(["a" * 63] * 3) + "." + "a" * 60,
        ],
    )
    def test_an_address_is_accepted(self, text: str) -> None:
        assert check_email(text) == text
        assert len(text) <= 254

    def test_it_is_returned_as_it_is_matched(self) -> None:
        assert check_email(" Ann.Arbour@EXAMPLE.org\t") == "ann.arbour@example.org"

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("", "no @"),
            ("ann", "no @"),
            ("ann@bo@example.org", "more than one"),
            ("ann@@example.org", "more than one"),
            ("zoé@example.org", "not ASCII"),
            ("ann@bücher.example", "not ASCII"),
            ("\N{KELVIN SIGN}im@example.org", "not ASCII"),
            ("ann\u200b@example.org", "not ASCII"),
            ("@example.org", "mailbox"),
            (".ann@example.org", "mailbox"),
            ("ann.@example.org", "mailbox"),
            ("an..n@example.org", "mailbox"),
            ("an n@example.org", "mailbox"),
            ('"ann"@example.org', "mailbox"),
            ("ann\n@example.org", "mailbox"),
            ("a" * 65 + "@example.org", "mailbox"),
            ("Ann Arbour <ann@example.org>", "mailbox"),
            ("ann@", "domain"),
            ("ann@example", "domain"),
            ("ann@example.", "domain"),
            ("ann@.example.org", "domain"),
            ("ann@example..org", "domain"),
            ("ann@-example.org", "domain"),
            ("ann@example-.org", "domain"),
            ("ann@exam_ple.org", "domain"),
            ("ann@127.0.0.1", "domain"),
            ("ann@a.b.1", "domain"),
            ("ann@[127.0.0.1]", "domain"),
            ("ann@example.org,", "domain"),
            ("ann@" + "a" * 64 + ".org", "domain"),
            ("a@" + ".".join(["a" * 63] * 3) + "." + "a" * 61, "254"),
            ("@" * 10_000, "254"),
            ("a." * 5_000, "254"),
        ],
    )
    def test_anything_else_is_bad_and_told_why(self, text: str, why: str) -> None:
        told = message(check_email(text), "bad_email")
        assert why in told
        assert told.startswith("not an email address: ")

    @given(st.emails())
    def test_what_is_accepted_is_only_lower_cased(self, text: str) -> None:
        checked = check_email(text)
        if isinstance(checked, str):
            assert checked == text.lower()
            assert check_email(checked) == checked


DANGEROUS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]


class TestFormulas:
    """What a spreadsheet would run is neutralized, and restored exactly."""

    @pytest.mark.parametrize("sign", DANGEROUS)
    def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(self, sign: str) -> None:
        assert neutralize(f"{sign}1+1") == f"'{sign}1+1"
        assert neutralize(sign) == f"'{sign}"
        assert neutralize(f"'{sign}") == f"''{sign}"
        assert restore(f"'{sign}1") == f"{sign}1"
        assert restore(f"''{sign}1") == f"'{sign}1"

    @pytest.mark.parametrize(
        "text", ["", "a", "a=1", " =1", "'", "''", "'a", "it's", "1-1", "ann@x"]
    )
    def test_any_other_cell_stays_as_it_is(self, text: str) -> None:
        assert neutralize(text) == text
        assert restore(text) == text

    def test_a_cell_that_was_not_neutralized_is_read_as_it_is(self) -> None:
        for sign in DANGEROUS:
            assert restore(f"{sign}1") == f"{sign}1"

    @given(st.one_of(st.text(), st.text("'=+-@\t\r\n＝a", max_size=6)))
    @example("'" * 5 + "=")
    def test_every_text_comes_back(self, text: str) -> None:
        neutral = neutralize(text)
        assert restore(neutral) == text
        assert neutral[:1] not in DANGEROUS
