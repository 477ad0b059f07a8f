"""From lines to rows: records where a line, or several, are strictly that, and problems elsewhere.

The rules are told in `certlib.io._tables.reader`.

What a line costs is bounded by its length. An open record can end only on a line with an odd number
of quotes, so looking ahead stops at the next such line; and no line before that one can open
a record again when it is read afresh. So each line is looked at from one record at most, and
scanned five times at most.
"""

from __future__ import annotations

from itertools import compress, count, repeat
from typing import TYPE_CHECKING

from certlib.io._tables.problems import RowProblem
from certlib.io._tables.records import (
    QUOTE,
    WHITE,
    QuoteFlaw,
    Record,
    Run,
    control,
    find_flaw,
    has_control,
    longer,
    strict_fields,
)

if TYPE_CHECKING:
    from certlib.io._tables.headings import Layout
    from certlib.io._tables.limits import Limits

__all__ = ["Rows"]

_WHY = {
    QuoteFlaw.BARE_QUOTE: "a quote inside a field that does not begin with one: the whole field belongs"
    " in quotes, and a quote in it is written twice",
    QuoteFlaw.TEXT_AFTER_QUOTE: "text after a closing quote: a quote inside a quoted field is written"
    " twice",
    QuoteFlaw.UNCLOSED_QUOTE: "a quote is opened on this line, and never closed in a way that makes"
    " a row",
}
_DOUBTFUL = (
    "this line lies between two quotes that are lines apart, and among them are lines that could be"
    " rows: either a quote is missing, or these lines are one cell"
)


