"""Make a small, varied store with the code there is, and keep what it answers.

    python -m tools.make_stored tests/fixtures/stored/v3

writes `store.db`, `catalog.json` and `records.jsonl`, and `answers.json` with every answer that
`answers_of` reads off the store. `tests/adapters/test_old_stores.py` opens copies of these with the
code of later days, which must give the same answers. A folder is made once, by the code of its time,
and never again; the README of the fixtures says by which.

The people, the catalog and the chances are the same every time. Commands of which a version knew
nothing are left out there, so that this also runs with older code.
"""

from __future__ import annotations

import io
import json
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final, TypeAlias

from certlib import Service, policies
from certlib._keys import HOST
from certlib.actors import Actor, Role
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.errors import CertlibError
from certlib.io import UNIFYR
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, Query
from certlib.serialize import (
    catalog_document,
    dump_completion,
    dump_enrollment,
    dump_event,
    read_catalog_text,
)
from certlib.state import ChangePoint, Status, commands
from certlib.transcript import Completion

SEED: Final = 20261121
BEGIN: Final = datetime(2023, 1, 9, 8, 0, tzinfo=UTC)
END: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROUNDS: Final = 74
"""How many commands are tried; most are refused."""

EVA: Final = Actor(role=Role.ADMIN, id="eva")
BO: Final = Actor(role=Role.APPROVER, id="bo")
SYSTEM: Final = Actor(role=Role.SYSTEM)

# --- what is in it --------------------------------------------------------------------------------


def records_exporter() -> Callable[..., object] | None:
    """Return what writes a records file, wherever the version has it; None: it has none."""
    for module in ("certlib.io", "certlib.io._exports.records_file", "certlib.io.records_file"):
        with suppress(ImportError, AttributeError):
            found: Callable[..., object] = import_module(module).export_records
            return found
    return None


def people() -> list[Learner]:
    """Return ten people, one of whom is not active."""
    return [
        Learner(
            id=f"learner-{number}",
            email=f"learner{number}@example.org",
            username=f"user{number}" if number % 2 else None,
            external_id=f"E-{number}" if number % 3 else None,
            name=f"Learner {number} Ñandú",
            organization=("north", "south", None)[number % 3],
            groups=("drivers",) if number % 2 else (),
            active=number != 9,
            manager_id="learner-0" if number else None,
        )
        for number in range(10)
    ]


def _done(training: str) -> dict[str, object]:
    return {"kind": "completed", "training": training}


def _step(step: str, *paths: dict[str, object]) -> dict[str, object]:
    return {"code": step, "name": step.title(), "paths": list(paths)}


def _online(training: str) -> dict[str, object]:
    return {"kind": "online", "requires": _done(training)}


