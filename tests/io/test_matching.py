"""Who and what a row means is matched exactly, and nobody out of scope is ever told of (F8, W2)."""

from __future__ import annotations

import pytest
from attrs import evolve

from certlib import Actor, Learner, Service
from certlib.actors import Role, Scope
from certlib.certifications import Certification
from certlib.io import ImportOptions, Preview
from certlib.io._imports.matching import Matcher
from certlib.io.formats._claims import AwardClaim, CompletionClaim
from certlib.ports import IdentifierKind
from certlib.trainings import Training, TrainingKind
from tests.hosts import EVA, FORK, NOW, make_service, make_store
from tests.io.uploads import codes, counts, previewed, upload

DAY = "2026-01-05"
NORTH = Actor(role=Role.ADMIN, id="olaf", scope=Scope.organizations("north"))
ONLY_FORK = Actor(role=Role.ADMIN, id="olaf", scope=Scope.certifications("FORK-1"))


def problems_of(
    *rows: str, service: Service | None = None, actor: Actor = EVA
) -> list[tuple[str, str | None, str]]:
    found, _ = previewed(service or make_service(), upload(*rows), actor=actor)
    return [(problem.code, problem.column, problem.message) for problem in found.problems]


def preview_of(*rows: str, actor: Actor = EVA) -> Preview:
    return previewed(make_service(), upload(*rows), actor=actor)[0]


class TestLearners:
    @pytest.mark.parametrize(
        "email", ["ann@example.org", "ANN@Example.ORG", "  ann@example.org  ", "\tann@example.org"]
    )
    def test_spaces_and_ascii_case_do_not_matter(self, email: str) -> None:
        assert counts(preview_of(f"{email},course,FORK,{DAY}")) == (1, 1, 0, 0)

    @pytest.mark.parametrize(
        "email",
        [
            "\N{KELVIN SIGN}im@example.org",
            "\N{FULLWIDTH LATIN SMALL LETTER K}im@example.org",
            "kim@\N{LATIN SMALL LETTER LONG S}ample.org",
        ],
    )
    def test_what_looks_alike_is_nobody_and_is_said_so(self, email: str) -> None:
        store = make_store()
        store.put_learners(
            [Learner(id="kim", email="kim@example.org"), Learner(id="lee", email="kim@sample.org")]
        )
        service = Service(store=store, sources=store)
        (problem,) = problems_of(f"{email},course,FORK,{DAY}", service=service)
        assert problem == (
            "look_alike_learner",
            "Email",
            "no learner has this email, but one looks alike: check the letters",
        )

    def test_an_exact_match_beats_a_look_alike(self) -> None:
        store = make_store()
        store.put_learners(
            [
                Learner(id="kim", email="kim@example.org"),
                Learner(id="kelvin", email="\N{KELVIN SIGN}im@example.org"),
            ]
        )
        service = Service(store=store, sources=store)
        found, rows = previewed(
            service,
            upload(
                f"kim@example.org,course,FORK,{DAY}",
                f"\N{KELVIN SIGN}im@example.org,course,FORK,{DAY}",
            ),
        )
        assert found.errors == 0
        assert [row.plan and row.plan.learner for row in rows.values()] == ["kim", "kelvin"]

    def test_two_learners_with_one_email_are_ambiguous(self) -> None:
        (problem,) = problems_of(f"twin@example.org,course,FORK,{DAY}")
        assert problem == ("ambiguous_learner", "Email", "several learners have this email")

    @pytest.mark.parametrize(
        ("email", "code"),
        [
            ("nobody@example.org", "unknown_learner"),
            ("nobody", "bad_email"),
            ("nobody@example", "bad_email"),
            ("x" * 250 + "@example.org", "bad_email"),
        ],
    )
    def test_nobody(self, email: str, code: str) -> None:
        assert [each[0] for each in problems_of(f"{email},course,FORK,{DAY}")] == [code]

    def test_nobody_imports_for_himself(self) -> None:
        (problem,) = problems_of(f"eva@example.org,course,FORK,{DAY}")
        assert problem == ("not_permitted", "Email", "nobody imports for themselves")

    def test_a_row_about_himself_out_of_scope_is_about_nobody(self) -> None:
        bo = Actor(role=Role.ADMIN, id="bo", scope=Scope.organizations("north"))
        (problem,) = problems_of(f"bo@example.org,course,FORK,{DAY}", actor=bo)
        assert problem[0] == "unknown_learner"


