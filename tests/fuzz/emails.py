"""Emails: what is one, how it is matched, and whom it means, against rules written for this."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import product
from random import Random
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from attrs import frozen

from certlib import Actor, Learner
from certlib.io._imports.matching import Matcher
from certlib.io._tables import cells
from certlib.io.formats import _shared as shared
from certlib.io.formats._claims import CompletionClaim
from certlib.io.formats._columns import RowFlaw
from certlib.learners import skeleton
from certlib.ports import IdentifierKind
from certlib.trainings import TrainingKind
from tests.fuzz.cells import ODD, damaged
from tests.fuzz.running import require

__all__ = ["EmailCell", "draw_email"]

EVERYBODY: Final = Actor.parse("admin:eva")
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL: Final = re.compile(
    rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}"
)
_BAD: Final = {
    f"not an email address: {why}"
    for why in (
        "it has more than 254 characters",
        "it has no @, or more than one",
        "it has characters that are not ASCII",
        "what stands before the @ is no mailbox",
        "what stands after the @ is no domain",
    )
}
NAMES: Final = (
    "ann", "Ann", "\u212aim", "kim", "K\u0131m", "k\u0456m", "ki\u0301m", "k\u00edm", "jos\u00e9",
    "jose\u0301", "stra\u00dfe", "strasse", "\ufb01na", "fina", "\uff41nn", "an\u200bn", "ann ", "o'neil",
    "a.b", "a..b", "1", "\u017fam", "sam",
)  # fmt: skip
DOMAINS: Final = (
    "example.org",
    "EXAMPLE.org",
    "\u212ait.example.org",
    "kit.example.org",
    "b\u00fccher.example",
)


@frozen
class EmailCell:
    """A cell that is read as an email, and that somebody may be meant by."""

    text: str

    def check(self) -> Iterator[str]:
        """Check what is an email, how it is matched, and who is meant."""
        plain = self.text.strip().translate(_LOWER)
        yield self._as_email(plain)
        yield self._as_identifier(plain)

    def _as_email(self, plain: str) -> str:
        found = cells.check_email(self.text)
        if isinstance(found, cells.Flaw):
            require(_EMAIL.fullmatch(plain) is None, "refused, though it is an email")
            require(found.code == "bad_email", f"the code is {found.code}")
            require(found.message in _BAD, f"said, and not known: {found.message}")
            return found.message
        require(_EMAIL.fullmatch(plain) is not None, "accepted, though it is no email")
        require(found == plain, f"matched as {found!a}, and it is {plain!a}")
        require(found.isascii() and found.isprintable(), "characters that nobody sees")
        require(found.count("@") == 1 and len(found) <= 254, "not one @, or too long")
        require(cells.check_email(found) == found, "matched otherwise when it is read again")
        return "an email"

    def _as_identifier(self, plain: str) -> str:
        found = shared.parse_email(self.text)
        other = shared.parse_identifier(self.text)
        if isinstance(found, cells.Flaw):
            require(len(self.text) > 254, f"refused, though it is short: {found.message}")
            said = (found.code, found.message)
            require(said == ("bad_email", "longer than 254 characters"), f"said: {said}")
            require(isinstance(other, cells.Flaw), "one parser takes it, the other does not")
            return "too long"
        require(len(self.text) <= 254, "accepted, though it is too long")
        require(found == plain, f"matched as {found!a}, and it is {plain!a}")
        require(other == plain, f"matched as {other!a}, and it is {plain!a}")
        return self._as_learner(found, plain)

    def _as_learner(self, identifier: str, plain: str) -> str:
        alike, people = host()
        row = _row(identifier)
        matcher = Matcher(
            actor=EVERYBODY,
            people={IdentifierKind.EMAIL: {identifier: alike.get(skeleton(identifier), ())}},
            trainings={},
            certifications={},
        )
        found = matcher.learner(row)
        beyond_doubt = matcher.only_learners([identifier], IdentifierKind.EMAIL)
        right = people.get(plain, ())
        if not isinstance(found, RowFlaw):
            require(right == (found.id,), f"it means {found.id}, and {right} have it")
            # Where others look alike, it takes a closer look.
            require(beyond_doubt in ({}, {identifier: found}), f"beyond doubt: {beyond_doubt}")
            return "a learner"
        require(len(right) != 1, f"nobody is meant, and {right} has it")
        require(beyond_doubt == {}, f"beyond doubt: {beyond_doubt}")
        require(
            (found.code == "ambiguous_learner") is (len(right) > 1), f"the code is {found.code}"
        )
        require(found.column == "Email", f"the column is {found.column}")
        require(len(plain) < 8 or plain not in found.message, "the cell is told")
        return found.code


@cache
def host() -> tuple[Mapping[str, tuple[Learner, ...]], Mapping[str, tuple[str, ...]]]:
    """Return people by what their emails resemble, and who has which email as it is matched."""
    alike: dict[str, tuple[Learner, ...]] = {}
    people: dict[str, tuple[str, ...]] = {}
    for number, (name, domain) in enumerate(product(NAMES, DOMAINS)):
        email = f"{name}@{domain}"
        learner = Learner(id=f"p{number}", email=email)
        alike[skeleton(email)] = (*alike.get(skeleton(email), ()), learner)
        plain = email.translate(_LOWER)
        people[plain] = (*people.get(plain, ()), learner.id)
    return alike, people


def _row(identifier: str) -> CompletionClaim:
    return CompletionClaim(
        identifier=identifier,
        identified_by=IdentifierKind.EMAIL,
        learner_column="Email",
        kind=TrainingKind.COURSE,
        name="none",
        name_column="Name",
        on=date(2026, 1, 1),
        date_column="Date",
    )


_LETTERS: Final = "annkimABZ019.-_+'@ \u212a\u0131\u0130\u00e9\u0301\u017f\uff41\ufb01\u0430\u03c3\u03c2\u200b\u00ad"
_OTHERS: Final = (
    "", "@", "@@", "a@b", "a@b.c", "a@b.1", "a@127.0.0.1", "a@[127.0.0.1]", '"a b"@example.org',
    "Ann <ann@example.org>", "mailto:ann@example.org", "ann@example.org;bo@example.org",
    "ann@example.org.", "ann@.example.org", "ann@example..org", "ann@-example.org", "=ann@example.org",
    "ann@xn--bcher-kva.example", "ann\n@example.org", "ann@example.org\0", "ann\u2028@example.org",
)  # fmt: skip


def draw_email(random: Random) -> EmailCell:
    """Draw a cell: somebody's email, one that looks alike, a damaged one, a long one, or none."""
    kind = random.random()
    if kind < 0.55:
        text = f"{random.choice(NAMES)}@{random.choice(DOMAINS)}"
    elif kind < 0.75:
        # Around the lengths that are just allowed.
        label = "d" * random.choice((1, 61, 62, 63, 64))
        local = random.choice("aZ9.") * random.choice((1, 1, 63, 64, 65))
        text = f"{local}@" + ".".join([label] * random.choice((1, 2, 3, 4))) + random.choice(_ENDS)
    elif kind < 0.9:
        text = "".join(random.choices(_LETTERS, k=random.randrange(20)))
    else:
        text = random.choice(_OTHERS)
    if random.random() < 0.15:
        text = "".join(each.swapcase() if random.random() < 0.5 else each for each in text)
    if random.random() < 0.35:
        text = damaged(random, text, _LETTERS)
    if random.random() < 0.15:
        text = random.choice(ODD) + text + random.choice(" \t\r\n\u00a0\u3000\x1f")
    if random.random() < 0.01:
        text *= random.randrange(2, 300)
    return EmailCell(text)


_ENDS: Final = (".org", ".org", ".o", ".1", ".1a", ".xn--a", "", ".", ".-a", ".a-", "." + "o" * 57)