def catalog(*, full: bool) -> dict[str, object]:
    """Return a catalog with every kind of path, requirement and policy that there is.

    ``full``: with the policies that came after the first day.
    """
    rules: dict[str, object] = {}
    if full:
        rules = {
            "first_validity": {"kind": "from_completion", "period": "P6M", "round_up_to": "month"},
            "look_back": "P90D",
            "fees": {"certification": True, "exam": True},
            "exam": {"attempts": 2, "cool_down": "P1D", "steps_first": True, "approval": True},
            "approval": {"roles": ["approver", "admin"]},
            "deadlines": {"initial": {"due": "P60D"}, "recertification": {"due": "P0D"}},
            "reminders": {"at": [{"about": "expiry", "days": -30}]},
        }
    either: dict[str, object] = {
        "kind": "at_least",
        "count": 2,
        "of": [
            _done("AID-1"),
            {"kind": "any_of", "of": [_done("AID-2"), _done("AID-3")]},
            {"kind": "all_of", "of": [_done("FORK"), _done("FIRE")]},
        ],
    }
    return {
        "format": "certlib.catalog/1",
        "trainings": [
            {"code": "FORK", "kind": "course", "name": "Forklift safety", "external_ids": ["3001"]},
            {"code": "FIRE", "kind": "course", "name": "Fire", "modules": ["FIRE-A", "FIRE-B"]},
            {"code": "FIRE-A", "kind": "module", "name": "Fire, first part"},
            {"code": "FIRE-B", "kind": "module", "name": "Fire, second part"},
            *(
                {"code": f"AID-{number}", "kind": "course", "name": f"First aid {number}"}
                for number in (1, 2, 3)
            ),
        ],
        "certifications": [
            {
                "code": "FORKLIFT",
                "name": "Forklift driver",
                "access": {"kind": "open"},
                "versions": [
                    {
                        "number": 1,
                        "state": "published",
                        "published_on": "2020-01-01",
                        "initial": {"steps": [_step("course", _online("FORK"))]},
                        "policy": {
                            "time_zone": "Europe/Madrid",
                            "validity": {"kind": "from_completion", "period": "P1Y"},
                            "grace": {"period": "P30D"},
                            "recertification": {"window": "P2M", "before_window": "renews"},
                        },
                    }
                ],
            },
            {
                "code": "WARDEN",
                "name": "Fire warden",
                "versions": [
                    {
                        "number": number,
                        "state": state,
                        "published_on": day,
                        "initial": {"steps": [_step("course", _online("FIRE"))]},
                        "recertification": {"steps": [_step("again", _online("FIRE-B"))]},
                        "policy": {
                            "time_zone": "Pacific/Auckland",
                            "validity": {
                                "kind": "fixed_dates",
                                "dates": ["12-31", "06-30"],
                                "minimum": "P3M",
                            },
                            "grace": {"period": grace, "counts_as_certified": True},
                            "recertification": {"window": "P3M"},
                        },
                    }
                    for number, state, day, grace in (
                        (1, "published", "2021-01-01", "P0D"),
                        (2, "published", "2024-03-01", "P14D"),
                    )
                ],
            },
            {
                "code": "AIDER",
                "name": "First aider",
                "access": {"kind": "by_request"},
                "versions": [
                    {
                        "number": 1,
                        "state": "published",
                        "published_on": "2022-01-01",
                        "initial": {
                            "steps": [
                                _step("theory", {"kind": "online", "requires": either}),
                                _step(
                                    "practice",
                                    {"kind": "classroom", "requires": _done("AID-3")},
                                    {"kind": "external", "instructions": "A photo of the card."},
                                    {"kind": "test_out", "code": "AID-TEST"},
                                ),
                            ],
                            "exam": {"code": "AID-EXAM", "name": "First aid, exam"},
                        },
                        "recertification": {"steps": [_step("refresher", _online("AID-2"))]},
                        "policy": {
                            "time_zone": "America/New_York",
                            "validity": {"kind": "from_expiry", "period": "P1Y"},
                            "grace": {"period": "P30D"},
                            "recertification": {"window": "any_time"},
                            **rules,
                        },
                    }
                ],
            },
            {
                "code": "CARD",
                "name": "Rope access card",
                "versions": [
                    {
                        "number": 1,
                        "state": "published",
                        "published_on": "2022-01-01",
                        "initial": {"steps": [_step("course", _online("AID-1"))]},
                        "policy": {
                            "validity": {"kind": "per_certificate"},
                            "recertification": {"window": "P6M", "before_window": "ignored"},
                            "certify_on_completion": False,
                        },
                    }
                ],
            },
            {
                "code": "CONDUCT",
                "name": "Code of conduct",
                "access": {"kind": "open"},
                "versions": [
                    {
                        "number": 1,
                        "state": "published",
                        "published_on": "2022-06-01",
                        "initial": {"steps": [_step("read", {"kind": "external"})]},
                    }
                ],
            },
        ],
    }


