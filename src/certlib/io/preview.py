"""The first phase of an import: read and classify every row, and write nothing (F1, F3).

Every row falls into exactly one set: New, Already completed, or an Error with a reason. Rows are
classified against the store as it was before the file, so that their order changes no count; an
exact repeat in the file is New once. Where an import of this very file was interrupted, what it
recorded is left out of account, so that it can be taken up again (F4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, TypeAlias

from attrs import frozen

from certlib.actors import Actor, Role
from certlib.errors import RefusalReason, RefusedError
from certlib.io.columns import CompletionWanted, Format, RowFlaw, Wanted
from certlib.io.matching import Matcher
from certlib.io.reader import Layout, Limits, Reader, Record, RowProblem
from certlib.io.cells import restore
from certlib.periods import day_in
from certlib.ports import Outcome, Sources, Store
from certlib.recording import Loaded
from certlib.state import TABLE, Case, Refused, Table, decide, replay
from certlib.state.commands import Award

__all__ = ["ImportOptions", "Plan", "Preview", "PreviewedRow", "Work", "preview"]

CHUNK = 1000
"""Rows that are looked up together."""
BLOCK = 1 << 16
"""Bytes that are read from the file at a time."""


@frozen(kw_only=True)
class ImportOptions:
    """How to read a file."""

    encoding: str | None = None
    delimiter: str | None = None
    limits: Limits = Limits()
    time_zone: str = "UTC"
    """The tenant's zone: a completion known by its date is of a day there (T3b)."""


@frozen(kw_only=True)
class Plan:
    """What a New row will record."""

    row: int
    learner: str
    on: date
    training: str | None = None
    """The code of the training that was completed, or None for an award."""
    kind_order: int
    certification: str | None = None
    """The code of the certification that is awarded, or None for a completion."""


@frozen(kw_only=True)
class PreviewedRow:
    """One row and the set it falls into."""

    row: int
    line: int
    fields: tuple[str, ...]
    """The input's own cells, in the file's order."""
    outcome: Outcome
    problem: RowProblem | None = None
    plan: Plan | None = None


@frozen(kw_only=True)
class Preview:
    """What an import would do. Nothing about it is stored; ``token`` identifies it (F4b)."""

    token: str
    """Digest of bytes, options, actor, tenant, and every row's set."""
    digest: str
    """SHA-256 of the file's bytes."""
    purpose: str
    """Digest of bytes, options, actor and tenant."""
    rows: int
    new: int
    already_completed: int
    errors: int
    blank: int
    problems: tuple[RowProblem, ...]
    layout: Layout | None
    resumes: str | None
    """The id of an interrupted import of this file, which applying will finish."""


Look: TypeAlias = Callable[[PreviewedRow], None]


