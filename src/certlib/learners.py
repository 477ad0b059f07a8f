"""The people a host hands to certlib: it never stores more of them than the host asks it to."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from attrs import field, frozen
from attrs.validators import optional

from certlib.validators import aware, code

__all__ = ["Learner", "normal_identifier", "skeleton"]


def normal_identifier(text: str) -> str:
    """Return an identifier as it is matched: without outer spaces, ASCII letters in lower case (F8).

    Never Unicode folding: it would merge two people.

    >>> normal_identifier(" Ann@Example.org ")
    'ann@example.org'
    """
    text = text.strip()
    if text.isascii():
        return text.lower()
    # Of bytes, only those of ASCII letters have a lower case; twenty times as fast as `translate`.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def skeleton(text: str) -> str:
    """Return what look-alikes of an identifier have in common.

    Compatible forms, case and accents are folded away. It serves to warn of look-alikes and never to
    match anybody.

    >>> skeleton("\N{KELVIN SIGN}im@example.org") == skeleton("kim@example.org")
    True
    """
    if text.isascii():
        return text.strip().lower()
    parts = unicodedata.normalize("NFKD", text.strip())
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return unicodedata.normalize("NFKC", bare.upper().casefold())


@frozen(kw_only=True, repr=False)
class Learner:
    """A person who can be certified, known by an id and identifiers.

    The representation shows the id alone, so that no log line carries an email or a name (W4).

    >>> Learner(id="ann", email="ann@example.org", groups=("night shift",))
    Learner(id='ann')
    """

    id: str = field(validator=code)
    email: str | None = None
    username: str | None = None
    external_id: str | None = None
    name: str | None = None
    organization: str | None = None
    groups: tuple[str, ...] = ()
    active: bool = True
    manager_id: str | None = field(default=None, validator=optional(code))
    active_since: datetime | None = field(default=None, validator=optional(aware))
    """Since when the learner has been active (again); reminders of before are withheld (P12b)."""

    def __repr__(self) -> str:
        return f"Learner(id={self.id!r})"
