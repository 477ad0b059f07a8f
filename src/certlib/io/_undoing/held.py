"""All that is stored about a learner, fetched for many at once: what review and undo look at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from attrs import frozen

from certlib._loading import Loader
from certlib.certifications import Certification
from certlib.learners import Learner
from certlib.ports import EnrollmentKey, Sources, Store
from certlib.state import Case, Enrollment, Event
from certlib.state._fold import struck_entries
from certlib.trainings import Training
from certlib.transcript import Completion, CompletionSource, Transcript

__all__ = ["Held"]


@frozen(kw_only=True)
class Held:
    """All that is stored about one learner, and what is needed to decide about it."""

    learner: str
    person: Learner | None
    """None: nobody knows the learner any more."""
    transcript: Transcript
    enrollments: Mapping[str, Enrollment]
    """By the code of the certification."""
    histories: Mapping[str, tuple[Event, ...]]
    certifications: Mapping[str, Certification]
    """Those that are in the catalog still."""
    courses: Mapping[str, tuple[Training, ...]]
    """The courses that require a module."""

    @classmethod
    def fetch(
        cls, sources: Sources, store: Store, learners: Collection[str], *, now: datetime
    ) -> dict[str, Held]:
        """Fetch what is stored about learners, in a handful of queries."""
        found = Loader(sources, store).everything_about(learners, now=now)
        enrollments: dict[str, dict[str, Enrollment]] = {learner: {} for learner in learners}
        for key, each in found.enrollments.items():
            enrollments[key.learner][key.certification] = each
        return {
            learner: cls(
                learner=learner,
                person=found.people.get(learner),
                transcript=found.transcripts.get(learner, Transcript()),
                enrollments=held,
                histories={
                    code: found.histories.get(EnrollmentKey(learner, code), ()) for code in held
                },
                certifications=found.certifications,
                courses=found.courses,
            )
            for learner, held in enrollments.items()
        }

    def case(self, code: str) -> Case:
        """Return the case of an enrollment; learner and certification must be there."""
        assert self.person is not None  # noqa: S101 (rows of others are refused before)
        return Case(
            learner=self.person,
            certification=self.certifications[code],
            enrollment=self.enrollments[code],
            transcript=self.transcript,
            history=self.histories[code],
        )

    def rows_of(self, import_id: str) -> set[int]:
        """Return the rows of an import that recorded something about the learner."""
        recorded: list[Event | Completion] = [
            *(event for history in self.histories.values() for event in history),
            *self.transcript.completions,
            *(each.completion for each in self.transcript.struck),
        ]
        return {
            each.import_row
            for each in recorded
            if each.import_id == import_id and each.import_row is not None
        }

    def standing(self, code: str, import_id: str) -> dict[int, int]:
        """Return the row of each entry of an import in an enrollment that is not struck, oldest first."""
        history = self.histories[code]
        struck = struck_entries(history)
        return {
            event.entry: event.import_row
            for event in history
            if event.import_id == import_id
            and event.import_row is not None
            and event.entry not in struck
        }

    def completed(self, import_id: str, row: int) -> list[Completion]:
        """Return the completions that a row of an import recorded and that count."""
        return [
            each
            for each in self.transcript.completions
            if each.import_id == import_id and each.import_row == row
        ]

    def citing(self, completion: Completion) -> Iterator[tuple[str, Event]]:
        """Yield what counts a completion and is not struck, with the code of the certification."""
        for code, history in self.histories.items():
            struck = struck_entries(history)
            for event in history:
                if completion.key in event.because and event.entry not in struck:
                    yield code, event

    def courses_by(self, completion: Completion) -> Iterator[Completion]:
        """Yield the completions of courses that would not be there without that of a module (C1)."""
        others = [
            each for each in self.transcript.of(completion.training) if each.key != completion.key
        ]
        for each, before in self._courses_with(completion):
            if not any(
                (before is None or before < other.at) and other.at <= each.at for other in others
            ):
                yield each

    def courses_with(self, completion: Completion) -> Iterator[Completion]:
        """Yield the completions of courses that may count that of a module, others perhaps as well."""
        return (each for each, _ in self._courses_with(completion))

    def _courses_with(self, completion: Completion) -> Iterator[tuple[Completion, datetime | None]]:
        """Yield them with the instant at which the course had been completed before."""
        at = completion.at
        for course in self.courses.get(completion.training, ()):
            before: datetime | None = None
            for each in self.transcript.of(course.code):
                is_after = before is None or before < at
                if each.source is CompletionSource.AUTOMATIC and is_after and at <= each.at:
                    yield each, before
                before = each.at
