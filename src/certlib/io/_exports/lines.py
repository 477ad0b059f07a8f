"""certlib's own lossless format, line by line: ``certlib.records/1``, JSON Lines in ASCII (F7).

A file begins with a line that names its schema and tenant, and ends with one that counts the lines
between, so that a file that was cut off is known for one. What stands between is one record a line, in
the order of the kinds below; what concerns one learner stands together, learners by id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import BinaryIO, Final, NoReturn, TypeAlias, cast

from attrs import frozen

from certlib.errors import CertlibError, FileProblem, ImportFileError, InvalidValueError
from certlib.learners import Learner
from certlib.ports import ImportRecord, NoticeState, RowOutcome
from certlib.serialize._nodes import shown
from certlib.serialize._records import Records
from certlib.state import Event, Notice
from certlib.transcript import Completion, Reset, StruckCompletion

__all__ = [
    "HISTORY",
    "SCHEMA",
    "CompletionLine",
    "EventLine",
    "ImportLine",
    "ImportRowLine",
    "LearnerLine",
    "Line",
    "LineReader",
    "LineWriter",
    "NoticeLine",
    "ResetLine",
    "StruckLine",
    "SweepLine",
]

Document: TypeAlias = "dict[str, object]"

SCHEMA: Final = "certlib.records/1"
"""Everything that a store holds beside the catalog."""
HISTORY: Final = "certlib.history/1"
"""Events alone; such a file is for reading elsewhere, and is not loaded."""

LONGEST_LINE: Final = 16 * 1024 * 1024
MOST_PROBLEMS: Final = 100


@frozen
class LearnerLine:
    """A learner."""

    learner: Learner


@frozen
class StruckLine:
    """A completion that counts no more, in the order in which they were struck."""

    learner: str
    struck: StruckCompletion


@frozen
class CompletionLine:
    """A completion that counts."""

    learner: str
    completion: Completion


@frozen
class ResetLine:
    """From when on a training counts as not done."""

    learner: str
    reset: Reset


@frozen
class EventLine:
    """An event of an enrollment, which is what its events add up to."""

    learner: str
    certification: str
    event: Event


@frozen
class NoticeLine:
    """A notice, and what has become of it, in the order in which they were written."""

    notice: Notice
    state: NoticeState


@frozen
class ImportLine:
    """An import, with its undos."""

    record: ImportRecord


@frozen
class ImportRowLine:
    """What became of a row of an import, and whether it was undone."""

    outcome: RowOutcome
    undone: bool


@frozen
class SweepLine:
    """The ``now`` of the latest sweep (T7)."""

    at: datetime


Line: TypeAlias = (
    LearnerLine
    | StruckLine
    | CompletionLine
    | ResetLine
    | EventLine
    | NoticeLine
    | ImportLine
    | ImportRowLine
    | SweepLine
)

# --- writing ----------------------------------------------------------------------------------


class LineWriter:
    """Writes one file."""

    def __init__(self, out: BinaryIO, records: Records, *, schema: str, tenant: str) -> None:
        """Begin a file of a schema; ``records`` knows a host's own facts."""
        self._out, self._records = out, records
        self.lines: int = 0
        """How many records there are so far."""
        self._put({"schema": schema, "tenant": tenant})

    def write(self, line: Line) -> None:
        """Write one record."""
        self._put(self._document(line))
        self.lines += 1

    def close(self) -> None:
        """Write the last line; the file stays open."""
        self._put({"kind": "end", "lines": self.lines})

    def _put(self, document: Mapping[str, object]) -> None:
        # Escaped, no character of a text ends a line, and a file name need not be text at all.
        text = json.dumps(document, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
        self._out.write(text.encode("ascii") + b"\n")

    def _document(self, line: Line) -> Document:
        records = self._records
        match line:
            case LearnerLine():
                return {"kind": "learner", "record": records.dump_value(line.learner)}
            case StruckLine():
                own: Document = {
                    **cast("Document", records.dump_value(line.struck)),
                    "completion": records.dump_completion(line.struck.completion),
                }
                return {"kind": "struck_completion", "learner": line.learner, "record": own}
            case CompletionLine():
                own = records.dump_completion(line.completion)
                return {"kind": "completion", "learner": line.learner, "record": own}
            case ResetLine():
                own = cast("Document", records.dump_value(line.reset))
                return {"kind": "reset", "learner": line.learner, "record": own}
            case EventLine():
                return {
                    "kind": "event",
                    "learner": line.learner,
                    "certification": line.certification,
                    "record": records.dump_event(line.event),
                }
            case NoticeLine():
                own = records.dump_notice(line.notice)
                return {"kind": "notice", "state": line.state.value, "record": own}
            case ImportLine():
                return {"kind": "import", "record": records.dump_value(line.record)}
            case ImportRowLine():
                own = cast("Document", records.dump_value(line.outcome))
                return {"kind": "import_row", "undone": line.undone, "record": own}
            case _:
                return {"kind": "sweep", "record": records.dump_value(line)}


# --- reading ----------------------------------------------------------------------------------


class LineReader:
    """Reads one file strictly: nothing that is not known is passed over."""

    def __init__(self, source: BinaryIO, records: Records, *, tenant: str) -> None:
        """Read a file from its beginning; ``tenant`` is the one whose records it may hold."""
        self._source, self._records, self._tenant = source, records, tenant
        self._problems: list[FileProblem] = []
        self.number: int = 0
        """The number of the line that was read last."""

    def report(self, error: object, number: int | None = None, code: str = "bad_record") -> None:
        """Note what is wrong with a line, the last one unless another is named.

        Raise `ImportFileError` when there are too many problems to go on.
        """
        message = f"line {self.number if number is None else number}: {error}"
        self._problems.append(FileProblem(code=code, message=message))
        if len(self._problems) == MOST_PROBLEMS:
            self.finish()

    def finish(self) -> None:
        """Raise `ImportFileError` where there are problems."""
        if self._problems:
            raise ImportFileError(tuple(self._problems))

    def lines(self) -> Iterator[Line]:
        """Yield the records that can be read, and note what is wrong with others.

        Raise `ImportFileError` where the file is none of this kind, or was cut off.
        """
        self._source.seek(0)
        self._begin()
        count = 0
        while (document := self._next()) != {"kind": "end", "lines": count}:
            count += 1
            if document is None:
                continue
            if document.get("kind") == "end":
                self._fail(
                    "unfinished_file", f"there are {count - 1} records, not as many as it says"
                )
            try:
                line = self._line(document)
            except CertlibError as error:
                self.report(error)
            else:
                yield line
        if self._source.read(1):
            self._fail("bad_record", "there is something after the end")

    def _begin(self) -> None:
        header = self._next()
        self.finish()
        schema = (header or {}).get("schema")
        if schema != SCHEMA:
            expected = f"expected the schema {SCHEMA}"
            self._fail("unknown_schema", f"{expected}, found {shown(schema)}")
        if header != {"schema": SCHEMA, "tenant": self._tenant}:
            self._fail("other_tenant", "these are records of another tenant")

    def _fail(self, code: str, message: str) -> NoReturn:
        problem = FileProblem(code=code, message=f"line {self.number}: {message}")
        raise ImportFileError((*self._problems, problem))

    def _next(self) -> Document | None:
        """Return the next line as JSON values; None for one that is none."""
        data = self._source.readline(LONGEST_LINE)
        self.number += 1
        if not data:
            self._fail("unfinished_file", "the file ends without its last line: it was cut off")
        if not data.endswith(b"\n"):
            self._fail("unfinished_file", "the line does not end, or is too long")
        try:
            found: object = json.loads(
                data.decode("ascii"), object_pairs_hook=_object, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as error:
            # Not its words: they may repeat cells of the line.
            self.report(f"not a line of JSON in ASCII ({type(error).__name__})")
            return None
        if not isinstance(found, dict):
            self.report("not an object")
            return None
        return cast("Document", found)

    def _line(self, document: Document) -> Line:
        kind = document.pop("kind", None)
        read, names = _READERS.get(kind if isinstance(kind, str) else "", (None, ()))
        if read is None:
            known = ", ".join(_READERS)
            raise _unfit(f"$.kind is {shown(kind)}: expected one of {known}")
        if set(document) != {*names, "record"}:
            raise _unfit(f"the keys of a {kind} are {', '.join(('kind', *names, 'record'))}")
        return read(self._records, document)


def _object(pairs: list[tuple[str, object]]) -> Document:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _unfit(message: str) -> ImportFileError:
    return ImportFileError((FileProblem(code="bad_record", message=message),))


def _text(records: Records, document: Document, name: str) -> str:
    return records.load_value(str, document[name], f"$.{name}")


def _read_struck(records: Records, document: Document) -> StruckLine:
    own = document["record"]
    if not isinstance(own, dict):
        raise InvalidValueError("$.record", shown(own), "an object")
    own = cast("Document", own)
    completion = records.load_completion(own.get("completion"), "$.record.completion")
    # Without its own number of form, a completion is read as every other part of a record.
    plain = {**own, "completion": records.dump_value(completion)}
    return StruckLine(
        _text(records, document, "learner"),
        records.load_value(StruckCompletion, plain, "$.record"),
    )


def _read_event(records: Records, document: Document) -> EventLine:
    return EventLine(
        _text(records, document, "learner"),
        _text(records, document, "certification"),
        records.load_event(document["record"], "$.record"),
    )


_READERS: Final[Mapping[str, tuple[Callable[[Records, Document], Line], tuple[str, ...]]]] = {
    "learner": (
        lambda records, document: LearnerLine(
            records.load_value(Learner, document["record"], "$.record")
        ),
        (),
    ),
    "struck_completion": (_read_struck, ("learner",)),
    "completion": (
        lambda records, document: CompletionLine(
            _text(records, document, "learner"),
            records.load_completion(document["record"], "$.record"),
        ),
        ("learner",),
    ),
    "reset": (
        lambda records, document: ResetLine(
            _text(records, document, "learner"),
            records.load_value(Reset, document["record"], "$.record"),
        ),
        ("learner",),
    ),
    "event": (_read_event, ("learner", "certification")),
    "notice": (
        lambda records, document: NoticeLine(
            records.load_notice(document["record"], "$.record"),
            records.load_value(NoticeState, document["state"], "$.state"),
        ),
        ("state",),
    ),
    "import": (
        lambda records, document: ImportLine(
            records.load_value(ImportRecord, document["record"], "$.record")
        ),
        (),
    ),
    "import_row": (
        lambda records, document: ImportRowLine(
            records.load_value(RowOutcome, document["record"], "$.record"),
            records.load_value(bool, document["undone"], "$.undone"),
        ),
        ("undone",),
    ),
    "sweep": (
        lambda records, document: records.load_value(SweepLine, document["record"], "$.record"),
        (),
    ),
}
