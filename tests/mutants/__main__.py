"""``python -m tests.mutants [KIND ...]``: every mutant by its kind, what killed how many, and what survived."""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.killing import killers
from tests.mutants.making import KINDS
from tests.mutants.playing import plays


def main(kinds: list[str]) -> int:
    """Print what became of the mutants; return how many survive that are not listed as equivalent."""
    began = time.process_time()
    print(f"{len(plays())} examples hold on the table itself")
    unlisted = 0
    for kind in kinds or KINDS:
        so_far = time.process_time()
        found = killers(kind)
        alive = [name for name, killer in found.items() if killer is None]
        listed = [name for name in alive if name in EQUIVALENT]
        unlisted += len(alive) - len(listed)
        spent = f"{time.process_time() - so_far:.1f} s"
        killed = len(found) - len(alive)
        print(f"{kind}: {len(found)}, killed {killed}, equivalent {len(listed)}, {spent}")
        for killer, count in Counter(filter(None, found.values())).most_common():
            print(f"    {count:5} by {killer}")
        for name in alive:
            print(f"    {'equivalent' if name in EQUIVALENT else 'SURVIVES'}: {name}")
    print(f"{time.process_time() - began:.0f} s of CPU")
    return unlisted


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
