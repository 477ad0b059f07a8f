"""A store whose look-ups cost next to nothing, so that what remains is certlib's own.

`certlib.adapters.memory` is a specification and walks through everything it holds. This one looks
up in dicts what an import asks for. Like a host's own tables, it takes what it is given as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from certlib.adapters.memory import MemoryStore
from certlib.certifications import Certification
from certlib.learners import Learner, normal_identifier
from certlib.ports import IdentifierKind
from certlib.trainings import Training
from certlib.transcript import Transcript

V = TypeVar("V")


class DictStore(MemoryStore):
    """People, catalog and transcripts in dicts; everything else is the memory store's."""

    def __init__(
        self,
        people: Iterable[Learner],
        trainings: Iterable[Training],
        certifications: Iterable[Certification],
        transcripts: Mapping[str, Transcript],
    ) -> None:
        super().__init__()
        self._people = {each.id: each for each in people}
        self._by_email = {each.email: (each,) for each in self._people.values() if each.email}
        self._certifications = {each.code: each for each in certifications}
        self._transcripts = transcripts
        self._trainings_by_name = {
            normal_identifier(name): (each,)
            for each in trainings
            for name in (each.code, each.name, *each.external_ids)
        }
        self._certifications_by_name = {
            normal_identifier(name): (each,)
            for each in self._certifications.values()
            for name in (each.code, each.name)
        }

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        return _those(self._people, {id: id for id in ids})

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        assert by is IdentifierKind.EMAIL
        return _those(self._by_email, {each: normal_identifier(each) for each in identifiers})

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        wanted = self._certifications if codes is None else codes
        return _those(self._certifications, {code: code for code in wanted})

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        return _those(
            self._certifications_by_name, {name: normal_identifier(name) for name in names}
        )

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        return _those(self._trainings_by_name, {name: normal_identifier(name) for name in names})

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        found = self._transcripts
        return {id: found[id] for id in learners if id in found}


def _those(values: Mapping[str, V], wanted: Mapping[str, str]) -> dict[str, V]:
    return {asked: values[key] for asked, key in wanted.items() if key in values}