class Rows:
    """Reads the rows of one file, given its lines after the heading.

    >>> from certlib.io._tables.headings import Heading, lay_out
    >>> from certlib.io._tables.limits import Limits
    >>> layout = lay_out("Email,Name", Heading(columns=("Email", "Name")))
    >>> rows = Rows(layout, Limits(), row=1, line=1)
    >>> rows.take(["ann,Fire safety", "", "bo"], ["", "", ""])
    >>> record, problem = rows.hand_out()
    >>> record.fields, problem.code, rows.count, rows.blank
    (('ann', 'Fire safety'), 'row_too_short', 2, 1)
    """

    def __init__(self, layout: Layout, limits: Limits, *, row: int, line: int) -> None:
        self._layout = layout
        self._delimiter = layout.delimiter
        self._width = len(layout.columns)
        self._blank = WHITE + layout.delimiter
        self._blank_or_quote = self._blank + QUOTE
        self._after_quote = {"", QUOTE, layout.delimiter}
        self._limits = limits
        # A line of at most so many characters exceeds neither limit.
        self._harmless = min(limits.field_characters, limits.record_bytes // 4)
        # What is kept of the text of a bad row is enough to exceed a limit again.
        self._kept = min(limits.field_characters, limits.record_bytes) + 1
        self._row = row
        self._line = line
        # Lines not decided on: between calls, those from a line on that opens a record.
        self._lines: list[str] = []
        self._ends: list[str] = []
        self._fields: list[tuple[str, ...]] = []
        # Of a record that is open: how many lines of it are seen, their characters, the open column.
        self._ahead = 0
        self._size = 0
        self._column = 0
        self._items: list[Run | RowProblem] = []
        self.count: int = 0
        """The rows so far, problems included."""
        self.blank: int = 0
        """The blank lines so far."""

    @property
    def line(self) -> int:
        """The line that comes next."""
        return self._line + len(self._lines) + 1

    def take(self, lines: list[str], ends: list[str]) -> None:
        """Read these lines."""
        text = "".join(lines)
        longest = max(map(len, lines), default=0)
        if not (self._lines or longest > self._harmless or text.strip(self._blank)):
            self._pass_over(rows=len(lines), lines=len(lines))
            return
        self._lines += lines
        self._ends += ends
        self._fields += self._plain(
            lines, longest=longest, clean=not has_control(text), quoted=QUOTE in text
        )
        self._decide(final=False)

    def end(self) -> None:
        """Say that there are no more lines."""
        self._decide(final=True)

    def hand_out(self) -> list[Record | RowProblem]:
        """Return what was read since this was last called."""
        found: list[Record | RowProblem] = []
        for item in self.hand_out_runs():
            if isinstance(item, Run):
                found += item.records()
            else:
                found.append(item)
        return found

    def hand_out_runs(self) -> list[Run | RowProblem]:
        """Return what `hand_out` does, and rows that lie line by line below each other as they lie."""
        items, self._items = self._items, []
        return items

    def _plain(
        self, lines: list[str], *, longest: int, clean: bool, quoted: bool
    ) -> list[tuple[str, ...]]:
        """Return the fields of each line, and none for one that needs a closer look."""
        delimiter = self._delimiter
        rows = (
            [
                strict_fields(line, delimiter) if QUOTE in line else tuple(line.split(delimiter))
                for line in lines
            ]
            if quoted
            else [tuple(line.split(delimiter)) for line in lines]
        )
        # Nearly always no line at all is too long, has control characters or is blank.
        if longest > (harmless := self._harmless):
            rows = [
                () if len(line) > harmless else row for line, row in zip(lines, rows, strict=True)
            ]
        if not clean:
            rows = [() if control(line) else row for line, row in zip(lines, rows, strict=True)]
        blank = self._blank_or_quote
        if not all(map(str.strip, lines, repeat(blank))):
            rows = [row if line.strip(blank) else () for line, row in zip(lines, rows, strict=True)]
        return rows

    def _decide(self, *, final: bool) -> None:
        """Read the lines that are there, all at once where none needs a closer look."""
        done = 0
        if self._ahead and not (done := self._look_ahead(0, final=final)):
            return
        fields, width = self._fields, self._width
        for place in compress(count(), map(width.__ne__, list(map(len, fields)))):
            if place < done:
                continue
            if place > done:
                self._accept(fields[done:place])
            decided = self._look_at(place, final=final)
            done = place + decided
            if not decided:
                break
        else:
            self._accept(fields[done:])
            done = len(fields)
        del self._lines[:done], self._ends[:done], self._fields[:done]

    def _look_at(self, place: int, *, final: bool) -> int:
        """Read a line with all care; return how many lines that decides, 0 if it takes more."""
        text = self._lines[place]
        if len(text) <= self._harmless and not text.strip(self._blank):
            self._pass_over(rows=1, lines=1)
        elif longer(text, self._limits.record_bytes):
            message = f"the row has more than {self._limits.record_bytes} bytes"
            self._refuse(text, "field_too_long", message)
        elif not text.isprintable() and (found := control(text)):
            fields = strict_fields(text, self._delimiter)
            column = next((n for n, cell in enumerate(fields) if control(cell)), None)
            self._refuse(
                text, "control_character", f"the control character {found}", fields, column
            )
        elif fields := self._fields[place] or strict_fields(text, self._delimiter):
            self._judge(text, fields)
        else:
            column, flaw = find_flaw(text, self._delimiter)
            if flaw is QuoteFlaw.UNCLOSED_QUOTE:
                self._column = column
                return self._look_ahead(place, final=final)
            self._refuse(text, str(flaw), _WHY[flaw], column=column)
        return 1

    def _judge(self, text: str, fields: tuple[str, ...]) -> None:
        """Accept the fields of a strict line, or say what is wrong with them."""
        most = self._limits.field_characters
        if self._is_blank(text, fields):
            self._pass_over(rows=1, lines=1)
        elif len(fields) < self._width:
            message = f"the row has {len(fields)} of {self._width} fields"
            self._refuse(text, "row_too_short", message)
        elif len(fields) > self._width:
            message = f"the row has {len(fields)} fields, and the heading {self._width}"
            self._refuse(text, "row_too_long", message)
        elif max(map(len, fields)) > most:
            column = next(n for n, cell in enumerate(fields) if len(cell) > most)
            message = f"the field has more than {most} characters"
            self._refuse(text, "field_too_long", message, fields, column)
        else:
            self._accept([fields])

    def _look_ahead(self, first: int, *, final: bool) -> int:
        """Read a record that is open at the end of its line, as `_look_at` does."""
        last = self._closing(first)
        if last == len(self._lines) and not final:
            return 0
        self._ahead = 0
        if last is not None and self._conclude(first, last):
            return last - first + 1
        text = self._lines[first]
        flaw = QuoteFlaw.UNCLOSED_QUOTE
        self._refuse(text, str(flaw), _WHY[flaw], column=self._column)
        return 1

    def _closing(self, first: int) -> int | None:
        """Return on which line an open record may end; None if on none, the next if unknown yet."""
        lines = self._lines
        if not self._ahead:
            self._ahead = 1
            self._size = len(lines[first]) + len(self._ends[first])
        for place in range(first + self._ahead, len(lines)):
            text = lines[place]
            if self._size + len(text) > self._limits.record_bytes:
                return None
            if not self._fields[place] and has_control(text):
                return None
            quote = text.find(QUOTE)
            if quote >= 0:
                if text[quote + 1 : quote + 2] not in self._after_quote:
                    return None
                if text.count(QUOTE) % 2:
                    return place
            self._ahead += 1
            self._size += len(text) + len(self._ends[place])
        return len(lines)

    def _conclude(self, first: int, last: int) -> bool:
        """Decide on the lines of an open record, unless it is not strict or not within limits."""
        lines = self._lines[first : last + 1]
        text = "".join(map(str.__add__, lines, (*self._ends[first:last], "")))
        fields = strict_fields(text, self._delimiter)
        if (
            len(fields) != self._width
            or longer(text, self._limits.record_bytes)
            or max(map(len, fields)) > self._limits.field_characters
        ):
            return False
        if self._could_be_rows(text, self._ends[last]):
            for line in lines:
                if line.strip(self._blank):
                    self._refuse(line, str(QuoteFlaw.UNCLOSED_QUOTE), _DOUBTFUL)
                else:
                    self._pass_over(rows=1, lines=1)
        elif self._is_blank(text, fields):
            self._pass_over(rows=1, lines=len(lines))
        else:
            self._accept([fields])
            self._line += len(lines) - 1
        return True

    def _could_be_rows(self, text: str, last_end: str) -> bool:
        """Return whether lines of a record could be rows, if two quotes in it are there by mistake.

        What counts as the end of a line is what ends the heading, and what ends the record.
        """
        for end in {self._layout.line_end, last_end or "\n"}:
            first, *inner = text.split(end)
            if any(map(self._could_be_row, inner[:-1])):
                return True
            if inner and self._could_be_row(inner[-1].replace(QUOTE, "", 1)):
                before, _, after = first.rpartition(self._delimiter + QUOTE)
                stray = before + self._delimiter + after if before else first.removeprefix(QUOTE)
                if self._could_be_row(stray):
                    return True
        return False

    def _could_be_row(self, line: str) -> bool:
        fields = strict_fields(line, self._delimiter)
        return len(fields) == self._width and not self._is_blank(line, fields)

    def _is_blank(self, text: str, fields: tuple[str, ...]) -> bool:
        # Nearly every row is told from a blank one by the first test alone.
        return not text.strip(self._blank_or_quote) and not any(
            map(str.strip, fields, repeat(WHITE))
        )

    def _accept(self, rows: list[tuple[str, ...]]) -> None:
        """Hand out these rows, one to a line, as far as the limit allows."""
        limit = self._limits.row_limit
        within = rows if limit is None else rows[: max(0, limit - self.count)]
        if within:
            self._items.append(Run(self._row + 1, self._line + 1, within))
        self._row += len(within)
        self._line += len(within)
        self.count += len(within)
        for fields in rows[len(within) :]:
            self._refuse("", "beyond_row_limit", "", fields)

    def _refuse(
        self,
        text: str,
        code: str,
        message: str,
        fields: tuple[str, ...] = (),
        column: int | None = None,
    ) -> None:
        """Hand out a problem with the row on the next line, and perhaps with one of its fields."""
        limit = self._limits.row_limit
        if limit is not None and self.count >= limit:
            code, message, column = (
                "beyond_row_limit",
                f"rows beyond the limit of {limit} are not read",
                None,
            )
        self._row += 1
        self.count += 1
        self._line += 1
        self._items.append(
            RowProblem(
                row=self._row,
                line=self._line,
                column=self._name(column),
                code=code,
                message=message,
                fields=fields if len(fields) == self._width else (text[: self._kept],),
            )
        )

    def _name(self, column: int | None) -> str | None:
        if column is None or column >= self._width:
            return None
        return self._layout.names[column]

    def _pass_over(self, *, rows: int, lines: int) -> None:
        """Count blank rows, which are none."""
        self._row += rows
        self._line += lines
        self.blank += rows
