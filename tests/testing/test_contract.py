"""The contract as a kit: what its authors and their test runners see of it."""

from __future__ import annotations

import json
import re
import unittest
from io import StringIO
from random import Random
from typing import Final

import pytest

from certlib.adapters.memory import MemoryStore
from certlib.errors import InvalidValueError, NotFoundError, StoreError
from certlib.learners import Learner
from certlib.ports import EnrollmentKey
from certlib.testing import contract
from certlib.testing.contract import Capability, Check, MakeStore, Result
from certlib.testing.contract._check import Stores
from certlib.testing.contract._expect import equal, fails, true
from certlib.testing.contract._samples import NOW
from tests.adapters.broken_stores import (
    ClaimsTwice,
    LastSweepWins,
    LastWriteWins,
    StruckIsDeleted,
    TrustsTheIndex,
)
from tests.adapters.stores import MEMORY_LACKS, in_memory


class TestChecks:
    def test_each_has_a_name_of_its_own_and_a_sentence(self) -> None:
        names = [check.name for check in contract.CHECKS]
        assert len(set(names)) == len(names) == len({each.promise for each in contract.CHECKS})
        for check in contract.CHECKS:
            assert str(check) == check.name
            assert re.fullmatch(r"[a-z0-9_]+", check.name)
            assert re.fullmatch(r"[A-Z`].*\.", check.promise)
            assert check.needs[0] is Capability.STORE
            assert "Stores" not in repr(check)

    def test_every_capability_is_needed_by_some(self) -> None:
        assert {each for check in contract.CHECKS for each in check.needs} == set(Capability)

    def test_what_is_left_out_is_what_needs_what_is_lacking(self) -> None:
        left = contract.checks(without=[Capability.OUTBOX])
        gone = [check for check in contract.CHECKS if check not in left]
        assert gone
        assert all(Capability.OUTBOX in check.needs for check in gone)
        assert not any(Capability.OUTBOX in check.needs for check in left)
        assert contract.checks() == contract.CHECKS

    def test_no_store_is_without_a_store(self) -> None:
        with pytest.raises(InvalidValueError, match="capabilities that a store may lack"):
            contract.checks(without=[Capability.STORE])

    def test_each_is_run_with_a_database_of_its_own(self) -> None:
        seen: list[tuple[str, str]] = []
        make = in_memory()

        def noted(database: str, tenant: str) -> MemoryStore:
            seen.append((database, tenant))
            return make(database, tenant)

        (check,) = [each for each in contract.CHECKS if each.name == "no_tenant_sees_another"]
        check(noted)
        check(noted)
        assert [tenant for _, tenant in seen] == ["north", "south"] * 2
        databases = [database for database, _ in seen]
        assert databases[0] == databases[1] != databases[2] == databases[3]
        assert all(re.fullmatch(r"contract_[0-9a-f]{12}", each) for each in databases)

    def test_stores_are_closed_where_they_can_be_closed_also_after_a_failure(self) -> None:
        closed: list[str] = []

        class Closing(MemoryStore):
            def close(self) -> None:
                closed.append(self.tenant)

        def run(stores: Stores) -> None:
            stores("north")
            stores.in_this_thread(lambda store: store.record_sweep(NOW), "east")
            stores("south")
            raise AssertionError("it does not hold")

        check = Check(name="it", promise="It holds.", needs=(Capability.STORE,), run=run)
        with pytest.raises(AssertionError) as caught:
            check(in_memory(Closing))
        assert closed == ["east", "south", "north"]
        assert caught.value.__notes__ == ["it: It holds."]


def test_under_unittest() -> None:
    chosen = contract.CHECKS[2:9]

    class TestMyStore(unittest.TestCase):
        make: MakeStore = staticmethod(in_memory(TrustsTheIndex))

        def test_contract(self) -> None:
            for check in contract.checks(without=MEMORY_LACKS):
                if check in chosen or check.name == "find_beyond_a_change_point":
                    with self.subTest(str(check)):
                        check(self.make)

    tests = unittest.defaultTestLoader.loadTestsFromTestCase(TestMyStore)
    outcome = unittest.TextTestRunner(stream=StringIO()).run(tests)
    ((failed, story),) = outcome.failures
    assert "find_beyond_a_change_point" in str(failed)
    assert "at the change point: expected {'certified'}, found set()" in story


class TestExpectations:
    """Their messages are their own: nobody rewrites them."""

    def test_what_holds_says_nothing(self) -> None:
        true(1, "one")
        equal({"a": 1}, {"a": 1}, "it")
        error = StoreError("here", "gone", "absent")
        assert fails(StoreError, lambda: self.fail(error), "it", code="absent") is error
        assert fails(StoreError, lambda: self.fail(error), "it") is error

    @staticmethod
    def fail(error: Exception) -> None:
        raise error

    @pytest.mark.parametrize(
        ("found", "expected", "message"),
        [
            (1, 2, "it: expected 2, found 1"),
            ((1,), [1], "it: expected [1], found (1,)"),
            ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "it, 'b': expected 3, found 2"),
            ({"a": 1}, {}, "it, 'a': expected nothing, found 1"),
            ({}, {"a": None}, "it, 'a': expected None, found nothing"),
        ],
    )
    def test_what_differs_is_told(self, found: object, expected: object, message: str) -> None:
        with pytest.raises(AssertionError) as caught:
            equal(found, expected, "it")
        assert str(caught.value) == message

    def test_what_looks_alike_is_told_field_by_field(self) -> None:
        one, other = Learner(id="ann", email="a@x"), Learner(id="ann", email="b@x")
        for found, expected in (
            (one, other),
            ([7, one], [7, other]),
            ({1: (one,)}, {1: (other,)}),
            (({1: one},), ({1: other},)),
        ):
            with pytest.raises(AssertionError, match=r"expected .*b@x.*, found .*a@x"):
                equal(found, expected, "it")

    def test_what_does_not_fail(self) -> None:
        with pytest.raises(AssertionError, match="it: expected StoreError, found the answer 7"):
            fails(StoreError, lambda: 7, "it")

    def test_what_fails_with_another_code_or_error(self) -> None:
        error = StoreError("here", "gone", "absent")
        with pytest.raises(AssertionError, match="expected 'other', found 'absent'"):
            fails(StoreError, lambda: self.fail(error), "it", code="other")
        with pytest.raises(StoreError):
            fails(NotFoundError, lambda: self.fail(error), "it")

    def test_what_does_not_hold(self) -> None:
        with pytest.raises(AssertionError, match=r"^no$"):
            true([], "no")


