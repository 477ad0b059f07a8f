"""Play one week of real licences through certlib, and compare with what the data itself says.

    python -m benchmarks.real_data [FOLDER]

The folder holds the regulator's data with its README and ``expected.json``; it is not part of the
project. The rules, as certlib values: valid ten years from the previous expiry, to be renewed from 90
days before, two years of grace, then cancelled for good.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from certlib._keys import HOST
from certlib.actors import Actor
from certlib.adapters.sqlite import SqliteStore
from certlib.certifications import Certification, Curriculum, Exam, Version
from certlib.errors import RefusedError
from certlib.learners import Learner
from certlib.periods import Period
from certlib.policies import FromExpiry, Grace, Policy, Recertification
from certlib.ports import Query
from certlib.service import Service
from certlib.state import Accepted, Case, Command, Enrollment, Status, decide
from certlib.state.commands import Award, PermanentlyRevoke, RevokeAccess, Strike

FOLDER: Final = Path("..", "shared", "real", "fcc-amateur-licences")
LICENCE: Final = Certification(
    code="LICENCE",
    name="Amateur radio licence",
    versions=(
        Version(
            number=1,
            published_on=date(1980, 1, 1),
            initial=Curriculum(exam=Exam(code="EXAM")),
            policy=Policy(
                time_zone="America/New_York",
                validity=FromExpiry(period=Period.parse("P10Y")),
                grace=Grace(period=Period.parse("P2Y")),
                recertification=Recertification(window=Period.parse("P90D")),
            ),
        ),
    ),
)
REGULATOR: Final = Actor.parse("admin:regulator")
ISSUED, RENEWED, CANCELLED, REINSTATED = "LIISS", "LIREN", "LICAN", "LICARE"
LETTER: Final = {
    Status.CERTIFIED: "A",
    Status.EXPIRED: "A",
    Status.LAPSED: "E",
    Status.REVOKED: "C",
    Status.DISALLOWED: "C",
}


def main(words: Sequence[str] | None = None) -> int:
    """Compare, print, and return 1 where the data is absent or certlib disagrees with it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder: Path = parser.parse_args(words).folder
    if not (folder / "expected.json").is_file():
        print(f"\n*** THE REAL DATA IS ABSENT: nothing was compared. Looked in {folder} ***\n")
        return 1
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    data = Data(folder)
    agreed = (
        _told("last valid day, never renewed", *data.never_renewed(), least=1236, of=1240),
        _told("last valid day, renewed on time", *data.renewed_on_time(), least=327, of=340),
        _told(
            f"status on {expected['as_of']}",
            *data.statuses(date.fromisoformat(expected["as_of"])),
            least=2451,
            of=2462,
        ),
        data.daily(expected["daily_import_in_data_date_order"]),
    )
    return 0 if all(agreed) else 1


def _told(what: str, right: int, count: int, *, least: int, of: int) -> bool:
    agrees = right >= least and count == of
    print(f"{what}: {right} of {count} agree (expected at least {least} of {of})"
          f"{'' if agrees else '  *** DISAGREES ***'}")  # fmt: skip
    return agrees


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> date:
    return date.fromisoformat(text)


class Life:
    """One licence: a case, into which what the regulator did is entered."""

    def __init__(self, licence: str) -> None:
        self.case = Case.blank(learner=Learner(id=licence), certification=LICENCE)

    def give(self, command: Command, now: datetime) -> bool:
        """Give a command; whether it was accepted."""
        decision = decide(self.case, command, actor=REGULATOR, now=now)
        if not isinstance(decision, Accepted):
            return False
        self.case = self.case.after(decision.enrollment, decision.events)
        return True

    def award(self, on: date, expires_on: date | None = None) -> date | None:
        """Enter a grant or a renewal, and return the last valid day that follows."""
        self.give(Award(on=on, expires_on=expires_on), _evening(on))
        newest = self.case.enrollment.newest_certificate
        return newest.last_valid_day if newest else None

    def cancel(self, on: date) -> None:
        """Enter a cancellation; while the licence runs it bars, afterwards it revokes."""
        for command in (PermanentlyRevoke(), RevokeAccess()):
            if self.give(command, _evening(on)):
                return

    def reinstate(self, on: date) -> None:
        """Take the last cancellation back: it never counted."""
        self.give(Strike(entry=self.case.enrollment.entries), _evening(on))


def _evening(day: date) -> datetime:
    """The following noon in UTC, by which the day is surely on in every zone of the country."""
    return datetime.combine(day + timedelta(days=1), time(12), UTC)


