"""What every store promises (`certlib.ports.Store`), tried on those that come with certlib."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certlib.certifications import Certification
from certlib.errors import InvalidValueError, StoreError
from certlib.learners import Learner
from certlib.ports import Conflict, EnrollmentKey, IdentifierKind, Outcome, Query, Saved, Undo
from certlib.serialize import Records
from certlib.state.enrollments import Enrollment
from certlib.state.events import Event
from certlib.state.facts import Fact
from certlib.state.notices import Notice
from certlib.state.rows import TABLE
from certlib.state.status import Status
from certlib.trainings import Training
from certlib.transcript import Completion, CompletionSource, StruckCompletion, Transcript
from tests import strategies
from tests.adapters.samples import (
    COURSE,
    FIRE,
    an_import,
    completion,
    fill,
    notice,
    outcome,
    unused,
)
from tests.adapters.stores import (
    DAY,
    NOW,
    MakeStore,
    Putting,
    added,
    blank,
    change,
    fact,
    save,
)
from tests.dumps import dump

ANN, BO = EnrollmentKey("ann", "FIRE-1"), EnrollmentKey("bo", "FIRE-1")
EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 12, 31, 23, tzinfo=UTC)


class TestWhatIsSavedComesBack:
    """Nothing is dropped, nothing is rewritten, and instants come back aware, in UTC."""

    @pytest.mark.parametrize("kind", TABLE.facts, ids=lambda kind: kind.tag)
    @settings(
        max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(data=st.data())
    def test_every_kind_of_fact(
        self, make_store: MakeStore, kind: type[Fact], data: st.DataObject
    ) -> None:
        event = data.draw(strategies.events)
        event = evolve(event, sequence=1, fact=data.draw(strategies.FACT_STRATEGIES[kind]))
        code = unused()
        part = added(blank(certification=code), fact())
        part = evolve(part, events=(event,))
        store = make_store()
        save(store, change(part))
        assert store.history([EnrollmentKey("ann", code)]) == {EnrollmentKey("ann", code): (event,)}

    @settings(
        max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(enrollment=strategies.enrollments)
    def test_every_enrollment(self, make_store: MakeStore, enrollment: Enrollment) -> None:
        learner = unused()
        part = added(blank(learner), fact())
        kept = evolve(enrollment, learner=learner, version=1)
        store = make_store()
        save(store, change(evolve(part, enrollment=kept), learner=learner))
        key = EnrollmentKey.of(kept)
        assert store.load([key]) == {key: kept}

    @settings(
        max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(completion=strategies.completions, notice=strategies.notices)
    def test_every_completion_and_notice(
        self, make_store: MakeStore, completion: Completion, notice: Notice
    ) -> None:
        learner = unused()
        store = make_store()
        # Of one key there is one notice, and hypothesis finds the same again.
        notice = evolve(notice, learner=learner)
        saved = change(completions=(completion,), notices=(notice,), learner=learner)
        save(store, saved)
        assert store.transcripts([learner]) == {learner: Transcript(completions=(completion,))}
        assert store.notices(limit=10_000)[-1][1] == notice

    @settings(
        max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(certification=strategies.certifications(), training=strategies.trainings())
    def test_every_certification_and_training(
        self, make_store: MakeStore, certification: Certification, training: Training
    ) -> None:
        store = make_store(tenant=unused())
        store.put_certifications([certification])
        store.put_trainings([training])
        assert store.certifications() == {certification.code: certification}
        assert store.find_trainings([training.code]) == {training.code: (training,)}

    @pytest.mark.parametrize(
        "zone", [timezone(timedelta(hours=5, minutes=45)), ZoneInfo("Europe/Madrid")], ids=str
    )
    @pytest.mark.parametrize("instant", [EARLIEST, NOW, LATEST])
    def test_instants_are_in_utc_whatever_zone_they_were_given_in(
        self, store: Putting, zone: timezone, instant: datetime
    ) -> None:
        at = instant.astimezone(zone)
        part = added(blank(), fact(), at=at, indexed_at=at, next_change_at=at)
        whole = change(
            part, completions=(completion(at=at, recorded_at=at),),
            notices=(evolve(notice(), at=at),),
        )  # fmt: skip
        save(store, whole)
        store.save_import(an_import(at=at))
        store.record_sweep(at)
        event = store.history([ANN])[ANN][0]
        (of_ann,) = store.transcripts(["ann"])["ann"].completions
        last_fact_at = store.load([ANN])[ANN].last_fact_at
        for found in (
            event.at, of_ann.at, of_ann.recorded_at, last_fact_at, store.last_sweep(),
            store.notices(limit=1)[0][1].at, store.imports()[0].at,
        ):  # fmt: skip
            assert found is not None
            assert (found, found.tzinfo) == (instant, UTC)
            assert found.microsecond == instant.microsecond

    def test_of_an_hour_that_comes_twice_each_is_its_own(self, store: Putting) -> None:
        first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Madrid"))
        second = first.replace(fold=1)
        save(store, change(completions=(completion(at=first), completion(at=second))))
        found = store.transcripts(["ann"])["ann"].completions
        assert [each.at.isoformat() for each in found] == [
            "2026-10-25T00:30:00+00:00",
            "2026-10-25T01:30:00+00:00",
        ]

    def test_events_keep_the_order_of_their_sequence(self, store: Putting) -> None:
        first = added(blank(), fact("z"), fact("y"), at=NOW)
        second = added(first.enrollment, fact("x"), at=NOW - DAY)
        save(store, change(first))
        save(store, change(second))
        history = store.history([ANN])[ANN]
        assert history == (*first.events, *second.events)
        assert [event.sequence for event in history] == [1, 2, 3]
        assert store.load([ANN]) == {ANN: second.enrollment}

    def test_a_fact_of_a_hosts_own(self, make_store: MakeStore) -> None:
        store = make_store(records=Records(facts=(*TABLE.facts, Sighted)))
        part = added(blank(), Sighted(by="harbor"))
        save(store, change(part, key="k"))
        assert store.history([ANN]) == {ANN: part.events}

    def test_what_is_absent_is_absent(self, store: Putting) -> None:
        save(store, change(added(blank(), fact())))
        assert store.load([BO, ANN, EnrollmentKey("ann", "x")]).keys() == {ANN}
        assert store.history([BO]) == {}
        assert store.load([]) == {}
        assert store.transcripts(["ann"]) == {}
        assert store.save([]) == ()
        assert store.last_sweep() is None
        assert store.imports() == ()
        assert store.import_rows("i-1", limit=9) == ()

    def test_what_is_asked_for_twice_is_answered_once(self, store: Putting) -> None:
        fill(store)
        assert store.load([ANN, ANN]).keys() == {ANN}
        assert len(store.history([ANN, ANN])[ANN]) == 1
        assert len(store.transcripts(["ann", "ann"])["ann"].completions) == 1
        assert len(store.courses_with(["M1", "M1"])["M1"]) == 1
        assert len(store.find_trainings(["COURSE", "course", "COURSE"])["COURSE"]) == 1

    def test_a_nul_ends_no_id(self, store: Putting) -> None:
        save(store, change(added(blank(), fact()), completions=(completion(),), key="k"))
        store.put_learners([Learner(id="ann", email="ann")])
        store.put_trainings([COURSE])
        store.put_certifications([FIRE])
        key = EnrollmentKey("ann\0x", "FIRE-1")
        assert store.load([key]) == {}
        assert store.history([key]) == {}
        assert store.saved_keys(["k\0"]) == frozenset()
        assert store.learners(["ann\0"]) == {}
        assert store.find_learners(["ann\0"], by=IdentifierKind.EMAIL) == {}
        assert store.transcripts(["ann\0"]) == {}
        assert store.certifications(["FIRE-1\0"]) == {}
        assert store.find_trainings(["COURSE\0"]) == {}
        assert store.courses_with(["M1\0"]) == {}
        assert store.needing(["M1\0"]) == {}


@frozen(kw_only=True)
class Sighted(Fact):
    """A host's own fact."""

    tag: ClassVar[str] = "harbor_sighted"
    by: str

    def apply(self, enrollment: Enrollment, event: Event) -> Enrollment:
        return enrollment