class FailsToLoad(LastSweepWins):
    """Breaks a promise, and fails at others with an error of its own."""

    def load(self, keys: object) -> dict[EnrollmentKey, object]:  # type: ignore[override]
        raise ConnectionError("the server | went away\nsomewhere")


WITHOUT: Final = (*MEMORY_LACKS, Capability.OUTBOX, Capability.SOURCES, Capability.TRANSCRIPTS)


@pytest.fixture(scope="module")
def sound() -> contract.Card:
    return contract.card(in_memory(), store="memory", without=WITHOUT)


@pytest.fixture(scope="module")
def broken() -> contract.Card:
    return contract.card(in_memory(FailsToLoad), without=WITHOUT)


class TestCard:
    def test_every_check_is_on_it(self, sound: contract.Card) -> None:
        assert [line.check for line in sound.lines] == list(contract.CHECKS)
        assert sound.kept
        assert sound.count(Result.NOT_TRIED) == len(contract.CHECKS) - sound.count(Result.KEPT) > 50
        tried = [line.check for line in sound.lines if line.result is Result.KEPT]
        assert tried == list(contract.checks(without=WITHOUT))

    def test_what_was_not_tried_says_why(self, sound: contract.Card) -> None:
        said = {line.check.name: line.said for line in sound.lines}
        assert said["a_snapshot_shows_people_of_one_moment"] == "without snapshot, sources"
        assert said["a_stale_version_is_a_conflict"] is None

    def test_what_is_broken_and_what_fails(self, broken: contract.Card) -> None:
        lines = {line.check.name: line for line in broken.lines}
        sweep = lines["the_latest_sweep_stays"]
        assert (sweep.result, broken.kept) == (Result.BROKEN, False)
        assert sweep.said is not None
        assert sweep.said.startswith("the last sweep: expected datetime")
        failed = lines["absent_is_absent"]
        assert failed.result is Result.FAILED
        assert failed.said == "ConnectionError: the server | went away"

    def test_as_markdown(self, sound: contract.Card, broken: contract.Card) -> None:
        text = sound.markdown()
        assert text.startswith(f"# Conformance of memory\n\n{sound.summary}.\n")
        assert "- declared: store, catalog, inspection, own_facts\n" in text
        assert "- declared to be without: transcripts, outbox, sources, documents, " in text
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert len(rows) == 1 + len(contract.CHECKS)
        assert f"| {contract.CHECKS[0]} | store | kept | {contract.CHECKS[0].promise} |" in rows
        assert any("| store, snapshot | not tried |" in row for row in rows)
        assert "| **failed**: ConnectionError: the server \\| went away |" in broken.markdown()

    def test_without_nothing(self) -> None:
        empty = contract.Card(store="mine", without=(), lines=())
        assert "- declared to be without: nothing\n" in empty.markdown()

    def test_as_json(self, broken: contract.Card) -> None:
        document = json.loads(broken.json())
        assert document["store"] == "the store"
        assert document["kept"] is False
        assert document["without"] == [each for each in Capability if each in WITHOUT]
        assert sum(document["counts"].values()) == len(document["checks"]) == len(contract.CHECKS)
        (line,) = [each for each in document["checks"] if each["check"] == "absent_is_absent"]
        assert line == {
            "check": "absent_is_absent",
            "promise": next(
                each.promise for each in contract.CHECKS if each.name == "absent_is_absent"
            ),
            "needs": ["store"],
            "result": "failed",
            "said": "ConnectionError: the server | went away",
        }


class Fragile(MemoryStore):
    """Refuses what it has to take."""

    def record_sweep(self, now: object) -> None:
        raise StoreError("here", "no sweeps", "none")


class TestCompare:
    @pytest.mark.parametrize(
        "kind", [LastWriteWins, TrustsTheIndex, StruckIsDeleted, ClaimsTwice, Fragile]
    )
    def test_it_finds_what_is_broken_and_tells_the_last_steps(
        self, kind: type[MemoryStore]
    ) -> None:
        with pytest.raises(AssertionError) as caught:
            contract.compare(in_memory(kind), Random(3), steps=400, without=MEMORY_LACKS)
        (story,) = caught.value.__notes__
        assert re.match(r"the last of \d+ steps:\n(north|south): ", story)
        assert len(story.splitlines()) <= 8

    def test_the_same_seed_does_the_same(self) -> None:
        def story() -> list[str]:
            with pytest.raises(AssertionError) as caught:
                contract.compare(in_memory(LastWriteWins), Random(5), steps=400)
            return caught.value.__notes__

        assert story() == story()

    def test_what_is_sound_passes(self) -> None:
        contract.compare(in_memory(), Random(9), steps=60, without=MEMORY_LACKS)
