"""What `Sources` promises of people and catalog, and of a store that keeps them itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

from attrs import evolve

from certlib.adapters.store_rules import Counts
from certlib.certifications import Version, VersionState
from certlib.errors import StoreError
from certlib.learners import AttributeValue, Learner
from certlib.ports import IdentifierKind
from certlib.requirements import AnyOf, Completed
from certlib.testing.contract._check import Capability, Stores, promises
from certlib.testing.contract._expect import equal, fails, true
from certlib.testing.contract._samples import COURSE, FIRE, MODULE, NOW, VERSION, steps
from certlib.testing.contract._saving import in_utc
from certlib.trainings import Training, TrainingKind

SOURCES, CATALOG = Capability.SOURCES, Capability.CATALOG


# --- people ---------------------------------------------------------------------------------------


@promises(
    "Learners come back with every field, by their very ids; absent ones are absent.", SOURCES
)
def every_learner_comes_back(stores: Stores) -> None:
    store = stores()
    full = Learner(
        id="Ann",
        email="a@x",
        username="u",
        external_id="7",
        name="Ann \0\u2028 Ägidius",
        organization="north",
        groups=("b", "a", ""),
        active=False,
        manager_id="eva",
        active_since=NOW,
    )
    store.put_learners([full, Learner(id="bo")])
    found = store.learners(["Ann", "bo", "ann", "Ann\0", "Ann"])
    equal(found, {"Ann": full, "bo": Learner(id="bo")}, "the learners")
    in_utc(found["Ann"].active_since, NOW, "Learner.active_since")
    equal(store.learners([]), {}, "the learners of no ids")


@promises("Attributes of learners come back with their types.", SOURCES)
def attributes_come_back_with_their_types(stores: Stores) -> None:
    store = stores()
    values: dict[str, AttributeValue] = {
        "birthday": date(1990, 2, 28),
        "level": 3,
        "hours": Decimal("1.50"),
        "naughty": "\0\u2028 {}",
    }
    store.put_learners([Learner(id="ann", attributes=values), Learner(id="bo")])
    found = store.learners(["ann", "bo"])
    kept = found["ann"].attributes
    equal(dict(kept), values, "the attributes")
    equal(
        {code: type(each) for code, each in kept.items()},
        {code: type(each) for code, each in values.items()},
        "the types of the attributes",
    )
    equal(str(kept["hours"]), "1.50", "a decimal number")
    equal(dict(found["bo"].attributes), {}, "no attributes")
    equal(list(store.all_learners(limit=9)), [found["ann"], found["bo"]], "all learners")
    store.put_learners([Learner(id="ann")])
    equal(dict(store.learners(["ann"])["ann"].attributes), {}, "attributes that were taken away")


@promises("`all_learners` goes page by page, by id, in the order of code points.", SOURCES)
def all_learners_page_by_page(stores: Stores) -> None:
    store = stores()
    store.put_learners([Learner(id=id) for id in ("b", "a", "Z", "é", "c")])
    first = store.all_learners(limit=3)
    equal([each.id for each in first], ["Z", "a", "b"], "the first page")
    equal([each.id for each in store.all_learners(limit=3, after="b")], ["c", "é"], "the second")
    equal(list(store.all_learners(limit=3, after="é")), [], "the page after the last")


@promises(
    "`find_learners` returns everybody whose identifier of that kind has the same skeleton, by id.",
    SOURCES,
)
def find_learners_with_look_alikes(stores: Stores) -> None:
    def having(kind: IdentifierKind, id: str, value: str) -> Learner:
        if kind is IdentifierKind.ID:
            return Learner(id=value)
        return Learner(
            id=id,
            email=value if kind is IdentifierKind.EMAIL else None,
            username=value if kind is IdentifierKind.USERNAME else None,
            external_id=value if kind is IdentifierKind.EXTERNAL_ID else None,
        )

    for kind in IdentifierKind:
        store = stores(f"tenant-{kind.value}")
        kim, kelvin = having(kind, "1", "kim@x"), having(kind, "2", "\N{KELVIN SIGN}im@x")
        upper, other = having(kind, "3", "KIM@X"), having(kind, "4", "tim@x")
        store.put_learners([other, upper, kelvin, kim])
        everybody = tuple(sorted((kim, kelvin, upper), key=lambda learner: learner.id))
        found = store.find_learners([" Kim@x", "kem@x", "tim@x", "kim@x\0"], by=kind)
        equal(found, {" Kim@x": everybody, "tim@x": (other,)}, f"who is found by {kind.value}")
        equal(store.find_learners([], by=kind), {}, "who is found by no identifiers")


@promises("Two learners with one identifier are both found.", SOURCES)
def find_learners_with_one_identifier(stores: Stores) -> None:
    store = stores()
    twins = tuple(Learner(id=id, email="twin@x") for id in ("a", "b"))
    store.put_learners(reversed(twins))
    found = store.find_learners(["twin@x"], by=IdentifierKind.EMAIL)
    equal(found, {"twin@x": twins}, "who is found")


# --- catalog --------------------------------------------------------------------------------------


@promises("Certifications and trainings of every kind come back as they were put.", SOURCES)
def every_catalog_item_comes_back(stores: Stores) -> None:
    from certlib.testing.contract import _drawn  # noqa: PLC0415 (needs hypothesis)

    _drawn.catalogs(stores)


@promises(
    "`find_trainings` finds by code, external id or name, normalized, all that match, by code.",
    SOURCES,
)
def find_trainings_by_any_name(stores: Stores) -> None:
    store = stores()
    other = Training(code="1042", kind=TrainingKind.COURSE, name="fire WARDEN")
    store.put_trainings([COURSE, MODULE, other])
    asked = ["course", " FIRE warden ", "1042", "M1", "no", "m2", "COURSE", "COURSE", "COURSE\0"]
    expected = {
        "course": (COURSE,),
        " FIRE warden ": (other, COURSE),
        "1042": (other, COURSE),
        "M1": (MODULE,),
        "COURSE": (COURSE,),
    }
    equal(store.find_trainings(asked), expected, "the trainings by name")
    equal(store.find_trainings([]), {}, "the trainings by no names")


@promises(
    "`courses_with` returns the courses that require a module, by code; optional ones do not.",
    SOURCES,
)
def courses_that_require_a_module(stores: Stores) -> None:
    store = stores()
    other = Training(code="A", kind=TrainingKind.COURSE, name="A", modules=("M2", "M1"))
    store.put_trainings([COURSE, other])
    found = store.courses_with(["M1", "M2", "COURSE", "M1", "M1\0"])
    equal(found, {"M1": (other, COURSE), "M2": (other,)}, "the courses with a module")
    equal(store.courses_with([]), {}, "the courses with no modules")


@promises("`certifications` returns those with these codes, or all of them by code.", SOURCES)
def certifications_by_code(stores: Stores) -> None:
    store = stores()
    a, b = evolve(FIRE, code="A"), evolve(FIRE, code="B")
    store.put_certifications([b, a])
    equal(list(store.certifications().items()), [("A", a), ("B", b)], "all certifications")
    equal(store.certifications(["B", "C", "B\0"]), {"B": b}, "the certifications by code")
    equal(store.certifications([]), {}, "the certifications of no codes")


@promises(
    "`find_certifications` finds by code or name, normalized, all that match, by code.", SOURCES
)
def find_certifications_by_code_or_name(stores: Stores) -> None:
    store = stores()
    named = evolve(FIRE, code="X", name="fire-1")
    store.put_certifications([FIRE, named])
    found = store.find_certifications(["FIRE-1", " fire warden", "x", "y"])
    expected = {"FIRE-1": (FIRE, named), " fire warden": (FIRE,), "x": (named,)}
    equal(found, expected, "the certifications by name")


@promises("`needing` counts every version of a certification, and both of its curricula.", SOURCES)
def needing_counts_every_version(stores: Stores) -> None:
    store = stores()
    both = evolve(VERSION, recertification=steps("REFRESH"))
    later = evolve(VERSION, number=2, initial=steps("NEW"), recertification=steps("NEW"))
    store.put_certifications(
        [evolve(FIRE, code="B", versions=(both, later)), evolve(FIRE, code="A")]
    )
    found = store.needing(["DAY", "REFRESH", "NEW", "M1", "DAY\0"])
    equal(found, {"DAY": ("A", "B"), "REFRESH": ("B",), "NEW": ("B",)}, "who needs a training")
    equal(store.needing([]), {}, "who needs no trainings")


@promises("`needing` counts what the eligibility of a certification mentions, too.", SOURCES)
def needing_counts_eligibility(stores: Stores) -> None:
    store = stores()
    of = (Completed(training="BADGE"), Completed(training="DAY"))
    asking = evolve(FIRE, eligibility=AnyOf(of=of))
    store.put_certifications([asking, evolve(FIRE, code="B")])
    expected = {"BADGE": ("FIRE-1",), "DAY": ("B", "FIRE-1")}
    equal(store.needing(["BADGE", "DAY"]), expected, "whom a training concerns")
    store.put_certifications([FIRE])
    equal(store.needing(["BADGE"]), {}, "whom it concerns once it is asked for no more")


# --- a store that keeps them itself ---------------------------------------------------------------


@promises(
    "A learner is replaced by their id, together with all their identifiers.", CATALOG, SOURCES
)
def a_learner_is_replaced(stores: Stores) -> None:
    store = stores()
    old = Learner(id="ann", email="old@x", username="u", external_id="7", active_since=NOW)
    store.put_learners(iter([old]))
    store.put_learners([Learner(id="ann", email="new@x")])
    equal(store.learners(["ann"]), {"ann": Learner(id="ann", email="new@x")}, "the learner")
    for kind, value in (
        (IdentifierKind.EMAIL, "old@x"),
        (IdentifierKind.USERNAME, "u"),
        (IdentifierKind.EXTERNAL_ID, "7"),
    ):
        equal(store.find_learners([value], by=kind), {}, f"who is found by an old {kind.value}")
    found = store.find_learners(["new@x"], by=IdentifierKind.EMAIL)
    equal(list(found), ["new@x"], "the emails that are found")


@promises(
    "A training is replaced by its code, together with its names and modules.", CATALOG, SOURCES
)
def a_training_is_replaced(stores: Stores) -> None:
    store = stores()
    store.put_trainings([COURSE])
    changed = Training(code="COURSE", kind=TrainingKind.COURSE, name="New", modules=("M3",))
    store.put_trainings([changed])
    equal(store.find_trainings(["1042", "Fire warden"]), {}, "what has the old names")
    both = {"new": (changed,), "course": (changed,)}
    equal(store.find_trainings(["new", "course"]), both, "what has the new names")
    equal(store.courses_with(["M1", "M3"]), {"M3": (changed,)}, "the courses with a module")


@promises(
    "A certification is replaced by its code; `needing` follows a draft that changes.",
    SOURCES,
    CATALOG,
)
def a_certification_is_replaced(stores: Stores) -> None:
    store = stores()
    draft = evolve(VERSION, state=VersionState.DRAFT)
    store.put_certifications([evolve(FIRE, versions=(draft,))])
    other = evolve(draft, initial=steps("X"), recertification=steps("X"))
    store.put_certifications([evolve(FIRE, versions=(other,))])
    equal(store.needing(["DAY", "X"]), {"X": ("FIRE-1",)}, "who needs a training")


@promises("`counts` counts learners, trainings and certifications.", CATALOG)
def counts_of_what_is_kept(stores: Stores) -> None:
    store = stores()
    none = Counts(learners=0, trainings=0, certifications=0)
    equal(store.counts(), none, "the counts of an empty store")
    store.put_learners([Learner(id="ann"), Learner(id="bo"), Learner(id="ann")])
    store.put_trainings([COURSE, MODULE])
    store.put_certifications([FIRE])
    expected = Counts(learners=2, trainings=2, certifications=1)
    equal(store.counts(), expected, "the counts")


@promises("Where learners stop coming with an error, none of them is put.", SOURCES, CATALOG)
def an_error_puts_nobody(stores: Stores) -> None:
    store = stores()

    def people() -> Iterator[Learner]:
        yield Learner(id="ann")
        raise StoreError("the people", "the file ended", "ended")

    fails(StoreError, lambda: store.put_learners(people()), "people that end early", "ended")
    equal(list(store.all_learners(limit=9)), [], "the learners")


_DRAFT: Final = evolve(VERSION, state=VersionState.DRAFT)
_RETIRED: Final = evolve(VERSION, state=VersionState.RETIRED)
_MAY_BECOME: Final[dict[str, tuple[Version, Version | None]]] = {
    "published, retired": (VERSION, _RETIRED),
    "published again": (VERSION, VERSION),
    "retired again": (_RETIRED, _RETIRED),
    "a draft, published": (evolve(_DRAFT, published_on=None), VERSION),
    "a draft, changed": (_DRAFT, evolve(VERSION, initial=steps("X"))),
    "a draft, gone": (_DRAFT, None),
}
_MAY_NOT_BECOME: Final[dict[str, tuple[Version, Version | None]]] = {
    "steps changed": (VERSION, evolve(VERSION, initial=steps("X"))),
    "recertification changed": (VERSION, evolve(VERSION, recertification=steps("X"))),
    "day changed": (VERSION, evolve(VERSION, published_on=date(2025, 1, 2))),
    "published, a draft again": (VERSION, _DRAFT),
    "retired and changed": (VERSION, evolve(_RETIRED, initial=steps("X"))),
    "gone": (VERSION, None),
    "retired, published again": (_RETIRED, VERSION),
    "retired and gone": (_RETIRED, None),
}


@promises(
    "Drafts may change and go, a published version may be retired, and a new one may come.",
    SOURCES,
    CATALOG,
)
def what_may_become_of_a_version(stores: Stores) -> None:
    for number, (what, (stored, given)) in enumerate(_MAY_BECOME.items()):
        store = stores(f"tenant-{number}")
        store.put_certifications([evolve(FIRE, versions=(stored,))])
        versions = () if given is None else (given,)
        changed = evolve(FIRE, name="New name", active=False, versions=versions)
        store.put_certifications([changed])
        equal(store.certifications(), {"FIRE-1": changed}, f"{what}: the certification")
        found = store.find_certifications(["fire warden", "new name"])
        equal(found, {"new name": (changed,)}, f"{what}: the certification by name")
    store = stores("more")
    store.put_certifications([FIRE])
    more = evolve(FIRE, versions=(evolve(VERSION, number=2, initial=steps("X")), VERSION))
    store.put_certifications([more])
    equal(store.certifications(), {"FIRE-1": more}, "the certification with a new version")


@promises(
    "A published version that changes or goes raises `changed_published_version`; nothing is put.",
    SOURCES,
    CATALOG,
)
def a_published_version_never_changes(stores: Stores) -> None:
    for number, (what, (stored, given)) in enumerate(_MAY_NOT_BECOME.items()):
        store = stores(f"tenant-{number}")
        before = evolve(FIRE, versions=(stored,))
        store.put_certifications([before])
        changed = evolve(FIRE, name="New", versions=() if given is None else (given,))
        both = [evolve(FIRE, code="A"), changed]
        error = fails(
            StoreError,
            partial(store.put_certifications, both),
            what,
            code="changed_published_version",
        )
        true("FIRE-1 version 1" in str(error), f"{what}: expected FIRE-1 version 1 in: {error}")
        equal(store.certifications(), {"FIRE-1": before}, f"{what}: what is stored")