class TestConflicts:
    """A change whose expected version is stale is a `Conflict`, and nothing of it is saved."""

    def test_a_stale_version(self, store: Putting) -> None:
        first = added(blank(), fact("first"))
        save(store, change(first))
        before = dump(store)
        late = change(
            added(blank(), fact("late")),
            completions=(completion(),), notices=(notice(),), outcome=outcome(), key="k",
        )  # fmt: skip
        assert store.save([late]) == (Conflict(key=ANN, expected=0, found=1),)
        assert dump(store) == before
        assert store.import_rows("i-1", limit=9) == ()
        assert store.saved_keys(["k"]) == frozenset()

    def test_an_enrollment_that_is_not_there(self, store: Putting) -> None:
        part = added(evolve(blank(), version=4), fact())
        assert store.save([change(part)]) == (Conflict(key=ANN, expected=4, found=0),)
        assert store.load([ANN]) == {}

    def test_one_stale_enrollment_of_two_spoils_the_change(self, store: Putting) -> None:
        save(store, change(added(blank(certification="B"), fact())))
        both = change(
            added(blank(certification="A"), fact()), added(blank(certification="B"), fact())
        )
        stale = EnrollmentKey("ann", "B")
        assert store.save([both]) == (Conflict(key=stale, expected=0, found=1),)
        assert store.load([EnrollmentKey("ann", "A")]) == {}

    def test_a_conflict_does_not_spoil_the_other_changes(self, store: Putting) -> None:
        save(store, change(added(blank(), fact())))
        answers = store.save(
            [
                change(added(blank("bo"), fact()), learner="bo"),
                change(added(blank(), fact("late"))),
                change(added(blank("cem"), fact()), learner="cem"),
            ]
        )
        assert answers == (Saved(), Conflict(key=ANN, expected=0, found=1), Saved())
        assert {each.learner for each in store.find(Query(at=NOW), limit=9)} == {"ann", "bo", "cem"}

    def test_a_stale_refresh_of_the_index(self, store: Putting) -> None:
        first = added(blank(), fact())
        save(store, change(first))
        save(store, change(added(first.enrollment, fact())))
        refresh = added(first.enrollment, status=Status.LAPSED)
        assert store.save([change(refresh)]) == (Conflict(key=ANN, expected=1, found=2),)


