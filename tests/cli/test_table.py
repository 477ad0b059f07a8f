"""`table`: the rules as the grid, or as rows (cli.md)."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import ask, error_of, run

ACTIONS = [
    "override_payment",
    "override_training",
    "override_exam",
    "revoke_access",
    "force_recertification",
    "permanently_revoke",
    "restore_access",
    "remove",
]
STATUSES = [
    "assigned",
    "not_started",
    "in_progress",
    "pending_approval",
    "certified",
    "expired",
    "lapsed",
    "recertifying",
    "revoked",
    "disallowed",
]


class TestGrid:
    @pytest.mark.parametrize("which", [(), ("--grid",)])
    def test_in_json(self, which: tuple[str, ...]) -> None:
        found = ask("table", *which)
        assert list(found) == STATUSES
        assert [list(row) for row in found.values()] == [ACTIONS] * len(STATUSES)
        assert found["assigned"]["remove"] == ["every_assignment_is_manual"]
        assert found["certified"]["permanently_revoke"] == []
        assert found["certified"]["revoke_access"] is None

    def test_as_markdown(self) -> None:
        ran = run("table")
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("| status ")
        assert ran == run("table", "--grid", "--format", "markdown")


class TestTransitions:
    def test_in_json(self) -> None:
        found = ask("table", "--transitions")
        keys = ["name", "row", "from", "on", "by", "when", "to", "emits"]
        assert [list(row) for row in found] == [keys] * len(found)
        assert found[0]["row"] == 1
        assert {row["from"] for row in found} == {None, *STATUSES} - {"pending_approval"}

    def test_as_markdown(self) -> None:
        assert run("table", "--transitions").out.startswith("| # ")


def test_the_format_json_is_the_same_value() -> None:
    ran = run("table", "--transitions", "--format", "json")
    assert json.loads(ran.out) == ask("table", "--transitions")
    assert ran == run("table", "--transitions", "--json")


@pytest.mark.parametrize("name", ["mermaid", "dot", "svg"])
def test_what_is_not_drawn_yet_is_said_to_be(name: str) -> None:
    error = error_of("table", "--format", name)
    assert error["message"] == f"{name} is not drawn yet: choose markdown or json (usage)"