class TestScope:
    """Out of scope reads as unknown, word for word, whatever else could be said of the row."""

    @pytest.mark.parametrize(
        "learners",
        [
            pytest.param([Learner(id="x", email="x@example.org", organization="south")], id="one"),
            pytest.param(
                [
                    Learner(id="x", email="x@example.org", organization="south"),
                    Learner(id="y", email="x@example.org", organization="south"),
                ],
                id="two",
            ),
            pytest.param(
                [
                    Learner(
                        id="x",
                        email="\N{FULLWIDTH LATIN SMALL LETTER X}@example.org",
                        organization="south",
                    )
                ],
                id="look-alike",
            ),
            pytest.param(
                [Learner(id="olaf", email="x@example.org", organization="south")], id="himself"
            ),
        ],
    )
    @pytest.mark.parametrize(
        "rest",
        [
            f"course,FORK,{DAY}",
            f"course,NONE,{DAY}",
            f"certification,FORK-1,{DAY}",
            "course,FORK,2050-01-01",
        ],
    )
    def test_learners(self, learners: list[Learner], rest: str) -> None:
        store = make_store()
        absent = problems_of(
            f"x@example.org,{rest}", service=Service(store=store, sources=store), actor=NORTH
        )
        store.put_learners(learners)
        hidden = problems_of(
            f"x@example.org,{rest}", service=Service(store=store, sources=store), actor=NORTH
        )
        assert hidden == absent
        assert [each[0] for each in absent] == ["unknown_learner"]

    def test_an_email_that_is_none_is_not_told_from_one_that_is_hidden(self) -> None:
        store = make_store()
        absent = problems_of(
            f"odd,course,FORK,{DAY}", service=Service(store=store, sources=store), actor=NORTH
        )
        store.put_learners([Learner(id="odd", email="odd", organization="south")])
        hidden = problems_of(
            f"odd,course,FORK,{DAY}", service=Service(store=store, sources=store), actor=NORTH
        )
        assert hidden == absent

    @pytest.mark.parametrize("organization", ["south", "north"])
    def test_of_two_with_one_email_the_other_may_be_meant_though_hidden(
        self, organization: str
    ) -> None:
        store = make_store()
        store.put_learners(
            [
                Learner(id="x", email="x@example.org", organization="north"),
                Learner(id="y", email="x@example.org", organization=organization),
            ]
        )
        (problem,) = problems_of(
            f"x@example.org,course,FORK,{DAY}",
            service=Service(store=store, sources=store),
            actor=NORTH,
        )
        assert problem[0] == "ambiguous_learner"

    @pytest.mark.parametrize("name", ["FIRE-1", "Fire warden"])
    def test_certifications(self, name: str) -> None:
        hidden = problems_of(f"ann@example.org,certification,{name},{DAY}", actor=ONLY_FORK)
        absent = problems_of(f"ann@example.org,certification,NONE,{DAY}", actor=ONLY_FORK)
        assert hidden == absent == [("unknown_certification", "Name", "unknown certification")]

    def test_a_certification_in_scope(self) -> None:
        found = preview_of(f"ann@example.org,certification,FORK-1,{DAY}", actor=ONLY_FORK)
        assert counts(found) == (1, 1, 0, 0)

    def test_names_out_of_scope_do_not_make_one_ambiguous(self) -> None:
        store = make_store()
        store.put_certifications([evolve(FORK, code="FORK-2")])
        service = Service(store=store, sources=store)
        row = f"ann@example.org,certification,Forklift driver,{DAY}"
        assert problems_of(row, service=service) == [
            ("ambiguous_training", "Name", "several have this name, give the code: FORK-1, FORK-2")
        ]
        assert problems_of(row, service=service, actor=ONLY_FORK) == []