class TestKeys:
    """A change with a key that was saved before is not saved again."""

    def test_again(self, store: Putting) -> None:
        whole = change(
            added(blank(), fact()),
            completions=(completion(),), notices=(notice(),), outcome=outcome(), key="k",
        )  # fmt: skip
        save(store, whole)
        before = dump(store)
        assert store.save([whole]) == (Saved(again=True),)
        assert dump(store) == before
        assert store.saved_keys(["k", "other"]) == {"k"}

    def test_again_after_others_and_at_a_later_time(self, store: Putting) -> None:
        first = added(blank(), fact())
        save(store, change(first, key="k"))
        later = added(evolve(first.enrollment, entries=7), fact())
        events = [evolve(each, recorded_at=each.recorded_at + DAY) for each in later.events]
        again = change(evolve(later, events=tuple(events)), key="k")
        assert store.save([again]) == (Saved(again=True),)

    @pytest.mark.parametrize(
        "other",
        [
            lambda: change(added(blank(), fact("other")), key="k"),
            lambda: change(added(blank(), fact(), at=NOW - DAY), key="k"),
            lambda: change(added(blank(certification="B"), fact()), key="k"),
            lambda: change(added(blank("bo"), fact()), learner="bo", key="k"),
            lambda: change(key="k"),
            lambda: change(added(blank(), fact()), completions=(completion(),), key="k"),
            lambda: change(added(blank(), fact()), outcome=outcome(), key="k"),
        ],
    )
    def test_with_another_payload(self, store: Putting, other: Callable[[], Any]) -> None:
        save(store, change(added(blank(), fact()), key="k"))
        before = dump(store)
        with pytest.raises(StoreError) as caught:
            store.save([change(added(blank("cem"), fact()), learner="cem"), other()])
        assert caught.value.code == "key_reused"
        assert "'k'" in str(caught.value)
        assert dump(store) == before

    def test_twice_in_a_batch(self, store: Putting) -> None:
        batch = [
            change(learner="ann", completions=(completion(),), key="k"),
            change(learner="bo", completions=(completion(),), key="k"),
        ]
        with pytest.raises(StoreError, match="key_reused"):
            store.save(batch)
        assert store.transcripts(["ann", "bo"]) == {}

    def test_a_key_belongs_to_a_tenant(self, make_store: MakeStore) -> None:
        north, south = make_store("north"), make_store("south")
        save(north, change(added(blank(), fact()), key="k"))
        assert south.saved_keys(["k"]) == frozenset()
        save(south, change(added(blank(), fact("other")), key="k"))