STEPS: Final = {
    "FORKLIFT": ("course",),
    "WARDEN": ("course", "again"),
    "AIDER": ("theory", "practice", "refresher"),
    "CARD": ("course",),
    "CONDUCT": ("read",),
}
CERTIFICATIONS: Final = tuple(STEPS)
TRAININGS: Final = ("FORK", "FIRE", "FIRE-A", "FIRE-B", "AID-1", "AID-2", "AID-3")

FILES: Final = (
    (
        "Email,Training Type,Name,Date (yyyy-mm-dd)\r\n"
        "learner1@example.org,course,Forklift safety,2024-02-29\r\n"
        "LEARNER2@example.org,course,3001,2024-03-01\r\n"
        "learner3@example.org,module,FIRE-A,2024-03-02\r\n"
        "learner3@example.org,module,FIRE-B,2024-03-09\r\n"
        "learner4@example.org,certification,CARD,2024-03-03\r\n"
        "learner5@example.org,certification,FORKLIFT,2023-05-31\r\n"
        "nobody@example.org,course,FORK,2024-03-03\r\n"
        "learner6@example.org,course,FORK,31/12/2023\r\n"
    ),
    (
        "Email,Training Type,Name,Date (yyyy-mm-dd)\r\n"
        "learner1@example.org,course,Forklift safety,2024-02-29\r\n"
        "learner6@example.org,certification,WARDEN,2025-01-15\r\n"
        "learner7@example.org,certification,CONDUCT,2025-01-16\r\n"
        "learner8@example.org,course,AID-2,2025-01-17\r\n"
        "learner8@example.org,course,AID-2,2025-01-17\r\n"
    ),
)


LAST: Final = 0
"""Of a request, or of an entry to strike: the entry that was recorded last."""
Tried: TypeAlias = tuple[Actor, str, Mapping[str, object]]
"""Who tries what: the name of the command's class, and its fields."""


def story(learner: str) -> list[tuple[int, str, Tried | str]]:
    """Return what somebody goes through: the day, the certification, and what is tried or completed.

    Between two things ten days pass, and more where a number says so.
    """
    own = Actor(role=Role.LEARNER, id=learner)
    aider: dict[str, list[Tried | str | int]] = {
        "learner-1": [
            (own, "RequestAccess", {}),
            (EVA, "DenyAccess", {"reason": "not now"}),
            (own, "RequestAccess", {}),
            (EVA, "ApproveAccess", {}),
            (SYSTEM, "RecordPayment", {"fee": "certification", "reference": "invoice-7"}),
            (own, "Start", {}),
            "AID-1",
            "AID-2",
            (own, "SubmitEvidence", {"step": "practice"}),
            (BO, "DenyEvidence", {"request": LAST, "reason": "not readable"}),
            (own, "SubmitEvidence", {"step": "practice"}),
            (BO, "ApproveEvidence", {"request": LAST}),
            (SYSTEM, "RecordPayment", {"fee": "exam"}),
            (SYSTEM, "RecordExam", {"passed": False, "score": "31 %"}),
            (SYSTEM, "RecordExam", {"passed": False, "score": "48 %"}),
            (own, "RequestAttempts", {}),
            (BO, "GrantAttempts", {"request": LAST, "count": 2}),
            (SYSTEM, "RecordExam", {"passed": True, "score": "71 %"}),
            (BO, "ApproveExam", {"request": LAST}),
            (EVA, "ExtendCertificate", {"until": date(2024, 9, 30), "reason": "illness"}),
        ],
        "learner-2": [
            (EVA, "Assign", {"reference": "plan-1"}),
            (own, "Enroll", {}),
            (EVA, "ExtendDeadline", {"until": date(2023, 9, 1), "reason": "illness"}),
            (EVA, "OverridePayment", {"fee": "certification", "reason": "a colleague"}),
            (own, "Start", {}),
            (SYSTEM, "RecordTestOut", {"step": "practice", "passed": False}),
            (EVA, "OverrideTraining", {"reason": "done elsewhere"}),
            (EVA, "OverrideExam", {"reason": "done elsewhere"}),
        ],
        "learner-3": [
            (EVA, "Assign", {"reference": "plan-1"}),
            (own, "Enroll", {}),
            (own, "Start", {}),
            (EVA, "RevokeAccess", {"reason": "an accident"}),
            (EVA, "Strike", {"entry": 3, "reason": "the wrong person"}),
        ],
    }
    warden: dict[str, list[Tried | str | int]] = {
        "learner-4": [
            (EVA, "Assign", {"reference": "plan-1", "due_on": date(2024, 1, 31)}),
            (own, "Enroll", {}),
            (own, "Start", {}),
            "FIRE-A",
            "FIRE-B",
            40,
            (own, "StartRecertification", {}),
            (own, "AbandonRecertification", {}),
            (EVA, "ForceRecertification", {"reason": "new rules"}),
            (EVA, "Strike", {"entry": LAST, "reason": "another rule"}),
        ],
        "learner-5": [
            (EVA, "Assign", {}),
            (own, "Enroll", {}),
            (own, "Start", {}),
            430,
            (EVA, "MoveToVersion", {"version": 2, "redate": True}),
            (SYSTEM, "CompleteStep", {"step": "course"}),
            (EVA, "Strike", {"entry": 5, "reason": "entered by mistake"}),
        ],
    }
    found: list[tuple[int, str, Tried | str]] = []
    for certification, tries in (("AIDER", aider), ("WARDEN", warden)):
        day = 0
        for tried in tries.get(learner, ()):
            if isinstance(tried, int):
                day += tried
            else:
                found.append((day, certification, tried))
                day += 10
    return found


