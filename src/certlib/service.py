"""The service: what hosts call.

It loads a case, lets the core decide, and saves; it raises where the core returns. Every call names its actor (W1). Nothing here knows a rule: rules are in `certlib.state`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import BinaryIO, TypeVar

from attrs import evolve, frozen

from certlib.actors import Actor, Role
from certlib.errors import ConflictError, InvalidValueError, RefusalReason, RefusedError
from certlib.io.apply import Applied, Progress, apply
from certlib.io.columns import Format
from certlib.io.preview import ImportOptions, Look, Preview, Work, preview
from certlib.ports import Change, Conflict, EnrollmentKey, Saved
from certlib.questions import PAGE, Answer, Questions, Standing
from certlib.recording import Loaded, change_of, completion_change, enrollment_change
from certlib.state import Accepted, Case, Command, Decision, Refused, decide, fulfil
from certlib.state.fulfilment import FOLLOWED
from certlib.transcript import Completion

__all__ = ["Answer", "Service", "Standing", "Sweep"]

ATTEMPTS = 5
"""How often a change is worked out again when others change the same enrollment meanwhile."""

R = TypeVar("R")


@frozen(kw_only=True)
class Sweep:
    """What a sweep did. It records no facts: it refreshes the index that searches use (T1)."""

    enrollments: int
    notices: int
    remaining: int
    skipped: bool = False
    """Whether it did nothing because a former sweep had a later ``now`` (T7)."""


class Service(Questions):
    """certlib over a host's people and catalog, and a store.

    ``sources`` and ``store`` may be the same object, as the embedded SQLite store is.
    """

    def perform(
        self,
        command: Command,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        now: datetime,
        key: str | None = None,
    ) -> Accepted:
        """Give one command and save what it records.

        What the system does at once about completions that are there already is part of the same
        change. ``key`` makes a retry harmless: with the same key nothing is saved twice.

        Raise `NotFoundError`, `RefusedError` with every reason, or `ConflictError` where others kept
        changing the enrollment.
        """
        if key is not None and self.store.saved_keys([key]):
            enrollment = self._case(learner, certification, actor).enrollment
            status = enrollment.status_at(max(now, enrollment.last_fact_at or now))
            return Accepted(
                enrollment=enrollment, events=(), notices=(), before=status, after=status
            )

        def work() -> tuple[Change, Accepted]:
            case = self._case(learner, certification, actor)
            decision = decide(case, command, actor=actor, now=now, table=self.table)
            if isinstance(decision, Refused):
                raise _refusal(learner, certification, command.name, decision)
            decisions = (decision, *self._followed(case, command, decision, now))
            return change_of(case, decisions, now=now, key=key), _joined(decisions)

        return self._save(work)

    def _save(self, work: Callable[[], tuple[Change, R]]) -> R:
        """Save what is worked out; work it out again where others have changed the enrollment."""
        conflict: Conflict | None = None
        for _ in range(ATTEMPTS):
            change, result = work()
            answer = self.store.save((change,))[0]
            if isinstance(answer, Saved):
                return result
            conflict = answer
        assert conflict is not None  # noqa: S101 (there was at least one attempt)
        key = conflict.key
        raise ConflictError(key.learner, key.certification, conflict.expected, conflict.found)

    def _followed(
        self, case: Case, command: Command, decision: Accepted, now: datetime
    ) -> Iterator[Accepted]:
        if isinstance(command, FOLLOWED):
            changed = case.after(decision.enrollment, decision.events)
            yield from fulfil(changed, now=now, table=self.table)

    def preview_command(
        self, command: Command, *, learner: str, certification: str, actor: Actor, now: datetime
    ) -> Decision:
        """Say what a command would do, and save nothing (Q9)."""
        case = self._case(learner, certification, actor)
        return decide(case, command, actor=actor, now=now, table=self.table)

    def record(
        self, completions: Sequence[Completion], *, learner: str, actor: Actor, now: datetime
    ) -> tuple[Accepted, ...]:
        """Record completions of one learner, and do what the system does about them (C1, C7).

        A completion that is known already changes nothing. Returns what it led to, in order.
        """
        self._visible_learner(learner, actor)
        if actor.role not in {Role.ADMIN, Role.SYSTEM}:
            raise _role_may_not(actor, "record_completions", learner)
        led_to: list[Accepted] = []
        for completion in sorted(completions, key=lambda each: each.at):
            if completion.at > now:
                raise InvalidValueError(
                    "the completion", completion.at.isoformat(), f"not after now, {now.isoformat()}"
                )

            def work(completion: Completion = completion) -> tuple[Change, tuple[Accepted, ...]]:
                loaded = Loaded.fetch(
                    self.sources,
                    self.store,
                    learners=[learner],
                    completed=[(learner, completion.training)],
                )
                return completion_change(loaded, learner, completion, now=now, table=self.table)

            led_to.extend(self._save(work))
        return tuple(led_to)

    def preview_import(
        self,
        source: BinaryIO,
        *,
        format: Format,  # noqa: A002 (the word of the field)
        actor: Actor,
        now: datetime,
        options: ImportOptions | None = None,
        look: Look | None = None,
    ) -> Preview:
        """Say of every row of a file what an import would make of it, and write nothing (F1).

        ``source`` is seekable and is read from its beginning. ``look`` is shown each row. Raise
        `ImportFileError` where the file as a whole cannot be read.
        """
        return preview(self._work(source, format, options, actor, now), look)

    def apply_import(
        self,
        source: BinaryIO,
        *,
        format: Format,  # noqa: A002
        actor: Actor,
        now: datetime,
        options: ImportOptions | None = None,
        token: str | None = None,
        file_name: str | None = None,
        look: Look | None = None,
        progress: Progress | None = None,
    ) -> Applied:
        """Record what is New in a file (F1, F4).

        The bytes are given again. With the ``token`` of a preview, raise `PreviewOutdatedError` where
        any row would fall into another set by now; nothing is written then.
        """
        work = self._work(source, format, options, actor, now)
        return apply(work, token=token, file_name=file_name, look=look, progress=progress)

    def _work(
        self,
        source: BinaryIO,
        format: Format,  # noqa: A002
        options: ImportOptions | None,
        actor: Actor,
        now: datetime,
    ) -> Work:
        return Work(
            source=source,
            format=format,
            options=options or ImportOptions(),
            actor=actor,
            now=now,
            sources=self.sources,
            store=self.store,
            table=self.table,
        )

    def sweep(self, *, actor: Actor, now: datetime, limit: int = 10_000) -> Sweep:
        """Refresh the index of enrollments that time has changed. No answer depends on it (T1, T7)."""
        if actor.role not in {Role.ADMIN, Role.SYSTEM}:
            raise _role_may_not(actor, "sweep", "everybody")
        last = self.store.last_sweep()
        if last is not None and now < last:
            return Sweep(enrollments=0, notices=0, remaining=0, skipped=True)
        done = 0
        while done < limit:
            keys = self.store.due(now, limit=min(PAGE, limit - done))
            if not keys:
                break
            self.store.save(self._refreshed(keys, now))
            done += len(keys)
        self.store.record_sweep(now)
        return Sweep(enrollments=done, notices=0, remaining=self._count_due(now))

    def _refreshed(self, keys: Sequence[EnrollmentKey], now: datetime) -> list[Change]:
        """Return a change for each learner that touches nothing but the index."""
        found = self.store.load(keys).values()
        by_learner = groupby(
            sorted(found, key=lambda each: each.learner), key=lambda each: each.learner
        )
        return [
            Change(
                learner=learner,
                enrollments=tuple(enrollment_change(each, each, (), now) for each in enrollments),
            )
            for learner, enrollments in by_learner
        ]

    def _count_due(self, now: datetime) -> int:
        count = 0
        after: EnrollmentKey | None = None
        while keys := self.store.due(now, limit=PAGE, after=after):
            count, after = count + len(keys), keys[-1]
        return count


def _joined(decisions: Sequence[Accepted]) -> Accepted:
    """Return one answer for a command and what the system did at once because of it."""
    return evolve(
        decisions[-1],
        events=tuple(event for decision in decisions for event in decision.events),
        notices=tuple(notice for decision in decisions for notice in decision.notices),
        before=decisions[0].before,
    )


def _refusal(learner: str, certification: str, command: str, refused: Refused) -> RefusedError:
    """Return the error for a refusal."""
    return RefusedError(
        learner,
        certification,
        command,
        refused.status.value if refused.status else "none",
        tuple(
            RefusalReason(
                code=reason.code,
                text=reason.text,
                kind=reason.kind.value,
                params=dict(reason.params),
                opens_at=reason.opens_at,
            )
            for reason in refused.reasons
        ),
    )


def _role_may_not(actor: Actor, command: str, learner: str) -> RefusedError:
    reason = RefusalReason(
        code="role_may_not",
        kind="actor",
        text=f"this is done by admin, system, not by a {actor.role.value}",
        params={"role": actor.role.value, "roles": "admin, system"},
    )
    return RefusedError(learner, "every certification", command, "none", (reason,))