class Data:
    """The files, and what certlib makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.licences = {row["licence_id"]: row for row in _rows(folder / "licences.csv")}
        self.events: dict[str, list[tuple[date, str]]] = {}
        for row in _rows(folder / "events.csv"):
            log = self.events.setdefault(row["licence_id"], [])
            log.append((_day(row["log_date"]), row["code"]))

    def never_renewed(self) -> tuple[int, int]:
        """A licence that was issued and never renewed ends ten years after its grant."""
        found = [
            Life(licence).award(_day(row["grant_date"])) == _day(row["expired_date"])
            for licence, row in self.licences.items()
            if self._codes(licence) & {ISSUED, RENEWED} == {ISSUED}
        ]
        return sum(found), len(found)

    def renewed_on_time(self) -> tuple[int, int]:
        """A renewal inside the window runs from the previous expiry."""
        found: list[bool] = []
        for row in _rows(self.folder / "renewed_once.csv"):
            if row["timing"] != "on_time":
                continue
            life = Life(row["licence_id"])
            life.award(_day(row["issued"]))
            found.append(life.award(_day(row["renewed"])) == _day(row["actual_expiry"]))
        return sum(found), len(found)

    def statuses(self, on: date) -> tuple[int, int]:
        """What each licence is on a day, from its dates and its log of cancellations."""
        found = [
            self._letter(licence, row, on) == row["status"]
            for licence, row in self.licences.items()
        ]
        return sum(found), len(found)

    def _letter(self, licence: str, row: dict[str, str], on: date) -> str | None:
        life = Life(licence)
        life.award(_day(row["grant_date"]), _day(row["expired_date"]))
        for day, code in self.events.get(licence, ()):
            if code == CANCELLED:
                life.cancel(day)
            elif code == REINSTATED:
                life.reinstate(day)
        status = life.case.enrollment.status_at(max(_evening(on), _last(life)))
        return None if status is None else LETTER[status]

    def _codes(self, licence: str) -> set[str]:
        return {code for _, code in self.events.get(licence, ())}

    def daily(self, expected: Sequence[dict[str, Any]]) -> bool:
        """Apply the daily files in order, and all of them again: the second time nothing changes."""
        agrees = True
        with (
            tempfile.TemporaryDirectory() as folder,
            SqliteStore.create(Path(folder, "licences.db")) as store,
        ):
            store.put_learners([Learner(id=licence) for licence in sorted(self.licences)])
            store.put_certifications([LICENCE])
            host = Service(store=store, sources=store)
            seen: set[str] = set()
            for day in expected:
                made = Counter(kind for kind, _ in self._applied(host, seen, day))
                told = {"created": day.get("created", 0), "updated": day.get("updated", 0)}
                right = all(made[name] == count for name, count in told.items())
                agrees &= right
                print(f"daily file of {day['data_date']}: {made['created']} created,"
                      f" {made['updated']} updated{'' if right else '  *** DISAGREES ***'}")  # fmt: skip
            before = _dump(store)
            again = [done for day in expected for done in self._applied(host, seen, day)]
            changed = sum(recorded for _, recorded in again)
            same = changed == 0 and _dump(store) == before
            print(f"all daily files again: {changed} changes, the store is"
                  f" {'the same' if same else '*** ANOTHER ***'}")  # fmt: skip
        return agrees and same

    def _applied(
        self, host: Service, seen: set[str], day: dict[str, Any]
    ) -> Iterator[tuple[str, bool]]:
        """Yield for each row whether it is about a new licence, and whether anything was recorded.

        A row with the grant of a certificate that is there has news that certificates do not hold.
        """
        (path,) = (self.folder / "daily").glob(f"{day['data_date']}_*.csv")
        now = _evening(_day(day["data_date"]))
        for row in _rows(path):
            licence, grant, expires = row["licence_id"], row["grant_date"], row["expired_date"]
            key = "|".join((day["data_date"], licence, grant, expires, row["status"]))
            recorded = not host.store.saved_answers([f"{HOST}{key}"])
            if recorded:
                try:
                    host.perform(
                        Award(on=_day(grant), expires_on=_day(expires)),
                        learner=licence,
                        certification=LICENCE.code,
                        actor=REGULATOR,
                        now=now,
                        key=key,
                    )
                except RefusedError as error:
                    if error.code != "no_certificate_of_that_instant":
                        raise
                    recorded = False
            yield ("updated" if licence in seen else "created"), recorded
            seen.add(licence)


def _last(life: Life) -> datetime:
    return life.case.enrollment.last_fact_at or datetime.min.replace(tzinfo=UTC)


def _dump(store: SqliteStore) -> list[Enrollment]:
    return list(store.find(Query(at=datetime(2025, 10, 1, tzinfo=UTC)), limit=100_000))


if __name__ == "__main__":
    sys.exit(main())
