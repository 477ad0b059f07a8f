"""Records as versioned JSON values: events, facts, enrollments, completions and notices.

What a record looks like in JSON:

- Instants are ISO 8601 in UTC with microseconds (``2026-01-31T00:00:00.000000Z``), so their texts
  sort as they do; days are ``2026-01-31``, periods ``P1Y3M``, enumerations their values, tuples lists.
- A fact has a ``tag``, which says its kind; never the path of a class.
- What equals its default is left out. A value without a default is always there, though it be null.
- ``format`` is the number of this form. Fields may be added to it, with defaults; anything else
  makes the number grow.

Nothing is ever dropped: a tag, a field, a value of an enumeration or a format that is not known, and
a field that is missing, raise `UnknownKindError` with the place; a value that is none raises
`InvalidValueError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TypeAlias, TypeVar, cast

from certlib.errors import InvalidValueError, UnknownKindError
from certlib.serialize._converter import explained, kind_of, make_converter, own_kind
from certlib.serialize._nodes import shown
from certlib.serialize._quick import Writer, json_text, make_writer
from certlib.state._enrollments import Enrollment
from certlib.state._events import Event
from certlib.state._notices import Notice
from certlib.state._rows import TABLE
from certlib.state.facts import Fact
from certlib.transcript import Completion

__all__ = [
    "FORMAT",
    "RECORDS",
    "Document",
    "Records",
    "dump_completion",
    "dump_enrollment",
    "dump_event",
    "dump_fact",
    "dump_notice",
    "load_completion",
    "load_enrollment",
    "load_event",
    "load_fact",
    "load_notice",
]

Document: TypeAlias = dict[str, object]
T = TypeVar("T")

FORMAT: Final = 1
"""The number of the form in which records are written."""
_BEGIN: Final = f'{{"format":{FORMAT},'


class Records:
    """Writes and reads records; a host with facts of its own adds their classes.

    >>> from certlib.state.facts import CycleStarted
    >>> records = Records((*TABLE.facts,))
    >>> records.dump_fact(CycleStarted(number=1))
    ('cycle_started', {'number': 1})
    >>> Records((CycleStarted,))
    <Records: kinds of facts: 1>
    """

    def __init__(self, facts: Sequence[type[Fact]] = TABLE.facts) -> None:
        """Prepare for these kinds of facts.

        Raises:
            InvalidValueError: Two kinds have one tag.
        """
        self._kinds = {fact.tag: fact for fact in facts}
        if len(self._kinds) < len(facts):
            tags = ", ".join(fact.tag for fact in facts)
            raise InvalidValueError("Records.facts", tags, "kinds with a tag each of their own")
        self._plain = make_converter(self._kinds, detailed=False)
        self._exact = make_converter(self._kinds, detailed=True)
        self._writers: dict[type[object], Writer] = {}

    def __repr__(self) -> str:
        return f"<Records: kinds of facts: {len(self._kinds)}>"

    def dump_event(self, event: Event) -> Document:
        """Return an event as JSON values."""
        return self._dump(event)

    def load_event(self, document: object, path: str = "$") -> Event:
        """Return the event that a document holds; raise `UnknownKindError` or `InvalidValueError`."""
        return self._load(Event, document, path)

    def dump_fact(self, fact: Fact) -> tuple[str, Document]:
        """Return the tag of a fact and its fields as JSON values."""
        kind = own_kind(self._kinds, fact, "$")
        return fact.tag, cast("Document", self._plain.unstructure(fact, kind))

    def load_fact(self, tag: str, document: object, path: str = "$") -> Fact:
        """Return the fact with a tag and these fields."""
        return self._structure(kind_of(self._kinds, tag, path), document, path)

    def dump_enrollment(self, enrollment: Enrollment) -> Document:
        """Return an enrollment as JSON values."""
        return self._dump(enrollment)

    def load_enrollment(self, document: object, path: str = "$") -> Enrollment:
        """Return the enrollment that a document holds."""
        return self._load(Enrollment, document, path)

    def fact_text(self, fact: Fact) -> tuple[str, str]:
        """Return what `dump_fact` returns, the fields as JSON text in ASCII without spaces."""
        try:
            return fact.tag, self._writers[type(fact)](fact)
        except Exception:  # the first of its kind, or an undeclared value
            tag, fields = self.dump_fact(fact)
            self._learn(type(fact))
            return tag, json_text(fields)

    def enrollment_text(self, enrollment: Enrollment) -> str:
        """Return what `dump_enrollment` returns, as JSON text in ASCII without spaces."""
        try:
            return _BEGIN + self._writers[type(enrollment)](enrollment)[1:]
        except Exception:  # as above
            document = self.dump_enrollment(enrollment)
            self._learn(type(enrollment))
            return json_text(document)

    def _learn(self, kind: type[object]) -> None:
        """Generate the writer of a kind that the converter has accepted."""
        if kind not in self._writers:
            self._writers[kind] = make_writer(kind) or _declined

    def dump_completion(self, completion: Completion) -> Document:
        """Return a completion as JSON values."""
        return self._dump(completion)

    def load_completion(self, document: object, path: str = "$") -> Completion:
        """Return the completion that a document holds."""
        return self._load(Completion, document, path)

    def dump_notice(self, notice: Notice) -> Document:
        """Return a notice as JSON values."""
        return self._dump(notice)

    def load_notice(self, document: object, path: str = "$") -> Notice:
        """Return the notice that a document holds."""
        return self._load(Notice, document, path)

    def dump_value(self, value: object) -> object:
        """Return a value that is a part of a record, or stands beside one, as JSON values.

        It has no ``format`` of its own.
        """
        return cast("object", self._plain.unstructure(value))

    def load_value(self, kind: type[T], document: object, path: str = "$") -> T:
        """Return the value of a type that `dump_value` has written."""
        return self._structure(kind, document, path)

    def _dump(self, record: object) -> Document:
        return {"format": FORMAT, **self._plain.unstructure(record)}

    def _load(self, kind: type[T], document: object, path: str) -> T:
        if not isinstance(document, dict):
            raise InvalidValueError(path, shown(document), "an object")
        fields = dict(cast("Document", document))
        number = fields.pop("format", None)
        if type(number) is not int or number != FORMAT:
            raise UnknownKindError(f"{path}.format", f"format {shown(number)}", (str(FORMAT),))
        return self._structure(kind, fields, path)

    def _structure(self, kind: type[T], document: object, path: str) -> T:
        with suppress(Exception):
            return self._plain.structure(document, kind)
        try:
            return self._exact.structure(document, kind)
        except Exception as error:
            raise explained(error, path) from error


def _declined(_record: object) -> str:
    raise TypeError("this kind is written by the converter")


RECORDS: Final = Records()
"""For the facts that certlib itself records."""


def dump_event(event: Event) -> Document:
    """Return an event as JSON values.

    >>> from datetime import UTC, datetime
    >>> from certlib.state.facts import CycleStarted
    >>> now = datetime(2026, 1, 31, tzinfo=UTC)
    >>> fact = CycleStarted(number=1)
    >>> dump_event(
    ...     Event(sequence=2, entry=2, at=now, recorded_at=now, actor="learner:ann", row="start", fact=fact)
    ... )["fact"]
    {'tag': 'cycle_started', 'number': 1}
    """
    return RECORDS.dump_event(event)


def load_event(document: object, path: str = "$") -> Event:
    """Return the event that a document holds; raise `UnknownKindError` or `InvalidValueError`."""
    return RECORDS.load_event(document, path)


def dump_fact(fact: Fact) -> tuple[str, Document]:
    """Return the tag of a fact and its fields as JSON values."""
    return RECORDS.dump_fact(fact)


def load_fact(tag: str, document: object, path: str = "$") -> Fact:
    """Return the fact with a tag and these fields."""
    return RECORDS.load_fact(tag, document, path)


def dump_enrollment(enrollment: Enrollment) -> Document:
    """Return an enrollment as JSON values.

    >>> dump_enrollment(Enrollment.blank(learner="ann", certification="FIRE-1"))
    {'format': 1, 'learner': 'ann', 'certification': 'FIRE-1'}
    """
    return RECORDS.dump_enrollment(enrollment)


def load_enrollment(document: object, path: str = "$") -> Enrollment:
    """Return the enrollment that a document holds; raise `UnknownKindError` or `InvalidValueError`."""
    return RECORDS.load_enrollment(document, path)


def dump_completion(completion: Completion) -> Document:
    """Return a completion as JSON values."""
    return RECORDS.dump_completion(completion)


def load_completion(document: object, path: str = "$") -> Completion:
    """Return the completion that a document holds; raise `UnknownKindError` or `InvalidValueError`."""
    return RECORDS.load_completion(document, path)


def dump_notice(notice: Notice) -> Document:
    """Return a notice as JSON values."""
    return RECORDS.dump_notice(notice)


def load_notice(document: object, path: str = "$") -> Notice:
    """Return the notice that a document holds; raise `UnknownKindError` or `InvalidValueError`."""
    return RECORDS.load_notice(document, path)