def tell(service: Service) -> None:
    """Let people go through what their stories say, one day after the other."""
    moments = sorted(
        (day, each.id, number, certification, tried)
        for each in people()
        for number, (day, certification, tried) in enumerate(story(each.id))
    )
    for day, learner, _, certification, tried in moments:
        at = BEGIN + timedelta(days=day)
        if isinstance(tried, str):
            done = Completion.dated(tried, at.date(), recorded_at=at, zone="UTC")
            service.record([done], learner=learner, actor=SYSTEM, now=at)
        else:
            attempt(service, tried, learner=learner, certification=certification, at=at)


def attempt(
    service: Service,
    tried: Tried,
    *,
    learner: str,
    certification: str,
    at: datetime,
    key: str | None = None,
) -> None:
    """Give a command, if this code knows it; it may be refused."""
    actor, name, fields = tried
    kind = getattr(commands, name, None)
    if kind is None:
        return
    given: dict[str, Any] = {**fields}
    if "fee" in given:
        given["fee"] = policies.Fee(given["fee"])
    for field in ("request", "entry"):
        if given.get(field) == LAST:
            asked = EnrollmentKey(learner=learner, certification=certification)
            given[field] = service.store.load([asked])[asked].entries
    with suppress(CertlibError):
        service.perform(
            kind(**given),
            learner=learner,
            certification=certification,
            actor=actor,
            now=at,
            key=key,
        )


