"""The golden worked examples (``worked_examples.json``), and how the core plays them.

An example is expressible when everything in it is something certlib has so far; `missing` says what
is not. `plays` enters the facts of an example, in every order that it allows, and gives what came of
it: the case, and the decisions on every fact.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any, Final, TypedDict

from attrs import evolve

from certlib.actors import Actor
from certlib.certifications import Certification, Curriculum, Exam, Online, Step, Version
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import (
    ByHost,
    Deadlines,
    ExamRules,
    Forever,
    InitialDeadline,
    PerCertificate,
    Policy,
    RecertificationDeadline,
    Reminder,
    Reminders,
    Rounding,
    Validity,
)
from certlib.requirements import Completed
from certlib.state import Accepted, AssignmentSource, Case, Command, Decision, decide, fulfil
from certlib.state import commands as c
from certlib.transcript import Completion, Transcript
from tests.cases import ADMIN, ANN, APPROVER, SYSTEM, annual, completion, expiry, policy
from tests.twin import ONE_DAY, day_begins

STEPS: Final = ("a", "b", "c")
"""The steps of a version that needs no particular training: enough for every ``step`` of an example."""


class Fact(TypedDict):
    n: str
    at: str
    command: str
    args: dict[str, Any]
    recorded: str | None


class Refusal(TypedDict):
    fact: str
    code: str
    opens: str | None


class Ask(TypedDict):
    at: str
    known: str
    expect: dict[str, Any]


class Day(TypedDict):
    day: str
    certified: bool


class Count(TypedDict):
    fact: str
    counts: bool


class Example(TypedDict):
    id: str
    policy: dict[str, str]
    facts: list[Fact]
    refused: list[Refusal]
    orders: str | None
    asks: list[Ask]
    certificates: list[dict[str, Any]]
    change_points: list[dict[str, str]]
    notices: list[dict[str, str]]
    days: list[Day]
    spans: list[dict[str, Any]]
    counts: list[Count]
    until: str | None


def _load() -> dict[str, Example]:
    document = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    return {case["id"]: case for example in document["examples"] for case in example["cases"]}


EXAMPLES: Final = _load()

# --- what can be expressed --------------------------------------------------------------------

KEYS = {
    "zone", "valid", "min", "first", "round", "grace", "grace_counts", "window", "before", "needs",
    "due", "deadline", "recert_due", "recert_deadline", "route", "lookback", "notices",
}  # fmt: skip
"""The keys of a policy that there is a policy for."""
ARGUMENTS = {
    "assign": {"source", "due"},
    "unassign": {"source"},
    "enroll": set[str](),
    "start": set[str](),
    "step": set[str](),
    "finish": set[str](),
    "hold": set[str](),
    "approve": set[str](),
    "override": set[str](),
    "extend": {"to"},
    "extend-deadline": {"to"},
    "move": {"redate"},
    "start-recert": set[str](),
    "abandon": set[str](),
    "force-recert": set[str](),
    "revoke": set[str](),
    "permanently-revoke": set[str](),
    "restore": set[str](),
    "award": {"expires", "always"},
    "strike": {"award"},
    "publish": KEYS,
    "inactive": set[str](),
    "active": set[str](),
    "completion": {"training"},
}
"""The commands that there is a row for, and their arguments."""
ANSWERS = {
    "status", "certified", "last_valid_day", "baseline", "window_opens", "last_grace_day", "revoked", "since",
    "due", "overdue", "curriculum",
}  # fmt: skip
POINTS = {"certificate_expires", "grace_ends", "window_opens", "cycle_due", "deadline_closes"}


def missing(example: Example) -> frozenset[str]:
    """What an example needs that certlib does not have yet; nothing: it can be played."""
    used = [("policy", key, KEYS) for key in example["policy"]]
    for fact in example["facts"]:
        command = fact["command"]
        used.append(("command", command, set(ARGUMENTS)))
        used += [(command, key, ARGUMENTS.get(command, {key})) for key in fact["args"]]
    used += [("answer", key, ANSWERS) for ask in example["asks"] for key in ask["expect"]]
    used += [("point", point["kind"], POINTS) for point in example["change_points"]]
    return frozenset(f"{what} {key}" for what, key, there in used if key not in there)


# --- the world of an example ------------------------------------------------------------------


def instant(text: str, zone: str) -> datetime:
    """An instant; a bare date is the first instant of that day in the zone."""
    if _is_day(text):
        return day_begins(date.fromisoformat(text), zone)
    return datetime.fromisoformat(text).astimezone(UTC)


def _is_day(text: str) -> bool:
    return len(text) == len("2025-01-01")


def zone_of(example: Example) -> str:
    return example["policy"].get("zone", "UTC")


def policy_of(keys: dict[str, str]) -> Policy:
    window = keys.get("window", "any")
    usual = policy(
        _validity(keys["valid"], keys),
        zone=keys.get("zone", "UTC"),
        grace=keys.get("grace", "P0D"),
        grace_counts=keys.get("grace_counts") == "yes",
        window=None if window == "any" else window,
        renews=keys.get("before") == "renews",
    )
    route, reminders = keys.get("route"), keys.get("notices")
    return evolve(
        usual,
        first_validity=_validity(keys["first"], keys) if "first" in keys else None,
        recertification=evolve(
            usual.recertification, initial_again_after=Period.parse(route) if route else None
        ),
        look_back=Period.parse(keys.get("lookback", "P0D")),
        exam=ExamRules(approval=True),
        deadlines=Deadlines(
            initial=InitialDeadline(due=_due(keys.get("due")), hard=keys.get("deadline") == "hard"),
            recertification=RecertificationDeadline(
                due=Period.parse(keys.get("recert_due", "P0D")),
                hard=keys.get("recert_deadline") == "hard",
            ),
        ),
        reminders=Reminders(
            at=tuple(Reminder(days=int(days)) for days in reminders.split(",")) if reminders else ()
        ),
    )


def _due(text: str | None) -> Period | date | None:
    if text is None:
        return None
    return Period.parse(text) if text.startswith("P") else date.fromisoformat(text)


def _validity(valid: str, keys: dict[str, str]) -> Validity:
    plain: dict[str, Validity] = {
        "forever": Forever(),
        "explicit": PerCertificate(),
        "host": ByHost(),
    }
    if valid in plain:
        return plain[valid]
    if valid.startswith("annual:"):
        return annual(valid.removeprefix("annual:"), minimum=keys.get("min", "P0D"))
    period, _, basis = valid.partition("@")
    rule = completion(period) if basis == "completion" else expiry(period)
    return evolve(rule, round_up_to=Rounding(keys["round"])) if "round" in keys else rule


def certification_of(example: Example) -> Certification:
    """The certification with all versions that are ever published."""
    needs = example["policy"].get("needs")
    trainings = {"a": needs} if needs else {step: f"TRAINING-{step}" for step in STEPS}
    curriculum = Curriculum(
        steps=tuple(
            Step(code=step, paths=(Online(requires=Completed(training=training)),))
            for step, training in trainings.items()
        ),
        exam=Exam(code="exam")
        if any(fact["command"] == "hold" for fact in example["facts"])
        else None,
    )
    published = [(date(1900, 1, 1), example["policy"])]
    published += [
        (date.fromisoformat(fact["at"]), fact["args"])
        for fact in example["facts"]
        if fact["command"] == "publish"
    ]
    return Certification(
        code=example["id"],
        versions=tuple(
            Version(number=number, published_on=on, initial=curriculum, policy=policy_of(keys))
            for number, (on, keys) in enumerate(published, start=1)
        ),
    )


# --- playing it -------------------------------------------------------------------------------

SIMPLE: Final[dict[str, tuple[Actor, type[Command]]]] = {
    "enroll": (ANN, c.Enroll),
    "start": (ANN, c.Start),
    "start-recert": (ANN, c.StartRecertification),
    "abandon": (ANN, c.AbandonRecertification),
    "force-recert": (ADMIN, c.ForceRecertification),
    "revoke": (ADMIN, c.RevokeAccess),
    "permanently-revoke": (ADMIN, c.PermanentlyRevoke),
    "restore": (ADMIN, c.RestoreAccess),
}


class Play:
    """One learner's case, into which the facts of an example are entered one after another."""

    def __init__(self, example: Example) -> None:
        self.zone = zone_of(example)
        self.case = Case.blank(learner=Learner(id="ann"), certification=certification_of(example))
        self.completions: dict[str, Completion] = {}
        self.decisions: dict[str, list[Decision]] = {}
        self._awards: dict[datetime, int] = {}
        self._activity: list[tuple[datetime, bool]] = []

    def enter(self, fact: Fact) -> None:
        """Enter one fact at the instant at which it was recorded."""
        now = instant(fact["recorded"] or fact["at"], self.zone)
        decisions = self.decisions.setdefault(fact["n"], [])
        if fact["command"] in ("inactive", "active"):
            self._activity.append((now, fact["command"] == "active"))
            learner = evolve(self.case.learner, active=fact["command"] == "active")
            self.case = evolve(self.case, learner=learner)
        elif fact["command"] == "completion":
            decisions.extend(self._complete(fact, now))
        elif fact["command"] != "publish":
            for actor, command in self._commands(fact):
                decision = decide(self.case, command, actor=actor, now=now)
                decisions.append(decision)
                if not isinstance(decision, Accepted):
                    return
                self._take(decision)
                if isinstance(command, c.Award):
                    self._awards[instant(fact["at"], self.zone)] = decision.enrollment.entries

    def was_inactive_at(self, at: datetime) -> bool:
        """Whether the learner was inactive at an instant: reminders are withheld then (P12b)."""
        return [True, *(active for since, active in self._activity if since <= at)][-1] is False

    def _commands(self, fact: Fact) -> Iterator[tuple[Actor, Command]]:
        at, args = instant(fact["at"], self.zone), fact["args"]
        if fact["command"] in SIMPLE:
            actor, kind = SIMPLE[fact["command"]]
            yield actor, kind(at=at)
            return
        special: dict[str, Callable[[], list[tuple[Actor, Command]]]] = {
            "assign": lambda: [(ADMIN, self._assign(fact, at))],
            "unassign": lambda: [
                (ADMIN, c.Unassign(at=at, source=AssignmentSource(args["source"])))
            ],
            "step": lambda: [(SYSTEM, c.CompleteStep(at=at, step=self._missing_steps[0]))],
            "finish": lambda: [
                (SYSTEM, c.CompleteStep(at=at, step=step)) for step in self._missing_steps
            ],
            "hold": lambda: [
                *((SYSTEM, c.CompleteStep(at=at, step=step)) for step in self._missing_steps),
                (SYSTEM, c.RecordExam(at=at, passed=True)),
            ],
            "approve": lambda: [(APPROVER, c.ApproveExam(at=at, request=self._held))],
            "override": lambda: [
                (ADMIN, c.OverrideTraining(at=at)),
                (ADMIN, c.OverrideExam(at=at)),
            ],
            "extend": lambda: [
                (ADMIN, c.ExtendCertificate(at=at, until=date.fromisoformat(args["to"])))
            ],
            "extend-deadline": lambda: [
                (ADMIN, c.ExtendDeadline(at=at, until=date.fromisoformat(args["to"])))
            ],
            "move": lambda: [
                (
                    ADMIN,
                    c.MoveToVersion(
                        at=at, version=self._newest_version(at), redate="redate" in args
                    ),
                )
            ],
            "award": lambda: [(ADMIN, self._award(fact))],
            "strike": lambda: [(ADMIN, c.Strike(at=at, entry=self._entry(args["award"])))],
        }
        yield from special[fact["command"]]()

    @property
    def _missing_steps(self) -> tuple[str, ...]:
        cycle = self.case.enrollment.open_cycle
        version = self.case.certification.versions[0]
        return cycle.missing_steps if cycle else version.initial.step_codes

    @property
    def _held(self) -> int:
        """The request about the exam that waits."""
        (request,) = (each for each in self.case.enrollment.requests if each.is_open)
        return request.number

    def _newest_version(self, at: datetime) -> int:
        version = self.case.certification.newest_for_cycles(at)
        assert version is not None
        return version.number

    def _assign(self, fact: Fact, at: datetime) -> c.Assign:
        source = AssignmentSource(fact["args"]["source"])
        if "due" not in fact["args"]:
            return c.Assign(at=at, source=source)
        due = fact["args"]["due"]
        return c.Assign(
            at=at, source=source, due_on=None if due == "none" else date.fromisoformat(due)
        )

    def _award(self, fact: Fact) -> c.Award:
        is_day = _is_day(fact["at"])
        expires = fact["args"].get("expires")
        return c.Award(
            on=date.fromisoformat(fact["at"]) if is_day else None,
            at=None if is_day else instant(fact["at"], self.zone),
            expires_on=date.fromisoformat(expires) if expires else None,
            always_valid=bool(fact["args"].get("always")),
        )

    def _entry(self, day: str) -> int:
        """The entry of the award of a day."""
        begins = instant(day, self.zone)
        ends = day_begins(date.fromisoformat(day) + ONE_DAY, self.zone)
        (entry,) = (entry for at, entry in self._awards.items() if begins <= at < ends)
        return entry

    def _complete(self, fact: Fact, now: datetime) -> Iterator[Accepted]:
        training, at = fact["args"]["training"], fact["at"]
        if _is_day(at):
            done = Completion.dated(training, date.fromisoformat(at), recorded_at=now)
        else:
            done = Completion(training=training, at=instant(at, self.zone), recorded_at=now)
        self.completions[fact["n"]] = done
        self.case = evolve(self.case, transcript=self.case.transcript.with_completions(done))
        for decision in fulfil(self.case, completion=done, now=now):
            self._take(decision)
            yield decision

    def _take(self, decision: Accepted) -> None:
        self.case = self.case.after(decision.enrollment, decision.events)

    def counts(self, n: str) -> bool:
        """Whether a completion counts for the open cycle: whether it would do a step that wants it."""
        done = self.completions[n]
        wanting = Step(code="a", paths=(Online(requires=Completed(training=done.training)),))
        curriculum = Curriculum(steps=(wanting,))
        versions = tuple(
            evolve(version, initial=curriculum, recertification=curriculum)
            for version in self.case.certification.versions
        )
        case = evolve(
            self.case,
            certification=evolve(self.case.certification, versions=versions),
            transcript=Transcript(completions=(done,)),
        )
        last = self.case.enrollment.last_fact_at or done.at
        return any(
            event.because == (done.key,)
            for decision in fulfil(case, now=max(last, done.at))
            for event in decision.events
        )


def orders(example: Example) -> Iterator[Sequence[Fact]]:
    """The facts in every order in which the example wants them entered."""
    facts = example["facts"]
    if example["orders"] is None:
        yield facts
        return
    places = [place for place, fact in enumerate(facts) if fact["command"] == "award"]
    for order in permutations(places):
        entered = list(facts)
        for place, other in zip(places, order, strict=True):
            entered[place] = facts[other]
        yield entered


def plays(example: Example) -> Iterator[Play]:
    """Enter the facts of an example, once for every order."""
    for facts in orders(example):
        play = Play(example)
        for fact in facts:
            play.enter(fact)
        yield play
