"""A store whose look-ups cost next to nothing, so that what remains is certlib's own.

`certlib.adapters.memory` is a specification and walks through everything it holds. This one looks
up in dicts what an import asks for. Like a host's own tables, it takes what it is given as it is; an
import gives identifiers as they are matched.
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
        self._by = {
            IdentifierKind.EMAIL: {
                each.email: (each,) for each in self._people.values() if each.email
            },
            IdentifierKind.USERNAME: {
                each.username: (each,) for each in self._people.values() if each.username
            },
        }
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
        return _those(self._people, ids)

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        return _those(self._by[by], identifiers)

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        return _those(self._certifications, self._certifications if codes is None else codes)

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        return _normal(self._certifications_by_name, names)

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        return _normal(self._trainings_by_name, names)

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        return _those(self._transcripts, learners)


def _those(values: Mapping[str, V], wanted: Iterable[str]) -> dict[str, V]:
    return {key: values[key] for key in wanted if key in values}


def _normal(values: Mapping[str, V], wanted: Iterable[str]) -> dict[str, V]:
    keys = ((asked, normal_identifier(asked)) for asked in wanted)
    return {asked: values[key] for asked, key in keys if key in values}
