"""What every store promises as `certlib.ports.Sources`, and of what a host puts into it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from certlib.adapters.store_rules import Counts
from certlib.certifications import Version, VersionState
from certlib.errors import StoreError
from certlib.learners import Learner
from certlib.ports import IdentifierKind
from certlib.trainings import Training, TrainingKind
from tests.adapters.samples import COURSE, FIRE, MODULE, VERSION, fill, steps
from tests.adapters.stores import Putting


class TestPeople:
    def test_every_field_comes_back(self, store: Putting) -> None:
        full = Learner(
            id="Ann", email="a@x", username="u", external_id="7", name="Ann \0\u2028 Ägidius",
            organization="north", groups=("b", "a", ""), active=False, manager_id="eva",
        )  # fmt: skip
        store.put_learners(iter([full, Learner(id="bo")]))
        assert store.learners(["Ann", "bo", "ann"]) == {"Ann": full, "bo": Learner(id="bo")}

    def test_the_same_id_is_replaced_with_its_identifiers(self, store: Putting) -> None:
        store.put_learners([Learner(id="ann", email="old@x", username="u", external_id="7")])
        store.put_learners([Learner(id="ann", email="new@x")])
        assert store.learners(["ann"]) == {"ann": Learner(id="ann", email="new@x")}
        assert store.find_learners(["old@x"], by=IdentifierKind.EMAIL) == {}
        assert store.find_learners(["u"], by=IdentifierKind.USERNAME) == {}
        assert store.find_learners(["7"], by=IdentifierKind.EXTERNAL_ID) == {}
        assert store.find_learners(["new@x"], by=IdentifierKind.EMAIL).keys() == {"new@x"}

    def test_page_by_page_by_id(self, store: Putting) -> None:
        store.put_learners([Learner(id=id) for id in ("b", "a", "Z", "é", "c")])
        first = store.all_learners(limit=3)
        assert [each.id for each in first] == ["Z", "a", "b"]
        assert [each.id for each in store.all_learners(limit=3, after="b")] == ["c", "é"]
        assert list(store.all_learners(limit=3, after="é")) == []

    @pytest.mark.parametrize("kind", IdentifierKind)
    def test_by_each_kind_of_identifier_with_look_alikes(
        self, store: Putting, kind: IdentifierKind
    ) -> None:
        def having(id: str, value: str) -> Learner:
            by_id = kind is IdentifierKind.ID
            others: dict[str, Any] = {kind.value: value}
            return Learner(id=value) if by_id else Learner(id=id, **others)

        kim, kelvin = having("1", "kim@x"), having("2", "\N{KELVIN SIGN}im@x")
        upper, other = having("3", "KIM@X"), having("4", "tim@x")
        store.put_learners([kim, kelvin, upper, other])
        everybody = tuple(sorted((kim, kelvin, upper), key=lambda learner: learner.id))
        found = store.find_learners([" Kim@x", "kem@x", "tim@x"], by=kind)
        assert found == {" Kim@x": everybody, "tim@x": (other,)}

    def test_two_with_one_identifier_are_both_found(self, store: Putting) -> None:
        twins = tuple(Learner(id=id, email="twin@x") for id in ("a", "b"))
        store.put_learners(reversed(twins))
        assert store.find_learners(["twin@x"], by=IdentifierKind.EMAIL) == {"twin@x": twins}

    def test_counts(self, store: Putting) -> None:
        assert store.counts() == Counts(learners=0, trainings=0, certifications=0)
        fill(store)
        assert store.counts() == Counts(learners=2, trainings=2, certifications=1)


class TestCatalog:
    def test_trainings_by_code_name_and_external_id(self, store: Putting) -> None:
        other = Training(code="1042", kind=TrainingKind.COURSE, name="fire WARDEN")
        store.put_trainings([COURSE, MODULE, other])
        found = store.find_trainings(["course", " FIRE warden ", "1042", "M1", "no", "m2"])
        assert found == {
            "course": (COURSE,),
            " FIRE warden ": (other, COURSE),
            "1042": (other, COURSE),
            "M1": (MODULE,),
        }

    def test_a_training_is_replaced_with_its_names_and_modules(self, store: Putting) -> None:
        store.put_trainings([COURSE])
        changed = Training(code="COURSE", kind=TrainingKind.COURSE, name="New", modules=("M3",))
        store.put_trainings([changed])
        assert store.find_trainings(["1042", "Fire warden"]) == {}
        assert store.find_trainings(["new", "course"]) == {"new": (changed,), "course": (changed,)}
        assert store.courses_with(["M1", "M3"]) == {"M3": (changed,)}

    def test_courses_that_require_a_module(self, store: Putting) -> None:
        other = Training(code="A", kind=TrainingKind.COURSE, name="A", modules=("M2", "M1"))
        store.put_trainings([COURSE, other])
        assert store.courses_with(["M1", "M2", "COURSE"]) == {"M1": (other, COURSE), "M2": (other,)}

    def test_certifications_by_code(self, store: Putting) -> None:
        a, b = evolve(FIRE, code="A"), evolve(FIRE, code="B")
        store.put_certifications([b, a])
        assert list(store.certifications().items()) == [("A", a), ("B", b)]
        assert store.certifications(["B", "C"]) == {"B": b}
        assert store.certifications([]) == {}

    def test_certifications_by_code_or_name(self, store: Putting) -> None:
        named = evolve(FIRE, code="X", name="fire-1")
        store.put_certifications([FIRE, named])
        found = store.find_certifications(["FIRE-1", " fire warden", "x", "y"])
        assert found == {"FIRE-1": (FIRE, named), " fire warden": (FIRE,), "x": (named,)}

    def test_needing_counts_every_version_and_both_curricula(self, store: Putting) -> None:
        both = evolve(VERSION, recertification=steps("REFRESH"))
        later = evolve(VERSION, number=2, initial=steps("NEW"), recertification=steps("NEW"))
        store.put_certifications(
            [evolve(FIRE, code="B", versions=(both, later)), evolve(FIRE, code="A")]
        )
        assert store.needing(["DAY", "REFRESH", "NEW", "M1"]) == {
            "DAY": ("A", "B"),
            "REFRESH": ("B",),
            "NEW": ("B",),
        }

    def test_needing_follows_a_draft_that_changes(self, store: Putting) -> None:
        draft = evolve(VERSION, state=VersionState.DRAFT)
        store.put_certifications([evolve(FIRE, versions=(draft,))])
        store.put_certifications(
            [
                evolve(
                    FIRE, versions=(evolve(draft, initial=steps("X"), recertification=steps("X")),)
                )
            ]
        )
        assert store.needing(["DAY", "X"]) == {"X": ("FIRE-1",)}


class TestVersions:
    """A version is immutable once published."""

    @pytest.mark.parametrize(
        ("stored", "given"),
        [
            (VERSION, evolve(VERSION, state=VersionState.RETIRED)),
            (VERSION, VERSION),
            (evolve(VERSION, state=VersionState.RETIRED),) * 2,
            (evolve(VERSION, state=VersionState.DRAFT, published_on=None), VERSION),
            (evolve(VERSION, state=VersionState.DRAFT), evolve(VERSION, initial=steps("X"))),
            (evolve(VERSION, state=VersionState.DRAFT), None),
        ],
        ids=[
            "retired",
            "published again",
            "retired again",
            "a draft published",
            "a draft changed",
            "a draft gone",
        ],
    )
    def test_what_may_become_of_one(
        self, store: Putting, stored: Version, given: Version | None
    ) -> None:
        store.put_certifications([evolve(FIRE, versions=(stored,))])
        changed = evolve(
            FIRE, name="New name", active=False, versions=() if given is None else (given,)
        )
        store.put_certifications([changed])
        assert store.certifications() == {"FIRE-1": changed}
        assert store.find_certifications(["fire warden", "new name"]) == {"new name": (changed,)}

    @pytest.mark.parametrize(
        ("stored", "given"),
        [
            (VERSION, evolve(VERSION, initial=steps("X"))),
            (VERSION, evolve(VERSION, recertification=steps("X"))),
            (VERSION, evolve(VERSION, published_on=date(2025, 1, 2))),
            (VERSION, evolve(VERSION, state=VersionState.DRAFT)),
            (VERSION, evolve(VERSION, state=VersionState.RETIRED, initial=steps("X"))),
            (VERSION, None),
            (evolve(VERSION, state=VersionState.RETIRED), VERSION),
            (evolve(VERSION, state=VersionState.RETIRED), None),
        ],
        ids=[
            "steps changed",
            "recertification changed",
            "day changed",
            "published to draft",
            "retired and changed",
            "gone",
            "retired to published",
            "retired and gone",
        ],
    )
    def test_what_is_refused_leaves_all_as_it_was(
        self, store: Putting, stored: Version, given: Version | None
    ) -> None:
        before = evolve(FIRE, versions=(stored,))
        store.put_certifications([before])
        changed = evolve(FIRE, name="New", versions=() if given is None else (given,))
        with pytest.raises(StoreError) as caught:
            store.put_certifications([evolve(FIRE, code="A"), changed])
        assert caught.value.code == "changed_published_version"
        assert "FIRE-1 version 1" in str(caught.value)
        assert store.certifications() == {"FIRE-1": before}

    def test_a_new_version_may_be_added(self, store: Putting) -> None:
        store.put_certifications([FIRE])
        more = evolve(FIRE, versions=(evolve(VERSION, number=2, initial=steps("X")), VERSION))
        store.put_certifications([more])
        assert store.certifications() == {"FIRE-1": more}
