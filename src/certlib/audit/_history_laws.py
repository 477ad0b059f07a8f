"""Laws about the numbers and instants of a history."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from certlib.audit._examined import (
    RESTORE,
    Breach,
    EnrollmentLaw,
    Examined,
    strike_or_restore,
)
from certlib.audit._law import Law
from certlib.state._events import Event

__all__ = ["HISTORY_LAWS"]

# --- numbers ------------------------------------------------------------------------------------


def _sequences(examined: Examined) -> Iterator[Breach]:
    for expected, event in enumerate(examined.history, start=1):
        if event.sequence != expected:
            yield Breach(
                place=f"event {expected}",
                found=f"sequence {event.sequence}",
                expected=f"sequence {expected}",
                mends=(RESTORE,),
            )
            return


def _entries(examined: Examined) -> Iterator[Breach]:
    last = 0
    for event in examined.history:
        if event.entry not in {last, last + 1}:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"entry {event.entry}",
                expected=f"entry {max(last, 1)} or {last + 1}" if last else "entry 1",
                mends=(RESTORE,),
            )
            return
        last = event.entry


def _envelope(event: Event) -> dict[str, object]:
    return {
        "actor": event.actor,
        "row": event.row,
        "reason": event.reason,
        "recorded_at": event.recorded_at,
        "import_id": event.import_id,
        "import_row": event.import_row,
        "because": event.because,
    }


def _one_entry(examined: Examined) -> Iterator[Breach]:
    for entry in examined.entries:
        first = _envelope(entry.first)
        names = [
            name
            for name, value in first.items()
            if any(_envelope(event)[name] != value for event in entry.events)
        ]
        if names:
            yield Breach(
                place=f"entry {entry.number}",
                found=f"events that differ in {', '.join(names)}",
                expected="the same values: an entry is one command",
                mends=(RESTORE,),
            )


# --- instants -----------------------------------------------------------------------------------


def _recorded(examined: Examined) -> Iterator[Breach]:
    for before, event in pairwise(examined.history):
        if event.recorded_at < before.recorded_at:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"recorded at {event.recorded_at}",
                expected=f"not before the previous event, {before.recorded_at}",
                mends=(RESTORE,),
            )


def _after_its_recording(examined: Examined) -> Iterator[Breach]:
    for event in examined.standing:
        if event.at > event.recorded_at:
            yield Breach(
                place=f"event {event.sequence}",
                found=f"took effect at {event.at}",
                expected=f"not after it was recorded, {event.recorded_at}",
                mends=strike_or_restore(event.entry),
            )


def _before_its_command(examined: Examined) -> Iterator[Breach]:
    for entry in examined.counting:
        for event in entry.events:
            if event.at < entry.first.at:
                yield Breach(
                    place=f"event {event.sequence}",
                    found=f"took effect at {event.at}",
                    expected=f"not before the command's own fact, {entry.first.at}",
                    mends=strike_or_restore(entry.number),
                )


def _late(examined: Examined) -> Iterator[Breach]:
    for entry in examined.counting:
        last = entry.last_fact_at
        if last is not None and entry.first.at < last and not entry.may_be_late:
            yield Breach(
                place=f"entry {entry.number}",
                found=f"took effect at {entry.first.at}",
                expected=f"not before the last fact known then, {last}",
                mends=strike_or_restore(entry.number),
            )


HISTORY_LAWS: Final[tuple[EnrollmentLaw, ...]] = (
    Law(
        code="sequences_have_gaps",
        sentence="the events of an enrollment are numbered on from 1",
        finds=_sequences,
    ),
    Law(
        code="entries_have_gaps",
        sentence="the entries of an enrollment are numbered on from 1",
        finds=_entries,
    ),
    Law(
        code="entry_is_not_one",
        sentence="the events of an entry have one actor, row, reason, import and recording (T3d)",
        finds=_one_entry,
    ),
    Law(
        code="recorded_goes_back",
        sentence="no event is recorded earlier than the previous one (T3d)",
        finds=_recorded,
    ),
    Law(
        code="fact_is_after_its_recording",
        sentence="no fact lies in the future of its recording (T5)",
        finds=_after_its_recording,
    ),
    Law(
        code="fact_is_before_its_command",
        sentence="only a strike records facts before the instant of its command",
        finds=_before_its_command,
    ),
    Law(
        code="fact_is_before_the_last",
        sentence="only an award takes effect before the last known fact (T5)",
        finds=_late,
    ),
)
