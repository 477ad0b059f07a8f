"""Whom and what a row means: matched exactly, never guessed, for many rows at once (F8).

Learners are matched by an identifier, trimmed and with ASCII letters in lower case, and by nothing else. A
training or certification is matched by its code or an external id first, and by its name only if exactly one
has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from attrs import frozen

from certlib.actors import Actor, ScopeKind
from certlib.certifications import Certification
from certlib.io._tables.cells import check_email
from certlib.io.formats._claims import CompletionClaim, RowClaim
from certlib.io.formats._columns import Flaw, RowFlaw
from certlib.learners import Learner, normal_identifier
from certlib.ports import IdentifierKind, Sources
from certlib.trainings import Training, TrainingKind

__all__ = ["Matcher"]


@frozen(kw_only=True)
class Matcher:
    """What the identifiers and names of a batch of rows may mean, fetched in a handful of queries."""

    actor: Actor
    people: Mapping[IdentifierKind, Mapping[str, tuple[Learner, ...]]]
    trainings: Mapping[str, tuple[Training, ...]]
    certifications: Mapping[str, tuple[Certification, ...]]
    certification: str | None = None
    """What is meant by rows that name no certification."""

    @classmethod
    def fetch(
        cls,
        sources: Sources,
        rows: Iterable[RowClaim],
        *,
        actor: Actor,
        certification: str | None = None,
        identifiers: Mapping[IdentifierKind, Set[str]] = MappingProxyType({}),
        trainings: Set[str] = frozenset(),
        certifications: Set[str] = frozenset(),
    ) -> Matcher:
        """Look up everything that these rows name; ``certification`` is meant by those that name none.

        Identifiers and names that are given apart are looked up besides.
        """
        rows = tuple(rows)
        people = {kind: set(found) for kind, found in identifiers.items()}
        for row in rows:
            people.setdefault(row.identified_by, set()).add(row.identifier)
        completed = {row.name for row in rows if isinstance(row, CompletionClaim)} | trainings
        named = {row.name for row in rows if not isinstance(row, CompletionClaim)}
        meant = {name for name in {*named, *certifications, certification} if name is not None}
        return cls(
            actor=actor,
            people={
                kind: sources.find_learners(wanted, by=kind)
                for kind, wanted in people.items()
                if wanted
            },
            trainings=sources.find_trainings(completed) if completed else {},
            certifications=sources.find_certifications(meant) if meant else {},
            certification=certification,
        )

    def only_learners(
        self, identifiers: Iterable[str], kind: IdentifierKind
    ) -> Mapping[str, Learner]:
        """Return the learner of each identifier that means exactly one, as `learner` does."""
        people, of = self.people.get(kind, {}), _IDENTIFIER[kind]
        everybody = self.actor.scope.kind is ScopeKind.TENANT
        meant: dict[str, Learner] = {}
        for identifier in identifiers:
            found = people.get(identifier, ())
            if len(found) == 1 and (everybody or self.actor.covers(found[0], None)):
                # One that is written the same is matched the same.
                same = of(found[0]) == identifier
                if same or _identifier(found[0], kind) == normal_identifier(identifier):
                    meant[identifier] = found[0]
        return meant

    def learner(self, row: RowClaim) -> Learner | RowFlaw:
        """Return the learner that a row means. Learners out of scope do not exist for the actor."""
        wanted = normal_identifier(row.identifier)
        found = self.people.get(row.identified_by, {}).get(row.identifier, ())
        alike = [each for each in found if self.actor.covers(each, None)]
        exact = [each for each in alike if _identifier(each, row.identified_by) == wanted]
        if exact:  # somebody out of scope may have it too, and be the one that is meant
            exact = [each for each in found if _identifier(each, row.identified_by) == wanted]
        if len(exact) == 1:
            return exact[0]
        if exact:
            code, message = "ambiguous_learner", f"several learners have this {row.identified_by}"
        elif alike:
            code = "look_alike_learner"
            message = (
                f"no learner has this {row.identified_by}, but one looks alike: check the letters"
            )
        else:
            code, message = _why_unknown(row)
        return RowFlaw(code=code, message=message, column=row.learner_column)

    def training(self, row: CompletionClaim) -> Training | RowFlaw:
        """Return the training that a row means."""
        chosen = self.trainings_of(row.name, row.kind)
        if len(chosen) == 1:
            return chosen[0]
        return _name_flaw(row, row.kind.value, [each.code for each in chosen], "unknown_training")

    def trainings_of(self, name: str, kind: TrainingKind) -> list[Training]:
        """Return the trainings that a name may mean: those of that code or external id, if any are."""
        found = [each for each in self.trainings.get(name, ()) if each.kind is kind]
        wanted = normal_identifier(name)
        by_code = [
            each
            for each in found
            if wanted in map(normal_identifier, (each.code, *each.external_ids))
        ]
        return by_code or found

    def only_certification(self, name: str) -> Certification | None:
        """Return the certification that a name means whoever the learner is, as `certification_of` does."""
        chosen = _by_code(name, self.certifications.get(name, ()))
        everybody = self.actor.scope.kind is ScopeKind.TENANT
        return chosen[0] if everybody and len(chosen) == 1 else None

    def certification_of(self, row: RowClaim, learner: Learner) -> Certification | RowFlaw:
        """Return the certification that a row means. One out of scope does not exist for the actor."""
        name = self.certification if row.name is None else row.name
        if name is None:
            message = "the file does not say which certification: name it as an option"
            return RowFlaw(code="missing_value", message=message, column=None)
        found = [
            each
            for each in self.certifications.get(name, ())
            if self.actor.covers(learner, each.code)
        ]
        chosen = _by_code(name, found)
        if len(chosen) == 1:
            return chosen[0]
        return _name_flaw(
            row, "certification", [each.code for each in chosen], "unknown_certification"
        )


def _by_code(name: str, found: Sequence[Certification]) -> Sequence[Certification]:
    """Return those that have a name as their code, if any has, else all."""
    wanted = normal_identifier(name)
    return [each for each in found if normal_identifier(each.code) == wanted] or found


def _why_unknown(row: RowClaim) -> tuple[str, str]:
    """Return the code and message for an identifier that nobody has; it may be no email at all."""
    if row.identified_by is IdentifierKind.EMAIL:
        flaw = check_email(row.identifier)
        if isinstance(flaw, Flaw):
            return flaw.code, flaw.message
    return "unknown_learner", "unknown learner"


def _name_flaw(row: RowClaim, what: str, codes: list[str], unknown: str) -> RowFlaw:
    if not codes:
        return RowFlaw(code=unknown, message=f"unknown {what}", column=row.name_column)
    return RowFlaw(
        code="ambiguous_training",
        message=f"several have this name, give the code: {', '.join(sorted(codes))}",
        column=row.name_column,
    )


_IDENTIFIER: Final[Mapping[IdentifierKind, Callable[[Learner], str | None]]] = {
    kind: attrgetter(kind.value) for kind in IdentifierKind
}


def _identifier(learner: Learner, kind: IdentifierKind) -> str | None:
    found = _IDENTIFIER[kind](learner)
    return None if found is None else normal_identifier(found)
