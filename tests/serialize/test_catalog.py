"""Catalogs are read strictly, all problems at once, and written so that they are read back."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias, cast
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from certlib.actors import Role
from certlib.certifications import (
    PATHS,
    Access,
    Certification,
    Curriculum,
    Exam,
    Online,
    Step,
    Version,
    VersionState,
)
from certlib.errors import InvalidCatalogError, InvalidValueError, UnknownKindError
from certlib.periods import Period
from certlib.policies import (
    ANY_TIME,
    About,
    AnnualDate,
    AnyTime,
    Approval,
    BeforeWindow,
    ByHost,
    Deadlines,
    Digest,
    ExamRules,
    Fees,
    FixedDates,
    Forever,
    FromCompletion,
    FromExpiry,
    Grace,
    InitialDeadline,
    PerCertificate,
    Policy,
    Recertification,
    RecertificationDeadline,
    Reminder,
    Reminders,
    Rounding,
    terms_of,
)
from certlib.requirements import AllOf, AnyOf, AtLeast, Completed, Requirement
from certlib.serialize import (
    Catalog,
    ProblemCode,
    catalog_document,
    certification_document,
    policy_document,
    read_catalog,
    read_catalog_text,
    read_certification,
    read_policy,
    read_training,
    training_document,
)
from certlib.serialize._codecs import Flag, Shape, Tagged, Whole, read_with
from certlib.trainings import Training, TrainingKind
from tests import strategies
from tests.serialize.places import GONE, Json, parts_of, replaced, unfit

SAMPLE = Path(__file__).resolve().parents[2] / "src" / "certlib" / "sample"

EXAMPLE = """
{
  "format": "certlib.catalog/1",
  "trainings": [
    {"code": "FIRE-M1", "kind": "module", "name": "Fire: theory"},
    {"code": "FIRE-M2", "kind": "module", "name": "Fire: extinguishers"},
    {"code": "FIRE-M3", "kind": "module", "name": "Fire: further reading"},
    {"code": "FIRE-ONLINE", "kind": "course", "name": "Fire warden online", "external_ids": ["1042"],
     "modules": ["FIRE-M1", "FIRE-M2"], "optional_modules": ["FIRE-M3"]},
    {"code": "FIRE-DAY", "kind": "course", "name": "Fire warden day"},
    {"code": "FIRE-DRILL", "kind": "course", "name": "Evacuation drill"},
    {"code": "FIRE-REFRESH", "kind": "course", "name": "Fire warden refresher"},
    {"code": "FORK", "kind": "course", "name": "Forklift safety"}
  ],
  "certifications": [
    {"code": "FIRE-1", "name": "Fire warden", "access": {"kind": "assigned_only"}, "versions": [
      {"number": 1, "state": "published", "published_on": "2023-01-01",
       "initial": {"steps": [
         {"code": "course", "name": "Warden course", "paths": [
           {"kind": "online", "requires": {"kind": "completed", "training": "FIRE-ONLINE"}},
           {"kind": "classroom", "requires": {"kind": "all_of", "of": [
             {"kind": "completed", "training": "FIRE-DAY"},
             {"kind": "completed", "training": "FIRE-DRILL"}]}}]}]},
       "recertification": {"steps": [
         {"code": "refresher", "name": "Refresher", "paths": [
           {"kind": "online", "requires": {"kind": "completed", "training": "FIRE-REFRESH"}}]}]},
       "policy": {"time_zone": "Europe/Madrid",
         "validity": {"kind": "fixed_dates", "dates": ["12-31"], "minimum": "P3M"},
         "grace": {"period": "P30D"},
         "recertification": {"window": "P3M", "before_window": "ignored"}}}]},
    {"code": "FORK-1", "name": "Forklift driver", "versions": [
      {"number": 1, "state": "published", "published_on": "2020-01-01",
       "initial": {"steps": [
         {"code": "course", "name": "Forklift safety", "paths": [
           {"kind": "online", "requires": {"kind": "completed", "training": "FORK"}}]}]},
       "policy": {"validity": {"kind": "from_completion", "period": "P1Y"},
         "grace": {"period": "P30D"},
         "recertification": {"window": "any_time"}}}]}
  ]
}
"""


def problems(read: Callable[[], object]) -> list[tuple[str, str]]:
    """The path and the code of every problem that a reading finds."""
    with pytest.raises(InvalidCatalogError) as caught:
        read()
    return [(problem.path, problem.code) for problem in caught.value.problems]


def messages(document: object) -> list[str]:
    with pytest.raises(InvalidCatalogError) as caught:
        read_catalog(document)
    return [str(problem) for problem in caught.value.problems]


# --- the example of the format, dates checked by hand -------------------------------------------


def policy_in(catalog: Catalog, certification: str) -> Policy:
    (found,) = (each for each in catalog.certifications if each.code == certification)
    return found.versions[0].policy


def test_the_example_says_what_its_author_meant() -> None:
    catalog = read_catalog_text(EXAMPLE)

    fire, fork = catalog.certifications
    assert [training.code for training in catalog.trainings][3:5] == ["FIRE-ONLINE", "FIRE-DAY"]
    assert catalog.trainings[3] == Training(
        code="FIRE-ONLINE",
        kind=TrainingKind.COURSE,
        name="Fire warden online",
        external_ids=("1042",),
        modules=("FIRE-M1", "FIRE-M2"),
        optional_modules=("FIRE-M3",),
    )
    assert (fire.access, fork.access) == (Access.ASSIGNED_ONLY, Access.OPEN)
    assert fire.active
    assert fire.versions[0].published_on == date(2023, 1, 1)
    assert fire.versions[0].initial.trainings == {"FIRE-ONLINE", "FIRE-DAY", "FIRE-DRILL"}
    assert fire.versions[0].recertification.step_codes == ("refresher",)
    assert fork.versions[0].recertification == fork.versions[0].initial
    assert fork.versions[0].policy == Policy(
        validity=FromCompletion(period=Period(months=12)), grace=Grace(period=Period(days=30))
    )


@pytest.mark.parametrize(
    ("certification", "earned", "last_valid", "last_grace"),
    [
        ("FIRE-1", date(2025, 3, 3), date(2025, 12, 31), date(2026, 1, 30)),
        ("FIRE-1", date(2025, 10, 1), date(2026, 12, 31), date(2027, 1, 30)),
        ("FORK-1", date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 30)),
        ("FORK-1", date(2025, 3, 3), date(2026, 3, 3), date(2026, 4, 2)),
    ],
)
def test_the_example_gives_the_dates_that_were_worked_out_by_hand(
    certification: str, earned: date, last_valid: date, last_grace: date
) -> None:
    terms = terms_of(policy_in(read_catalog_text(EXAMPLE), certification), issued_on=earned)

    assert terms.last_valid_day == last_valid
    assert terms.last_grace_day(terms.last_valid_day) == last_grace


def test_the_example_is_dated_in_its_zone() -> None:
    version = read_catalog_text(EXAMPLE).certifications[0].versions[0]

    assert version.published_at == datetime(2023, 1, 1, tzinfo=ZoneInfo("Europe/Madrid"))


KEYS: dict[type, Callable[[Json], Policy]] = {
    **dict.fromkeys(
        (Forever, FromCompletion, FromExpiry, FixedDates, PerCertificate, ByHost),
        lambda rule: Policy(validity=rule),
    ),
    Grace: lambda grace: Policy(grace=grace),
    Recertification: lambda rule: Policy(recertification=rule),
    Fees: lambda fees: Policy(fees=fees),
    ExamRules: lambda rules: Policy(exam=rules),
    Approval: lambda approval: Policy(approval=approval),
    InitialDeadline: lambda rule: Policy(deadlines=Deadlines(initial=rule)),
    RecertificationDeadline: lambda rule: Policy(deadlines=Deadlines(recertification=rule)),
    Deadlines: lambda rules: Policy(deadlines=rules),
    Reminder: lambda reminder: Policy(reminders=Reminders(at=(reminder,))),
    Digest: lambda digest: Policy(reminders=Reminders(digests=(digest,))),
    Reminders: lambda reminders: Policy(reminders=reminders),
    Policy: lambda policy: policy,
}
"""Where in a policy each of its classes stands."""

# --- written and read back ----------------------------------------------------------------------


@given(strategies.catalogs())
def test_a_catalog_is_read_back_as_it_was(catalog: Catalog) -> None:
    text = json.dumps(catalog_document(catalog), allow_nan=False)

    assert read_catalog_text(text) == catalog
    assert catalog_document(read_catalog_text(text)) == json.loads(text)


@given(strategies.certifications())
def test_a_certification_is_read_back_as_it_was(certification: Certification) -> None:
    document = certification_document(certification)

    assert read_certification(json.loads(json.dumps(document))) == certification


@given(strategies.trainings())
def test_a_training_is_read_back_as_it_was(training: Training) -> None:
    assert read_training(json.loads(json.dumps(training_document(training)))) == training


@given(strategies.policies)
def test_a_policy_is_read_back_as_it_was(policy: Policy) -> None:
    assert read_policy(json.loads(json.dumps(policy_document(policy)))) == policy


@pytest.mark.parametrize(
    "kind",
    [each for each in strategies.POLICY_STRATEGIES if each in KEYS],
    ids=lambda k: k.__name__,
)
@settings(max_examples=25)
@given(data=st.data())
def test_every_policy_is_read_back_as_it_was(kind: type, data: st.DataObject) -> None:
    value = data.draw(strategies.POLICY_STRATEGIES[kind])
    policy = KEYS[kind](value)

    assert read_policy(json.loads(json.dumps(policy_document(policy)))) == policy


def test_every_class_that_a_policy_is_made_of_is_tried() -> None:
    made_of = parts_of(Policy)

    assert set(strategies.POLICY_STRATEGIES) == made_of
    # These are written as a text each, and stand in all the others.
    assert made_of - set(KEYS) == {AnnualDate, Period, AnyTime}


P1Y = Period.parse("P1Y")


@pytest.mark.parametrize(
    ("policy", "document"),
    [
        (Policy(), {}),
        (Policy(time_zone="Europe/Madrid"), {"time_zone": "Europe/Madrid"}),
        (Policy(validity=Forever()), {}),
        (
            Policy(validity=FromCompletion(period=P1Y)),
            {"validity": {"kind": "from_completion", "period": "P1Y"}},
        ),
        (
            Policy(validity=FromExpiry(period=Period.parse("P1Y3M10D"))),
            {"validity": {"kind": "from_expiry", "period": "P1Y3M10D"}},
        ),
        (
            Policy(
                validity=FixedDates(
                    dates=(AnnualDate.parse("02-29"), AnnualDate.parse("12-31")),
                    minimum=Period.parse("P6W"),
                )
            ),
            {"validity": {"kind": "fixed_dates", "dates": ["02-29", "12-31"], "minimum": "P42D"}},
        ),
        (Policy(validity=PerCertificate()), {"validity": {"kind": "per_certificate"}}),
        (Policy(validity=ByHost()), {"validity": {"kind": "by_host"}}),
        (
            Policy(grace=Grace(period=Period(days=30), counts_as_certified=True)),
            {"grace": {"period": "P30D", "counts_as_certified": True}},
        ),
        (
            Policy(recertification=Recertification(window=Period(months=3))),
            {"recertification": {"window": "P3M"}},
        ),
        (
            Policy(
                recertification=Recertification(window=ANY_TIME, before_window=BeforeWindow.RENEWS)
            ),
            {"recertification": {"before_window": "renews"}},
        ),
        (Policy(certify_on_completion=False), {"certify_on_completion": False}),
        (
            Policy(validity=FromCompletion(period=P1Y, round_up_to=Rounding.MONTH)),
            {"validity": {"kind": "from_completion", "period": "P1Y", "round_up_to": "month"}},
        ),
        (
            Policy(validity=FromExpiry(period=P1Y, round_up_to=Rounding.QUARTER)),
            {"validity": {"kind": "from_expiry", "period": "P1Y", "round_up_to": "quarter"}},
        ),
        (
            Policy(first_validity=FromCompletion(period=P1Y, round_up_to=Rounding.YEAR)),
            {"first_validity": {"kind": "from_completion", "period": "P1Y", "round_up_to": "year"}},
        ),
        (
            Policy(recertification=Recertification(initial_again_after=P1Y)),
            {"recertification": {"initial_again_after": "P1Y"}},
        ),
        (Policy(look_back=Period(days=90)), {"look_back": "P90D"}),
        (
            Policy(fees=Fees(certification=True, exam=True)),
            {"fees": {"certification": True, "exam": True}},
        ),
        (
            Policy(fees=Fees(recertification=True, reinstatement=True)),
            {"fees": {"recertification": True, "reinstatement": True}},
        ),
        (
            Policy(exam=ExamRules(attempts=3, cool_down=Period(days=1))),
            {"exam": {"attempts": 3, "cool_down": "P1D"}},
        ),
        (
            Policy(exam=ExamRules(steps_first=True, approval=True)),
            {"exam": {"steps_first": True, "approval": True}},
        ),
        (
            Policy(approval=Approval(roles=(Role.ADMIN, Role.MANAGER))),
            {"approval": {"roles": ["admin", "manager"]}},
        ),
        (
            Policy(deadlines=Deadlines(initial=InitialDeadline(due=Period(days=60), hard=True))),
            {"deadlines": {"initial": {"due": "P60D", "hard": True}}},
        ),
        (
            Policy(deadlines=Deadlines(initial=InitialDeadline(due=date(2026, 6, 30)))),
            {"deadlines": {"initial": {"due": "2026-06-30"}}},
        ),
        (
            Policy(
                deadlines=Deadlines(
                    recertification=RecertificationDeadline(due=Period(months=6), hard=True)
                )
            ),
            {"deadlines": {"recertification": {"due": "P6M", "hard": True}}},
        ),
        (
            Policy(deadlines=Deadlines(recertification=RecertificationDeadline(due=None))),
            {"deadlines": {"recertification": {"due": "none"}}},
        ),
        (
            Policy(reminders=Reminders(at=(Reminder(days=-30), Reminder(about=About.DUE, days=0)))),
            {"reminders": {"at": [{"days": -30}, {"about": "due", "days": 0}]}},
        ),
        (
            Policy(
                reminders=Reminders(digests=(Digest(about=About.GRACE, begins=Period(months=3)),))
            ),
            {"reminders": {"digests": [{"about": "grace", "begins": "P3M"}]}},
        ),
    ],
)
def test_a_policy_is_written_as_the_format_says(policy: Policy, document: Json) -> None:
    assert policy_document(policy) == document
    assert read_policy(document) == policy


def test_the_defaults_are_those_of_the_format() -> None:
    # They are part of the format: stored documents leave them out.
    written_out = {
        "time_zone": "UTC",
        "validity": {"kind": "forever"},
        "grace": {"period": "P0D", "counts_as_certified": False},
        "recertification": {"window": "any_time", "before_window": "ignored"},
        "certify_on_completion": True,
        "look_back": "P0D",
        "fees": {
            "certification": False,
            "exam": False,
            "recertification": False,
            "reinstatement": False,
        },
        "exam": {"cool_down": "P0D", "steps_first": False, "approval": False},
        "approval": {"roles": ["approver"]},
        "deadlines": {"initial": {"hard": False}, "recertification": {"due": "P0D", "hard": False}},
        "reminders": {"at": [], "digests": []},
    }
    certification = {
        "code": "C",
        "name": "",
        "active": True,
        "access": {"kind": "open"},
        "versions": [],
    }

    assert policy_document(read_policy(written_out)) == {}
    assert certification_document(read_certification(certification)) == {"code": "C"}


def test_every_key_is_written_where_it_says_something() -> None:
    step = Step(code="s", name="S", paths=(Online(requires=Completed(training="A")),))
    version = Version(
        number=2,
        state=VersionState.DRAFT,
        initial=Curriculum(steps=(step,), exam=Exam(code="E", name="The exam")),
        recertification=Curriculum(exam=Exam(code="E")),
        policy=Policy(time_zone="Asia/Kathmandu"),
    )
    certification = Certification(
        code="C", name="N", active=False, access=Access.BY_REQUEST, versions=(version,)
    )

    path = {"kind": "online", "requires": {"kind": "completed", "training": "A"}}
    assert certification_document(certification) == {
        "code": "C",
        "name": "N",
        "active": False,
        "access": {"kind": "by_request"},
        "versions": [
            {
                "number": 2,
                "state": "draft",
                "initial": {
                    "steps": [{"code": "s", "name": "S", "paths": [path]}],
                    "exam": {"code": "E", "name": "The exam"},
                },
                "recertification": {"exam": {"code": "E"}},
                "policy": {"time_zone": "Asia/Kathmandu"},
            }
        ],
    }


def test_kinds_of_paths_are_called_as_the_steps_call_them() -> None:
    for kind in (each.kind for each in PATHS):
        path = {"kind": kind, "wrong": 1}
        steps = [{"code": "s", "paths": [path]}]
        found = problems(
            lambda: read_certification(
                {"code": "C", "versions": [{"number": 1, "initial": {"steps": steps}}]}  # noqa: B023
            )
        )
        assert ("$.versions[0].initial.steps[0].paths[0].wrong", "unknown_key") in found


def test_an_empty_catalog_has_all_its_keys() -> None:
    document = {"format": "certlib.catalog/1", "trainings": [], "certifications": []}

    assert catalog_document(Catalog()) == document
    assert read_catalog({"format": "certlib.catalog/1"}) == Catalog()


def test_the_sample_is_read_and_written_back() -> None:
    catalog = read_catalog_text((SAMPLE / "catalog.json").read_text(encoding="utf-8"))

    assert len(catalog.certifications) == 6
    assert read_catalog(catalog_document(catalog)) == catalog


def test_a_byte_order_mark_is_no_problem() -> None:
    assert read_catalog_text("\ufeff" + EXAMPLE) == read_catalog_text(EXAMPLE)


def test_what_could_not_be_read_is_not_written() -> None:
    catalog = Catalog(certifications=(certification_that_needs("GONE"),))

    assert problems(lambda: catalog_document(catalog)) == [
        (f"$.certifications[0].{INNER}.requires.training", "unknown_training")
    ]
    assert problems(lambda: certification_document(Certification(code="C", name="\0"))) == [
        ("$.name", "bad_text")
    ]


def test_a_kind_that_the_format_does_not_have_is_not_written() -> None:
    class Lunar(Forever):
        pass

    with pytest.raises(UnknownKindError) as caught:
        policy_document(Policy(validity=Lunar()))

    assert caught.value.kind == "Lunar"
    assert "from_completion" in caught.value.known


INNER = "versions[0].initial.steps[0].paths[0]"


def certification_that_needs(*trainings: str) -> Certification:
    requires: Requirement = AllOf(of=tuple(Completed(training=each) for each in trainings))
    if len(trainings) == 1:
        requires = Completed(training=trainings[0])
    steps = (Step(code="s", paths=(Online(requires=requires),)),)
    curriculum = Curriculum(steps=steps)
    version = Version(
        number=1,
        published_on=date(2020, 1, 1),
        initial=curriculum,
        recertification=curriculum,
    )
    return Certification(code="C", versions=(version,))


# --- one thing wrong ----------------------------------------------------------------------------


def right() -> Json:
    """A catalog without a problem, with something of everything."""
    return {
        "format": "certlib.catalog/1",
        "trainings": [
            {"code": "M1", "kind": "module", "name": "Module 1"},
            {"code": "M2", "kind": "module", "name": "Module 2", "external_ids": ["7"]},
            {
                "code": "A",
                "kind": "course",
                "name": "A",
                "external_ids": ["8", "9"],
                "modules": ["M1"],
                "optional_modules": ["M2"],
            },
            {"code": "B", "kind": "course", "name": "B"},
            {"code": "UNUSED", "kind": "course", "name": "Unused"},
        ],
        "certifications": [
            {
                "code": "C-1",
                "name": "The first",
                "active": True,
                "access": {"kind": "by_request"},
                "versions": [
                    {
                        "number": 1,
                        "state": "retired",
                        "published_on": "2020-01-01",
                        "initial": {"exam": {"code": "E", "name": "Exam"}},
                    },
                    {
                        "number": 2,
                        "state": "published",
                        "published_on": "2024-02-29",
                        "initial": {
                            "steps": [
                                {
                                    "code": "s1",
                                    "name": "Step 1",
                                    "paths": [
                                        {
                                            "kind": "online",
                                            "requires": {
                                                "kind": "at_least",
                                                "count": 1,
                                                "of": [
                                                    {"kind": "completed", "training": "A"},
                                                    {"kind": "completed", "training": "M1"},
                                                ],
                                            },
                                        },
                                        {"kind": "external", "instructions": "Upload\nit."},
                                        {"kind": "test_out", "code": "T"},
                                    ],
                                },
                                {
                                    "code": "s2",
                                    "paths": [
                                        {
                                            "kind": "classroom",
                                            "requires": {
                                                "kind": "any_of",
                                                "of": [{"kind": "completed", "training": "B"}],
                                            },
                                        }
                                    ],
                                },
                            ]
                        },
                        "policy": {
                            "time_zone": "Europe/Madrid",
                            "validity": {
                                "kind": "fixed_dates",
                                "dates": ["02-29"],
                                "minimum": "P3M",
                            },
                            "grace": {"period": "P30D", "counts_as_certified": True},
                            "recertification": {"window": "P3M", "before_window": "renews"},
                            "certify_on_completion": False,
                        },
                    },
                ],
            },
            {"code": "C-2"},
        ],
    }


def test_the_catalog_that_is_broken_below_is_right() -> None:
    catalog = read_catalog(right())

    assert read_catalog(catalog_document(catalog)) == catalog


V2 = ("certifications", 0, "versions", 1)
S1 = (*V2, "initial", "steps", 0)
REQUIRES = (*S1, "paths", 0, "requires")
POLICY = (*V2, "policy")


def path_of(keys: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)


def changed(keys: tuple[str | int, ...], value: object) -> Json:
    """The right catalog, with one value replaced, added, or gone."""
    document = right()
    place: Json = document
    for key in keys[:-1]:
        place = place[key]
    if value is GONE:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    return document


@pytest.mark.parametrize(
    ("keys", "value", "code"),
    [
        # top
        (("format",), GONE, "missing_key"),
        (("format",), "certlib.catalog/2", "unknown_format"),
        (("format",), 1, "unknown_format"),
        (("certificates",), [], "unknown_key"),
        (("trainings",), {}, "wrong_type"),
        (("certifications",), None, "null_value"),
        # trainings
        (("trainings", 4), "B", "wrong_type"),
        (("trainings", 3, "nme"), "B", "unknown_key"),
        (("trainings", 0, "name"), GONE, "missing_key"),
        (("trainings", 0, "name"), None, "null_value"),
        (("trainings", 0, "name"), "a\u0085b", "bad_text"),
        (("trainings", 0, "name"), "\ud800", "bad_text"),
        (("trainings", 0, "kind"), "modul", "unknown_kind"),
        (("trainings", 0, "kind"), 5, "wrong_type"),
        (("trainings", 4, "code"), "M1", "doubled"),
        (("trainings", 1, "external_ids", 0), "", "bad_code"),
        (("trainings", 2, "external_ids", 0), "7", "shared_external_id"),
        (("trainings", 2, "external_ids", 1), "8", "doubled"),
        (("trainings", 2, "external_ids", 1), 9, "wrong_type"),
        (("trainings", 2, "modules", 0), "M9", "unknown_training"),
        (("trainings", 2, "modules", 0), "A", "contains_itself"),
        (("trainings", 2, "modules", 0), "B", "not_a_module"),
        (("trainings", 2, "optional_modules", 0), "B", "not_a_module"),
        (("trainings", 2, "optional_modules", 0), "M1", "doubled"),
        (("trainings", 2, "modules", 0), None, "null_value"),
        (("trainings", 0, "modules"), ["M2"], "module_has_modules"),
        (("trainings", 0, "optional_modules"), ["M2"], "module_has_modules"),
        # certifications
        (("certifications", 1, "code"), "C-1", "doubled"),
        (("certifications", 1, "code"), " C", "bad_code"),
        (("certifications", 1, "code"), "C" * 201, "bad_code"),
        (("certifications", 0, "active"), 1, "wrong_type"),
        (("certifications", 0, "active"), "yes", "wrong_type"),
        (("certifications", 0, "access"), "open", "wrong_type"),
        (("certifications", 0, "access", "kind"), "closed", "unknown_kind"),
        (("certifications", 0, "access", "kind"), GONE, "missing_key"),
        (("certifications", 0, "access", "by"), "x", "unknown_key"),
        # versions
        ((*V2, "number"), 1, "doubled"),
        ((*V2, "number"), 0, "bad_number"),
        ((*V2, "number"), 2**31, "bad_number"),
        ((*V2, "number"), True, "wrong_type"),
        ((*V2, "number"), 2.0, "wrong_type"),
        ((*V2, "number"), "2", "wrong_type"),
        ((*V2, "state"), "withdrawn", "unknown_value"),
        ((*V2, "published_on"), GONE, "missing_key"),
        ((*V2, "published_on"), None, "null_value"),
        ((*V2, "published_on"), "2023-02-29", "bad_date"),
        ((*V2, "published_on"), "20240229", "bad_date"),
        ((*V2, "published_on"), "2024-W09-4", "bad_date"),
        ((*V2, "published_on"), "\u0662024-02-29", "bad_date"),
        ((*V2, "published_on"), "2024-02-29 ", "bad_date"),
        ((*V2, "published_on"), "1899-12-31", "bad_date"),
        ((*V2, "published_on"), "9001-01-01", "bad_date"),
        ((*V2, "initial"), GONE, "missing_key"),
        # curricula
        ((*V2, "initial", "steps"), [], "empty_list"),
        ((*V2, "initial", "steps"), GONE, "missing_key"),
        ((*V2, "initial", "steps", 1, "code"), "s1", "doubled"),
        ((*V2, "initial", "exam"), "E", "wrong_type"),
        (("certifications", 0, "versions", 0, "initial", "exam", "code"), GONE, "missing_key"),
        ((*V2, "initial", "exam"), None, "null_value"),
        ((*S1, "paths"), [], "empty_list"),
        ((*S1, "paths", 0, "kind"), "on-line", "unknown_kind"),
        ((*S1, "paths", 1, "instructions"), 5, "wrong_type"),
        ((*S1, "paths", 2, "code"), GONE, "missing_key"),
        ((*S1, "paths", 2), [], "wrong_type"),
        # requirements
        ((*REQUIRES, "kind"), GONE, "missing_key"),
        ((*REQUIRES, "kind"), None, "null_value"),
        ((*REQUIRES, "kind"), "credits", "unknown_kind"),
        ((*REQUIRES, "count"), 3, "bad_number"),
        ((*REQUIRES, "count"), 0, "bad_number"),
        ((*REQUIRES, "count"), True, "wrong_type"),
        ((*REQUIRES, "of"), [], "empty_list"),
        ((*REQUIRES, "of", 0, "training"), "Z", "unknown_training"),
        ((*REQUIRES, "of", 0, "training"), "", "bad_code"),
        ((*REQUIRES, "of", 0, "training"), GONE, "missing_key"),
        # policies
        ((*POLICY, "timezone"), "UTC", "unknown_key"),
        ((*POLICY, "time_zone"), "Mars/Olympus", "bad_zone"),
        ((*POLICY, "time_zone"), "../../etc/passwd", "bad_zone"),
        ((*POLICY, "time_zone"), "", "bad_zone"),
        ((*POLICY, "validity"), "forever", "wrong_type"),
        ((*POLICY, "validity", "kind"), "for_ever", "unknown_kind"),
        ((*POLICY, "validity", "dates"), [], "empty_list"),
        ((*POLICY, "validity", "dates", 0), "2-29", "bad_annual_date"),
        ((*POLICY, "validity", "dates", 0), "02-30", "bad_annual_date"),
        ((*POLICY, "validity", "dates", 0), "13-01", "bad_annual_date"),
        ((*POLICY, "validity", "minimum"), "3 months", "bad_period"),
        ((*POLICY, "validity", "period"), "P1Y", "unknown_key"),
        ((*POLICY, "grace", "period"), "PT1H", "bad_period"),
        ((*POLICY, "grace", "period"), "P99999Y99999M", "bad_period"),
        ((*POLICY, "grace", "period"), 30, "wrong_type"),
        ((*POLICY, "grace", "counts_as_certified"), "no", "wrong_type"),
        ((*POLICY, "recertification", "window"), "anytime", "bad_period"),
        ((*POLICY, "recertification", "before_window"), "renew", "unknown_value"),
        ((*POLICY, "certify_on_completion"), None, "null_value"),
    ],
)
def test_one_thing_wrong_is_one_problem_there(
    keys: tuple[str | int, ...], value: object, code: str
) -> None:
    document = changed(keys, value)
    before = copy.deepcopy(document)

    assert problems(lambda: read_catalog(document)) == [(path_of(keys), code)]
    assert code in set(ProblemCode)
    assert document == before


# --- policies: every key, and every way of getting it wrong ---------------------------------------

FULL_POLICY: Json = {
    "time_zone": "Europe/Madrid",
    "validity": {"kind": "from_expiry", "period": "P1Y", "round_up_to": "quarter"},
    "first_validity": {"kind": "fixed_dates", "dates": ["12-31"], "minimum": "P3M"},
    "grace": {"period": "P30D", "counts_as_certified": True},
    "recertification": {
        "window": "P3M",
        "before_window": "renews",
        "initial_again_after": "P1Y",
    },
    "certify_on_completion": False,
    "look_back": "P90D",
    "fees": {"certification": True, "exam": True, "recertification": True, "reinstatement": True},
    "exam": {"attempts": 3, "cool_down": "P1D", "steps_first": True, "approval": True},
    "approval": {"roles": ["approver", "admin"]},
    "deadlines": {
        "initial": {"due": "P60D", "hard": True},
        "recertification": {"due": "P6M", "hard": True},
    },
    "reminders": {
        "at": [{"about": "due", "days": -30}],
        "digests": [{"about": "grace", "begins": "P3M"}],
    },
}
"""Every key with a value that is not its default."""

Keys: TypeAlias = tuple[str | int, ...]


def keys_in(document: Json, at: Keys = ()) -> list[tuple[Keys, Json]]:
    """Every value in a document, with the keys that lead to it."""
    found: list[tuple[Keys, Json]] = []
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inner:
        found.append(((*at, key), value))
        if isinstance(value, dict | list):
            found += keys_in(value, (*at, key))
    return found


POLICY_KEYS = keys_in(FULL_POLICY)


def test_all_of_a_policy_is_written_as_it_was() -> None:
    policy = read_policy(FULL_POLICY)

    assert policy_document(policy) == FULL_POLICY
    for kind in parts_of(Policy) - {AnnualDate, Period, AnyTime}:
        fields = {each.name for each in attrs.fields(cast("type[attrs.AttrsInstance]", kind))}
        objects = (value for _, value in [((), FULL_POLICY), *POLICY_KEYS])
        held = [set(each) - {"kind"} for each in objects if isinstance(each, dict)]
        assert fields in held or kind in {Forever, FromCompletion, PerCertificate, ByHost}


@pytest.mark.parametrize(("keys", "value"), POLICY_KEYS, ids=str)
def test_a_null_or_another_type_anywhere_is_one_problem_there(keys: Keys, value: object) -> None:
    def found(wrong: object) -> list[tuple[str, str]]:
        return problems(lambda: read_policy(replaced(FULL_POLICY, keys, wrong)))

    assert found(None) == [(path_of(keys), "null_value")]
    assert found(unfit(value)) == [(path_of(keys), "wrong_type")]


@pytest.mark.parametrize(
    "keys", [(), *(keys for keys, value in POLICY_KEYS if isinstance(value, dict))], ids=str
)
def test_an_unknown_key_anywhere_is_one_problem_there(keys: Keys) -> None:
    later = (*keys, "later")

    assert problems(lambda: read_policy(replaced(FULL_POLICY, later, 1))) == [
        (path_of(later), "unknown_key")
    ]


@pytest.mark.parametrize(
    ("keys", "value", "code"),
    [
        (("validity", "round_up_to"), "week", "unknown_value"),
        (("validity", "minimum"), "P3M", "unknown_key"),
        (("validity", "kind"), "per_certificate", "unknown_key"),
        (("first_validity", "kind"), "newer", "unknown_kind"),
        (("first_validity", "dates"), [], "empty_list"),
        (("first_validity", "dates"), GONE, "missing_key"),
        (("first_validity",), {"kind": "per_certificate"}, "bad_value"),
        (("recertification", "initial_again_after"), "a year", "bad_period"),
        (("look_back",), "90", "bad_period"),
        (("exam", "attempts"), 0, "bad_number"),
        (("exam", "attempts"), 2**31, "bad_number"),
        (("exam", "cool_down"), "PT24H", "bad_period"),
        (("approval", "roles"), [], "empty_list"),
        (("approval", "roles", 1), "boss", "unknown_value"),
        (("approval", "roles", 1), "learner", "bad_value"),
        (("approval", "roles", 1), "approver", "doubled"),
        (("deadlines", "initial", "due"), "2026-02-30", "bad_period"),
        (("deadlines", "initial", "due"), "none", "bad_period"),
        (("deadlines", "initial", "due"), "1899-12-31", "bad_period"),
        (("deadlines", "recertification", "due"), "2026-06-30", "bad_period"),
        (("deadlines", "recertification", "due"), "", "bad_period"),
        (("reminders", "at", 0, "about"), "birthday", "unknown_value"),
        (("reminders", "at", 0, "days"), 3661, "bad_number"),
        (("reminders", "at", 0, "days"), -3661, "bad_number"),
        (("reminders", "at", 0, "days"), GONE, "missing_key"),
        (("reminders", "digests", 0, "begins"), "P0D", "bad_period"),
        (("reminders", "digests", 0, "begins"), "P121M", "bad_period"),
        (("reminders", "digests", 0, "begins"), "P3661D", "bad_period"),
        (("reminders", "digests", 0, "begins"), GONE, "missing_key"),
    ],
)
def test_one_thing_wrong_in_a_policy_is_one_problem_there(
    keys: Keys, value: object, code: str
) -> None:
    found = problems(lambda: read_policy(replaced(FULL_POLICY, keys, value)))

    several: dict[Keys, list[str]] = {
        ("validity", "kind"): ["$.validity.period", "$.validity.round_up_to"],
        ("first_validity",): ["$.first_validity.kind"],
    }
    paths = several.get(keys, [path_of(keys)])
    first_too = [("$.first_validity", "bad_value")] if value == "per_certificate" else []
    assert found == [*((path, code) for path in paths), *first_too]


def test_where_each_certificate_states_its_own_day_the_first_has_no_rule() -> None:
    only = {"kind": "per_certificate"}

    assert problems(
        lambda: read_policy({"validity": only, "first_validity": {"kind": "forever"}})
    ) == [("$.first_validity", "bad_value")]
    assert problems(lambda: read_policy({"validity": only, "first_validity": only})) == [
        ("$.first_validity.kind", "bad_value")
    ]
    assert read_policy({"validity": only}).is_awarded_only


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            {"approval": {"roles": ["learner"]}},
            "$.approval.roles[0]: found 'learner', expected a role other than learner (bad_value)",
        ),
        (
            {"deadlines": {"initial": {"due": "P60"}}},
            (
                "$.deadlines.initial.due: found 'P60', expected an ISO 8601 period from the"
                " assignment, such as P60D, or a date yyyy-mm-dd (bad_period)"
            ),
        ),
        (
            {"reminders": {"at": [{"days": -4000}]}},
            (
                "$.reminders.at[0].days: found -4000, expected a whole number from -3660 to 3660"
                " (bad_number)"
            ),
        ),
        (
            {"validity": {"kind": "forever"}, "first_validity": {"kind": "per_certificate"}},
            (
                "$.first_validity.kind: found 'per_certificate', expected another kind: with it, each"
                " certificate would state its own last valid day (bad_value)"
            ),
        ),
    ],
)
def test_what_is_wrong_in_a_policy_is_said_in_words(document: Json, message: str) -> None:
    with pytest.raises(InvalidCatalogError) as caught:
        read_policy(document)

    assert [str(problem) for problem in caught.value.problems] == [message]


@pytest.mark.parametrize("value", [None, 7, [], {"kind": "newer"}, {"kind": None}, {}])
def test_eligibility_is_a_requirement(value: object) -> None:
    found = problems(lambda: read_catalog(changed(("certifications", 0, "eligibility"), value)))

    where = "$.certifications[0].eligibility"
    path, _ = found[0]
    assert len(found) == 1
    assert path == where + (".kind" if isinstance(value, dict) else "")


def test_eligibility_names_trainings_of_the_catalog() -> None:
    def requiring(training: str) -> Json:
        requires = {"kind": "completed", "training": training}
        return changed(("certifications", 0, "eligibility"), requires)

    catalog = read_catalog(requiring("A"))
    assert catalog.certifications[0].eligibility == Completed(training="A")
    assert read_catalog(catalog_document(catalog)) == catalog
    assert problems(lambda: read_catalog(requiring("Z"))) == [
        ("$.certifications[0].eligibility.training", "unknown_training")
    ]


@pytest.mark.parametrize("validity", ["from_completion", "from_expiry"])
def test_a_certificate_is_valid_for_some_time(validity: str) -> None:
    def read(period: object) -> list[tuple[str, str]]:
        return problems(lambda: read_policy({"validity": {"kind": validity, "period": period}}))

    assert read("P0D") == [("$.validity.period", "bad_period")]
    assert read("1Y") == [("$.validity.period", "bad_period")]
    assert problems(lambda: read_policy({"validity": {"kind": validity}})) == [
        ("$.validity.period", "missing_key")
    ]


@pytest.mark.parametrize("document", [None, [], "catalog", 7, True])
def test_a_catalog_is_an_object(document: object) -> None:
    ((path, code),) = problems(lambda: read_catalog(document))

    assert path == "$"
    assert code == ("null_value" if document is None else "wrong_type")


def test_a_draft_may_say_when_it_will_be_published_and_need_not() -> None:
    for published_on in ({}, {"published_on": "2030-01-01"}):
        version = {"number": 1, "state": "draft", "initial": {"exam": {"code": "E"}}}
        read_certification({"code": "C", "versions": [version | published_on]})


def test_codes_are_told_apart_by_case() -> None:
    catalog = read_catalog(changed(("trainings", 4, "code"), "m1"))

    assert [training.code for training in catalog.trainings] == ["M1", "M2", "A", "B", "m1"]


def test_what_stands_alone_is_read_with_the_path_it_has_where_it_is_kept() -> None:
    def found(read: Callable[[object, str], object]) -> list[str]:
        return [path for path, _ in problems(lambda: read({"cod": 1}, "row 7: $"))]

    assert found(read_training)[0] == "row 7: $.cod"
    assert found(read_certification) == ["row 7: $.cod", "row 7: $.code"]
    assert found(read_policy) == ["row 7: $.cod"]


# --- what problems say --------------------------------------------------------------------------


A_TEXT = "a text without control characters"
TOP = "format, trainings, certifications (unknown_key)"


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (
            ("trainings", 0, "kind"),
            "modul",
            "found 'modul', expected one of module, course (did you mean module?) (unknown_kind)",
        ),
        (
            (*REQUIRES, "kind"),
            "credits",
            "found 'credits', expected one of completed, all_of, any_of, at_least (unknown_kind)",
        ),
        (
            ("certificatons",),
            [],
            "unknown key (did you mean certifications?); known are " + TOP,
        ),
        (("extra",), [], "unknown key; known are " + TOP),
        (
            ("trainings", 0, "name"),
            "x\x1b[31m" + "y" * 1000,
            "found 'x\\x1b[31m" + "y" * 67 + f"..., expected {A_TEXT} (bad_text)",
        ),
        (
            ("trainings", 0, "name"),
            None,
            f"found null, expected {A_TEXT}; leave out a key that has no value (null_value)",
        ),
        (
            ("trainings", 4, "code"),
            "M1",
            "found 'M1', expected another one, as $.trainings[0].code is the same (doubled)",
        ),
        (
            (*REQUIRES, "count"),
            3,
            "found 3, expected at most 2, the number of parts (bad_number)",
        ),
        (
            (*V2, "number"),
            float("nan"),
            "found NaN, expected a whole number from 1 to 2147483647 (wrong_type)",
        ),
    ],
)
def test_a_problem_says_what_was_found_and_what_was_expected(
    keys: tuple[str | int, ...], value: object, message: str
) -> None:
    assert messages(changed(keys, value)) == [f"{path_of(keys)}: {message}"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": 1}, "an object"),
        ([1], "a list"),
        (False, "false"),
        (2.5, "2.5"),
        pytest.param(10**5000, "a huge number", id="huge"),
        (float("inf"), "a huge number"),
        (b"x", "a bytes"),
    ],
)
def test_a_value_is_shown_and_never_whole(value: object, shown: str) -> None:
    (found,) = messages(changed(("trainings", 0, "name"), value))

    assert f"found {shown}, expected" in found


def test_a_path_quotes_keys_that_are_no_names() -> None:
    document = {7: 1, "a b\n": 1, "k" * 50: 1}

    assert [path for path, _ in problems(lambda: read_policy(document))] == [
        "$[7]",
        "$['a b\\n']",
        f"$['{'k' * 36}...]",
    ]


def test_the_error_lists_all_problems_and_can_be_pickled() -> None:
    with pytest.raises(InvalidCatalogError) as caught:
        read_policy({"zone": "UTC", "certify_on_completion": 0})

    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again) == (
        "the catalog is not valid: $.zone: unknown key (did you mean time_zone?); known are"
        " time_zone, validity, first_validity, grace, recertification, certify_on_completion,"
        " look_back, fees, exam, approval, deadlines, reminders (unknown_key);"
        " $.certify_on_completion: found 0, expected true or false (wrong_type) (invalid_catalog)"
    )


# --- many things wrong --------------------------------------------------------------------------


def test_everything_wrong_is_told_at_once() -> None:
    document = right()
    document["format"] = "certlib.catalogue/1"
    document["version"] = 1
    document["trainings"][0]["kind"] = "lesson"
    document["trainings"][1] |= {"code": "M1", "modules": ["A", "M1"], "external_ids": ["8"]}
    document["trainings"][2] |= {"name": 7, "modules": ["A", "B", "X", "X"]}
    document["certifications"][1]["versions"] = [
        {"number": 1, "state": "retired", "initial": {}, "policy": {"time_zone": "Mars"}},
        {"number": 1, "state": "draft", "initial": {"steps": []}, "policy": {"grace": "P30D"}},
    ]
    policy = document["certifications"][0]["versions"][1]["policy"]
    policy["validity"] = {"kind": "from_expiry", "period": "P1Z", "minimum": "P1M"}
    requires = document["certifications"][0]["versions"][1]["initial"]["steps"][0]["paths"][0]
    requires["requires"] |= {"count": 9, "of": [{"kind": "completed", "training": "Y"}, {}]}

    found = problems(lambda: read_catalog(document))

    c2 = "$.certifications[1].versions"
    assert sorted(found) == sorted(
        [
            ("$.format", "unknown_format"),
            ("$.version", "unknown_key"),
            ("$.trainings[0].kind", "unknown_kind"),
            ("$.trainings[1].code", "doubled"),
            ("$.trainings[1].modules", "module_has_modules"),
            ("$.trainings[1].modules[0]", "not_a_module"),
            ("$.trainings[1].modules[1]", "contains_itself"),
            ("$.trainings[2].external_ids[0]", "shared_external_id"),
            ("$.trainings[2].name", "wrong_type"),
            ("$.trainings[2].modules[0]", "contains_itself"),
            ("$.trainings[2].modules[1]", "not_a_module"),
            ("$.trainings[2].modules[2]", "unknown_training"),
            ("$.trainings[2].modules[3]", "doubled"),
            ("$.trainings[2].optional_modules[0]", "unknown_training"),
            (f"{path_of(REQUIRES)}.count", "bad_number"),
            (f"{path_of(REQUIRES)}.of[0].training", "unknown_training"),
            (f"{path_of(REQUIRES)}.of[1].kind", "missing_key"),
            (f"{path_of(POLICY)}.validity.period", "bad_period"),
            (f"{path_of(POLICY)}.validity.minimum", "unknown_key"),
            (f"{c2}[0].published_on", "missing_key"),
            (f"{c2}[0].initial.steps", "missing_key"),
            (f"{c2}[0].policy.time_zone", "bad_zone"),
            (f"{c2}[1].number", "doubled"),
            (f"{c2}[1].initial.steps", "empty_list"),
            (f"{c2}[1].policy.grace", "wrong_type"),
        ]
    )


# --- the text -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "$: not JSON at line 1, column 1: Expecting value (not_json)"),
        ("{\n 'a': 1}", "$: not JSON at line 2, column 2: "),
        ('{"a": 1}}', "$: not JSON at line 1, column 9: Extra data (not_json)"),
        ("[" * 100_000, "$: nested too deep to be read (too_deep)"),
        ('{"a":' * 100_000, "$: nested too deep to be read (too_deep)"),
    ],
)
def test_a_text_that_is_no_json_is_one_problem(text: str, message: str) -> None:
    with pytest.raises(InvalidCatalogError) as caught:
        read_catalog_text(text)

    (problem,) = caught.value.problems
    assert str(problem).startswith(message)


def in_policy(text: str) -> str:
    version = f'{{"number": 1, "initial": {{"exam": {{"code": "E"}}}}, "policy": {text}}}'
    certification = f'{{"code": "C", "versions": [{version}]}}'
    return f'{{"format": "certlib.catalog/1", "certifications": [{certification}]}}'


def test_a_key_that_is_there_twice_is_a_problem() -> None:
    where = "$.certifications[0].versions[0]"
    text = in_policy('{"time_zone": "UTC", "grace": {}, "time_zone": "UTC", "time_zone": "UTC"}')

    assert problems(lambda: read_catalog_text(text)) == [
        (f"{where}.policy.time_zone", "duplicate_key"),
        (f"{where}.policy.time_zone", "duplicate_key"),
        (f"{where}.published_on", "missing_key"),
    ]
    assert problems(lambda: read_catalog_text('{"format": "certlib.catalog/1", "format": 1}')) == [
        ("$.format", "unknown_format"),
        ("$.format", "duplicate_key"),
    ]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 5000, "1.5"])
def test_a_number_that_json_does_not_have_is_a_problem_where_it_is(number: str) -> None:
    text = in_policy("{}").replace('"number": 1', f'"number": {number}, "state": "draft"')

    assert problems(lambda: read_catalog_text(text)) == [
        ("$.certifications[0].versions[0].number", "wrong_type")
    ]


def test_a_number_that_no_database_has_is_a_problem() -> None:
    text = in_policy("{}").replace('"number": 1', f'"number": {"9" * 500}, "state": "draft"')

    assert problems(lambda: read_catalog_text(text)) == [
        ("$.certifications[0].versions[0].number", "bad_number")
    ]


# --- depth --------------------------------------------------------------------------------------


def nested(depth: int) -> Json:
    requirement: Json = {"kind": "completed", "training": "A"}
    for _ in range(depth - 1):
        requirement = {"kind": "any_of", "of": [requirement]}
    return requirement


def test_requirements_may_be_nested_twenty_deep_and_no_deeper() -> None:
    read_catalog(changed(REQUIRES, nested(20)))

    for depth in (21, 5000):
        assert problems(lambda: read_catalog(changed(REQUIRES, nested(depth)))) == [  # noqa: B023
            (path_of(REQUIRES) + ".of[0]" * 20, "too_deep")
        ]


def test_a_value_that_holds_itself_is_read_to_an_end() -> None:
    requirement: Json = {"kind": "all_of", "of": []}
    requirement["of"].append(requirement)

    ((_, code),) = problems(lambda: read_catalog(changed(REQUIRES, requirement)))

    assert code == "too_deep"


# --- the codecs themselves ----------------------------------------------------------------------


def test_a_field_that_is_not_in_the_table_is_noticed_at_once() -> None:
    with pytest.raises(InvalidValueError, match="number: expected the fields of"):
        Shape(Version, {"number": Whole()})


def test_what_only_the_class_refuses_is_a_problem_too() -> None:
    count = Shape(AtLeast, {"count": Whole(), "of": Parts()})

    assert problems(lambda: read_with(count, {"count": 2, "of": 1}, "$")) == [("$", "bad_value")]


class Parts:
    """A codec that lets everything pass."""

    expected = "parts"

    def read(self, node: object) -> tuple[Requirement, ...]:
        return (AnyOf(of=(Completed(training="A"),)),)

    def write(self, value: object) -> object:
        return value


def test_a_default_may_be_made_by_the_class() -> None:
    @frozen(kw_only=True)
    class Switch:
        on: bool = field(factory=bool)

    switch = Shape(Switch, {"on": Flag()})

    assert switch.write(Switch()) == {}
    assert switch.write(Switch(on=True)) == {"on": True}
    assert Tagged[object]({"switch": switch}).write(Switch()) == {"kind": "switch"}
