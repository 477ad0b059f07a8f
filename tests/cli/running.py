"""Runs the command line in this process, and the small store that its tests share."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

from attrs import frozen

from certlib.cli import main

NOW = "2026-11-21T09:00:00Z"
HEADING = "Email,Training Type,Name,Date (yyyy-mm-dd)"

PEOPLE = """\
id,email,username,name,organization,groups,active
ann,ann@example.org,ann,Ann Sample,north,drivers|night shift,yes
bo,bo@example.org,bo,Bo Sample,south,,yes
cem,cem@example.org,cem,Cem Sample,north,,no
eva,eva@example.org,eva,Eva Sample,north,,yes
"""

CATALOG: dict[str, Any] = {
    "format": "certlib.catalog/1",
    "trainings": [
        {"code": "FIRE-M1", "kind": "module", "name": "Fire: theory"},
        {"code": "FIRE-M2", "kind": "module", "name": "Fire: extinguishers"},
        {
            "code": "FIRE-ONLINE",
            "kind": "course",
            "name": "Fire warden online",
            "modules": ["FIRE-M1", "FIRE-M2"],
        },
        {"code": "FORK", "kind": "course", "name": "Forklift safety"},
    ],
    "certifications": [
        {
            "code": "FIRE-1",
            "name": "Fire warden",
            "access": {"kind": "assigned_only"},
            "versions": [
                {
                    "number": 1,
                    "published_on": "2023-01-01",
                    "initial": {
                        "steps": [
                            {
                                "code": "course",
                                "paths": [
                                    {
                                        "kind": "online",
                                        "requires": {
                                            "kind": "completed",
                                            "training": "FIRE-ONLINE",
                                        },
                                    }
                                ],
                            }
                        ]
                    },
                    "policy": {
                        "time_zone": "Europe/Madrid",
                        "validity": {
                            "kind": "fixed_dates",
                            "dates": ["12-31"],
                            "minimum": "P3M",
                        },
                        "grace": {"period": "P30D"},
                        "recertification": {"window": "P3M"},
                    },
                }
            ],
        },
        {
            "code": "FORK-1",
            "name": "Forklift driver",
            "versions": [
                {
                    "number": 1,
                    "published_on": "2020-01-01",
                    "initial": {
                        "steps": [
                            {
                                "code": "course",
                                "paths": [
                                    {
                                        "kind": "online",
                                        "requires": {"kind": "completed", "training": "FORK"},
                                    }
                                ],
                            }
                        ]
                    },
                    "policy": {
                        "validity": {"kind": "from_completion", "period": "P1Y"},
                        "grace": {"period": "P30D"},
                    },
                }
            ],
        },
    ],
}


def _path(kind: str, training: str | None = None, **others: Any) -> dict[str, Any]:
    requires = {"requires": {"kind": "completed", "training": training}} if training else {}
    return {"kind": kind, **requires, **others}


WHOLE_STEPS: list[dict[str, Any]] = [
    {"code": "theory", "paths": [_path("online", "FORK"), _path("test_out", code="theory-test")]},
    {"code": "practice", "paths": [_path("online", "FIRE-ONLINE"), _path("external")]},
]
WHOLE_POLICY: dict[str, Any] = {
    "validity": {"kind": "from_completion", "period": "P1Y"},
    "grace": {"period": "P30D"},
    "recertification": {"window": "P3M"},
    "fees": {"certification": True, "exam": True, "recertification": True, "reinstatement": True},
    "exam": {"attempts": 1, "cool_down": "P1D", "approval": True},
    "approval": {"roles": ["approver", "manager"]},
    "deadlines": {"initial": {"due": "P60D", "hard": True}},
    "reminders": {
        "at": [
            {"days": -30},
            {"about": "window", "days": 0},
            {"about": "due", "days": -7},
            {"about": "expiry", "days": 7},
        ],
        "digests": [{"about": "grace", "begins": "P1W"}],
    },
}
WHOLE: dict[str, Any] = {
    "code": "WHOLE-1",
    "name": "Everything there is",
    "access": {"kind": "by_request"},
    "versions": [
        {
            "number": 1,
            "published_on": "2020-01-01",
            "initial": {"steps": WHOLE_STEPS, "exam": {"code": "exam"}},
            "policy": WHOLE_POLICY,
        },
        {
            "number": 2,
            "published_on": "2026-06-01",
            "initial": {"steps": WHOLE_STEPS[:1], "exam": {"code": "exam"}},
            "policy": {**WHOLE_POLICY, "validity": {"kind": "from_completion", "period": "P2Y"}},
        },
    ],
}
"""A certification of every policy, for the commands that the two of the catalog never need."""


@frozen
class Ran:
    """How a command line ended, and what it printed."""

    code: int
    out: str
    err: str


class Terminal(TextIOWrapper):
    """A stream in memory that may pretend to be a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        self.printed = BytesIO()
        self.is_terminal = terminal
        super().__init__(self.printed, encoding=encoding, newline="\n", write_through=True)

    def isatty(self) -> bool:
        return self.is_terminal

    def text(self) -> str:
        self.flush()
        return self.printed.getvalue().decode(self.encoding)


def run(*arguments: object, terminal: bool = False, encoding: str = "utf-8") -> Ran:
    """Run a command line; help and versions end it by `SystemExit`."""
    out, err = Terminal(terminal=terminal, encoding=encoding), Terminal(encoding=encoding)
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = int(str(ended.code))
    return Ran(code, out.text(), err.text())


def ask(*arguments: object, code: int = 0) -> Any:
    """Run a command line with ``--json``; return the one value that it prints."""
    ran = run(*arguments, "--json")
    assert ran.code == code, ran
    return json.loads(ran.out)


def error_of(*arguments: object, code: int = 2) -> dict[str, Any]:
    """Run a command line that fails; return its error, which stderr tells in words as well."""
    ran = run(*arguments, "--json")
    assert ran.code == code, ran
    assert ran.err.startswith("certlib: ")
    assert "Traceback" not in ran.err
    error: dict[str, Any] = json.loads(ran.out)["error"]
    assert set(error) == {"code", "message", "problems"}
    return error


def write_files(folder: Path) -> tuple[Path, Path]:
    """Write the people file and the catalog."""
    people, catalog = folder / "people.csv", folder / "catalog.json"
    people.write_text(PEOPLE, encoding="utf-8")
    catalog.write_text(json.dumps(CATALOG), encoding="utf-8")
    return people, catalog


def add_whole(store: Path) -> Path:
    """Add a certification of every policy to a store."""
    catalog = store.with_name("whole.json")
    catalog.write_text(
        json.dumps(
            {**CATALOG, "certifications": [*CATALOG["certifications"], WHOLE]},
        ),
        encoding="utf-8",
    )
    assert run("load", store, "--catalog", catalog).code == 0
    return store


def write_upload(path: Path, *rows: str, heading: str = HEADING) -> Path:
    """Write a file to upload."""
    path.write_bytes("".join(f"{row}\r\n" for row in (heading, *rows)).encode())
    return path
