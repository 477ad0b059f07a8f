"""P7: which roles decide about requests."""

from __future__ import annotations

import pytest

from certlib.actors import Role
from certlib.errors import InvalidPolicyError
from certlib.policies import Approval


def test_approvers_by_default() -> None:
    assert Approval().roles == (Role.APPROVER,)


@pytest.mark.parametrize(
    "roles", [(Role.ADMIN,), (Role.MANAGER, Role.APPROVER), (Role.SYSTEM, Role.ADMIN)]
)
def test_any_roles_but_the_learner(roles: tuple[Role, ...]) -> None:
    assert Approval(roles=roles).roles == roles


@pytest.mark.parametrize(
    ("roles", "value"),
    [
        ((), "nobody"),
        ((Role.LEARNER,), "learner"),
        ((Role.ADMIN, Role.LEARNER), "admin, learner"),
        ((Role.ADMIN, Role.ADMIN), "admin, admin"),
    ],
)
def test_what_is_refused(roles: tuple[Role, ...], value: str) -> None:
    with pytest.raises(InvalidPolicyError) as caught:
        Approval(roles=roles)
    error = caught.value
    assert (error.what, error.value, error.code) == ("Approval.roles", value, "invalid_policy")
    assert error.expected == "at least one role other than learner, each once"
