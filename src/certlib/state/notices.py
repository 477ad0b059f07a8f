"""Notices: what the host should now tell somebody. They are data, never a call (P12)."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen

from certlib.validators import aware, code, positive

__all__ = ["Notice"]


@frozen(kw_only=True)
class Notice:
    """One thing to tell, saved with the entry that gave rise to it; ids only, no names (W4)."""

    kind: str = field(validator=code)
    learner: str
    certification: str
    at: datetime = field(validator=aware)
    entry: int = field(validator=positive)
