"""Make the sample that ships with certlib: people, a catalog, and two uploads as they come in.

    python tools/make_sample.py [ROOT]

writes `src/certlib/sample/` and `tests/sample_expected.json` under ROOT (default: this
repository). The same bytes come out on every run and every machine. Nothing of certlib is
imported, so `sample_expected.json` - what an import must find - comes from what was planted and
never from the code under test.

completions.csv is one upload of years of training progress, wrong in the ways such files are
wrong. Every wrong row has one fault, named by its problem code:

- unknown_learner (strangers, and emails with a letter dropped), bad_email, ambiguous_learner (two
  learners share front.desk@example.org), look_alike_learner (characters that Unicode folds into
  an ASCII letter)
- bad_date (other formats, days that do not exist, a spreadsheet's serial numbers, words, digits
  that are not ASCII), future_date (2031), missing_value
- unknown_training_type, unknown_training (also a module in a course row and the reverse),
  ambiguous_training (two courses are called "Working at height"), unknown_certification, refused
  (each certificate of HEIGHT-1 needs its own last valid day, which this format cannot carry)
- bare_quote, text_after_quote, unclosed_quote (no quote follows it in the file, so nothing can
  close it), row_too_short, row_too_long, control_character

Right, but untidy: rows entered years late, older repeats, exact repeats (New once, then Already
completed) under another spelling, emails in upper case or between spaces, trainings by code,
external id or name, rows of inactive learners, a blank line, a row of empty cells (`,,,`, counted
as blank), blank lines at the end.

completions-semicolon.csv is another organization's: an error file that somebody mended and saved
again, with semicolons and a fifth column, `Error`, in which one old reason holds a line break
(row and line differ from there on). Twelve of its rows are in completions.csv too.

No award falls on a day on which the same learner completed anything, so no two certificates share
an instant.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

SEED: Final = 20261121
FIRST_DAY: Final = date(2023, 1, 2)
LAST_DAY: Final = date(2026, 10, 30)
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
HEADING: Final = ("Email", "Training Type", "Name", "Date (yyyy-mm-dd)")


class Dice:
    """Chance that falls alike everywhere: only `random()` is promised to outlive versions."""

    def __init__(self, seed: int) -> None:
        """Begin the one sequence that `seed` stands for."""
        self._next = random.Random(seed).random  # noqa: S311 - invented data, no secret

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return low + int(self._next() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.between(0, len(items) - 1)]

    def chance(self, share: float) -> bool:
        """Say yes in that share of cases."""
        return self._next() < share

    def after(self, day: date, low: int, high: int) -> date:
        """Return a day from `low` to `high` days later."""
        return day + timedelta(days=self.between(low, high))


# --- catalog ------------------------------------------------------------------------------------


def completed(training: str) -> dict[str, object]:
    """Return the requirement that a training is completed."""
    return {"kind": "completed", "training": training}


def all_of(*several: object) -> dict[str, object]:
    """Return the requirement that all of them are met."""
    return {"kind": "all_of", "of": list(several)}


def any_of(*several: object) -> dict[str, object]:
    """Return the requirement that one of them is met."""
    return {"kind": "any_of", "of": list(several)}


def path(kind: str, requires: dict[str, object]) -> dict[str, object]:
    """Return an online or classroom path."""
    return {"kind": kind, "requires": requires}


def step(code: str, name: str, *paths: dict[str, object]) -> dict[str, object]:
    """Return a step, done by any one of its paths."""
    return {"code": code, "name": name, "paths": list(paths)}


def steps(*several: dict[str, object]) -> dict[str, object]:
    """Return a curriculum without an exam."""
    return {"steps": list(several)}


def version(number: int, published_on: str, **more: object) -> dict[str, object]:
    """Return a version, published unless `more` says otherwise."""
    return {"number": number, "state": "published", "published_on": published_on, **more}


EXTERNAL_IDS: Final = {
    "FIRE-ONLINE": "1042", "AID-M1": "2101", "AID-M2": "2102", "AID-M3": "2103",
    "AID-PRACTICE": "2107", "DATA": "3001", "HEIGHT": "4001", "HEIGHT-US": "4002",
}  # fmt: skip


def training(kind: str, code: str, name: str, **more: object) -> dict[str, object]:
    """Return a module or course."""
    known_as = {"external_ids": [EXTERNAL_IDS[code]]} if code in EXTERNAL_IDS else {}
    return {"code": code, "kind": kind, "name": name, **known_as, **more}


TRAININGS: Final = (
    training("module", "FIRE-M1", "Fire: theory"),
    training("module", "FIRE-M2", "Fire: extinguishers"),
    training("module", "FIRE-M3", "Fire: further reading"),
    training(
        "course", "FIRE-ONLINE", "Fire warden online",
        modules=["FIRE-M1", "FIRE-M2"], optional_modules=["FIRE-M3"],
    ),
    training("course", "FIRE-DAY", "Fire warden day"),
    training("course", "FIRE-DRILL", "Evacuation drill"),
    training("course", "FIRE-REFRESH", "Fire warden refresher"),
    training("course", "FORK", "Forklift safety"),
    training("module", "AID-M1", "First aid: theory"),
    training("module", "AID-M2", "First aid: burns, cuts and falls"),
    training("module", "AID-M3", 'First aid: the "recovery" position'),
    training("course", "AID-PRACTICE", "First aid, practical day"),
    training("course", "DATA", "Data protection basics"),
    training("course", "CONDUCT", "Our code of conduct"),
    training("course", "HEIGHT", "Working at height"),
    training("course", "HEIGHT-US", "Working at height"),
)  # fmt: skip

FIRE_1: Final = version(
    1, "2023-01-01",
    initial=steps(step(
        "course", "Warden course",
        path("online", completed("FIRE-ONLINE")),
        path("classroom", all_of(completed("FIRE-DAY"), completed("FIRE-DRILL"))),
    )),
    recertification=steps(
        step("refresher", "Refresher", path("online", completed("FIRE-REFRESH"))),
    ),
    policy={
        "time_zone": "Europe/Madrid",
        "validity": {"kind": "fixed_dates", "dates": ["12-31"], "minimum": "P3M"},
        "grace": {"period": "P30D"},
        "recertification": {"window": "P3M", "before_window": "ignored"},
    },
)  # fmt: skip

FORK_1: Final = version(
    1, "2020-01-01",
    initial=steps(step("course", "Forklift safety", path("online", completed("FORK")))),
    policy={
        "validity": {"kind": "from_completion", "period": "P1Y"},
        "grace": {"period": "P30D"},
        "recertification": {"window": "any_time"},
    },
)  # fmt: skip

AID_POLICY: Final[dict[str, object]] = {
    "time_zone": "Europe/Madrid",
    "validity": {"kind": "from_expiry", "period": "P1Y"},
    "grace": {"period": "P30D", "counts_as_certified": True},
    "recertification": {"window": "P2M", "before_window": "ignored"},
}
AID_MODULES: Final = tuple(completed(code) for code in ("AID-M1", "AID-M2", "AID-M3"))
AID_TWO: Final = {"kind": "at_least", "count": 2, "of": list(AID_MODULES)}
AID_PRACTICE: Final = path("classroom", completed("AID-PRACTICE"))
AID_1: Final = (
    version(
        1, "2022-01-01",
        initial=steps(
            step("theory", "Theory", path("online", AID_TWO)),
            step("practice", "Practical day", AID_PRACTICE),
        ),
        recertification=steps(step("refresher", "Refresher", AID_PRACTICE)),
        policy=AID_POLICY,
    ),
    version(
        2, "2025-07-01",
        initial=steps(
            step(
                "theory", "Theory",
                path("online", all_of(AID_MODULES[0], any_of(*AID_MODULES[1:]))),
                {"kind": "test_out", "code": "AID-TEST"},
            ),
            step(
                "practice", "Practical day", AID_PRACTICE,
                {"kind": "external", "instructions": "Upload another provider's certificate."},
            ),
        ),
        recertification=steps(
            step("refresher", "Refresher", AID_PRACTICE, path("online", AID_TWO)),
        ),
        policy=AID_POLICY,
    ),
)  # fmt: skip

DATA_STEPS: Final = steps(step("course", "The course", path("online", completed("DATA"))))
DATA_1: Final = (
    version(
        1, "2021-01-01", state="retired", initial=DATA_STEPS,
        policy={
            "time_zone": "Pacific/Auckland",
            "validity": {"kind": "from_completion", "period": "P3Y"},
            "recertification": {"window": "P6M", "before_window": "ignored"},
        },
    ),
    version(
        2, "2025-01-01", initial=DATA_STEPS,
        policy={
            "time_zone": "Pacific/Auckland",
            "validity": {"kind": "from_completion", "period": "P2Y"},
            "grace": {"period": "P14D"},
            "recertification": {"window": "P3M", "before_window": "renews"},
        },
    ),
)  # fmt: skip

CONDUCT_1: Final = version(
    1, "2022-06-01",
    initial=steps(step("course", "Code of conduct", path("online", completed("CONDUCT")))),
    policy={
        "time_zone": "America/New_York",
        "validity": {"kind": "forever"},
        "recertification": {"window": "any_time"},
        "certify_on_completion": False,
    },
)  # fmt: skip

HEIGHT_EITHER: Final = any_of(completed("HEIGHT"), completed("HEIGHT-US"))
HEIGHT_1: Final = version(
    1, "2022-01-01",
    initial={
        "steps": [step("course", "Working at height", path("classroom", HEIGHT_EITHER))],
        "exam": {"code": "HEIGHT-EXAM", "name": "Rope and harness check"},
    },
    policy={
        "time_zone": "America/New_York",
        "validity": {"kind": "per_certificate"},
        "grace": {"period": "P7D"},
        "recertification": {"window": "P6M"},
        "certify_on_completion": False,
    },
)  # fmt: skip

CERTIFICATIONS: Final = (
    {
        "code": "FIRE-1", "name": "Fire warden", "access": {"kind": "assigned_only"},
        "versions": [FIRE_1],
    },
    {"code": "FORK-1", "name": "Forklift driver", "versions": [FORK_1]},
    {"code": "AID-1", "name": "First aider", "access": {"kind": "open"}, "versions": list(AID_1)},
    {"code": "DATA-1", "name": "Data handler", "versions": list(DATA_1)},
    {"code": "CONDUCT-1", "name": "Code of conduct signed", "versions": [CONDUCT_1]},
    {
        "code": "HEIGHT-1", "name": "Rope access card", "access": {"kind": "by_request"},
        "versions": [HEIGHT_1],
    },
)  # fmt: skip
"""FIRE-1 and FORK-1 are those of the catalog format's own example, to the letter."""