class TestChangesThatAreRefused:
    """What could not be told apart, or would leave a gap, is a mistake of the program."""

    @pytest.mark.parametrize(
        "changes",
        [
            lambda: [
                change(added(blank(), fact())),
                change(added(blank(certification="B"), fact())),
            ],
            lambda: [change(added(blank(), fact()), added(blank(), fact()))],
            lambda: [change(added(blank("bo"), fact()))],
            lambda: [change(evolve(added(blank(), fact(), fact()), events=()))],
            lambda: [change(lost(added(blank(), fact(), fact())))],
            lambda: [change(evolve(added(blank(), fact()), enrollment=blank()))],
            lambda: [change(added(blank()))],
        ],
        ids=[
            "two changes about one learner",
            "one enrollment twice",
            "an enrollment of somebody else",
            "a version without events",
            "an event lost",
            "an event too many",
            "nothing at all",
        ],
    )
    def test_and_nothing_is_saved(self, store: Putting, changes: Callable[[], Any]) -> None:
        with pytest.raises(InvalidValueError):
            store.save(changes())
        assert store.find(Query(at=NOW), limit=9) == ()

    def test_a_row_of_an_import_that_is_stored_already(self, store: Putting) -> None:
        save(store, change(completions=(completion(),), outcome=outcome(2)))
        before = dump(store)
        with pytest.raises(StoreError) as caught:
            store.save([change(completions=(completion("OTHER"),), outcome=outcome(2))])
        assert caught.value.code == "row_reused"
        assert dump(store) == before


def lost(part: Any) -> Any:
    return evolve(part, events=part.events[1:])


class TestCompletions:
    def test_one_that_is_known_is_not_doubled_and_stays_as_it_was(self, store: Putting) -> None:
        save(store, change(completions=(completion(source=CompletionSource.MANUAL),)))
        again = completion(source=CompletionSource.IMPORT, recorded_at=NOW + DAY)
        save(store, change(completions=(again, completion("OTHER"), completion("OTHER"))))
        found = store.transcripts(["ann"])["ann"].completions
        assert [(each.training, each.source) for each in found] == [
            ("FORK", CompletionSource.MANUAL),
            ("OTHER", CompletionSource.MANUAL),
        ]

    def test_they_are_in_order_of_instant_then_training(self, store: Putting) -> None:
        given = (completion("B"), completion("C", at=NOW - DAY), completion("A"))
        save(store, change(completions=given))
        save(store, change(completions=(completion("A", at=NOW - DAY),)))
        found = store.transcripts(["ann"])["ann"].completions
        assert [each.training for each in found] == ["A", "C", "A", "B"]


def struck(of: Completion | None = None, **others: Any) -> StruckCompletion:
    given = {"struck_at": NOW + DAY, "actor": "admin:eva", "reason": "the wrong file", **others}
    return StruckCompletion(completion=of or completion(), **given)


