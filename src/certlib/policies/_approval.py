"""Who decides about requests (P7). Nobody decides about their own."""

from __future__ import annotations

from attrs import Attribute, field, frozen

from certlib._declared import checked
from certlib.actors import Role
from certlib.errors import InvalidPolicyError

__all__ = ["Approval"]


def _approving(
    _instance: object, _attribute: Attribute[tuple[Role, ...]], value: tuple[Role, ...]
) -> None:
    if not value or Role.LEARNER in value or len(set(value)) != len(value):
        given = ", ".join(value) or "nobody"
        raise InvalidPolicyError(
            "Approval.roles", given, "at least one role other than learner, each once"
        )


@checked
@frozen(kw_only=True)
class Approval:
    """The roles that decide about requests: access, evidence, exams and attempts."""

    roles: tuple[Role, ...] = field(default=(Role.APPROVER,), validator=_approving)
