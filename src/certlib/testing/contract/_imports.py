"""What every store promises of imports, their rows and undos, and of sweeps."""

from __future__ import annotations

from attrs import evolve

from certlib.ports import Outcome
from certlib.testing.contract._check import Stores, promises
from certlib.testing.contract._expect import equal
from certlib.testing.contract._samples import (
    DAY,
    NOW,
    an_import,
    an_undo,
    change,
    outcome,
    save,
)
from certlib.testing.contract._saving import ZONES, in_utc


@promises(
    "Imports come by instant, those of one instant in the order of saving; or of one purpose."
)
def imports_oldest_first(stores: Stores) -> None:
    store = stores()
    late, early = an_import("i-1", at=NOW + DAY), an_import("i-2", purpose="q")
    same = evolve(an_import("i-0"), file_name=None)
    for record in (late, early, same):
        store.save_import(record)
    equal(store.imports(), (early, same, late), "the imports")
    equal(store.imports(purpose="q"), (early,), "the imports of a purpose")
    equal(store.imports(purpose="x"), (), "the imports of no purpose")


@promises("An import that is saved again is replaced by its id, and keeps its place.")
def an_import_is_replaced_by_its_id(stores: Stores) -> None:
    store = stores()
    store.save_import(an_import())
    store.save_import(an_import(id="i-2"))
    done = evolve(
        an_import(purpose="q"),
        finished=True,
        new=9,
        errors=8,
        already_completed=7,
        file_name="x",
        format="civica",
        digest="e",
        actor="system",
    )
    store.save_import(done)
    equal(store.imports(), (done, an_import(id="i-2")), "the imports")


@promises("The outcomes of an import come by row, those after a row, and of that import alone.")
def rows_page_by_page(stores: Stores) -> None:
    store = stores()
    for row in (10, 2, 9):
        save(store, change(outcome=outcome(row)))
    refused = evolve(outcome(3), outcome=Outcome.ERROR, note="refused")
    save(store, change(outcome=refused))
    save(store, change(outcome=outcome(1, "i-2")))
    equal(store.import_rows("i-1", limit=2), (outcome(2), refused), "the first page")
    rest = store.import_rows("i-1", limit=9, after=3)
    equal(rest, (outcome(9), outcome(10)), "the rows after row 3")
    equal(store.import_rows("i-2", limit=9), (outcome(1, "i-2"),), "the rows of another import")


@promises("Undos come with their import, by number, and with no other.")
def undos_come_by_number(stores: Stores) -> None:
    store = stores()
    for record in (an_import(), an_import("i-2", purpose="q")):
        store.save_import(record)
    first = evolve(an_undo(), undone=7, refused=2, finished=True)
    second = an_undo(2, at=NOW - DAY)
    for undo in (second, first):
        store.save_undo("i-1", undo)
    other = an_import("i-2", purpose="q")
    equal(store.imports(), (evolve(an_import(), undos=(first, second)), other), "the imports")
    equal(store.imports(purpose="q"), (other,), "the imports of a purpose")


@promises("An undo that is saved again is replaced by its number.")
def an_undo_is_replaced_by_its_number(stores: Stores) -> None:
    store = stores()
    store.save_import(an_import())
    store.save_undo("i-1", an_undo())
    done = evolve(
        an_undo(at=NOW + DAY),
        actor="system",
        reason="again",
        undone=3,
        refused=1,
        finished=True,
    )
    store.save_undo("i-1", done)
    equal(store.imports(), (evolve(an_import(), undos=(done,)),), "the import with its undo")


@promises("To save an import leaves its undos as they are; those of the record given do not count.")
def saving_an_import_keeps_its_undos(stores: Stores) -> None:
    store = stores()
    store.save_import(an_import())
    store.save_undo("i-1", an_undo())
    done = evolve(an_import(), finished=True)
    store.save_import(done)
    equal(store.imports(), (evolve(done, undos=(an_undo(),)),), "the import that is finished")
    store.save_import(evolve(an_import(), undos=(an_undo(2),)))
    equal(store.imports(), (evolve(an_import(), undos=(an_undo(),)),), "the import saved anew")


@promises("The instant of an undo comes back in UTC.")
def undos_come_back_in_utc(stores: Stores) -> None:
    store = stores()
    store.save_import(an_import())
    for number, zone in enumerate(ZONES, start=1):
        store.save_undo("i-1", an_undo(number, at=NOW.astimezone(zone)))
    (record,) = store.imports()
    for undo in record.undos:
        in_utc(undo.at, NOW, "Undo.at")


@promises("Of sweeps the latest instant stays, in whatever order they are recorded.")
def the_latest_sweep_stays(stores: Stores) -> None:
    store = stores()
    store.record_sweep(NOW)
    equal(store.last_sweep(), NOW, "the last sweep")
    store.record_sweep(NOW + DAY)
    store.record_sweep(NOW)
    equal(store.last_sweep(), NOW + DAY, "the last sweep")
