"""The sweep: writes the reminders that are due, and refreshes the index that searches use (T7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from attrs import frozen

from certlib._loading import PAGE, Loader
from certlib._recording import enrollment_change, is_withheld
from certlib.certifications import Certification
from certlib.errors import SweepFarAheadError
from certlib.ports import Change, EnrollmentChange, EnrollmentKey, Saved, Store
from certlib.state import Notice, plan

__all__ = ["FAR_AHEAD", "SweepReport", "sweep"]

FAR_AHEAD: Final = timedelta(days=92)
"""A sweep that is later than this after the last one may have a wrong clock: it must say that it is meant."""


@frozen(kw_only=True)
class SweepReport:
    """What a sweep did. It records no facts: it refreshes the index that searches use (T1)."""

    enrollments: int
    notices: int
    remaining: int
    skipped: bool = False
    """Whether it did nothing because an earlier sweep had a later ``now``."""


def sweep(loader: Loader, *, now: datetime, limit: int, far_ahead: bool = False) -> SweepReport:
    """Sweep at most about ``limit`` enrollments, a page at a time.

    Raise `SweepFarAheadError`, and do nothing, where ``now`` is more than `FAR_AHEAD` after the last
    sweep, unless ``far_ahead``.
    """
    store = loader.store
    last = store.last_sweep()
    if last is not None and now < last:
        return SweepReport(enrollments=0, notices=0, remaining=0, skipped=True)
    if last is not None and now - last > FAR_AHEAD and not far_ahead:
        raise SweepFarAheadError(now, last)
    seen, done, notices = 0, 0, 0
    while seen < limit:
        keys = store.due(now, limit=min(PAGE, limit - seen))
        if not keys:
            break
        changes = _refreshed(loader, keys, now)
        answers = store.save(changes)
        # What others changed meanwhile is due again, and comes up once more.
        saved = [c for c, a in zip(changes, answers, strict=True) if isinstance(a, Saved)]
        seen += len(keys)
        done += sum(len(change.enrollments) for change in saved)
        notices += sum(len(change.notices) for change in saved)
    store.record_sweep(now)
    return SweepReport(enrollments=done, notices=notices, remaining=_count_due(store, now))


def _refreshed(loader: Loader, keys: Sequence[EnrollmentKey], now: datetime) -> list[Change]:
    """Return a change for each learner that touches only the index and the outbox."""
    sources, store = loader.sources, loader.store
    enrollments = store.load(keys)
    certifications = sources.certifications({key.certification for key in keys})
    reminding = [key for key in enrollments if _reminds(certifications.get(key.certification))]
    people = sources.learners({key.learner for key in reminding})
    histories = store.history(reminding)
    known = store.notice_keys(reminding)
    changes: list[Change] = []
    for learner, of_learner in groupby(sorted(enrollments), key=lambda key: key.learner):
        parts: list[EnrollmentChange] = []
        due: list[Notice] = []
        for key in of_learner:
            certification = certifications.get(key.certification)
            if certification is None:  # gone from the catalog: nothing to refresh it by
                certification = Certification(code=key.certification)
            stored = enrollments[key]
            parts.append(enrollment_change(certification, stored, stored, (), now))
            planned = plan(histories.get(key, ()), certification, learner=learner, until=now)
            due += (
                each.notice
                for each in planned
                if each.withdrawn_at is None and each.notice.key not in known.get(key, ())
            )
        person = people.get(learner)
        changes.append(
            Change(
                learner=learner,
                enrollments=tuple(parts),
                notices=tuple(n for n in due if person and not is_withheld(n, person)),
                withheld=tuple(n for n in due if not person or is_withheld(n, person)),
            )
        )
    return changes


def _reminds(certification: Certification | None) -> bool:
    versions = certification.versions if certification else ()
    return any(version.policy.reminders for version in versions)


def _count_due(store: Store, now: datetime) -> int:
    count = 0
    after: EnrollmentKey | None = None
    while keys := store.due(now, limit=PAGE, after=after):
        count, after = count + len(keys), keys[-1]
    return count
