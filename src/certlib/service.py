"""The service: what hosts call.

It loads a case, lets the core decide, and saves; it raises where the core returns. Every call names its actor (W1). Nothing here knows a rule: rules are in `certlib.state`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import BinaryIO, TypeVar

from attrs import evolve, frozen

from certlib.actors import Actor, ScopeKind, require_administrator
from certlib.audit import Finding, Record, audit
from certlib.certifications import Certification, VersionState
from certlib.errors import InvalidValueError, RefusedError
from certlib.exports import Exports
from certlib.io.apply import Applied, Progress, apply
from certlib.io.columns import Format
from certlib.io.preview import ImportOptions, Look, Preview, Work, preview
from certlib.io.review import ImportedRow, import_found, imported_rows, imports_visible
from certlib.io.undo import Undoing, Undone, undo
from certlib.periods import day_in
from certlib.ports import (
    Change,
    Conflict,
    EnrollmentChange,
    EnrollmentKey,
    ImportRecord,
    Query,
    Saved,
)
from certlib.questions import PAGE, Answer, Standing
from certlib.recording import (
    ATTEMPTS,
    Loaded,
    change_of,
    completion_change,
    enrollment_change,
    is_withheld,
)
from certlib.state import (
    Accepted,
    Case,
    Command,
    Decision,
    Difference,
    Enrollment,
    Notice,
    Refused,
    decide,
    differences,
    fulfil,
    plan,
)
from certlib.state.commands import MoveToVersion
from certlib.state.fulfilment import FOLLOWED
from certlib.transcript import Completion, Transcript

__all__ = ["Answer", "Moved", "Service", "Standing", "Sweep"]

R = TypeVar("R")


@frozen(kw_only=True)
class Sweep:
    """What a sweep did. It records no facts: it refreshes the index that searches use (T1)."""

    enrollments: int
    notices: int
    remaining: int
    skipped: bool = False
    """Whether it did nothing because a former sweep had a later ``now`` (T7)."""


@frozen(kw_only=True)
class Moved:
    """What moving to a version would do to one learner."""

    learner: str
    decision: Decision
    differences: tuple[Difference, ...]


class Service(Exports):
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
        notify: bool = True,
    ) -> Accepted:
        """Give one command and save what it records.

        What the system does at once about completions that are there already is part of the same
        change. ``key`` makes a retry harmless: with the same key nothing is saved twice. Without
        ``notify`` nobody is told of it.

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
            return change_of(case, decisions, now=now, key=key, notify=notify), _joined(decisions)

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
        raise conflict.error()

    def _followed(
        self, case: Case, command: Command, decision: Accepted, now: datetime
    ) -> Iterator[Accepted]:
        if isinstance(command, FOLLOWED):
            changed = case.after(decision.enrollment, decision.events)
            yield from fulfil(changed, now=now, table=self.table)

    def preview_command(
        self, command: Command, *, learner: str, certification: str, actor: Actor, now: datetime
    ) -> Decision:
        """Say what a command would do, and save nothing (Q9); see `certlib.state.differences`."""
        case = self._case(learner, certification, actor)
        decision = decide(case, command, actor=actor, now=now, table=self.table)
        if isinstance(decision, Refused):
            return decision
        return _joined((decision, *self._followed(case, command, decision, now)))

    def preview_version(
        self,
        certification: Certification,
        *,
        number: int,
        redate: bool,
        actor: Actor,
        now: datetime,
    ) -> Iterator[Moved]:
        """Say of everybody who has a record what moving to a version would change (P13).

        ``certification`` is given as it would be, with a version that may not be published yet: it is
        looked at as if it were published now. Nothing is saved.
        """
        published = _published_now(certification, number, now)
        query = Query(certifications=(certification.code,), at=now)
        command = MoveToVersion(version=number, redate=redate)
        for page in self._pages(query):
            people = self.sources.learners({each.learner for each in page})
            histories = self.store.history([EnrollmentKey.of(each) for each in page])
            transcripts = self.sources.transcripts({each.learner for each in page})
            for stored in page:
                person = people.get(stored.learner)
                if person is None or not actor.covers(person, certification.code):
                    continue
                case = Case(
                    learner=person,
                    certification=published,
                    enrollment=stored,
                    transcript=transcripts.get(stored.learner, Transcript()),
                    history=histories.get(EnrollmentKey.of(stored), ()),
                )
                decision = decide(case, command, actor=actor, now=now, table=self.table)
                if isinstance(decision, Accepted):
                    decision = _joined((decision, *self._followed(case, command, decision, now)))
                left = decision.enrollment if isinstance(decision, Accepted) else stored
                at = max(now, stored.last_fact_at or now)
                yield Moved(
                    learner=person.id,
                    decision=decision,
                    differences=differences(stored, left, at),
                )

    def record(
        self,
        completions: Sequence[Completion],
        *,
        learner: str,
        actor: Actor,
        now: datetime,
        notify: bool = True,
    ) -> tuple[Accepted, ...]:
        """Record completions of one learner, and do what the system does about them (C1, C7).

        A completion that is known already changes nothing. Returns what it led to, in order. Without
        ``notify`` nobody is told of it.
        """
        self._visible_learner(learner, actor)
        require_administrator(actor, "record_completions", learner=learner)
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
                return completion_change(
                    loaded, learner, completion, now=now, table=self.table, notify=notify
                )

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

    def imports(self, *, actor: Actor) -> tuple[ImportRecord, ...]:
        """Return the imports that the actor may look at, oldest first, with how they were undone (F5).

        Who reaches the whole tenant sees all; an administrator with a narrower scope, his own.
        """
        return tuple(imports_visible(self.store, actor))

    def import_rows(self, import_id: str, *, actor: Actor, now: datetime) -> Iterator[ImportedRow]:
        """Yield the rows of an import that recorded something, with all that they recorded (F5).

        Raise `NotFoundError` where there is no such import.
        """
        import_found(self.store, import_id, actor)
        return imported_rows(import_id, self.sources, self.store, actor=actor, now=now)

    def preview_undo(
        self, import_id: str, *, actor: Actor, now: datetime, reason: str = "preview"
    ) -> Undone:
        """Say what would be undone and what would be refused, and why; write nothing."""
        undoing = self._undoing(import_id, reason, actor, now)
        return undo(undoing, self.sources, self.store, verify_only=True)

    def undo_import(
        self,
        import_id: str,
        *,
        reason: str,
        actor: Actor,
        now: datetime,
        progress: Progress | None = None,
    ) -> Undone:
        """Strike all that an import recorded (F5): afterwards it is as if it had not been.

        A row on which something was built is refused and stays; the others are undone all the same.
        Run again, it takes up what was refused, or what an interruption has left. Raise
        `NotFoundError`; `RefusedError` where nothing is left to undo, no reason is given or the actor
        may not; `ConflictError` where others keep changing an enrollment.
        """
        undoing = self._undoing(import_id, reason, actor, now)
        return undo(undoing, self.sources, self.store, progress=progress)

    def _undoing(self, import_id: str, reason: str, actor: Actor, now: datetime) -> Undoing:
        return Undoing(import_id=import_id, reason=reason, actor=actor, now=now, table=self.table)

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
        """Write reminders that have become due, and refresh the index of what time has changed.

        It records no facts, and no answer depends on it (T1, T7).
        """
        require_administrator(actor, "sweep")
        last = self.store.last_sweep()
        if last is not None and now < last:
            return Sweep(enrollments=0, notices=0, remaining=0, skipped=True)
        seen, done, notices = 0, 0, 0
        while seen < limit:
            keys = self.store.due(now, limit=min(PAGE, limit - seen))
            if not keys:
                break
            changes = self._swept(keys, now)
            answers = self.store.save(changes)
            # What somebody else has changed meanwhile is due again, and comes round once more.
            saved = [c for c, a in zip(changes, answers, strict=True) if isinstance(a, Saved)]
            seen += len(keys)
            done += sum(len(change.enrollments) for change in saved)
            notices += sum(len(change.notices) for change in saved)
        self.store.record_sweep(now)
        return Sweep(enrollments=done, notices=notices, remaining=self._count_due(now))

    def _swept(self, keys: Sequence[EnrollmentKey], now: datetime) -> list[Change]:
        """Return a change for each learner that touches nothing but the index and the outbox."""
        enrollments = self.store.load(keys)
        certifications = self.sources.certifications({key.certification for key in keys})
        reminding = [key for key in enrollments if _reminds(certifications.get(key.certification))]
        people = self.sources.learners({key.learner for key in reminding})
        histories = self.store.history(reminding)
        known = self.store.notice_keys(reminding)
        changes: list[Change] = []
        for learner, of_learner in groupby(sorted(enrollments), key=lambda key: key.learner):
            parts: list[EnrollmentChange] = []
            due: list[Notice] = []
            for key in of_learner:
                certification = certifications.get(key.certification)
                if (
                    certification is None
                ):  # gone from the catalog: there is nothing to refresh it by
                    certification = Certification(code=key.certification)
                stored = enrollments[key]
                parts.append(enrollment_change(certification, stored, stored, (), now))
                planned = plan(histories.get(key, ()), certification, learner=learner, until=now)
                due += (
                    each.notice
                    for each in planned
                    if each.withdrawn_at is None and each.notice.key not in known.get(key, ())
                )
            person = people.get(learner)
            changes.append(
                Change(
                    learner=learner,
                    enrollments=tuple(parts),
                    notices=tuple(n for n in due if person and not is_withheld(n, person)),
                    withheld=tuple(n for n in due if not person or is_withheld(n, person)),
                )
            )
        return changes

    def audit(
        self,
        *,
        actor: Actor,
        at: datetime,
        learner: str | None = None,
        certification: str | None = None,
    ) -> Iterator[Finding]:
        """Yield what is wrong with the records in the actor's scope, by key; mend nothing.

        A learner or a certification that is asked for by name must be there.

        ``at`` is the present. Only a scope of the whole tenant reaches records whose learner or
        certification is gone.
        """
        require_administrator(actor, "audit", learner=learner)
        if learner is not None:
            self._visible_learner(learner, actor)
        if certification is not None:
            self.zone_of(certification)
        query = Query(
            learners=None if learner is None else (learner,),
            certifications=None if certification is None else (certification,),
            at=at,
        )
        for page in self._pages(query):
            for record in self._records(page, actor):
                yield from audit(record, at=at, table=self.table)

    def _records(self, page: Sequence[Enrollment], actor: Actor) -> Iterator[Record]:
        names = {each.learner for each in page}
        people, transcripts = self.sources.learners(names), self.sources.transcripts(names)
        certifications = self.sources.certifications({each.certification for each in page})
        keys = [EnrollmentKey.of(each) for each in page]
        histories, indexed = self.store.history(keys), self.store.indexed(keys)
        for stored in page:
            person = people.get(stored.learner)
            reached = (
                actor.scope.kind is ScopeKind.TENANT
                if person is None
                else actor.covers(person, stored.certification)
            )
            if reached:
                yield Record(
                    enrollment=stored,
                    history=histories.get(EnrollmentKey.of(stored), ()),
                    certification=certifications.get(stored.certification),
                    learner=person,
                    transcript=transcripts.get(stored.learner, Transcript()),
                    index=indexed.get(EnrollmentKey.of(stored)),
                )

    def _count_due(self, now: datetime) -> int:
        count = 0
        after: EnrollmentKey | None = None
        while keys := self.store.due(now, limit=PAGE, after=after):
            count, after = count + len(keys), keys[-1]
        return count


def _published_now(certification: Certification, number: int, now: datetime) -> Certification:
    """Return a certification with a version that counts as published now, if it does not yet."""
    versions = tuple(
        evolve(
            version,
            state=VersionState.PUBLISHED,
            published_on=day_in(version.policy.time_zone, now),
        )
        if version.number == number and not version.published_by(now)
        else version
        for version in certification.versions
    )
    return evolve(certification, versions=versions)


def _reminds(certification: Certification | None) -> bool:
    versions = certification.versions if certification else ()
    return any(version.policy.reminders for version in versions)


def _joined(decisions: Sequence[Accepted]) -> Accepted:
    """Return one answer for a command and what the system did at once because of it."""
    return evolve(
        decisions[-1],
        events=tuple(event for decision in decisions for event in decision.events),
        notices=tuple(notice for decision in decisions for notice in decision.notices),
        withdrawn=tuple(notice for decision in decisions for notice in decision.withdrawn),
        before=decisions[0].before,
    )


def _refusal(learner: str, certification: str, command: str, refused: Refused) -> RefusedError:
    """Return the error for a refusal."""
    return RefusedError(
        learner,
        certification,
        command,
        refused.status.value if refused.status else "none",
        refused.reasons,
    )
