"""How much of a file is read."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import optional

from certlib._validators import positive

__all__ = ["Limits"]


@frozen(kw_only=True)
class Limits:
    """How much of a file is read; what exceeds a limit is reported, never cut off in silence."""

    file_bytes: int = field(default=50 * 1024 * 1024, validator=positive)
    record_bytes: int = field(default=64 * 1024, validator=positive)
    """Of one record, as UTF-8 whatever the file's encoding, without its line end."""
    field_characters: int = field(default=10_000, validator=positive)
    columns: int = field(default=1_000, validator=positive)
    row_limit: int | None = field(default=None, validator=optional(positive))
    """Each row beyond it is a problem."""