CATALOG: Final = {
    "format": "certlib.catalog/1",
    "trainings": TRAININGS,
    "certifications": CERTIFICATIONS,
}
NAMES: Final = {str(item["code"]): str(item["name"]) for item in (*TRAININGS, *CERTIFICATIONS)}
CODE_ONLY: Final = ("HEIGHT", "HEIGHT-US")
"""Trainings whose name does not say which they are."""

# --- people -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Learner:
    """One line of people.csv."""

    id: str
    email: str
    username: str
    name: str
    organization: str
    groups: str
    active: bool = True

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of the heading."""
        active = "yes" if self.active else "no"
        known_by = (self.id, self.email, self.username)
        return (*known_by, self.name, self.organization, self.groups, active)


PEOPLE_HEADING: Final = ("id", "email", "username", "name", "organization", "groups", "active")
ORGANIZATIONS: Final = (
    ("Northgate Sample Logistics", "example.com"),
    ("Vale, Sons & Example", "example.org"),
    ("Puerto Ejemplo S.A.", "example.net"),
    ("Kauri Specimen Ltd", "example.com"),
    ("Maple Placeholder Inc.", "example.org"),
)
SECOND_UPLOAD: Final = ORGANIZATIONS[4][0]
GROUPS: Final = (
    "warehouse|drivers", "office", "site|fire-team", "field|first-aiders|drivers", "",
    "office|managers",
)  # fmt: skip

FRIENDLY: Final = (
    "Ann Arbour", "Bo Birch", "Cem Cedar", "Dana Dogwood", "Eli Elm", "Fay Fir",
    "Gus Ginkgo", "Hana Hazel", "Ivo Ivy", "Joy Juniper", "Kim Katsura", "Lia Linden",
)  # fmt: skip
"""The learners the documentation speaks of; their first name is their id."""

CULTURES: Final = (
    (
        "Ada:ada Ben:ben Cleo:cleo D'Arcy:darcy Esme:esme Finn:finn",
        "Sample:sample O'Sample:osample Testerly:testerly",
    ),
    ("José:jose Inés:ines Íñigo:inigo Lucía:lucia", "Ejemplo:ejemplo Muestra-Peña:muestra"),
    ("Zoé:zoe François:francois Anaïs:anais", "D'Exemple:dexemple L'Échantillon:echantillon"),
    ("Jörg:joerg Käthe:kaethe", "Beispiel:beispiel Mustergröße:mustergroesse"),
    ("Łucja:lucja Żaneta:zaneta Michał:michal", "Przykład:przyklad"),
    ("İpek:ipek Çağla:cagla Işık:isik", "Örnek:ornek"),
    ("Анна:anna Пётр:pyotr Юлия:yulia", "Пример:primer Образец:obrazets"),
    ("Ελένη:eleni Δημήτρης:dimitris", "Παράδειγμα:paradigma"),
    ("美咲:misaki 健太:kenta", "見本:mihon"),
    ("서연:seoyeon 민준:minjun", "견본:gyeonbon"),
    ("أمينة:amina يوسف:yusuf", "مثال:mithal"),
    ("Mārama:marama Tāne:tane", "Tauira:tauira"),
)
"""Given names and family names, each with its ASCII spelling; the family names mean "sample"."""

SHARED_EMAIL: Final = "front.desk@example.org"


def invent_people(dice: Dice) -> list[Learner]:
    """Return the friendly few and 190 more."""
    people = []
    for index, name in enumerate(FRIENDLY):
        organization, domain = ORGANIZATIONS[index % 4]
        given, family = name.lower().split()
        people.append(Learner(
            id=given, email=f"{given}.{family}@{domain}", username=given, name=name,
            organization=organization, groups=GROUPS[index % len(GROUPS)], active=given != "joy",
        ))  # fmt: skip
    for number in range(1, 191):
        organization, domain = ORGANIZATIONS[number % 5]
        givens, families = CULTURES[0] if dice.chance(0.3) else dice.pick(CULTURES)
        given, given_ascii = dice.pick(givens.split()).split(":")
        family, family_ascii = dice.pick(families.split()).split(":")
        email = f"{given_ascii}.{family_ascii}.{number:03}@{domain}"
        people.append(Learner(
            id=f"p{number:03}", email=SHARED_EMAIL if number in (61, 161) else email,
            username="forklift.desk" if number in (30, 130) else f"{given_ascii}{number:03}",
            name=f"{given} {family}", organization=organization, groups=dice.pick(GROUPS),
            active=number % 17 != 0,
        ))  # fmt: skip
    return people


# --- what they did ------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Fact:
    """A completion or an award: what makes two rows the same, however they are spelled."""

    on: date
    learner: str
    kind: str
    code: str


def add_years(day: date, years: int) -> date:
    """Return the anniversary, 28 February for the 29th in common years."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def renewals(dice: Dice, first: date, years: int) -> Iterator[date]:
    """Yield the first day and those of renewals: in time, in grace or long after, or no more."""
    day = first
    while day <= LAST_DAY:
        yield day
        if dice.chance(0.18):
            return
        due = add_years(day, years)
        low, high = dice.pick(((-45, -3), (-45, -3), (-45, -3), (1, 25), (50, 240)))
        day = dice.after(due, low, high)


