"""The contract of `certlib.ports` as checks that any store can be tried with.

Two lines test a store of your own under pytest:

    @pytest.mark.parametrize("check", contract.CHECKS, ids=str)
    def test_my_store(check): check(make_store)

``make_store(database, tenant)`` returns a store: for the same names one with the same data, for a
database it has not heard of an empty one. Under unittest a loop does:

    for check in contract.CHECKS:
        with self.subTest(str(check)):
            check(make_store)

`CHECKS` asks for everything. What your store lacks you say, and nothing is skipped in silence:

    contract.checks(without=[Capability.SNAPSHOT])

`card` runs the contract and says of every check whether the promise is kept, broken or was not tried.
`compare` does random things to a store and to the one in memory for as long as you like.

The page "Write a store" says in words what the checks verify. Checks that draw records at random need
hypothesis; nothing here needs pytest.
"""

from certlib.testing.contract._all import CHECKS, checks
from certlib.testing.contract._card import Card, Line, Result, card
from certlib.testing.contract._check import Capability, Check, FullStore, MakeStore
from certlib.testing.contract._compare import compare

__all__ = [
    "CHECKS",
    "Capability",
    "Card",
    "Check",
    "FullStore",
    "Line",
    "MakeStore",
    "Result",
    "card",
    "checks",
    "compare",
]