@frozen(kw_only=True)
class Work:
    """What an import works on: the file, how to read it, who, when, and against what."""

    source: BinaryIO
    """Seekable; it is read from its beginning each time."""
    format: Format
    options: ImportOptions
    actor: Actor
    now: datetime
    sources: Sources
    store: Store
    table: Table = TABLE

    def purpose(self, digest: str) -> str:
        """Return what makes two imports the same work: bytes, format, options, actor, tenant."""
        options = self.options
        limits = options.limits
        parts = {
            "digest": digest,
            "format": self.format.name,
            "encoding": options.encoding,
            "delimiter": options.delimiter,
            "limits": [
                limits.file_bytes,
                limits.record_bytes,
                limits.field_characters,
                limits.row_limit,
            ],
            "time_zone": options.time_zone,
            "actor": str(self.actor),
            "tenant": self.store.tenant,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def preview(work: Work, look: Look | None = None) -> Preview:
    """Classify every row of a file; ``look`` is shown each one, in the file's order.

    Raise `ImportFileError` where the file as a whole cannot be read, and `RefusedError` where the
    actor may not import at all. Nothing is written.
    """
    if work.actor.role not in {Role.ADMIN, Role.SYSTEM}:
        text = f"files are imported by admin, system, not by a {work.actor.role.value}"
        raise RefusedError(
            "everybody",
            "every certification",
            "import",
            "none",
            (RefusalReason(code="role_may_not", text=text),),
        )
    digest = _digest(work.source)
    purpose = work.purpose(digest)
    unfinished = [
        record.id for record in work.store.imports(purpose=purpose) if not record.finished
    ]
    resumes = unfinished[-1] if unfinished else None
    reader = Reader(
        work.format.heading,
        encoding=work.options.encoding,
        delimiter=work.options.delimiter,
        limits=work.options.limits,
    )
    token = hashlib.sha256(purpose.encode())
    counts = dict.fromkeys(Outcome, 0)
    problems: list[RowProblem] = []
    for row in _Classifier(work, reader, resumes).rows():
        counts[row.outcome] += 1
        if row.problem is not None:
            problems.append(row.problem)
        token.update(
            f"{row.row}:{row.outcome}:{row.problem.code if row.problem else ''}\n".encode()
        )
        if look is not None:
            look(row)
    return Preview(
        token=token.hexdigest(),
        digest=digest,
        purpose=purpose,
        rows=sum(counts.values()),
        new=counts[Outcome.NEW],
        already_completed=counts[Outcome.ALREADY_COMPLETED],
        errors=counts[Outcome.ERROR],
        blank=reader.blank,
        problems=tuple(problems),
        layout=reader.layout,
        resumes=resumes,
    )


def _digest(source: BinaryIO) -> str:
    source.seek(0)
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
    source.seek(0)
    return digest.hexdigest()


class _Classifier:
    """Classifies the rows of one file, a chunk at a time."""

    def __init__(self, work: Work, reader: Reader, resumes: str | None) -> None:
        self._work = work
        self._reader = reader
        self._resumes = resumes
        self._seen: set[tuple[str, str, date]] = set()

    def rows(self) -> Iterator[PreviewedRow]:
        chunk: list[Record | RowProblem] = []
        for item in self._items():
            chunk.append(item)
            if len(chunk) == CHUNK:
                yield from self._classified(chunk)
                chunk = []
        yield from self._classified(chunk)

    def _items(self) -> Iterator[Record | RowProblem]:
        while block := self._work.source.read(BLOCK):
            yield from self._reader.feed(block)
        yield from self._reader.close()

    def _classified(self, chunk: Sequence[Record | RowProblem]) -> Iterator[PreviewedRow]:
        layout = self._reader.layout
        read: dict[int, Wanted | RowFlaw] = {
            item.row: self._work.format.read(tuple(map(restore, layout.pick(item.fields))))
            for item in chunk
            if isinstance(item, Record) and layout is not None
        }
        wanted = [each for each in read.values() if not isinstance(each, RowFlaw)]
        matcher = Matcher.fetch(self._work.sources, wanted, actor=self._work.actor)
        plans = {
            row: each if isinstance(each, RowFlaw) else self._matched(row, each, matcher)
            for row, each in read.items()
        }
        meant = [plan for plan in plans.values() if isinstance(plan, Plan)]
        loaded = Loaded.fetch(
            self._work.sources,
            self._work.store,
            learners={plan.learner for plan in meant},
            certifications={plan.certification for plan in meant if plan.certification},
        )
        for item in chunk:
            if isinstance(item, RowProblem):
                yield PreviewedRow(
                    row=item.row,
                    line=item.line,
                    fields=item.fields,
                    outcome=Outcome.ERROR,
                    problem=item,
                )
            else:
                yield self._judged(item, plans[item.row], loaded)

    def _matched(self, row: int, wanted: Wanted, matcher: Matcher) -> Plan | RowFlaw:
        """Return what a row will record, if it is New: who and what it means."""
        learner = matcher.learner(wanted)
        if isinstance(learner, RowFlaw):
            return learner
        if learner.id == self._work.actor.id:
            return RowFlaw(
                code="not_permitted",
                message="nobody imports for himself",
                column=wanted.learner_column,
            )
        if isinstance(wanted, CompletionWanted):
            training = matcher.training(wanted)
            if isinstance(training, RowFlaw):
                return training
            zone = self._work.options.time_zone
            plan = Plan(
                row=row,
                learner=learner.id,
                on=wanted.on,
                training=training.code,
                kind_order=1 if training.kind == "course" else 2,
            )
        else:
            certification = matcher.certification(wanted)
            if isinstance(certification, RowFlaw):
                return certification
            zone = certification.zone
            plan = Plan(
                row=row,
                learner=learner.id,
                on=wanted.on,
                certification=certification.code,
                kind_order=0,
            )
        if wanted.on > day_in(zone, self._work.now):
            return RowFlaw(
                code="future_date", message="the date lies in the future", column=wanted.date_column
            )
        return plan

    def _judged(self, record: Record, plan: Plan | RowFlaw, loaded: Loaded) -> PreviewedRow:
        """Return the set that a row falls into."""
        if isinstance(plan, Plan):
            flaw = None
            key = (plan.learner, plan.training or f"certification {plan.certification}", plan.on)
            if key in self._seen:
                outcome = Outcome.ALREADY_COMPLETED
            elif plan.certification is None:
                outcome = self._completion(plan, loaded)
            else:
                outcome, flaw = self._award(plan, loaded)
            if outcome is Outcome.NEW:
                self._seen.add(key)
            if flaw is None:
                return PreviewedRow(
                    row=record.row,
                    line=record.line,
                    fields=record.fields,
                    outcome=outcome,
                    plan=plan if outcome is Outcome.NEW else None,
                )
            plan = flaw
        problem = RowProblem(
            row=record.row,
            line=record.line,
            column=plan.column,
            code=plan.code,
            message=plan.message,
            fields=record.fields,
        )
        return PreviewedRow(
            row=record.row,
            line=record.line,
            fields=record.fields,
            outcome=Outcome.ERROR,
            problem=problem,
        )

    def _completion(self, plan: Plan, loaded: Loaded) -> Outcome:
        """Already completed when this completion or a later one is known."""
        transcript = loaded.transcripts.get(plan.learner)
        known = any(
            each.training == plan.training
            and each.day_in(self._work.options.time_zone) >= plan.on
            and (self._resumes is None or each.import_id != self._resumes)
            for each in (transcript.completions if transcript else ())
        )
        return Outcome.ALREADY_COMPLETED if known else Outcome.NEW

    def _award(self, plan: Plan, loaded: Loaded) -> tuple[Outcome, RowFlaw | None]:
        """Already completed when a certificate of that date is known, or a later one is in force.

        The rule speaks of awards; a certificate that a cycle earned on that day says the same.
        """
        case = self._before_this_import(loaded.case(plan.learner, plan.certification or ""))
        certificates = case.enrollment.certificates
        if any(each.terms.issued_on == plan.on for each in certificates):
            return Outcome.ALREADY_COMPLETED, None
        newest = case.enrollment.newest_certificate
        if newest and newest.terms.issued_on > plan.on and newest.certifies_at(self._work.now):
            return Outcome.ALREADY_COMPLETED, None
        decision = decide(
            case,
            Award(on=plan.on),
            actor=self._work.actor,
            now=self._work.now,
            table=self._work.table,
        )
        if isinstance(decision, Refused):
            why = "; ".join(f"{reason.text} ({reason.code})" for reason in decision.reasons)
            return Outcome.ERROR, RowFlaw(code="refused", message=why, column=None)
        return Outcome.NEW, None

    def _before_this_import(self, case: Case) -> Case:
        """Return a case as it was before the interrupted import recorded anything."""
        if self._resumes is None:
            return case
        history = tuple(event for event in case.history or () if event.import_id != self._resumes)
        enrollment = replay(history, learner=case.learner.id, certification=case.certification.code)
        return Case(
            learner=case.learner,
            certification=case.certification,
            enrollment=enrollment,
            transcript=case.transcript,
            history=history,
        )