Deed = tuple[str, str, date]
"""Kind, code and day, of one learner."""


def forklift(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield years of forklift courses."""
    for day in renewals(dice, first, 1):
        yield "course", "FORK", day


def first_aid(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield theory and practice, which some never finish, and a refresher a year."""
    yield "module", "AID-M1", first
    if dice.chance(0.12):
        return
    second = dice.after(first, 2, 15)
    yield "module", dice.pick(("AID-M2", "AID-M3")), second
    if dice.chance(0.1):
        return
    for day in renewals(dice, dice.after(second, 3, 40), 1):
        yield "course", "AID-PRACTICE", day
        if dice.chance(0.15):
            yield "module", "AID-M3", dice.after(day, 1, 60)


def fire(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield the course, online or in a classroom, a refresher each autumn, and the awards."""
    last = dice.after(first, 4, 20)
    if dice.chance(0.6):
        yield "module", "FIRE-M1", first
        yield "module", "FIRE-M2", dice.after(first, 1, 3)
        if dice.chance(0.3):
            yield "module", "FIRE-M3", dice.after(first, 1, 3)
        yield "course", "FIRE-ONLINE", last
    else:
        yield "course", "FIRE-DAY", first
        yield "course", "FIRE-DRILL", last
    if dice.chance(0.25):
        return
    yield "certification", "FIRE-1", dice.after(last, 1, 9)
    for year in range(first.year + 1, LAST_DAY.year + 1):
        if dice.chance(0.25):
            return
        refreshed = dice.after(date(year, 10, 2), 0, 20)
        yield "course", "FIRE-REFRESH", refreshed
        yield "certification", "FIRE-1", dice.after(refreshed, 1, 5)


def data_protection(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield the course every second year, or early."""
    for day in renewals(dice, first, 2):
        yield "course", "DATA", day
        if dice.chance(0.1):
            yield "course", "DATA", dice.after(day, 150, 400)


def conduct(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield the course and, where the paper came back signed, the award."""
    yield "course", "CONDUCT", first
    if dice.chance(0.7):
        yield "certification", "CONDUCT-1", dice.after(first, 1, 6)


def height(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield one of two courses of one name."""
    yield "course", dice.pick(CODE_ONLY), first


def earned_elsewhere(dice: Dice, first: date) -> Iterator[Deed]:
    """Yield one award that no training led to."""
    yield "certification", dice.pick(("FORK-1", "AID-1", "DATA-1")), first


STORIES: Final = (
    (forklift, 0.45), (first_aid, 0.55), (fire, 0.5), (data_protection, 0.6),
    (conduct, 0.7), (height, 0.25), (earned_elsewhere, 0.1),
)  # fmt: skip

TOLD: Final = """
    ann course FORK 2024-02-29, ann course FORK 2025-02-10, ann course FORK 2026-02-03,
    ann course CONDUCT 2024-03-11, ann certification CONDUCT-1 2024-03-14,
    bo course FORK 2025-03-03,
    cem certification FIRE-1 2025-03-03, cem course FORK 2025-11-05,
    dana certification FIRE-1 2025-10-01,
    eli module AID-M1 2026-09-14,
    fay module AID-M1 2025-10-13, fay module AID-M2 2025-10-20, fay course AID-PRACTICE 2025-11-10,
    gus module AID-M1 2024-10-01, gus module AID-M3 2024-10-08, gus course AID-PRACTICE 2024-10-20,
    gus course AID-PRACTICE 2025-09-15, gus course AID-PRACTICE 2026-09-30,
    hana course DATA 2025-02-10, hana course DATA 2026-05-20,
    ivo module FIRE-M1 2026-06-01, ivo module FIRE-M2 2026-06-02, ivo course FIRE-ONLINE 2026-06-03,
    joy course CONDUCT 2026-04-20, joy certification FORK-1 2026-05-04,
    kim module AID-M1 2025-11-03, kim module AID-M2 2025-11-10, kim course AID-PRACTICE 2025-11-30,
    kim module AID-M1 2026-10-20,
    lia course FORK 2023-04-10, lia course FORK 2025-06-02
"""
"""All that the friendly few did."""


def told() -> list[Fact]:
    """Return the facts of the friendly few."""
    deeds = (deed.split() for deed in TOLD.split(","))
    return [Fact(date.fromisoformat(on), learner, kind, code) for learner, kind, code, on in deeds]


def live(dice: Dice, learners: Sequence[Learner], share: float) -> list[Fact]:
    """Return what the learners did, each by chance; `share` scales how much."""
    facts: set[Fact] = set()
    for learner in learners:
        done: list[Deed] = []
        for story, likely in STORIES:
            if dice.chance(likely * share):
                first = dice.after(FIRST_DAY, 0, (LAST_DAY - FIRST_DAY).days)
                done += story(dice, first)
        taken = {on for kind, _, on in done if kind != "certification"}
        for kind, code, on in done:
            day = on
            while kind == "certification" and day in taken:
                day += timedelta(days=1)
            if day <= LAST_DAY:
                facts.add(Fact(day, learner.id, kind, code))
    return sorted(facts)


# --- rows ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One record of an upload, as text; without a fact and a problem it is a blank one."""

    text: str
    fact: Fact | None = None
    problem: str | None = None


def join(cells: Sequence[str], delimiter: str = ",") -> str:
    """Return a record by RFC 4180, quoted only where it must be, as spreadsheets do."""
    texts = []
    for cell in cells:
        doubled = cell.replace('"', '""')
        must = doubled != cell or delimiter in cell or "\n" in cell
        texts.append(f'"{doubled}"' if must else cell)
    return delimiter.join(texts)


class Clerk:
    """Writes facts down the way people do: each time a little differently."""

    def __init__(self, dice: Dice, people: Sequence[Learner]) -> None:
        """Know everybody's email."""
        self._dice = dice
        self._emails = {learner.id: learner.email for learner in people}

    def cells(self, fact: Fact, *, plain: bool = False) -> tuple[str, str, str, str]:
        """Return the four cells of a fact; a `plain` one has the email as it is and a code."""
        email, name = self._emails[fact.learner], fact.code
        if plain:
            return email, fact.kind, name, fact.on.isoformat()
        dice = self._dice
        if fact.code not in CODE_ONLY and dice.chance(0.5):
            name = NAMES[fact.code]
        elif fact.code in EXTERNAL_IDS and dice.chance(0.3):
            name = EXTERNAL_IDS[fact.code]
        elif dice.chance(0.08):
            name = name.lower()
        if dice.chance(0.07):
            email = dice.pick((email.upper(), email.title()))
        if dice.chance(0.05):
            email = dice.pick((f" {email}", f"{email} ", f"  {email}  "))
        return email, fact.kind, name, fact.on.isoformat()


def interleave(dice: Dice, rows: Sequence[Row], more: Sequence[Row]) -> list[Row]:
    """Return all rows, those of `more` each at a place of chance."""
    placed = [(dice.between(1, len(rows) - 1), 1, index, row) for index, row in enumerate(more)]
    kept = [(index, 0, index, row) for index, row in enumerate(rows)]
    return [row for *_, row in sorted(kept + placed, key=lambda entry: entry[:3])]


FAULTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("unknown_learner", "email", tuple(f"former.colleague.{n}@example.net" for n in range(14))),
    ("bad_email", "email", (
        "n/a", "ann.arbour.example.com", "bo.birch@@example.org", "cem.cedar@", "@example.com",
        "dana dogwood@example.com", "see the list", "eli.elm", "fay.fir@example.org@example.org",
        "unknown", "Gus Ginkgo", "hana.hazel at example.com", "-", "ivo.ivy@example.com@",
    )),
    # A Kelvin sign, a long s and a fullwidth a: each folds into an ASCII letter.
    ("look_alike_learner", "email", (
        "\u212aim.katsura@example.net", "gu\u017f.ginkgo@example.net",
        "\uff41nn.arbour@example.com",
    )),
    ("ambiguous_learner", "email", (
        SHARED_EMAIL, SHARED_EMAIL.upper(), SHARED_EMAIL.title(), f" {SHARED_EMAIL}",
    )),
    ("bad_date", "on", 2 * (
        "03/11/2025", "2025-02-30", "45719", "last week", "17/06/2024", "2025-13-01", "25-03-07",
        "2025/03/07", "7 March 2025", "20250307", "２０２５-03-07", "2025-02-29", "45201",
        "12.05.2024", "Q1 2025", "31/04/2023", "yesterday", "2024-00-15", "2025-03", "2026-09-31",
    )),
    ("future_date", "on", tuple(f"2031-{month:02}-15" for month in range(1, 7))),
    ("missing_value", "email", ("",) * 3),
    ("missing_value", "kind:name", 3 * (":FORK", "course:")),
    ("missing_value", "on", ("",) * 3),
    ("unknown_training_type", "kind:name", (
        "webinar:FORK", "learning path:FORK", "exam:FORK", "workshop:FIRE-DAY",
        "e-learning:DATA", "curso:FORK", "training:CONDUCT", "certificate:FORK-1",
        "seminar:First aid, practical day",
    )),
    ("unknown_training", "kind:name", (
        "course:Forklift safety (old)", "course:Fork lift safety", "module:Fire: hoses",
        "course:FIRE-ONLNE", "course:9999", "module:First aid theory", "course:Manual handling",
        "module:FORK", "course:FIRE-M1", "course:First aid: theory", "module:Evacuation drill",
        "course:Forklift driver", "course:FORK-1", "module:1042", "course:Data protection",
        "course:FORK; DATA", "module:AID-M4", "course:Fire warden day 2",
    )),
    ("ambiguous_training", "kind:name", ("course:Working at height",) * 8),
    ("unknown_certification", "kind:name", tuple(
        f"certification:{name}"
        for name in ("FIRE-2", "Forklift operator", "FORK", "Forklift safety", "First aid")
    )),
    ("refused", "kind:name", ("certification:HEIGHT-1", "certification:Rope access card")),
    ("control_character", "kind:name", ("course:Forklift\x0bsafety",)),
)  # fmt: skip
"""Problem, the column that is wrong (or two of them), what stands there."""

BROKEN: Final = (
    ("bare_quote", '{email},course,Forklift "safety",{on}'),
    ("bare_quote", '{email},course, "Forklift safety",{on}'),
    ("text_after_quote", '{email},course,"First aid, practical day" (new),{on}'),
    ("text_after_quote", '{email},course,"Forklift safety" ,{on}'),
    ("row_too_short", "{email},course,FORK"),
    ("row_too_short", "{email},FORK,{on}"),
    ("row_too_short", "{email}"),
    ("row_too_long", "{email},course,First aid, practical day,{on}"),
    ("row_too_long", "{email},module,First aid: burns, cuts and falls,{on}"),
    ("row_too_long", "{email},course,FORK,{on},ok"),
    ("row_too_long", "{email},course,DATA,{on},,see mail"),
)
"""Problem and text of the rows that cannot be put together from cells."""


def mistyped(dice: Dice, people: Sequence[Learner]) -> str:
    """Return somebody's email without one of the letters before its first dot."""
    known = {learner.email for learner in people}
    while True:
        email = dice.pick(people).email
        place = dice.between(0, email.index(".") - 1)
        wrong = email[:place] + email[place + 1 :]
        if wrong not in known:
            return wrong


def spoiled(
    dice: Dice, clerk: Clerk, people: Sequence[Learner], facts: Sequence[Fact]
) -> list[Row]:
    """Return the wrong rows of the first upload but the unclosed quote."""
    courses = [fact for fact in facts if fact.kind == "course"]

    def course() -> dict[str, str]:
        email, kind, name, on = clerk.cells(dice.pick(courses), plain=True)
        return {"email": email, "kind": kind, "name": name, "on": on}

    dropped_letters = ("unknown_learner", "email", tuple(mistyped(dice, people) for _ in range(20)))
    rows = []
    for problem, columns, wrongs in (*FAULTS, dropped_letters):
        for wrong in wrongs:
            values = wrong.split(":", columns.count(":"))
            cells = course() | dict(zip(columns.split(":"), values, strict=True))
            rows.append(Row(join(tuple(cells.values())), problem=problem))
    return rows + [Row(text.format_map(course()), problem=problem) for problem, text in BROKEN]


def first_upload(
    dice: Dice, clerk: Clerk, people: Sequence[Learner], facts: Sequence[Fact]
) -> list[Row]:
    """Return the records of completions.csv below the heading."""
    told_of = {fact.learner for fact in told()}
    others = [fact for fact in facts if fact.learner not in told_of]
    entered = [(fact.on, fact) for fact in facts if fact.learner in told_of]
    for fact in others:
        late = (60, 600) if dice.chance(0.15) else (0, 12)
        entered.append((dice.after(fact.on, *late), fact))
    *body, before_last, last = (fact for _, fact in sorted(entered))
    repeats = [dice.pick(others) for _ in range(68)]
    rows = interleave(
        dice,
        [Row(join(clerk.cells(fact)), fact) for fact in body],
        [Row(join(clerk.cells(fact)), fact) for fact in repeats]
        + spoiled(dice, clerk, people, others),
    )
    rows.insert(len(rows) * 2 // 3, Row(""))
    rows.insert(len(rows) // 2, Row(",,,"))
    email = clerk.cells(last, plain=True)[0]
    unclosed = Row(f'{email},course,"Forklift safety,2026-10-12', problem="unclosed_quote")
    tail = [Row(join(clerk.cells(fact, plain=True)), fact) for fact in (before_last, last)]
    return [*rows, unclosed, *tail, Row(""), Row(""), Row("")]


MENDED: Final = (
    "unknown learner", "not a date:\n31/02/2025", "bad email; mended by Ann", "two courses have it",
)  # fmt: skip
"""Old reasons left in the fifth column of the second upload."""


def second_upload(
    dice: Dice, clerk: Clerk, facts: Sequence[Fact], earlier: Sequence[Fact]
) -> list[Row]:
    """Return the records of completions-semicolon.csv below the heading."""

    def row(fact: Fact, error: str = "") -> Row:
        return Row(join((*clerk.cells(fact), error), ";"), fact)

    twice = earlier[:: len(earlier) // 12][:12]
    email = clerk.cells(facts[0], plain=True)[0]
    wrong = (
        ("unknown_learner", "new.starter@example.org;course;FORK;2026-09-01;"),
        ("unknown_learner", f"x{email};course;DATA;2026-03-02;"),
        ("ambiguous_learner", f"{SHARED_EMAIL};course;FORK;2026-02-11;"),
        ("bad_date", f"{email};course;FORK;11/02/2026;"),
        ("bad_date", f"{email};course;DATA;46064;"),
        ("unknown_training", f"{email};course;Forklift;2025-05-05;"),
        ("unknown_certification", f"{email};certification;FORK-2;2025-05-06;"),
        ("missing_value", f"{email};course;;2025-05-07;"),
        ("row_too_short", f"{email};course;FORK"),
        ("row_too_short", f"{email},course,FORK,2025-05-08,"),
    )
    more = [row(fact) for fact in (*twice, *facts[10:14])]
    more += [Row(text, problem=problem) for problem, text in wrong]
    mended = dict(zip(facts[4::9], MENDED, strict=False))
    rows = [row(fact, mended.get(fact, "")) for fact in facts]
    return interleave(dice, rows, [*more, Row("")])


# --- files --------------------------------------------------------------------------------------


def expected(rows: Sequence[Row], known: frozenset[Fact] = frozenset()) -> dict[str, object]:
    """Return what an import of these records must find, in a store that knows the facts given."""
    blank: list[int] = []
    already: list[int] = []
    problems: list[dict[str, object]] = []
    seen = set(known)
    line = 2
    for number, row in enumerate(rows, start=2):
        if row.problem:
            problems.append({"row": number, "line": line, "code": row.problem})
        elif row.fact is None:
            blank.append(number)
        elif row.fact in seen:
            already.append(number)
        else:
            seen.add(row.fact)
        line += 1 + row.text.count("\n")
    counted = len(rows) - len(blank)
    codes = sorted(Counter(row.problem for row in rows if row.problem).items())
    return {
        "rows": counted,
        "new": counted - len(already) - len(problems),
        "already_completed": len(already),
        "errors": len(problems),
        "blank": len(blank),
        "blank_rows": blank,
        "already_completed_rows": already,
        "codes": dict(codes),
        "problems": problems,
    }


def to_json(value: object, indent: str = "\n") -> str:
    """Return JSON in which whatever fits is on one line, and numbers always are."""
    text = json.dumps(value, ensure_ascii=False)
    inner = indent + "  "
    if len(text) + len(indent) <= 100:
        return text
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {to_json(item, inner)}" for key, item in value.items()]
        return "{" + inner + f",{inner}".join(parts) + indent + "}"
    if isinstance(value, list | tuple) and not all(isinstance(item, int) for item in value):
        parts = [to_json(item, inner) for item in value]
        return "[" + inner + f",{inner}".join(parts) + indent + "]"
    return text


def text_of(records: Sequence[str], line_end: str = "\n") -> bytes:
    """Return the file of these records."""
    return "".join(f"{record}{line_end}" for record in records).encode()


def make() -> Mapping[str, bytes]:
    """Return every file of the sample by its path in the repository."""
    dice = Dice(SEED)
    people = invent_people(dice)
    clerk = Clerk(dice, people)
    busy = [one for one in people if one.id.startswith("p") and one.email != SHARED_EMAIL]
    facts = told() + live(dice, [one for one in busy if one.organization != SECOND_UPLOAD], 1.07)
    first = first_upload(dice, clerk, busy, facts)
    others = live(dice, [one for one in busy if one.organization == SECOND_UPLOAD], 0.29)
    second = second_upload(dice, clerk, others, facts)
    after_first = expected(second, frozenset(row.fact for row in first if row.fact))
    findings = {
        "store": {
            "learners": len(people),
            "trainings": len(TRAININGS),
            "certifications": len(CERTIFICATIONS),
        },
        "completions.csv": expected(first),
        "completions-semicolon.csv": expected(second),
        "completions-semicolon.csv after completions.csv": {
            key: after_first[key] for key in ("rows", "new", "already_completed", "errors", "blank")
        },
    }
    people_rows = [join(cells) for cells in (PEOPLE_HEADING, *(one.cells() for one in people))]
    first_rows = [join(HEADING), *(row.text for row in first)]
    second_rows = [join((*HEADING, "Error"), ";"), *(row.text for row in second)]
    sample = "src/certlib/sample"
    return {
        f"{sample}/people.csv": text_of(people_rows),
        f"{sample}/catalog.json": text_of([to_json(CATALOG)]),
        f"{sample}/completions.csv": BYTE_ORDER_MARK + text_of(first_rows, "\r\n"),
        f"{sample}/completions-semicolon.csv": text_of(second_rows),
        "tests/sample_expected.json": text_of([to_json(findings)]),
    }


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description="make the sample that ships with certlib")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[1])
    root: Path = parser.parse_args().root
    for name, content in make().items():
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


if __name__ == "__main__":
    main()