class TestStruckCompletions:
    """Struck is not deleted: it counts no more, and stays readable (C6)."""

    def test_it_stays_with_who_struck_it_when_and_why(self, store: Putting) -> None:
        of_import = completion(on=NOW.date(), import_id="i-1", import_row=3, actor="admin:bo")
        save(store, change(completions=(of_import, completion("OTHER"))))
        save(store, change(struck=(struck(of_import),)))
        assert store.transcripts(["ann", "bo"]) == {
            "ann": Transcript(completions=(completion("OTHER"),), struck=(struck(of_import),))
        }

    def test_who_has_no_other_has_a_transcript_still(self, store: Putting) -> None:
        save(store, change(completions=(completion(),)))
        save(store, change(struck=(struck(reason=None),)))
        assert store.transcripts(["ann"]) == {"ann": Transcript(struck=(struck(reason=None),))}

    def test_what_is_stored_is_struck_not_what_is_given(self, store: Putting) -> None:
        save(store, change(completions=(completion(actor="admin:bo", import_id="i-1"),)))
        save(store, change(struck=(struck(),)))
        (kept,) = store.transcripts(["ann"])["ann"].struck
        assert (kept.completion.actor, kept.completion.import_id) == ("admin:bo", "i-1")

    def test_what_is_not_there_is_not_struck(self, store: Putting) -> None:
        save(store, change(completions=(completion(),)))
        for each in (struck(completion("OTHER")), struck(completion(at=NOW + DAY))):
            save(store, change(struck=(each,)))
        save(store, change(struck=(struck(),), learner="bo"))
        assert store.transcripts(["ann", "bo"]) == {"ann": Transcript(completions=(completion(),))}

    def test_it_may_be_recorded_anew_and_struck_again(self, store: Putting) -> None:
        again = completion(import_id="i-2", recorded_at=NOW + 2 * DAY)
        twice = (struck(), struck(again, struck_at=NOW + 3 * DAY))
        save(store, change(completions=(completion(),)))
        save(store, change(struck=(struck(),)))
        save(store, change(completions=(again,)))
        assert store.transcripts(["ann"])["ann"] == Transcript(
            completions=(again,), struck=twice[:1]
        )
        save(store, change(struck=twice[1:]))
        assert store.transcripts(["ann"])["ann"] == Transcript(struck=twice)

    def test_one_change_strikes_before_it_adds(self, store: Putting) -> None:
        mended = completion(source=CompletionSource.MANUAL, recorded_at=NOW + DAY)
        save(store, change(completions=(completion(source=CompletionSource.IMPORT),)))
        save(store, change(struck=(struck(),), completions=(mended,)))
        found = store.transcripts(["ann"])["ann"]
        assert found.completions == (mended,)
        assert [each.completion.source for each in found.struck] == [CompletionSource.IMPORT]

    def test_with_a_change_that_is_not_saved_nothing_is_struck(self, store: Putting) -> None:
        save(store, change(added(blank(), fact()), completions=(completion(),)))
        stale = change(added(blank(), fact()), struck=(struck(),))
        assert isinstance(store.save([stale])[0], Conflict)
        assert store.transcripts(["ann"])["ann"].struck == ()

    def test_a_key_stands_for_what_is_struck_too(self, store: Putting) -> None:
        save(store, change(completions=(completion(), completion("OTHER"))))
        one = change(struck=(struck(),), key="k")
        save(store, one)
        later = evolve(one, struck=(struck(struck_at=NOW + 2 * DAY),))
        assert store.save([later]) == (Saved(again=True),)
        with pytest.raises(StoreError, match="used for another change"):
            store.save([evolve(one, struck=(struck(completion("OTHER")),))])
        with pytest.raises(StoreError, match="used for another change"):
            store.save([evolve(one, struck=())])

    def test_an_instant_comes_back_in_utc(self, store: Putting) -> None:
        local = (NOW + DAY).astimezone(ZoneInfo("Europe/Madrid"))
        save(store, change(completions=(completion(),)))
        save(store, change(struck=(struck(struck_at=local),)))
        (kept,) = store.transcripts(["ann"])["ann"].struck
        assert (kept.struck_at, kept.struck_at.tzinfo) == (NOW + DAY, UTC)


