"""A host's own kinds of rules, requirements and paths, taken everywhere without a change in certlib."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from attrs import define, evolve, field, frozen
from attrs.validators import ge, le
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from certlib import Actor, Service
from certlib.adapters.memory import MemoryStore
from certlib.adapters.sqlite import SqliteStore
from certlib.audit import ByHand, Record, audit
from certlib.errors import (
    InvalidCatalogError,
    InvalidValueError,
    RefusedError,
    StoreError,
    UnknownKindError,
)
from certlib.io import export_records, load_records
from certlib.learners import Learner
from certlib.periods import Period
from certlib.pictures import history_svg
from certlib.policies import End, Forever, FromCompletion, Issue, Policy, Validity
from certlib.ports import Query
from certlib.requirements import Completed, Requirement
from certlib.serialize import (
    Catalog,
    Kinds,
    catalog_document,
    certification_document,
    policy_document,
    read_catalog,
    read_catalog_text,
    read_certification,
    read_policy,
)
from certlib.state._enrollments import AssignmentSource
from certlib.state._status import Status
from certlib.state.commands import (
    ApproveEvidence,
    Assign,
    Award,
    Enroll,
    MoveToVersion,
    Start,
    Strike,
    SubmitEvidence,
)
from certlib.state.facts import StepCompleted
from certlib.testing.machine import lifecycle
from certlib.testing.simulator import simulate
from certlib.testing.strategies import (
    DrawnRun,
    catalogs,
    certifications,
    learners,
    paths,
    policies,
    requirements,
    runs,
    validities,
)
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion
from tests.own_kinds import (
    KINDS,
    LICENCE,
    Earliest,
    Portfolio,
    Practical,
    Together,
    UntilBirthday,
)

EVA = Actor.parse("admin:eva")
APPROVER = Actor.parse("approver:kim")
ANN = Learner(id="ann", attributes={"birthday": date(1990, 2, 28)})
CASE: dict[str, Any] = {"learner": "ann", "certification": "LICENCE"}
TRAININGS = tuple(
    Training(code=code, kind=TrainingKind.COURSE, name=code) for code in ("DAY", "NIGHT")
)
CATALOG = Catalog(trainings=TRAININGS, certifications=(LICENCE,))


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


def completed(training: str, when: datetime) -> Completion:
    return Completion(training=training, at=when, recorded_at=when)


@contextmanager
def store_of(kind: str, folder: Path, **more: Any) -> Iterator[Any]:
    if kind == "memory":
        yield MemoryStore(**more)
    else:
        with SqliteStore.create(folder / "store.db", **more) as store:
            yield store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    with store_of(request.param, tmp_path, kinds=KINDS) as made:
        made.put_trainings(TRAININGS)
        made.put_certifications([LICENCE])
        made.put_learners([ANN, Learner(id="bob")])
        yield made


@pytest.fixture
def service(store: Any) -> Service:
    return Service(store=store, sources=store)


def last_days(service: Service) -> list[date | None]:
    return [each.last_valid_day for each in service.enrollment(**CASE, actor=EVA).certificates]


def is_sound(service: Service, now: datetime) -> bool:
    return not list(service.audit(actor=EVA, at=now))


# --- lived in a service -------------------------------------------------------------------------


def test_a_life_by_a_hosts_own_rules(service: Service) -> None:
    service.perform(Assign(source=AssignmentSource.MANUAL), **CASE, actor=EVA, now=at(2025, 1, 1))
    now = at(2025, 3, 1)
    too_far_apart = [completed("DAY", at(2025, 1, 10)), completed("NIGHT", now)]
    service.record(too_far_apart, learner="ann", actor=EVA, now=now)
    assert last_days(service) == []
    now = at(2025, 3, 10)
    led_to = service.record([completed("DAY", now)], learner="ann", actor=EVA, now=now)
    facts = [event.fact for accepted in led_to for event in accepted.events]
    assert StepCompleted(number=1, step="practice", path="practical") in facts
    assert last_days(service) == [date(2026, 2, 28)]

    now = at(2026, 1, 5)
    service.perform(Award(), **CASE, actor=EVA, now=now)
    assert last_days(service) == [date(2026, 2, 28), date(2027, 2, 28)]
    assert is_sound(service, now)
    picture = service.picture(**CASE, actor=EVA, at=now)
    assert "2027-02-28" in picture


def test_evidence_leads_through_a_path_that_inherits_from_external(service: Service) -> None:
    now = at(2025, 3, 10)
    service.perform(Assign(source=AssignmentSource.MANUAL), **CASE, actor=EVA, now=now)
    service.perform(Enroll(), **CASE, actor=Actor.parse("learner:ann"), now=now)
    service.perform(Start(), **CASE, actor=Actor.parse("learner:ann"), now=now)
    submit = SubmitEvidence(step="practice")
    service.perform(submit, **CASE, actor=Actor.parse("learner:ann"), now=now)
    (request,) = service.enrollment(**CASE, actor=EVA).open_cycle.requests  # type: ignore[union-attr]
    service.perform(ApproveEvidence(request=request.number), **CASE, actor=APPROVER, now=now)
    assert last_days(service) == [date(2026, 2, 28)]
    assert is_sound(service, now)


def test_a_late_award_a_strike_and_a_move_compute_by_the_learner_again(service: Service) -> None:
    now = at(2026, 1, 5)
    service.perform(Award(on=date(2025, 3, 10)), **CASE, actor=EVA, now=now)
    assert last_days(service) == [date(2026, 2, 28)]
    service.perform(Award(on=date(2024, 4, 1)), **CASE, actor=EVA, now=now)
    assert last_days(service) == [date(2025, 2, 28), date(2026, 2, 28)]
    assert is_sound(service, now)
    service.perform(Strike(entry=2, reason="forged"), **CASE, actor=EVA, now=now)
    assert last_days(service) == [date(2026, 2, 28)]
    assert is_sound(service, now)

    now = at(2030, 2, 1)
    service.perform(Award(), **CASE, actor=EVA, now=now)
    service.perform(MoveToVersion(version=1, redate=True), **CASE, actor=EVA, now=now)
    assert last_days(service)[-1] == date(2031, 2, 28)
    assert is_sound(service, now)


def test_without_the_attribute_nothing_is_issued(service: Service, store: Any) -> None:
    now = at(2025, 3, 10)
    of_bob = {**CASE, "learner": "bob"}
    with pytest.raises(RefusedError) as refused:
        service.perform(Award(), **of_bob, actor=EVA, now=now)
    (reason,) = refused.value.reasons
    assert (reason.code, reason.kind) == ("attribute_is_known", "guard")
    assert reason.params == {"attribute": "birthday", "type": "date"}
    assert reason.text == "the learner has no attribute birthday of the type date"
    service.perform(Award(expires_on=date(2025, 6, 1)), **of_bob, actor=EVA, now=now)
    store.put_learners([Learner(id="bob", attributes={"birthday": date(2000, 12, 24)})])
    service.perform(Award(), **of_bob, actor=EVA, now=at(2025, 4, 1))
    newest = service.enrollment(**of_bob, actor=EVA).newest_certificate
    assert newest is not None
    assert newest.last_valid_day == date(2025, 12, 24)


def test_an_audit_says_when_an_attribute_went_or_changed(service: Service, store: Any) -> None:
    now = at(2025, 3, 10)
    service.perform(Award(), **CASE, actor=EVA, now=now)
    store.put_learners([Learner(id="ann")])
    (gone,) = service.audit(actor=EVA, at=now)
    assert gone.found == "the learner's attribute birthday is absent"
    (mend,) = gone.mends
    assert isinstance(mend, ByHand)
    assert mend.words == "give the learner the attribute again: the dates were computed by it"
    store.put_learners([Learner(id="ann", attributes={"birthday": date(1990, 8, 1)})])
    (changed,) = service.audit(actor=EVA, at=now)
    assert "2025-08-01" in changed.expected


def test_records_are_taken_elsewhere(service: Service, store: Any, tmp_path: Path) -> None:
    now = at(2025, 3, 10)
    service.perform(Award(), **CASE, actor=EVA, now=now)
    out = BytesIO()
    export_records(out, actor=EVA, store=store)
    other = MemoryStore(kinds=KINDS)
    other.put_certifications([LICENCE])
    load_records(BytesIO(out.getvalue()), actor=EVA, now=now, store=other)
    assert other.learners(["ann"]) == {"ann": ANN}
    again = Service(store=other, sources=other)
    assert last_days(again) == [date(2026, 2, 28)]
    assert is_sound(again, now)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_store_that_was_not_told_of_them_does_not_take_them(kind: str, tmp_path: Path) -> None:
    with store_of(kind, tmp_path) as store:
        with pytest.raises(UnknownKindError, match="Practical"):
            store.put_certifications([LICENCE])
        assert store.certifications() == {}


def test_a_file_with_them_is_not_read_without_them(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with SqliteStore.create(path, kinds=KINDS) as store:
        store.put_certifications([LICENCE])
    with SqliteStore.open(path) as store, pytest.raises(InvalidCatalogError, match="practical"):
        store.certifications()
    with SqliteStore.open(path, kinds=KINDS) as store:
        assert store.certifications() == {"LICENCE": LICENCE}
        assert store.needing(["DAY", "NIGHT"]) == {"DAY": ("LICENCE",), "NIGHT": ("LICENCE",)}
        changed = evolve(LICENCE, versions=LICENCE.versions[1:])
        with pytest.raises(StoreError):
            store.put_certifications([changed])


# --- in a catalog file --------------------------------------------------------------------------


def test_they_are_written_by_their_fields() -> None:
    document = certification_document(LICENCE, kinds=KINDS)
    first, _ = cast("list[dict[str, Any]]", document["versions"])
    assert first["initial"]["steps"][0]["paths"] == [
        {
            "kind": "practical",
            "requires": {"kind": "together", "of": ["DAY", "NIGHT"], "within": "P30D"},
        },
        {"kind": "portfolio", "pages": 3},
    ]
    assert first["policy"]["validity"] == {"kind": "until_birthday", "minimum": "P3M"}
    assert read_certification(document, kinds=KINDS) == LICENCE
    assert read_catalog(catalog_document(CATALOG, kinds=KINDS), kinds=KINDS) == CATALOG


def problems(document: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidCatalogError) as caught:
        read_catalog(document, kinds=KINDS)
    return [(each.path, each.code) for each in caught.value.problems]


def test_everything_wrong_with_them_is_told_with_its_place() -> None:
    document: Any = catalog_document(CATALOG, kinds=KINDS)
    version = document["certifications"][0]["versions"][0]
    practical, portfolio = version["initial"]["steps"][0]["paths"]
    practical["requires"] |= {"of": ["DAY", "DUSK", " x"], "within": "P0D"}
    practical["supervised"] = "yes"
    portfolio["pages"] = 0
    version["policy"]["validity"]["minimum"] = 7
    version["policy"]["first_validity"] = {"kind": "until_birthdays"}
    path = "$.certifications[0].versions[0]"
    first = f"{path}.initial.steps[0].paths[0]"
    assert problems(document) == [
        (f"{first}.requires.of[2]", "bad_code"),
        (f"{first}.requires.within", "bad_period"),
        (f"{first}.supervised", "wrong_type"),
        (f"{path}.initial.steps[0].paths[1].pages", "bad_number"),
        (f"{path}.policy.validity.minimum", "wrong_type"),
        (f"{path}.policy.first_validity.kind", "unknown_kind"),
        (f"{first}.requires.of[1]", "unknown_training"),
    ]


@frozen(kw_only=True)
class Holder:
    """A class of its own in a field."""

    name: str = ""


@frozen(kw_only=True)
class Sized:
    """A class that reads and writes a text."""

    size: int

    @classmethod
    def parse(cls, text: str) -> Sized:
        if not text.isdigit():
            raise InvalidValueError("the size", text, "digits")
        return cls(size=int(text))

    def __str__(self) -> str:
        return str(self.size)


class Level(StrEnum):
    """A choice."""

    HIGH = "high"


@frozen(kw_only=True)
class Everything:
    """A rule with a field of every type that has a form."""

    kind: ClassVar[str] = "everything"
    text: str = ""
    number: int = 0
    flag: bool = False
    day: date | None = None
    share: Decimal = Decimal(0)
    level: Level | None = None
    size: Sized | None = None
    holder: Holder = Holder()
    holders: tuple[Holder, ...] = ()
    after: Requirement | None = None
    rule: Validity = Forever()

    def end(self, issue: Issue) -> End:
        return self.rule.end(issue)


def test_fields_of_every_type() -> None:
    kinds = Kinds(validities=[Everything])
    policy = Policy(
        validity=Everything(
            text="a\nb",
            number=-7,
            flag=True,
            day=date(2025, 3, 3),
            share=Decimal("0.50"),
            level=Level.HIGH,
            size=Sized(size=7),
            holder=Holder(name="ann"),
            holders=(Holder(), Holder(name="bob")),
            after=Completed(training="A"),
            rule=FromCompletion(period=Period.parse("P1Y")),
        )
    )
    document = policy_document(policy, kinds=kinds)
    assert document == {
        "validity": {
            "kind": "everything",
            "text": "a\nb",
            "number": -7,
            "flag": True,
            "day": "2025-03-03",
            "share": "0.50",
            "level": "high",
            "size": "7",
            "holder": {"name": "ann"},
            "holders": [{}, {"name": "bob"}],
            "after": {"kind": "completed", "training": "A"},
            "rule": {"kind": "from_completion", "period": "P1Y"},
        }
    }
    assert read_policy(document, kinds=kinds) == policy
    rule: Any = document["validity"]
    rule |= {"share": "1e3", "size": "x", "number": 2**31}
    with pytest.raises(InvalidCatalogError) as caught:
        read_policy(document, kinds=kinds)
    assert [(each.path, each.code) for each in caught.value.problems] == [
        ("$.validity.number", "bad_number"),
        ("$.validity.share", "bad_number"),
        ("$.validity.size", "bad_value"),
    ]


# --- declared wrongly ---------------------------------------------------------------------------


@define(kw_only=True)
class Changeable:
    kind: ClassVar[str] = "changeable"

    def end(self, issue: Issue) -> End:
        return End(day=None)


class NotAttrs(Changeable):
    kind: ClassVar[str] = "not_attrs"


@frozen(kw_only=True)
class Doubled(UntilBirthday):
    kind: ClassVar[str] = "forever"


@frozen(kw_only=True)
class Nameless(UntilBirthday):
    kind: ClassVar[str] = ""


@frozen(kw_only=True)
class WithFloat(UntilBirthday):
    kind: ClassVar[str] = "with_float"
    share: float = 0.5


@frozen(kw_only=True)
class WithUnion(UntilBirthday):
    kind: ClassVar[str] = "with_union"
    either: str | int = 0


@frozen(kw_only=True)
class WithPair(UntilBirthday):
    kind: ClassVar[str] = "with_pair"
    pair: tuple[str, int] = ("", 0)


@frozen(kw_only=True)
class WithFloats(UntilBirthday):
    kind: ClassVar[str] = "with_floats"
    shares: tuple[float, ...] = ()


@frozen(kw_only=True)
class WithClass(UntilBirthday):
    kind: ClassVar[str] = "with_class"
    service: Service | None = None


@frozen(kw_only=True)
class WithList(UntilBirthday):
    kind: ClassVar[str] = "with_list"
    names: list[str] = field(factory=list[str])


@frozen(kw_only=True)
class WithUnknown(UntilBirthday):
    kind: ClassVar[str] = "with_unknown"
    unknown: Nowhere = None  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Changeable, "Kinds.validities is Changeable: expected frozen attrs classes"),
        (NotAttrs, "Kinds.validities is NotAttrs: expected frozen attrs classes"),
        (Doubled, "Doubled, of the kind 'forever': expected classes with a kind each of their own"),
        (Nameless, "Nameless, of the kind '': expected classes with a kind each"),
        (WithFloat, "WithFloat.share is <class 'float'>: expected a type that has a form in JSON"),
        (WithUnion, r"WithUnion.either is str \| int: expected a type that has a form"),
        (WithPair, r"WithPair.pair is tuple\[str, int\]: expected a type that has a form"),
        (WithFloats, r"WithFloats.shares is tuple\[float, ...\]: expected a type that has a form"),
        (WithClass, r"WithClass.service is .*Service.*: expected a type that has a form"),
        (WithList, r"WithList.names is list\[str\]: expected a type that has a form"),
        (WithUnknown, "WithUnknown is name 'Nowhere' is not defined: expected types that exist"),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_what_cannot_be_declared_is_told_at_once(rule: Any, words: str) -> None:
    with pytest.raises(InvalidValueError, match=words):
        Kinds(validities=[rule])


def test_kinds_of_requirements_and_paths_are_told_apart_too() -> None:
    with pytest.raises(InvalidValueError, match=r"Kinds\.requirements is Together"):
        Kinds(requirements=[Together, Together])
    with pytest.raises(InvalidValueError, match=r"Kinds\.paths is Portfolio"):
        Kinds(paths=[Portfolio, Practical, Portfolio])
    assert Kinds(paths=[Portfolio]).paths == (*Kinds().paths, Portfolio)


@frozen(kw_only=True)
class Yearly:
    """A rule with validators of attrs, and one over two fields; each raises a plain `ValueError`."""

    kind: ClassVar[str] = "yearly"
    years: int = field(validator=[ge(1), le(9)])
    at_least: int = field(default=1, validator=ge(1))

    def __attrs_post_init__(self) -> None:
        if self.at_least > self.years:
            raise ValueError

    def end(self, issue: Issue) -> End:
        return End(day=None)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "yearly", "years": 0}, "'years' must be >= 1: 0"),
        ({"kind": "yearly", "years": 2, "at_least": 3}, "another value"),
    ],
)
def test_what_a_validator_of_attrs_refuses_is_told_with_its_place(
    document: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidCatalogError) as raised:
        read_policy({"validity": document}, kinds=Kinds(validities=[Yearly]))
    (problem,) = raised.value.problems
    assert (problem.path, problem.code) == ("$.validity", "bad_value")
    assert problem.message.endswith(message)


@given(validities(kinds=Kinds(validities=[Yearly])))
def test_what_a_rule_refuses_is_not_drawn(rule: Validity) -> None:
    assert not isinstance(rule, Yearly) or 1 <= rule.at_least <= rule.years <= 9


# --- drawn --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.validities, ids=lambda kind: kind.kind)
def test_rules_of_every_kind_are_drawn(kind: type[Validity]) -> None:
    find(validities(kinds=KINDS), lambda rule: type(rule) is kind)


@pytest.mark.parametrize("kind", [*KINDS.requirements], ids=lambda kind: kind.kind)
def test_requirements_of_every_kind_are_drawn(kind: type[Requirement]) -> None:
    find(requirements(kinds=KINDS), lambda each: type(each) is kind)


@pytest.mark.parametrize("kind", KINDS.paths, ids=lambda kind: kind.kind)
def test_paths_of_every_kind_are_drawn(kind: type[Any]) -> None:
    find(paths(kinds=KINDS), lambda path: type(path) is kind)


def test_they_are_drawn_within_each_other_and_within_certifications() -> None:
    find(
        validities(kinds=KINDS),
        lambda rule: isinstance(rule, Earliest) and isinstance(rule.of[0], UntilBirthday),
    )
    find(
        requirements(kinds=KINDS),
        lambda each: isinstance(each, Together) and isinstance(each.instead, Together),
    )
    find(policies(kinds=KINDS), lambda policy: isinstance(policy.first_validity, UntilBirthday))
    find(
        certifications(kinds=KINDS),
        lambda each: any(
            isinstance(path, Practical)
            for version in each.versions
            for step in version.recertification.steps
            for path in step.paths
        ),
    )


@settings(max_examples=50, deadline=None)
@given(catalogs(kinds=KINDS))
def test_every_catalog_is_read_back_as_it_was(catalog: Catalog) -> None:
    text = json.dumps(catalog_document(catalog, kinds=KINDS))
    assert read_catalog_text(text, kinds=KINDS) == catalog


BIRTHDAYS = st.dates(date(1930, 1, 1), date(2010, 12, 31))
HOLDERS = learners(
    id=st.just("ann"),
    active=st.just(True),
    attributes=BIRTHDAYS.map(lambda day: cast("Any", {"birthday": day})),
)


@settings(max_examples=60, deadline=None)
@given(runs(LICENCE, learner=HOLDERS))
def test_whatever_anybody_does_an_audit_finds_nothing(life: DrawnRun) -> None:
    case = life.case
    record = Record(
        enrollment=case.enrollment,
        history=case.history or (),
        certification=case.certification,
        learner=case.learner,
    )
    assert audit(record, at=life.now) == ()
    birthday = case.learner.attributes["birthday"]
    for certificate in case.enrollment.certificates:
        last = certificate.terms.last_valid_day
        if not certificate.terms.explicit and last is not None:
            assert isinstance(birthday, date)
            assert (last.month, last.day) in {(birthday.month, birthday.day), (2, 28)}
    svg = history_svg(case.history or (), certification=LICENCE, learner="ann", at=life.now)
    assert svg.startswith("<svg")


def test_lives_get_somewhere() -> None:
    found = find(
        runs(LICENCE, learner=HOLDERS),
        lambda life: life.case.enrollment.status_at(life.now) is Status.CERTIFIED,
        settings=settings(max_examples=500, deadline=None),
    )
    assert found.case.enrollment.certificates


def test_a_state_machine_lives_by_them() -> None:
    machine = lifecycle(LICENCE, attributes=ANN.attributes)
    run_state_machine_as_test(
        machine, settings=settings(max_examples=5, stateful_step_count=20, deadline=None)
    )


def test_a_simulation_lives_by_them() -> None:
    lived = simulate(LICENCE, seed=2, steps=60, attributes=ANN.attributes, kinds=KINDS)
    query = Query(at=lived.now)
    found = lived.service.store.find(query, limit=9)
    assert any(
        certificate.last_valid_day is not None and not certificate.terms.explicit
        for enrollment in found
        for certificate in enrollment.certificates
    )
