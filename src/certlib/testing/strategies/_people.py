"""Strategies of learners, actors and scopes."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from certlib.actors import Actor, Role, Scope, ScopeKind
from certlib.learners import Attributes, Learner
from certlib.testing.strategies._shapes import attributes as some_attributes
from certlib.testing.strategies._shapes import by_fields, codes, given_or

__all__ = ["acting_on", "actors", "learners", "scopes"]


def learners(
    *,
    id: SearchStrategy[str] | None = None,
    active: SearchStrategy[bool] | None = None,
    attributes: SearchStrategy[Attributes] | None = None,
) -> SearchStrategy[Learner]:
    """Return learners with any identifiers and attributes, or none; emails and names are any texts.

    Two learners may have the same id or identifier. Pass unique ids where that matters.
    """
    return by_fields(
        Learner,
        id=given_or(id, codes()),
        active=given_or(active, st.booleans()),
        attributes=given_or(attributes, some_attributes()),
    )


def scopes(*, names: SearchStrategy[str] | None = None) -> SearchStrategy[Scope]:
    """Return scopes of every kind; ``names`` are organizations or codes of certifications."""
    named = frozenset({ScopeKind.ORGANIZATIONS, ScopeKind.CERTIFICATIONS})
    without = st.sampled_from([kind for kind in ScopeKind if kind not in named])
    some_names = st.frozensets(given_or(names, codes()), max_size=2)
    return st.builds(Scope, kind=without) | st.builds(
        Scope, kind=st.sampled_from(sorted(named)), names=some_names
    )


def actors(
    *,
    roles: Collection[Role] = tuple(Role),
    about: Learner | None = None,
    id: SearchStrategy[str] | None = None,
    scope: SearchStrategy[Scope] | None = None,
) -> SearchStrategy[Actor]:
    """Return actors of these roles, with any id and scope.

    With ``about``, only actors who may act on that learner, unless ``id`` or ``scope`` says otherwise: the
    learner themselves in the role of learner, and others who reach everybody. The system may have no id.
    """

    def of(role: Role) -> SearchStrategy[Actor]:
        usual = None if about is None else acting_on(about, role)
        ids: SearchStrategy[str | None] = codes() if usual is None else st.just(usual.id)
        ids = ids if id is None else id
        return st.builds(
            Actor,
            role=st.just(role),
            id=st.none() | ids if role is Role.SYSTEM else ids,
            scope=given_or(scope, scopes() if usual is None else st.just(usual.scope)),
        )

    return st.sampled_from(list(roles)).flatmap(of)


def acting_on(learner: Learner, role: Role) -> Actor:
    """Return an actor who may act on a learner; only a learner acts on themselves (W3)."""
    others = (each for each in ("tester", "another tester") if each != learner.id)
    return Actor(
        role=role,
        id=learner.id if role is Role.LEARNER else next(others),
        scope=Scope(kind=ScopeKind.TENANT),
    )