class TestTrainings:
    def service(self) -> Service:
        store = make_store()
        store.put_trainings(
            [
                Training(code="A", kind=TrainingKind.COURSE, name="Twice"),
                Training(code="B", kind=TrainingKind.COURSE, name="Twice"),
                Training(code="TWICE", kind=TrainingKind.MODULE, name="Other"),
                Training(code="DRILL-NAME", kind=TrainingKind.COURSE, name="drill"),
            ]
        )
        return Service(store=store, sources=store)

    @pytest.mark.parametrize(
        ("kind", "name", "code"),
        [
            ("course", "FORK", "FORK"),
            ("course", " fork ", "FORK"),
            ("Course", "Forklift safety", "FORK"),
            ("course", "1042", "DAY"),
            ("course", "Drill", "DRILL"),
            ("module", "Twice", "TWICE"),
            ("MODULE", "m1", "M1"),
        ],
    )
    def test_by_code_or_external_id_first_then_by_name(
        self, kind: str, name: str, code: str
    ) -> None:
        _, rows = previewed(self.service(), upload(f"ann@example.org,{kind},{name},{DAY}"))
        assert [row.plan and row.plan.training for row in rows.values()] == [code]

    @pytest.mark.parametrize(
        ("kind", "name", "problem"),
        [
            ("course", "NONE", ("unknown_training", "Name", "unknown course")),
            ("course", "M1", ("unknown_training", "Name", "unknown course")),
            ("module", "FORK", ("unknown_training", "Name", "unknown module")),
            ("certification", "FORK", ("unknown_certification", "Name", "unknown certification")),
            (
                "course",
                "twice",
                ("ambiguous_training", "Name", "several have this name, give the code: A, B"),
            ),
        ],
    )
    def test_what_is_not_there_or_there_twice(
        self, kind: str, name: str, problem: tuple[str, str, str]
    ) -> None:
        row = f"ann@example.org,{kind},{name},{DAY}"
        assert problems_of(row, service=self.service()) == [problem]

    @pytest.mark.parametrize("name", ["FORK-1", "fork-1", "Forklift driver"])
    def test_certifications_by_code_and_name(self, name: str) -> None:
        _, rows = previewed(make_service(), upload(f"ann@example.org,certification,{name},{DAY}"))
        assert [row.plan and row.plan.certification for row in rows.values()] == ["FORK-1"]


def test_other_identifiers_match_as_emails_do() -> None:
    store = make_store()
    store.put_learners(
        [Learner(id="zoe", username="zoe1", external_id="X9"), Learner(id="yan", username=None)]
    )

    def wanted(identifier: str, kind: IdentifierKind) -> CompletionClaim:
        return CompletionClaim(
            identifier=identifier,
            identified_by=kind,
            learner_column="User",
            kind=TrainingKind.COURSE,
            name="FORK",
            name_column="Course",
            on=NOW.date(),
            date_column="Date",
        )

    rows = [
        wanted("zoe1", IdentifierKind.USERNAME),
        wanted("x9", IdentifierKind.EXTERNAL_ID),
        wanted("zoe", IdentifierKind.ID),
        wanted("nobody", IdentifierKind.USERNAME),
    ]
    matcher = Matcher.fetch(store, rows, actor=EVA)
    found = [matcher.learner(row) for row in rows]
    assert [getattr(each, "id", None) or getattr(each, "code", None) for each in found] == [
        "zoe",
        "zoe",
        "zoe",
        "unknown_learner",
    ]


def test_nothing_to_look_up_finds_nothing() -> None:
    matcher = Matcher.fetch(make_store(), [], actor=EVA)
    wanted = AwardClaim(
        identifier="ann@example.org",
        identified_by=IdentifierKind.EMAIL,
        learner_column="Email",
        name="FORK-1",
        name_column="Name",
        on=NOW.date(),
        date_column="Date",
    )
    assert getattr(matcher.learner(wanted), "code", None) == "unknown_learner"
    assert not isinstance(matcher.certification_of(wanted, Learner(id="ann")), Certification)


def test_options_do_not_change_who_is_meant() -> None:
    found, _ = previewed(
        make_service(),
        upload(f"nobody@example.org,course,FORK,{DAY}"),
        options=ImportOptions(time_zone="Asia/Tokyo"),
    )
    assert codes(found) == {2: "unknown_learner"}
