"""The long walk: 100,000 enrollments and more over six certifications, each judged.

    python -m benchmarks.explore --jobs 2

From a blank case, breadth first, every command is decided in every situation, and whatever it made is
judged: by the row's `to`, by the laws, and by the brute-force twins of the status rule, of due
days and of requests for access, now and at every change point ahead.

Two things are counted. *Situations* look different with dates and numbers left out; from each of them
everything is tried, and `--times` is how many times those that the test suite walks through there may
be. *Enrollments* are concrete: all that commands made on the way, no two alike, each of them judged.
With three times as many there are well over 100,000 of them. Exit 1 where something was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from certlib.certifications import Certification
from certlib.state import TABLE, Status
from certlib.testing.exploration import Exploration, check, never_reached
from tests.cases import EXPLORED
from tests.state.walks import JUDGED, LIMITS


def explored(certification: Certification, *, times: int) -> tuple[str, Exploration, float]:
    """Explore one certification, and say how long that took."""
    began = time.process_time()
    limit = times * LIMITS[certification.code]
    found = check(TABLE, (certification,), limit=limit, laws=JUDGED)
    return certification.code, found, time.process_time() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=3, help="how much further than the tests")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    options = parser.parse_args()
    explore = partial(explored, times=options.times)
    with ProcessPoolExecutor(max_workers=options.jobs) as pool:
        found = list(pool.map(explore, EXPLORED))
    for code, each, seconds in found:
        all_of_them = ", all there are" if each.exhausted else ""
        print(
            f"{code:10} {each.states:7,} situations{all_of_them},"
            f" {each.enrollments:9,} enrollments, {seconds:6.1f} s"
        )
    times = Counter[tuple[str, Status | None]]()
    statuses = Counter[Status | None]()
    for _, each, _ in found:
        times.update(each.times)
        statuses.update(each.statuses)
    print("\nhow often each row was taken")
    for row in TABLE.rows:
        print(f"{times[row.name, row.status]:9,}  {row.pair}")
    print("\nin how many situations each status was")
    for status in (None, *Status):
        print(f"{statuses[status]:9,}  {status or 'none'}")
    wrong = [each for _, one, _ in found for each in (*one.contradictions, *one.broken)]
    reached = frozenset[tuple[str, Status | None]]().union(*(one.reached for _, one, _ in found))
    never = never_reached(TABLE, reached)
    print("\nfound")
    for finding in (*wrong, *never):
        print(f"  {finding}")
    print(
        f"  {sum(one.states for _, one, _ in found):,} situations,"
        f" {sum(one.enrollments for _, one, _ in found):,} enrollments:"
        f" {len(wrong)} contradictions or broken laws,"
        f" {len(never)} rows or statuses never reached"
    )
    return 1 if wrong or never else 0


if __name__ == "__main__":
    sys.exit(main())