class TestFind:
    """At least all that answer: the index has the status, or may not tell the truth."""

    @pytest.fixture
    def found(self, store: Putting) -> Callable[..., set[str]]:
        def save_one(learner: str, status: Status | None, next_change_at: datetime | None) -> None:
            part = added(blank(learner), fact(), status=status, next_change_at=next_change_at)
            save(store, change(part, learner=learner))

        save_one("assigned", Status.ASSIGNED, None)
        save_one("certified", Status.CERTIFIED, NOW + DAY)
        save_one("forever", Status.CERTIFIED, None)
        save_one("none", None, None)

        def find(status: Status | None, at: datetime) -> set[str]:
            query = Query(status=status, at=at)
            return {each.learner for each in store.find(query, limit=9)}

        return find

    def test_by_status(self, found: Callable[..., set[str]]) -> None:
        assert found(Status.CERTIFIED, NOW) == {"certified", "forever"}
        assert found(Status.ASSIGNED, NOW) == {"assigned"}
        assert found(Status.LAPSED, NOW) == set()
        assert found(None, NOW) == {"assigned", "certified", "forever", "none"}

    def test_from_a_change_point_on_the_index_is_not_trusted(
        self, found: Callable[..., set[str]]
    ) -> None:
        moment = timedelta(microseconds=1)
        assert found(Status.LAPSED, NOW + DAY - moment) == set()
        assert found(Status.LAPSED, NOW + DAY) == {"certified"}
        assert found(Status.LAPSED, NOW + DAY + moment) == {"certified"}

    def test_before_its_own_instant_the_index_is_not_trusted(
        self, found: Callable[..., set[str]]
    ) -> None:
        everybody = {"assigned", "certified", "forever", "none"}
        assert found(Status.LAPSED, NOW - timedelta(microseconds=1)) == everybody

    def test_a_refresh_makes_the_index_tell_the_truth_again(
        self, store: Putting, found: Callable[..., set[str]]
    ) -> None:
        key = EnrollmentKey("certified", "FIRE-1")
        before = store.history([key])
        enrollment = store.load([key])[key]
        refresh = added(enrollment, status=Status.EXPIRED, indexed_at=NOW + DAY)
        save(store, change(refresh, learner="certified"))
        assert found(Status.LAPSED, NOW + 2 * DAY) == set()
        assert found(Status.EXPIRED, NOW + 2 * DAY) == {"certified"}
        assert found(Status.LAPSED, NOW) == {"certified"}
        assert store.history([key]) == before
        assert store.load([key]) == {key: enrollment}

    def test_by_learner_and_certification(self, store: Putting) -> None:
        for learner in ("ann", "bo", "Zoë"):
            parts = [added(blank(learner, code), fact()) for code in ("A", "B")]
            save(store, change(*parts, learner=learner))

        def find(**asked: Any) -> list[tuple[str, str]]:
            found = store.find(Query(at=NOW, **asked), limit=9)
            return [(each.learner, each.certification) for each in found]

        assert find(learners=("ann",)) == [("ann", "A"), ("ann", "B")]
        assert find(certifications=("B",)) == [("Zoë", "B"), ("ann", "B"), ("bo", "B")]
        assert find(learners=("bo", "Zoë"), certifications=("A", "C")) == [
            ("Zoë", "A"),
            ("bo", "A"),
        ]
        assert find(learners=()) == []
        assert find(certifications=()) == []
        assert find(learners=("bo",), status=Status.LAPSED) == []

    def test_page_by_page_each_is_found_once_by_key(self, store: Putting) -> None:
        keys = [(f"learner-{n}", code) for n in range(7) for code in ("A", "B")]
        for learner in {learner for learner, _ in keys}:
            parts = [added(blank(learner, code), fact()) for code in ("B", "A")]
            save(store, change(*parts, learner=learner))
        pages: list[list[tuple[str, str]]] = []
        after: EnrollmentKey | None = None
        while page := store.find(Query(at=NOW), limit=3, after=after):
            pages.append([(each.learner, each.certification) for each in page])
            after = EnrollmentKey.of(page[-1])
        assert [len(page) for page in pages] == [3, 3, 3, 3, 2]
        assert [key for page in pages for key in page] == keys


class TestDue:
    def test_by_key_and_page_by_page(self, store: Putting) -> None:
        for number, days in enumerate((3, 1, 2, 1, 9)):
            learner = f"learner-{number}"
            part = added(blank(learner), fact(), next_change_at=NOW + days * DAY)
            save(store, change(part, learner=learner))
        save(store, change(added(blank(), fact(), next_change_at=None)))

        def due(before: datetime, **page: Any) -> list[int]:
            found = store.due(before, **{"limit": 9, **page})
            return [int(key.learner[-1]) for key in found]

        assert due(NOW + DAY - timedelta(microseconds=1)) == []
        assert due(NOW + DAY) == [1, 3]
        assert due(NOW + 3 * DAY) == [0, 1, 2, 3]
        assert due(NOW + 3 * DAY, limit=2) == [0, 1]
        assert due(NOW + 3 * DAY, limit=2, after=EnrollmentKey("learner-1", "FIRE-1")) == [2, 3]
        assert due(LATEST, after=EnrollmentKey("learner-4", "FIRE-1")) == []


