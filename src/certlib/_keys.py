"""Keys of commands: a retry is answered as the first time, and a key is never used for two commands.

A host's key is stored with a mark before it, so that it never meets a key of the library's own, such as that
of a row of an import. It is bound to tenant, actor, learner, certification and command. With it is kept what
`certlib.state.Accepted` was answered: the numbers of the events, the statuses and the notices. Events are
never rewritten, so the first answer can be given again, whatever has happened since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from typing import Final, cast

import attrs
from attrs import Factory, evolve, field, frozen

from certlib.actors import Actor
from certlib.errors import ConflictError, RefusedError, StoreError
from certlib.ports import Change, EnrollmentKey, Store
from certlib.serialize import RECORDS, Document
from certlib.state import Accepted, Command, Enrollment, Notice, Status, replay

__all__ = ["HOST", "KeyedCommand"]

HOST: Final = " host:"
"""What stands before a host's key: no import has an id that begins with a space."""


def _digest(keyed: KeyedCommand) -> str:
    where, command = keyed.enrollment, keyed.command
    parts = (keyed.store.tenant, str(keyed.actor), where.learner, where.certification)
    text = json.dumps([*parts, command.name, _plain(command)], sort_keys=True)
    return sha256(text.encode()).hexdigest()


@frozen(kw_only=True)
class KeyedCommand:
    """A command of a host that has a key."""

    store: Store
    key: str
    actor: Actor
    enrollment: EnrollmentKey
    command: Command
    bound_to: str = field(init=False, default=Factory(_digest, takes_self=True))
    """The digest of what the key is bound to: a command may hold what people wrote."""

    @property
    def _stored(self) -> str:
        return f"{HOST}{self.key}"

    def first_answer(self) -> Accepted | None:
        """Return what was answered when this command was first given with this key; None: it is new.

        Raises:
            StoreError: The key was used for another command (``key_reused``).
        """
        saved = self.store.saved_answers([self._stored]).get(self._stored)
        if saved is None:
            return None
        if saved.bound_to != self.bound_to or saved.answer is None:
            raise self._reused()
        return self._answered(json.loads(saved.answer))

    def bind(self, change: Change, accepted: Accepted, before: Enrollment) -> Change:
        """Return a change that is saved under the key, with the answer."""
        old = self._is_key_of_before()
        return evolve(
            change,
            key=self.key if old else self._stored,
            bound_to=self.bound_to,
            answer=json.dumps(
                {
                    "events": [before.version + 1, accepted.enrollment.version],
                    "before": accepted.before,
                    "after": accepted.after,
                    "notices": [RECORDS.dump_notice(each) for each in accepted.notices],
                    "withdrawn": [RECORDS.dump_notice(each) for each in accepted.withdrawn],
                },
                separators=(",", ":"),
            ),
        )

    def saved_by(self, save: Callable[[], Accepted]) -> Accepted:
        """Return what saving answers, or the first answer where the same was saved meanwhile.

        The slower of two who give the same command at once may have decided it for another instant, or
        be refused what the faster one has done.
        """
        try:
            return save()
        except (RefusedError, ConflictError, StoreError) as error:
            reused = error.code == "key_reused"
            first = self.first_answer() if reused or not isinstance(error, StoreError) else None
            if first is not None:
                return first
            if reused:  # a key of before, that was used for something else
                raise self._reused() from None
            raise

    def again(self, decided: Accepted) -> Accepted:
        """Return the first answer of a change that was saved already; ``decided`` is that of a retry."""
        # A key of before keeps no answer: nothing more is known than that it was done.
        return self.first_answer() or evolve(
            decided, events=(), notices=(), withdrawn=(), before=decided.after
        )

    def _is_key_of_before(self) -> bool:
        """Whether a release that did not bind keys stored this one, for a command and no import."""
        saved = self.store.saved_answers([self.key]).get(self.key)
        if saved is None or saved.bound_to is not None:
            return False
        import_id, _, row = self.key.removesuffix(":undo").rpartition(":")
        if not (import_id and row.isascii() and row.isdigit()):
            return True
        rows = self.store.import_rows(import_id, limit=1, after=int(row) - 1)
        return not rows or rows[0].row != int(row)

    def _answered(self, kept: Document) -> Accepted:
        first, last = cast("list[int]", kept["events"])
        where = self.enrollment
        history = self.store.history([where]).get(where, ())
        before, after = (cast("str | None", kept[name]) for name in ("before", "after"))
        return Accepted(
            enrollment=replay(
                [each for each in history if each.sequence <= last],
                learner=where.learner,
                certification=where.certification,
            ),
            events=tuple(each for each in history if first <= each.sequence <= last),
            notices=_notices(kept["notices"]),
            before=None if before is None else Status(before),
            after=None if after is None else Status(after),
            withdrawn=_notices(kept["withdrawn"]),
        )

    def _reused(self) -> StoreError:
        return StoreError.key_reused(f"the store of {self.store.tenant}", self.key)


def _notices(documents: object) -> tuple[Notice, ...]:
    return tuple(RECORDS.load_notice(each) for each in cast("list[object]", documents))


def _plain(value: object) -> object:
    """Return a value as JSON that is the same for equal values: instants in UTC, no defaults.

    A field that a later release adds with a default changes nothing.
    """
    if attrs.has(type(value)):
        kept: dict[str, object] = {"": type(value).__name__}
        for each in attrs.fields(cast("type[attrs.AttrsInstance]", type(value))):
            own = getattr(value, each.name)
            if own != each.default:
                kept[each.name] = _plain(own)
        return kept
    match value:
        case Enum():
            return _plain(value.value)
        case bool() | int() | float() | str() | None:
            return value
        case datetime():
            return value.astimezone(UTC).isoformat()
        case tuple() | list():
            return [_plain(each) for each in cast("list[object]", value)]
        case set() | frozenset():
            return sorted(json.dumps(_plain(each)) for each in cast("set[object]", value))
        case Mapping():
            items = cast("Mapping[object, object]", value).items()
            return {str(name): _plain(own) for name, own in items}
        case _:
            return [type(value).__name__, str(value)]
