"""The transcript: which trainings a learner completed, when, and how this became known.

A completion known only by its date takes effect at the first instant of that day in the tenant's time
zone. It keeps the date, so a certification in another zone uses the day that was meant.

A completion recorded by mistake is struck: it no longer counts, but stays readable, with who struck it,
when and why. Deleted progress is another thing: a reset says that from an instant on a training counts as
not done, for what comes later.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from attrs import evolve, field, frozen

from certlib._declared import checked, takes_instants_in
from certlib._validators import aware, code, in_utc, within_range
from certlib.periods import day_in, first_instant
from certlib.trainings import Training

__all__ = [
    "Completion",
    "CompletionKey",
    "CompletionSource",
    "Reset",
    "StruckCompletion",
    "Transcript",
    "courses_completed_by",
]


class CompletionSource(StrEnum):
    """How a completion became known."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    IMPORT = "import"
    OVERRIDE = "override"


@checked
@frozen(kw_only=True)
class CompletionKey:
    """The identity of a completion in its transcript; events name it as ``because``."""

    training: str = field(validator=code)
    at: datetime = field(converter=in_utc, validator=aware)


@takes_instants_in
@checked
@frozen(kw_only=True)
class Completion:
    """A training that a learner completed."""

    training: str = field(validator=code)
    at: datetime = field(converter=in_utc, validator=aware)
    """When it took effect."""
    on: date | None = None
    """The date, if only the date is known."""
    source: CompletionSource = CompletionSource.MANUAL
    recorded_at: datetime = field(converter=in_utc, validator=aware)
    actor: str = "system"
    import_id: str | None = None
    import_row: int | None = None
    because: tuple[CompletionKey, ...] = ()
    """For an automatic one: the completions of its modules that it follows from."""
    version: int | None = field(default=None, eq=False)
    """The version of the transcript since which it is known; None: from before versions were kept."""

    @classmethod
    def dated(
        cls,
        training: str,
        on: date,
        *,
        recorded_at: datetime,
        zone: str = "UTC",
        source: CompletionSource = CompletionSource.MANUAL,
        actor: str = "system",
        import_id: str | None = None,
        import_row: int | None = None,
    ) -> Completion:
        """Return a completion known only by its date, which is a day of the tenant's zone."""
        within_range("the date of completion", on)
        return cls(
            training=training,
            at=first_instant(on, zone),
            on=on,
            source=source,
            recorded_at=recorded_at,
            actor=actor,
            import_id=import_id,
            import_row=import_row,
        )

    @property
    def key(self) -> CompletionKey:
        """The completion's identity in its transcript."""
        return CompletionKey(training=self.training, at=self.at)

    def day_in(self, zone: str) -> date:
        """Return its day in a zone; a completion known by its date has that day in every zone."""
        return self.on or day_in(zone, self.at)

    def instant_in(self, zone: str) -> datetime:
        """Return when it counts in a zone (T3b): a mere date counts from the day's first instant there."""
        return self.at if self.on is None else first_instant(self.on, zone)


@checked
@frozen(kw_only=True)
class StruckCompletion:
    """A completion that was recorded by mistake: who struck it, when, and why (C6)."""

    completion: Completion
    struck_at: datetime = field(converter=in_utc, validator=aware)
    """When it was struck; until then it counted."""
    actor: str = "system"
    reason: str | None = None
    withdrawn: bool = False
    """Whether it was automatic and followed no more: that says nothing about its modules."""
    version: int | None = field(default=None, eq=False)
    """The version of the transcript since which it is struck."""


@checked
@frozen(kw_only=True)
class Reset:
    """Deleted progress: from ``at`` on a training counts as not done, for what comes later (C2, C3).

    What was completed before counts for what was done with it before. It is identified by training and
    instant.
    """

    training: str = field(validator=code)
    at: datetime = field(converter=in_utc, validator=aware)
    """When it takes effect."""
    on: date | None = None
    """The date, if only the date is known."""
    recorded_at: datetime = field(converter=in_utc, validator=aware)
    actor: str = "system"
    reason: str | None = None

    @property
    def key(self) -> CompletionKey:
        """Its identity in the transcript: training and instant."""
        return CompletionKey(training=self.training, at=self.at)


