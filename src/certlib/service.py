"""The service: what hosts call.

It loads a case, lets the core decide, and saves; it raises an error where the core returns a
refusal. Every call names its actor. Nothing here knows a rule: rules are in `certlib.state`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from certlib import _questions as questions
from certlib._deciding import decide_and_follow_up
from certlib._declared import takes_instants_in
from certlib._exports import write_statuses
from certlib._keys import KeyedCommand
from certlib._loading import Loader, as_of
from certlib._previews import VersionPreview, preview_version
from certlib._questions import Answer, StatusAnswer, StatusQuestion, When
from certlib._recording import change_of, completion_change, save_decided
from certlib._sweeping import SweepReport, sweep
from certlib.actors import Actor, require_administrator, require_tenant_administrator
from certlib.audit import Finding, audit
from certlib.certifications import Certification
from certlib.errors import InvalidValueError, RefusedError
from certlib.io._exports.export import Exported, ExportOptions, export
from certlib.io._exports.records_file import export_history
from certlib.io._imports.apply import Applied, Progress, apply
from certlib.io._imports.job import ImportJob, ImportOptions, OnRow
from certlib.io._imports.preview import Preview, preview
from certlib.io._undoing.review import ImportedRow, import_found, imported_rows, imports_visible
from certlib.io._undoing.undo import Undoing, Undone, undo
from certlib.io.formats._columns import Format
from certlib.pictures import history_svg
from certlib.ports import Change, EnrollmentKey, ImportRecord, Query, Sources, Store
from certlib.state import (
    TABLE,
    Accepted,
    ChangePoint,
    Command,
    Decision,
    Enrollment,
    Event,
    HistoryEntry,
    Notice,
    Refused,
    Status,
    Table,
    Verdict,
    outlook,
    timeline,
)
from certlib.state._reminders import armed
from certlib.state.commands import MoveToVersion
from certlib.transcript import Completion, Transcript

__all__ = ["Answer", "Service", "StatusAnswer", "SweepReport", "VersionPreview", "When"]


@takes_instants_in
class Service:
    """certlib over a host's people and catalog, and a store.

    ``sources`` and ``store`` may be the same object, as with the embedded SQLite store. A learner
    or certification that is unknown, of another tenant, or out of the actor's scope is not found:
    it raises the same `NotFoundError` in each case.

    >>> from datetime import UTC
    >>> from certlib.adapters.memory import MemoryStore
    >>> store = MemoryStore()
    >>> service = Service(store=store, sources=store)
    >>> service
    <Service: tenant 'default', MemoryStore>
    >>> list(service.statuses(actor=Actor.parse("admin:eva"), at=datetime(2025, 3, 3, tzinfo=UTC)))
    []
    """

    def __init__(self, *, store: Store, sources: Sources, table: Table = TABLE) -> None:
        """Connect certlib's records, the host's people and catalog, and the rules."""
        self.store = store
        self.sources = sources
        self.table = table
        self._loader = Loader(sources, store)

    def __repr__(self) -> str:
        return f"<Service: tenant {self.store.tenant!r}, {type(self.store).__name__}>"

    # --- acting -------------------------------------------------------------------------------

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
        """Decide a command and save what it records.

        What the system does at once about completions already recorded is part of the same change.

        ``key`` makes a retry harmless: nothing is saved twice under one key. The same actor giving the
        same command for the same learner and certification again gets the first answer, whatever has
        happened since. Without ``notify`` nobody is told of it.

        Raise `RefusedError` with every reason, `ConflictError` if others keep changing the
        enrollment or the transcript, or `StoreError` if the key was used for anything else
        (``key_reused``).
        """
        keyed = None
        if key is not None:
            self._loader.reached(learner, certification, actor)
            keyed = KeyedCommand(
                store=self.store,
                key=key,
                actor=actor,
                enrollment=EnrollmentKey(learner, certification),
                command=command,
            )
            first = keyed.first_answer()
            if first is not None:
                return first

        def decided() -> tuple[Change, Accepted]:
            case = self._loader.case(learner, certification, actor)
            decision = decide_and_follow_up(case, command, actor=actor, now=now, table=self.table)
            if isinstance(decision, Refused):
                raise _refusal(learner, certification, command.name, decision)
            change = change_of(case, (decision,), now=now, notify=notify)
            if keyed is not None:
                change = keyed.bind(change, decision, case.enrollment)
            return change, decision

        if keyed is None:
            return save_decided(self.store, decided)
        return keyed.saved_by(lambda: save_decided(self.store, decided, again=keyed.again))

    def record(
        self,
        completions: Sequence[Completion],
        *,
        learner: str,
        actor: Actor,
        now: datetime,
        notify: bool = True,
    ) -> tuple[Accepted, ...]:
        """Record completions of one learner, and do what the system does about them (C7).

        A completion that is already known changes nothing. Return what the completions led to, in
        order. Without ``notify`` nobody is told of it.
        """
        self._loader.learner(learner, actor)
        require_administrator(actor, "record_completions", learner=learner)
        led_to: list[Accepted] = []
        for completion in sorted(completions, key=lambda each: each.at):
            if completion.at > now:
                raise InvalidValueError(
                    "the completion", completion.at.isoformat(), f"not after now, {now.isoformat()}"
                )

            def decided(completion: Completion = completion) -> tuple[Change, tuple[Accepted, ...]]:
                loaded = self._loader.batch(
                    learners=[learner], completed=[(learner, completion.training)]
                )
                return completion_change(
                    loaded, learner, completion, now=now, table=self.table, notify=notify
                )

            led_to.extend(save_decided(self.store, decided))
        return tuple(led_to)

    def preview_command(
        self, command: Command, *, learner: str, certification: str, actor: Actor, now: datetime
    ) -> Decision:
        """Say what a command would do, and save nothing (Q9).

        `certlib.state.differences` compares the enrollment before and after.
        """
        case = self._loader.case(learner, certification, actor)
        return decide_and_follow_up(case, command, actor=actor, now=now, table=self.table)

    def preview_version(
        self,
        certification: Certification,
        *,
        number: int,
        redate: bool,
        actor: Actor,
        now: datetime,
    ) -> Iterator[VersionPreview]:
        """Say of everybody who has a record what moving to a version would change (P13).

        ``certification`` is given as it would be, with a version that need not be published yet:
        that version counts as published now. Nothing is saved.
        """
        return preview_version(
            self._loader,
            certification,
            MoveToVersion(version=number, redate=redate),
            actor=actor,
            now=now,
            table=self.table,
        )

    # --- asking -------------------------------------------------------------------------------

    def certified(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> Answer:
        """Say whether a learner is certified at an instant, and why: the single place to ask (Q1).

        With ``known_at`` it is answered as it was known then; else as it is known now.
        """
        case = self._loader.case(learner, certification, actor)
        return questions.certified(case, at=at, known_at=known_at)

    def explain(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[Status | None, tuple[Verdict, ...]]:
        """Say what the actor may do at an instant, and why not the rest (Q2).

        For a past instant: what could have been done then, by what is known now or was known at
        ``known_at``.
        """
        case = self._loader.case(learner, certification, actor)
        return questions.explained(case, actor=actor, at=at, known_at=known_at, table=self.table)

    def statuses(
        self,
        *,
        actor: Actor,
        at: When,
        known_at: When | None = None,
        learner: str | None = None,
        certification: str | None = None,
        status: Status | None = None,
    ) -> Iterator[StatusAnswer]:
        """Yield the answer for every enrollment with a status, by learner and certification (Q3).

        Only those in the actor's scope; ``learner``, ``certification`` and ``status`` narrow it
        down.
        """
        question = StatusQuestion(
            actor=actor,
            at=at,
            known_at=known_at,
            learner=learner,
            certification=certification,
            status=status,
        )
        return questions.statuses(self._loader, question)

    def enrollment(self, *, learner: str, certification: str, actor: Actor) -> Enrollment:
        """Return what all facts so far add up to; blank if there are none."""
        return self._loader.case(learner, certification, actor).enrollment

    def transcript(
        self, *, learner: str, actor: Actor, known_at: datetime | None = None
    ) -> Transcript:
        """Return the transcript of a learner, as known now or at ``known_at``."""
        self._loader.learner(learner, actor)
        found = self.sources.transcripts([learner]).get(learner, Transcript())
        return found if known_at is None else found.known_at(known_at)

    def history(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[HistoryEntry | ChangePoint, ...]:
        """Return the facts and change points up to an instant, in the order of effect."""
        case = self._loader.case(learner, certification, actor)
        return timeline(
            case.history or (),
            learner=learner,
            certification=certification,
            until=at,
            known_at=known_at,
        )

    def timeline_with(
        self,
        events: Sequence[Event],
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
    ) -> tuple[HistoryEntry | ChangePoint, ...]:
        """Return the history up to an instant as it would be with these events added (Q9)."""
        case = self._loader.case(learner, certification, actor)
        return timeline(
            (*(case.history or ()), *events),
            learner=learner,
            certification=certification,
            until=at,
        )

    def picture(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> str:
        """Return the timeline of one enrollment as SVG: as of an instant, as known at another."""
        case = self._loader.case(learner, certification, actor)
        return history_svg(
            case.history or (),
            certification=case.certification,
            learner=learner,
            at=at,
            known_at=known_at,
        )

    def outlook(
        self,
        *,
        learner: str,
        certification: str,
        actor: Actor,
        at: datetime,
        known_at: datetime | None = None,
    ) -> tuple[ChangePoint, ...]:
        """Return the change points after an instant, if nothing else happens (Q9)."""
        case = self._loader.case(learner, certification, actor)
        return outlook(as_of(case.enrollment, case.history, at=at, known_at=known_at), at)

    def reminders(
        self, *, learner: str, certification: str, actor: Actor, at: datetime
    ) -> tuple[Notice, ...]:
        """Return the reminders that will be due after an instant, if nothing else happens (P12)."""
        case = self._loader.case(learner, certification, actor)
        ahead = armed(as_of(case.enrollment, case.history, at=at), case.certification)
        return tuple(notice for notice in ahead if notice.at > at)

    def zone_of(self, certification: str) -> str:
        """Return the time zone of a certification, whatever the actor's scope."""
        return self._loader.certification(certification).zone

    # --- importing ----------------------------------------------------------------------------

    def preview_import(
        self,
        source: BinaryIO,
        *,
        format: Format,  # noqa: A002 (the word of the field)
        actor: Actor,
        now: datetime,
        options: ImportOptions | None = None,
        look: OnRow | None = None,
    ) -> Preview:
        """Say what an import would make of each line of a file, and write nothing (F1).

        ``source`` is seekable and is read from its beginning. ``look`` is called with each line.
        Raise `ImportFileError` if the file as a whole cannot be read.
        """
        return preview(self._import(source, format, options, actor, now), look)

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
        look: OnRow | None = None,
        progress: Progress | None = None,
    ) -> Applied:
        """Record what is New in a file (F4).

        The same bytes are given again. With the ``token`` of a preview, raise
        `PreviewOutdatedError` and write nothing if any line would fall into another set by now.
        """
        job = self._import(source, format, options, actor, now)
        return apply(job, token=token, file_name=file_name, look=look, progress=progress)

    def imports(self, *, actor: Actor) -> tuple[ImportRecord, ...]:
        """Return the imports that the actor may see, oldest first, with how they were undone (F5).

        Administrators of the whole tenant see all imports, others only their own.
        """
        return tuple(imports_visible(self.store, actor))

    def import_rows(self, import_id: str, *, actor: Actor, now: datetime) -> Iterator[ImportedRow]:
        """Yield the lines of an import that recorded something, with all they recorded (F5).

        Raise `NotFoundError` if there is no such import.
        """
        import_found(self.store, import_id, actor)
        return imported_rows(import_id, self.sources, self.store, actor=actor, now=now)

    def preview_undo(
        self, import_id: str, *, actor: Actor, now: datetime, reason: str = "preview"
    ) -> Undone:
        """Say what an undo would undo, and what it would refuse and why; write nothing."""
        undoing = self._undo(import_id, reason, actor, now)
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
        """Strike all that an import recorded, as if it had never been applied (F5).

        A line that something was built on is refused and stays; all others are undone. Run it
        again to take up what was refused, or what an interruption left. Raise `NotFoundError`;
        `RefusedError` if nothing is left to undo, no reason is given or the actor may not;
        `ConflictError` if others keep changing an enrollment.
        """
        undoing = self._undo(import_id, reason, actor, now)
        return undo(undoing, self.sources, self.store, progress=progress)

    def _import(
        self,
        source: BinaryIO,
        format: Format,  # noqa: A002
        options: ImportOptions | None,
        actor: Actor,
        now: datetime,
    ) -> ImportJob:
        return ImportJob(
            source=source,
            format=format,
            options=options or ImportOptions(),
            actor=actor,
            now=now,
            sources=self.sources,
            store=self.store,
            table=self.table,
        )

    def _undo(self, import_id: str, reason: str, actor: Actor, now: datetime) -> Undoing:
        return Undoing(import_id=import_id, reason=reason, actor=actor, now=now, table=self.table)

    # --- exporting ----------------------------------------------------------------------------

    def export(
        self,
        out: BinaryIO,
        *,
        format: Format,  # noqa: A002
        actor: Actor,
        at: datetime,
        options: ExportOptions | None = None,
    ) -> Exported:
        """Write what is known at an instant, in the actor's scope, in an import format (F9).

        Exported, imported into a store with the same people and catalog, and exported again, it is
        the same file; lines that would not come back the same are left out and counted.
        """
        return export(
            out,
            format=format,
            actor=actor,
            at=at,
            sources=self.sources,
            store=self.store,
            options=options,
            table=self.table,
        )

    def export_history(
        self, out: BinaryIO, *, actor: Actor, at: datetime, certification: str | None = None
    ) -> int:
        """Write the events in the actor's scope recorded by an instant, one JSON object a line.

        Return how many there are.
        """
        return export_history(
            out,
            actor=actor,
            at=at,
            sources=self.sources,
            store=self.store,
            certification=certification,
        )

    def export_statuses(
        self,
        out: BinaryIO,
        *,
        actor: Actor,
        at: datetime,
        options: ExportOptions | None = None,
    ) -> int:
        """Write the status of every enrollment in the actor's scope, as known at an instant.

        By learner and certification. Such a file is for reading elsewhere; imports do not read it.
        Return how many lines it has below the heading.
        """
        options = options or ExportOptions()
        only = options.certification
        answers = self.statuses(actor=actor, at=at, known_at=at, certification=only)
        return write_statuses(out, answers, options)

    # --- looking after ------------------------------------------------------------------------

    def sweep(
        self, *, actor: Actor, now: datetime, limit: int = 10_000, far_ahead: bool = False
    ) -> SweepReport:
        """Write reminders that are due, and refresh the index where time has changed a status (T7).

        It records no facts, and no answer depends on it. A sweep with an earlier ``now`` than the
        last one does nothing, so a wrong clock would stop all that follow: where ``now`` is more
        than 92 days after the last one, raise `SweepFarAheadError`, unless ``far_ahead`` says that
        it is meant. `reset_sweep` mends a sweep with a wrong clock.
        """
        require_administrator(actor, "sweep")
        return sweep(self._loader, now=now, limit=limit, far_ahead=far_ahead)

    def reset_sweep(self, *, actor: Actor, now: datetime) -> None:
        """Let sweeps go on from ``now``, after one that had a wrong clock (T7).

        What that one told is told. Raise `RefusedError` unless the actor is an administrator of the
        whole tenant.
        """
        require_tenant_administrator(actor, "reset_sweep")
        self.store.reset_sweep(now)

    def audit(
        self,
        *,
        actor: Actor,
        at: datetime,
        learner: str | None = None,
        certification: str | None = None,
    ) -> Iterator[Finding]:
        """Yield what is wrong with the records in the actor's scope, by key; mend nothing.

        ``at`` is the present. Only a scope of the whole tenant reaches records whose learner or
        certification is gone.
        """
        require_administrator(actor, "audit", learner=learner)
        if learner is not None:
            self._loader.learner(learner, actor)
        if certification is not None:
            self._loader.certification(certification)
        query = Query(
            learners=None if learner is None else (learner,),
            certifications=None if certification is None else (certification,),
            at=at,
        )
        for page in self._loader.pages(query):
            for record in self._loader.records(page, actor):
                yield from audit(record, at=at, table=self.table)


def _refusal(learner: str, certification: str, command: str, refused: Refused) -> RefusedError:
    return RefusedError(
        learner,
        certification,
        command,
        refused.status.value if refused.status else "none",
        refused.reasons,
    )