class TestImports:
    def test_oldest_first_and_by_purpose(self, store: Putting) -> None:
        late, early = an_import("i-1", at=NOW + DAY), an_import("i-2", purpose="q")
        same = an_import("i-0", file_name=None)
        for record in (late, early, same):
            store.save_import(record)
        assert store.imports() == (early, same, late)
        assert store.imports(purpose="q") == (early,)
        assert store.imports(purpose="x") == ()

    def test_a_record_is_replaced_by_its_id(self, store: Putting) -> None:
        store.save_import(an_import())
        store.save_import(an_import(id="i-2"))
        done = an_import(
            finished=True, new=9, errors=8, already_completed=7, file_name="x", format="civica",
            digest="e", purpose="q", actor="system", at=NOW,
        )  # fmt: skip
        store.save_import(done)
        assert store.imports() == (done, an_import(id="i-2"))

    def test_a_files_name_may_be_no_text(self, store: Putting) -> None:
        record = an_import(file_name=b"m\xe4rz.csv".decode("utf-8", "surrogateescape"))
        store.save_import(record)
        assert store.imports() == (record,)

    def test_rows_by_row_and_page_by_page(self, store: Putting) -> None:
        for row in (10, 2, 9):
            save(store, change(outcome=outcome(row)))
        refused = outcome(3, outcome=Outcome.ERROR, note="refused")
        save(store, change(outcome=refused))
        save(store, change(outcome=outcome(1, "i-2")))
        assert store.import_rows("i-1", limit=2) == (outcome(2), refused)
        assert store.import_rows("i-1", limit=9, after=3) == (outcome(9), outcome(10))
        assert store.import_rows("i-2", limit=9) == (outcome(1, "i-2"),)


def an_undo(number: int = 1, **others: Any) -> Undo:
    given = {"actor": "admin:eva", "at": NOW, "reason": "the wrong file", **others}
    return Undo(number=number, **given)


class TestUndos:
    def test_they_are_told_with_their_import_by_number(self, store: Putting) -> None:
        for record in (an_import(), an_import("i-2", purpose="q")):
            store.save_import(record)
        second, first = an_undo(2, at=NOW - DAY), an_undo(1, undone=7, refused=2, finished=True)
        for undo in (second, first):
            store.save_undo("i-1", undo)
        assert store.imports() == (
            an_import(undos=(first, second)),
            an_import("i-2", purpose="q"),
        )
        assert store.imports(purpose="q") == (an_import("i-2", purpose="q"),)

    def test_one_is_replaced_by_its_number(self, store: Putting) -> None:
        store.save_import(an_import())
        store.save_undo("i-1", an_undo())
        done = an_undo(
            actor="system", at=NOW + DAY, reason="again", undone=3, refused=1, finished=True
        )
        store.save_undo("i-1", done)
        assert store.imports() == (an_import(undos=(done,)),)

    def test_whoever_stores_the_import_keeps_them(self, store: Putting) -> None:
        store.save_import(an_import())
        store.save_undo("i-1", an_undo())
        store.save_import(an_import(finished=True))
        assert store.imports() == (an_import(finished=True, undos=(an_undo(),)),)
        store.save_import(an_import(undos=(an_undo(2),)))
        assert store.imports() == (an_import(undos=(an_undo(),)),)

    def test_an_instant_comes_back_in_utc(self, store: Putting) -> None:
        store.save_import(an_import())
        store.save_undo("i-1", an_undo(at=NOW.astimezone(ZoneInfo("Europe/Madrid"))))
        ((undo,),) = [record.undos for record in store.imports()]
        assert (undo.at, undo.at.tzinfo) == (NOW, UTC)


class TestSweeps:
    def test_the_latest_stays(self, store: Putting) -> None:
        store.record_sweep(NOW)
        assert store.last_sweep() == NOW
        store.record_sweep(NOW + DAY)
        store.record_sweep(NOW)
        assert store.last_sweep() == NOW + DAY


class TestTenants:
    """What belongs to another tenant is not there (W2)."""

    def test_none_sees_another(self, make_store: MakeStore) -> None:
        north, south = make_store("north"), make_store("south")
        assert (north.tenant, south.tenant) == ("north", "south")
        empty = dump(south)
        fill(north)
        assert dump(south) == empty
        assert south.learners(["ann"]) == {}
        assert south.find_learners(["ann@example.org"], by=IdentifierKind.EMAIL) == {}
        assert south.find_trainings(["COURSE", "M1"]) == {}
        assert south.find_certifications(["FIRE-1"]) == {}
        assert south.courses_with(["M1"]) == {}
        assert south.needing(["COURSE"]) == {}
        assert south.saved_keys(["k"]) == frozenset()
        assert south.import_rows("i-1", limit=9) == ()
        assert south.notices(limit=9) == ()

    def test_all_have_their_own_of_the_same_name(self, make_store: MakeStore) -> None:
        north, south = make_store("north"), make_store("south")
        fill(north)
        before = dump(north)
        fill(south)
        assert dump(north) == before
        assert dump(south) == before
        save(south, change(added(south.load([ANN])[ANN], fact("other"))))
        south.put_learners([Learner(id="ann")])
        assert dump(north) == before