def random_command(
    chance: random.Random, certification: str, at: datetime
) -> tuple[str, Mapping[str, object]]:
    """Return a command's class name, and the fields that it may be given."""
    step, number = chance.choice(STEPS[certification]), chance.randrange(1, 4)
    day = at.date() + timedelta(days=chance.randrange(10, 300))
    plan = chance.choice((None, "plan-1"))
    award: dict[str, object] = chance.choice(
        (
            {"on": at.date() - timedelta(days=chance.randrange(400)), "reason": "paper"},
            {"on": at.date(), "expires_on": day, "score": "A", "reason": "card"},
            {"on": at.date(), "always_valid": True, "reason": "card"},
        )
    )
    return chance.choice(
        (
            ("Assign", {"reference": plan, "due_on": day}),
            ("Unassign", {"reference": plan}),
            ("RequestAccess", {}),
            ("Enroll", {}),
            ("Start", {}),
            ("StartRecertification", {}),
            ("CompleteStep", {"step": step}),
            ("SubmitEvidence", {"step": step}),
            ("ApproveEvidence", {"request": number}),
            ("AbandonRecertification", {}),
            ("ForceRecertification", {"reason": "new rules"}),
            ("RevokeAccess", {"reason": "an accident"}),
            ("PermanentlyRevoke", {"reason": "a fraud"}),
            ("RestoreAccess", {"reason": "a mistake"}),
            ("Remove", {"reason": "left"}),
            ("Award", award),
            ("ExtendCertificate", {"until": day, "reason": "illness"}),
            ("ExtendDeadline", {"until": day, "reason": "illness"}),
            ("Strike", {"entry": chance.randrange(1, 7), "reason": "entered by mistake"}),
        )
    )


