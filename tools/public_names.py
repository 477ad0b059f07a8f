"""Say which names are public, and write the list that the tests compare them with.

    python -m tools.public_names           print the list
    python -m tools.public_names --write   write it to tests/public_names.txt

Public are the modules of certlib whose dotted path has no part that begins with an underscore, and of each
of them the names in its `__all__`. A module without `__all__` promises nothing but its own place.

The list is written on purpose and never by a check, so that a new public name shows in the change that
brings it.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

import certlib

LIST: Final = Path(__file__).parent.parent / "tests" / "public_names.txt"


def public_modules() -> Iterator[ModuleType]:
    """Import and yield the public modules, by their dotted path."""
    found = [certlib.__name__]
    found += [each.name for each in pkgutil.walk_packages(certlib.__path__, "certlib.")]
    for name in sorted(found):
        if not any(part.startswith("_") for part in name.split(".")):
            yield importlib.import_module(name)


def names_in(module: ModuleType) -> list[str]:
    """Return the names that a module makes public, in the order of the alphabet."""
    return sorted(getattr(module, "__all__", ()))


def public_names() -> Mapping[str, list[str]]:
    """Return the public names of each public module."""
    return {module.__name__: names_in(module) for module in public_modules()}


def listing(names: Mapping[str, list[str]]) -> str:
    """Return the list: how many there are, then each module with its names below it."""
    distinct = {name for found in names.values() for name in found}
    lines = [f"{len(names)} public modules, {len(distinct)} distinct names", ""]
    for module, found in names.items():
        lines += [module, *(f"    {name}" for name in found)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None, path: Path = LIST) -> int:
    """Print the list, or write it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.public_names", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write tests/public_names.txt")
    options = parser.parse_args(arguments)
    text = listing(public_names())
    if options.write:
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"written: {path.name}, {text.splitlines()[0]}")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
