"""What grows with the rows of a file takes little memory, and is what plain sets and lists are (F10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certlib.io import RowProblem
from certlib.io._imports.job import ImportJob, RowPlan
from certlib.io._imports.repeats import Key, KeyMap, KeySet, Repeat
from certlib.io._tables import packed as packed_module
from certlib.io._tables.packed import Problems
from tests.hosts import make_service
from tests.io.uploads import applied, codes, counts, upload

apply_module = import_module("certlib.io._imports.apply")

keys: st.SearchStrategy[Key] = st.tuples(
    st.sampled_from(("ann", "bo", "1:ann", "a", "ä")),
    st.sampled_from(("FORK", "DAY", "\nFORK", "1:FORK")),
    st.none() | st.sampled_from((date(2026, 1, 1), date(2026, 1, 2))),
)


@given(given=st.lists(keys, max_size=40), plain=st.integers(0, 5))
def test_keys_seen_are_a_set(given: list[Key], plain: int) -> None:
    seen, oracle = KeySet(plain), set[Key]()
    for key in given:
        assert (key in seen) is (key in oracle)
        assert seen.add(key) is (key not in oracle)
        oracle.add(key)
    assert all(key in seen for key in oracle)


@given(given=st.lists(st.lists(keys | st.none(), max_size=8), max_size=8), plain=st.integers(0, 12))
def test_many_keys_are_added_as_one_by_one(given: list[list[Key | None]], plain: int) -> None:
    seen, one_by_one = KeySet(plain), KeySet()
    for some in given:
        # Each is a value of its own, as those of rows are.
        found = list(seen.add_all([key and (key[0], key[1], key[2]) for key in some]))
        assert len(found) == len(some)
        for key, is_new in zip(some, found, strict=True):
            if key is not None:
                assert is_new is one_by_one.add(key)


@given(
    given=st.lists(
        st.tuples(keys, st.integers(1, 2**32 - 1), st.integers(0, 3_700_000)), max_size=40
    ),
    plain=st.integers(0, 5),
)
def test_mentions_are_a_dict(given: list[tuple[Key, int, int]], plain: int) -> None:
    ledger, oracle = KeyMap(plain), dict[Key, Repeat]()
    for key, row, day in given:
        assert ledger.get(key) == oracle.get(key)
        before = oracle.get(key, Repeat(0, 0))
        oracle[key] = Repeat(before.rows + 1, row, day)
        ledger.put(key, oracle[key])
    assert all(ledger.get(key) == mention for key, mention in oracle.items())


def test_a_digest_that_lies_across_two_entries_is_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = KeySet(0)
    for number in range(400):
        assert seen.add((f"L{number}", "FORK", None))
    assert seen._digests is not None
    shelf, _, rest = seen._digests.find(("nobody", "FORK", None))
    shelf += b"x" + rest + b"x" * (len(rest) - 1)
    assert ("nobody", "FORK", None) not in seen


def problem(row: int) -> RowProblem:
    return RowProblem(
        row=row, line=row, column=None if row % 2 else "Email", code="c", message=f"m{row}",
        fields=("a", f"ä{row}"),
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8])
@pytest.mark.parametrize("plain", [0, 2, 100])
def test_problems_are_a_tuple(count: int, plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_module, "_TOGETHER", 3)
    oracle = tuple(map(problem, range(count)))
    problems: Sequence[RowProblem] = Problems(oracle, plain=plain)
    assert len(problems) == count
    assert tuple(problems) == oracle
    assert problems == oracle
    assert oracle == problems
    assert problems != (*oracle, problem(99))
    assert problems.__eq__(list(oracle)) is not True
    assert [problems[place] for place in range(-count, count)] == [*oracle, *oracle]
    assert problems[1:] == oracle[1:]
    assert problems[::-2] == oracle[::-2]
    assert hash(problems) == hash(Problems(oracle))
    assert repr(problems) == f"<{count} problems>"
    with pytest.raises(IndexError):
        problems[count]


def test_plans_come_by_learner_in_the_order_of_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_module, "BATCH", 2)
    monkeypatch.setattr("certlib.io._imports.new_rows._TOGETHER", 2)
    batches: list[list[int]] = []
    save = apply_module._save

    def saving(work: ImportJob, import_id: str, batch: Sequence[RowPlan]) -> Mapping[int, str]:
        batches.append([plan.row for plan in batch])
        refused: Mapping[int, str] = save(work, import_id, batch)
        return refused

    monkeypatch.setattr(apply_module, "_save", saving)
    rows = [
        "cem@example.org,course,DAY,2026-01-03",  # 2
        "ann@example.org,module,M1,2026-01-03",  # 3
        "ann@example.org,course,FORK,2026-01-03",  # 4
        "ann@example.org,certification,FORK-1,2026-01-03",  # 5
        "bo@example.org,course,DAY,2026-01-01",  # 6
        "ann@example.org,course,DAY,2026-01-02",  # 7
        "bo@example.org,course,FORK,2026-01-01",  # 8
    ]
    done = applied(make_service(), upload(*rows))
    assert counts(done.preview) == (7, 7, 0, 0)
    assert codes(done.preview) == {}
    # The first of each learner, by date; then the second of those who have one.
    assert batches == [[6, 7], [2], [8, 5], [4], [3]]