@takes_instants_in
@checked
@frozen(kw_only=True)
class Transcript:
    """All completions of one learner, in any order."""

    completions: tuple[Completion, ...] = ()
    """The completions that count."""
    struck: tuple[StruckCompletion, ...] = ()
    """The completions that no longer count, in the order of striking; one may be there repeatedly."""
    resets: tuple[Reset, ...] = ()
    """From when on trainings count as not done."""
    version: int = field(default=0, eq=False)
    """How many saved changes have touched it in the store; 0: none, or it is not known.

    A decision was made on this version. It tells nothing about the learner, so two transcripts that differ
    in nothing else are equal.
    """

    def of(self, training: str) -> tuple[Completion, ...]:
        """Return the completions of one training, earliest first."""
        return tuple(
            sorted((c for c in self.completions if c.training == training), key=lambda c: c.at)
        )

    def latest(self, training: str) -> Completion | None:
        """Return the latest completion of a training."""
        return max(
            (c for c in self.completions if c.training == training),
            key=lambda c: c.at,
            default=None,
        )

    def holds(self, key: CompletionKey) -> bool:
        """Whether the transcript contains this completion."""
        training, at = key.training, key.at
        return any(c.training == training and c.at == at for c in self.completions)

    def with_completions(self, *added: Completion) -> Transcript:
        """Add completions, except those already known."""
        if not added:
            return self
        known = {(c.training, c.at) for c in self.completions}
        new = (c for c in added if (c.training, c.at) not in known)
        return evolve(self, completions=(*self.completions, *new))

    def with_resets(self, *added: Reset) -> Transcript:
        """Add resets, except those already known, by training and instant."""
        known = {reset.key: reset for reset in self.resets}
        for reset in added:
            known.setdefault(reset.key, reset)
        return evolve(self, resets=tuple(known.values()))

    def with_struck(self, *struck: StruckCompletion) -> Transcript:
        """Strike completions; completions that are not there are ignored."""
        gone = {each.completion.key: each for each in struck if self.holds(each.completion.key)}
        return evolve(
            self,
            completions=tuple(c for c in self.completions if c.key not in gone),
            struck=(*self.struck, *gone.values()),
        )

    def known_at(self, instant: datetime) -> Transcript:
        """Return the transcript as it was known at an instant: recorded and not yet struck (T6).

        >>> from datetime import UTC
        >>> day = [datetime(2026, 3, number, tzinfo=UTC) for number in range(5)[1:]]
        >>> fork = Completion(training="FORK", at=day[0], recorded_at=day[1])
        >>> now = Transcript(struck=(StruckCompletion(completion=fork, struck_at=day[3]),))
        >>> now.known_at(day[2]).holds(fork.key), now.known_at(day[3]).holds(fork.key)
        (True, False)
        """
        by_then = [each for each in self.struck if each.completion.recorded_at <= instant]
        counted = (
            *(c for c in self.completions if c.recorded_at <= instant),
            *(each.completion for each in by_then if each.struck_at > instant),
        )
        return evolve(
            self,
            completions=tuple(sorted(counted, key=lambda c: (c.at, c.training))),
            struck=tuple(each for each in by_then if each.struck_at <= instant),
            resets=tuple(each for each in self.resets if each.recorded_at <= instant),
        )


def courses_completed_by(
    completion: Completion, transcript: Transcript, courses: tuple[Training, ...]
) -> tuple[Completion, ...]:
    """Return the course completions that follow from a module's completion (C1).

    A course with modules is complete once every required module was completed after the course's last
    completion. It has the date of the last module. ``transcript`` must include ``completion``.
    """
    found: list[Completion] = []
    for course in courses:
        if completion.training not in course.modules:
            continue
        before = transcript.latest(course.code)
        parts = [
            next((c for c in transcript.of(module) if before is None or c.at > before.at), None)
            for module in course.modules
        ]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts):
            last = max(known, key=lambda part: part.at)
            found.append(
                Completion(
                    training=course.code,
                    at=last.at,
                    on=last.on,
                    source=CompletionSource.AUTOMATIC,
                    recorded_at=completion.recorded_at,
                    actor=completion.actor,
                    import_id=completion.import_id,
                    import_row=completion.import_row,
                )
            )
    return tuple(found)
