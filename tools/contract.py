"""Write the list of checks into the page "Write a store": `python -m tools.contract`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from certlib.testing.contract import CHECKS, Check

PAGE: Final = Path(__file__).parents[1] / "docs" / "how-to" / "write-a-store.md"
BEGIN: Final = "<!-- checks: written by `python -m tools.contract` -->\n"
END: Final = "<!-- end of the checks -->\n"


def listed() -> str:
    """Return all checks, under a heading for what they need besides a `Store`."""
    by_needs: dict[str, list[Check]] = {}
    for check in CHECKS:
        needs = " and ".join(f"`{each.name}`" for each in check.needs[1:]) or "`STORE` alone"
        by_needs.setdefault(needs, []).append(check)
    parts: list[str] = []
    for needs, checks in by_needs.items():
        lines = "".join(f"- `{each.name}`: {each.promise}\n" for each in checks)
        parts.append(f"### {needs}\n\n{lines}")
    return "\n".join(parts)


def with_checks(page: str) -> str:
    """Return the page with the list of today."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{listed()}\n{END}{after}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(with_checks(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
