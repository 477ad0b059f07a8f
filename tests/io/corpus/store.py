"""The people and the catalog that the corpus is written against; everybody is invented."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from certlib import Certification, Learner, Service
from certlib.adapters.memory import MemoryStore
from certlib.certifications import Version
from certlib.state.commands import Award, PermanentlyRevoke
from certlib.trainings import Training, TrainingKind
from certlib.transcript import Completion
from tests.hosts import EVA, FIRE, FORK, NOW, TRAININGS

__all__ = ["CERTIFICATIONS", "COURSES", "LONG_EMAIL", "PEOPLE", "make_corpus_store"]

LONG_EMAIL = f"{'l' * 64}@{'m' * 63}.{'n' * 63}.{'o' * 57}.org"
"""An email of 254 characters, as long as one may be."""

PEOPLE = (
    Learner(
        id="ann", email="ann@example.org", username="ann.s", name="Ann Sample", organization="north"
    ),
    Learner(id="bo", email="bo@example.org", username="bo.s", organization="north"),
    Learner(id="cem", email="cem@example.org", organization="north", active=False),
    Learner(id="dis", email="dis@example.org", organization="north"),
    Learner(id="eva", email="eva@example.org", organization="north"),
    Learner(id="sue", email="sue@example.org", organization="south"),
    Learner(id="none", organization="north"),
    # Two people with one email, and two with one in different organizations.
    Learner(id="twin1", email="twin@example.org", organization="north"),
    Learner(id="twin2", email="TWIN@example.org", organization="north"),
    Learner(id="pair1", email="pair@example.org", organization="north"),
    Learner(id="pair2", email="pair@example.org", organization="south"),
    # OnRow-alikes: some have the odd letter themselves, some both.
    Learner(id="kim", email="kim@example.com"),
    Learner(id="kelvin", email="\N{KELVIN SIGN}elvin@example.net"),
    Learner(id="ipek", email="ipek@example.org"),
    Learner(id="dana", email="dana@example.net"),
    Learner(id="dana-cyrillic", email="d\N{CYRILLIC SMALL LETTER A}na@example.net"),
    Learner(id="zoe", email="zoe@example.org"),
    Learner(id="rene", email="ren\N{LATIN SMALL LETTER E WITH ACUTE}@example.org"),
    Learner(id="wide", email="\N{FULLWIDTH LATIN SMALL LETTER W}ide@example.net"),
    Learner(id="strasse", email="strasse@example.org"),
    Learner(id="caps", email="MiXed@Example.COM"),
    Learner(id="long", email=LONG_EMAIL),
    # What a spreadsheet would run, and apostrophes.
    Learner(id="plus", email="+plus@example.org"),
    Learner(id="equal", email="=equal@example.org"),
    Learner(id="minus", email="-minus@example.org"),
    Learner(id="tis", email="'tis@example.org"),
    Learner(id="oneil", email="o'neil@example.org"),
)

_COURSE, _MODULE = TrainingKind.COURSE, TrainingKind.MODULE

COURSES = (
    *TRAININGS,
    Training(code="TWICE-1", kind=_COURSE, name="Twice"),
    Training(code="TWICE-2", kind=_COURSE, name="Twice"),
    Training(code="AB-1", kind=_COURSE, name="Alpha one"),
    Training(code="ab-1", kind=_COURSE, name="Alpha two"),
    Training(code="X1", kind=_COURSE, name="Extra", external_ids=("EXT-7", "77")),
    Training(code="X2", kind=_COURSE, name="Extra two", external_ids=("77",)),
    Training(code="NAMED", kind=_COURSE, name="DRILL"),
    Training(code="SAFE-M", kind=_MODULE, name="Safety"),
    Training(code="SAFE-C", kind=_COURSE, name="Safety"),
    Training(code="CAFE", kind=_COURSE, name="Caf\N{LATIN SMALL LETTER E WITH ACUTE} basics"),
    Training(code="JP", kind=_COURSE, name="\u65e5\u672c"),
    Training(code="NBSP", kind=_COURSE, name="Line\N{NO-BREAK SPACE}care"),
    Training(code="MICRO", kind=_COURSE, name="\N{MICRO SIGN}-lab"),
    Training(code="LINES", kind=_COURSE, name="Two\nlines"),
    Training(code="DESK", kind=_COURSE, name='The "clean desk" rule'),
    Training(code="VALE", kind=_COURSE, name="Vale, Sons"),
    Training(code="SEMI", kind=_COURSE, name="Vale; Sons"),
    Training(code="CMD", kind=_COURSE, name="=cmd|' /C calc'!A0"),
    Training(code="P1", kind=_COURSE, name="+1"),
    Training(code="N1", kind=_COURSE, name="-1"),
    Training(code="SUM", kind=_COURSE, name="@SUM(1+1)"),
    Training(code="APOS", kind=_COURSE, name="'=1+1"),
    Training(code="TIS", kind=_COURSE, name="'tis the season"),
)


def _in_madrid() -> Version:
    (version,) = FORK.versions
    return evolve(version, policy=evolve(version.policy, time_zone="Europe/Madrid"))


CERTIFICATIONS: tuple[Certification, ...] = (
    FIRE,
    FORK,
    evolve(FORK, code="MAD-1", name="Madrid card", versions=(_in_madrid(),)),
    evolve(FORK, code="CARD-1", name="Twin card"),
    evolve(FORK, code="CARD-2", name="Twin card"),
)


def make_corpus_store() -> MemoryStore:
    """Return a store with all of these, and with what was known before any file.

    ann completed DAY on 2026-01-05; bo and dis were awarded FORK-1 on 2026-02-01, and dis lost it
    for ever.
    """
    store = MemoryStore()
    store.put_learners(PEOPLE)
    store.put_trainings(COURSES)
    store.put_certifications(CERTIFICATIONS)
    service = Service(store=store, sources=store)
    service.record(
        [Completion.dated("DAY", date(2026, 1, 5), recorded_at=NOW)],
        learner="ann",
        actor=EVA,
        now=NOW,
    )
    for learner in ("bo", "dis"):
        service.perform(
            Award(on=date(2026, 2, 1)), learner=learner, certification="FORK-1", actor=EVA, now=NOW
        )
    service.perform(PermanentlyRevoke(), learner="dis", certification="FORK-1", actor=EVA, now=NOW)
    return store
