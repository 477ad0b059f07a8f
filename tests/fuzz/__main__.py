"""``python -m tests.fuzz --runs 500000``: random input for the reader and the parsers of cells."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from tests.fuzz.cells import draw_date, draw_number
from tests.fuzz.emails import draw_email
from tests.fuzz.files import draw_upload
from tests.fuzz.running import DEFAULT_SEED, Kind, Report, run

__all__ = ["KINDS", "main"]

KINDS: Final = (
    Kind("reader", draw_upload, share=3),
    Kind("dates", draw_date, share=2),
    Kind("emails", draw_email, share=2),
    Kind("numbers", draw_number, share=1),
)


def main(arguments: Sequence[str]) -> int:
    """Run, and print what was reached; return 1 where a law is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=50_000, help="how many (default: 50000)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="what is drawn")
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument(
        "--only", default="", help="kinds, with commas: reader,dates,emails,numbers"
    )
    asked = parser.parse_args(arguments)
    only = asked.only.split(",") if asked.only else [kind.name for kind in KINDS]
    if unknown := set(only) - {kind.name for kind in KINDS}:
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    kinds = [kind for kind in KINDS if kind.name in only]
    report = run(kinds, seed=asked.seed, runs=asked.runs, first=asked.first)
    tell(report, asked.seed)
    return 0 if report.failure is None else 1


def tell(report: Report, seed: int) -> None:
    """Print what runs came to."""
    runs, seconds = report.runs.total(), sum(report.seconds.values())
    for name, verdicts in report.verdicts.items():
        speed = report.runs[name] / (report.seconds.get(name) or 1)
        print(
            f"{name}: {report.runs[name]:,} runs, {speed:,.0f} a second, {len(verdicts)} verdicts"
        )
        for verdict, count in verdicts.most_common():
            print(f"    {count:10,}  {verdict}")
    print(
        f"seed {seed}: {runs:,} runs in {seconds:.0f} s of CPU, {runs / (seconds or 1):,.0f} a second"
    )
    print("every law holds" if report.failure is None else report.failure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