def live(service: Service) -> None:
    """Tell the stories, then try commands by chance, with completions, imports and sweeps between."""
    tell(service)
    chance = random.Random(SEED)  # noqa: S311 (the same every time)
    known = [each.id for each in people()]
    at = BEGIN + timedelta(days=460)
    span = (END - at - timedelta(days=60)) / ROUNDS
    for round_ in range(ROUNDS):
        at += span * chance.uniform(0.6, 1.4)
        learner = chance.choice(known)
        if round_ % 4 == 0:
            day = at.date() - timedelta(days=1)
            done = Completion.dated(chance.choice(TRAININGS), day, recorded_at=at, zone="UTC")
            service.record([done], learner=learner, actor=SYSTEM, now=at)
        # Several tries at a time, so that lives come further than their first entry.
        for place in range(4):
            certification = chance.choice(CERTIFICATIONS)
            name, fields = random_command(chance, certification, at)
            actor = chance.choice((EVA, EVA, BO, SYSTEM, Actor(role=Role.LEARNER, id=learner)))
            key = f"key-{round_}" if place == 0 else None
            attempt(
                service,
                (actor, name, fields),
                learner=learner,
                certification=certification,
                at=at,
                key=key,
            )
        if round_ in {10, 70}:
            content = FILES[round_ // 70].encode()
            service.apply_import(
                io.BytesIO(content), format=UNIFYR, actor=EVA, now=at, file_name=f"{round_}.csv"
            )
        if round_ % 30 == 29:
            service.sweep(actor=SYSTEM, now=at, far_ahead=True)
    if hasattr(service, "undo_import"):
        import_id = service.store.imports()[-1].id
        service.undo_import(import_id, reason="the wrong file", actor=EVA, now=END)


# --- what it answers ------------------------------------------------------------------------------


def instants() -> list[datetime]:
    """Return when it is asked for statuses: eight times in these years, and later."""
    return [BEGIN + (END - BEGIN) * part / 8 for part in range(1, 9)] + [
        datetime(2030, 1, 1, tzinfo=UTC)
    ]


def _statuses(service: Service, at: datetime, known_at: datetime | None) -> Iterator[object]:
    for each in service.statuses(actor=EVA, at=at, known_at=known_at):
        newest = each.certificate
        yield [
            each.learner,
            each.certification,
            each.status.value,
            _text(each.since),
            each.certified,
            None
            if newest is None
            else [
                _text(newest.terms.issued_on),
                _text(newest.last_valid_day),
                _text(newest.last_grace_day),
                _text(newest.revoked_at),
            ],
        ]


def _text(value: datetime | date | None) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return None if value is None else value.isoformat()


def _word(status: Status | None) -> str | None:
    return None if status is None else status.value


def _keys_of(store: SqliteStore | MemoryStore) -> list[str]:
    """Return the keys of commands, as they were given: former releases stored them so."""
    keys = [f"key-{number}" for number in range(ROUNDS)]
    found = store.saved_answers([*keys, *(f"{HOST}{key}" for key in keys)])
    return [key.removeprefix(HOST) for key in found]


def answers_of(store: SqliteStore | MemoryStore) -> dict[str, Any]:
    """Return what is asked of an old store, as JSON values."""
    service = Service(sources=store, store=store)
    learners = store.all_learners(limit=1000)
    ids = [each.id for each in learners]
    found = store.find(Query(at=END), limit=10_000)
    keys = [EnrollmentKey.of(each) for each in found]
    histories = store.history(keys)
    transcripts = store.transcripts(ids)
    answers = {
        "learners": [
            [each.id, each.email, each.username, each.name, each.organization, each.active]
            for each in learners
        ],
        "certifications": sorted(store.certifications()),
        "statuses": {_text(at): list(_statuses(service, at, None)) for at in instants()},
        "statuses as known then": {
            _text(at): list(_statuses(service, at, at)) for at in instants()[:8:3]
        },
        "enrollments": [dump_enrollment(each) for each in found],
        "certificates": [
            [each.learner, each.certification, len(each.certificates)] for each in found
        ],
        "events": [
            [key.learner, key.certification, [dump_event(event) for event in histories[key]]]
            for key in keys
        ],
        "changes of status": [
            [
                key.learner,
                key.certification,
                [
                    [
                        _text(each.at if isinstance(each, ChangePoint) else each.event.at),
                        _word(each.after),
                    ]
                    for ask in (service.history, service.outlook)
                    for each in ask(
                        learner=key.learner, certification=key.certification, actor=EVA, at=END
                    )
                    if each.before is not each.after
                ],
            ]
            for key in keys
        ],
        "completions": {
            each: [dump_completion(completion) for completion in transcripts[each].completions]
            for each in ids
            if each in transcripts
        },
        "struck": {
            each: len(getattr(transcripts[each], "struck", ()))
            for each in ids
            if each in transcripts
        },
        "imports": [
            [
                record.id,
                record.format,
                record.file_name,
                record.digest,
                record.actor,
                _text(record.at),
                [record.new, record.already_completed, record.errors],
                record.finished,
                [
                    [row.row, row.learner, row.outcome.value, row.note]
                    for row in store.import_rows(record.id, limit=1000)
                ],
            ]
            for record in store.imports()
        ],
        "notices": [
            [number, notice.kind, notice.learner, notice.certification, _text(notice.at)]
            for number, notice in store.notices(limit=100_000)
        ],
        "last sweep": _text(store.last_sweep()),
        "keys": sorted(_keys_of(store)),
        "due": [[key.learner, key.certification] for key in store.due(END, limit=1000)],
    }
    # As a file gives them back: sets are lists, tuples are lists.
    read: dict[str, Any] = json.loads(json.dumps(answers, default=sorted))
    return read


def make(folder: Path) -> None:
    """Write the four files."""
    folder.mkdir(parents=True)
    text = json.dumps(catalog(full=hasattr(commands, "RecordExam")), indent=1)
    read = read_catalog_text(text)
    kept = catalog_document(read)
    (folder / "catalog.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    with SqliteStore.create(folder / "store.db") as store:
        store.put_learners(people())
        store.put_trainings(read.trainings)
        store.put_certifications(read.certifications)
        live(Service(sources=store, store=store))
        answers = answers_of(store)
        export_records = records_exporter()
        if export_records is not None:
            with (folder / "records.jsonl").open("wb") as out:
                export_records(out, actor=EVA, store=store)
    with sqlite3.connect(folder / "store.db") as connection:
        connection.execute("VACUUM")
    connection.close()
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(each)}" for name, each in answers.items())
    (folder / "answers.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make one folder, which is not there yet; return the exit code."""
    (folder,) = sys.argv[1:] if arguments is None else arguments
    make(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
