"""People, catalog and completions in an SQLite store: `certlib.ports.Sources` over the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from certlib.adapters._sqlite_file import SqliteFile
from certlib.adapters._sqlite_rows import (
    certification_of,
    completion_of,
    json_list,
    learner_of,
    learner_row,
    reset_of,
    struck_of,
    training_of,
)
from certlib.adapters.store_rules import (
    Counts,
    check_versions,
    identifier_of,
    index_by,
    pick,
    trainings_of,
)
from certlib.certifications import Certification
from certlib.learners import Learner, normal_identifier, skeleton
from certlib.ports import IdentifierKind
from certlib.serialize import Kinds, certification_document, training_document
from certlib.serialize._quick import json_text
from certlib.trainings import Training
from certlib.transcript import Completion, Reset, StruckCompletion, Transcript

__all__ = ["SqliteSources"]

_LEARNERS: Final = (
    "SELECT id, email, username, external_id, name, organization, groups, active, manager_id,"
    " active_since, attributes"
    " FROM learners "
)
_BY_ID: Final = "WHERE tenant = ? AND id IN (SELECT value FROM json_each(?))"
_AFTER: Final = "WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"
# Without these hints, SQLite walks through all learners by id.
_RESEMBLING: Final = {
    IdentifierKind.ID: (
        "INDEXED BY learners_by_id"
        " WHERE tenant = ? AND id_skeleton IN (SELECT value FROM json_each(?)) ORDER BY id"
    ),
    IdentifierKind.EMAIL: (
        "INDEXED BY learners_by_email"
        " WHERE tenant = ? AND email_skeleton IN (SELECT value FROM json_each(?)) ORDER BY id"
    ),
    IdentifierKind.USERNAME: (
        "INDEXED BY learners_by_username"
        " WHERE tenant = ? AND username_skeleton IN (SELECT value FROM json_each(?)) ORDER BY id"
    ),
    IdentifierKind.EXTERNAL_ID: (
        "INDEXED BY learners_by_external_id"
        " WHERE tenant = ? AND external_id_skeleton IN (SELECT value FROM json_each(?)) ORDER BY id"
    ),
}


class SqliteSources:
    """The half of `SqliteStore` that is a `Sources`, and takes people and catalog from a host."""

    def __init__(self, file: SqliteFile, *, tenant: str, kinds: Kinds) -> None:
        """Bind to a tenant's part of an open file; ``kinds`` knows a host's own rules."""
        self._file = file
        self._tenant = tenant
        self._kinds = kinds

    @property
    def tenant(self) -> str:
        """The tenant that it is bound to."""
        return self._tenant

    # --- people and catalog from a host ------------------------------------------------------------

    def put_learners(self, learners: Iterable[Learner]) -> None:
        """Add learners, and replace those with the same id; on an error, none is put."""
        with self._file.writing() as connection:
            connection.executemany(
                "INSERT INTO learners (tenant, id, email, username, external_id, name, organization,"
                " groups, active, manager_id, id_skeleton, email_skeleton, username_skeleton,"
                " external_id_skeleton, active_since, attributes)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (tenant, id) DO UPDATE SET email = excluded.email,"
                " username = excluded.username, external_id = excluded.external_id,"
                " name = excluded.name, organization = excluded.organization,"
                " groups = excluded.groups, active = excluded.active,"
                " manager_id = excluded.manager_id, email_skeleton = excluded.email_skeleton,"
                " username_skeleton = excluded.username_skeleton,"
                " external_id_skeleton = excluded.external_id_skeleton,"
                " active_since = excluded.active_since, attributes = excluded.attributes",
                (learner_row(self._tenant, learner) for learner in learners),
            )

    def put_trainings(self, trainings: Iterable[Training]) -> None:
        """Add trainings, and replace those with the same code."""
        given = {each.code: each for each in trainings}
        rows = [
            (self._tenant, code, json_text(training_document(each))) for code, each in given.items()
        ]
        with self._file.writing() as connection:
            connection.executemany(
                "INSERT INTO trainings (tenant, code, document) VALUES (?, ?, ?)"
                " ON CONFLICT (tenant, code) DO UPDATE SET document = excluded.document",
                rows,
            )
            names = {code: {each.name, *each.external_ids} for code, each in given.items()}
            self._put_names(connection, "training", names)
            connection.execute(
                "DELETE FROM modules_of_courses"
                " WHERE tenant = ? AND course IN (SELECT value FROM json_each(?))",
                (self._tenant, json_list(given)),
            )
            connection.executemany(
                "INSERT INTO modules_of_courses (tenant, module, course) VALUES (?, ?, ?)",
                [
                    (self._tenant, module, code)
                    for code, each in given.items()
                    for module in each.modules
                ],
            )

    def put_certifications(self, certifications: Iterable[Certification]) -> None:
        """Add certifications, and replace those with the same code.

        Raise `StoreError`, and put nothing, if a published version would change or go.
        """
        given = {each.code: each for each in certifications}
        rows = [
            (self._tenant, code, json_text(certification_document(each, kinds=self._kinds)))
            for code, each in given.items()
        ]
        with self._file.writing() as connection:
            stored = self.certifications(given)
            check_versions(
                self._file.place, ((stored.get(code), each) for code, each in given.items())
            )
            connection.executemany(
                "INSERT INTO certifications (tenant, code, document) VALUES (?, ?, ?)"
                " ON CONFLICT (tenant, code) DO UPDATE SET document = excluded.document",
                rows,
            )
            names = {code: {each.name} for code, each in given.items()}
            self._put_names(connection, "certification", names)
            connection.execute(
                "DELETE FROM needing"
                " WHERE tenant = ? AND certification IN (SELECT value FROM json_each(?))",
                (self._tenant, json_list(given)),
            )
            connection.executemany(
                "INSERT INTO needing (tenant, training, certification) VALUES (?, ?, ?)",
                [
                    (self._tenant, training, code)
                    for code, each in given.items()
                    for training in sorted(trainings_of(each))
                ],
            )

    def _put_names(
        self, connection: sqlite3.Connection, kind: str, names: Mapping[str, set[str]]
    ) -> None:
        """Replace the texts by which catalog items are found; the code itself is always one."""
        connection.execute(
            "DELETE FROM catalog_names"
            " WHERE tenant = ? AND kind = ? AND code IN (SELECT value FROM json_each(?))",
            (self._tenant, kind, json_list(names)),
        )
        connection.executemany(
            "INSERT INTO catalog_names (tenant, kind, name, code) VALUES (?, ?, ?, ?)",
            [
                (self._tenant, kind, name, code)
                for code, texts in names.items()
                for name in sorted({normal_identifier(text) for text in (code, *texts)})
            ],
        )

    def counts(self) -> Counts:
        """Return how many learners, trainings and certifications there are."""
        ((learners, trainings, certifications),) = self._file.read(
            "SELECT (SELECT count(*) FROM learners WHERE tenant = ?1),"
            " (SELECT count(*) FROM trainings WHERE tenant = ?1),"
            " (SELECT count(*) FROM certifications WHERE tenant = ?1)",
            (self._tenant,),
        )
        return Counts(learners=learners, trainings=trainings, certifications=certifications)

    # --- Sources ------------------------------------------------------------------------------

    def learners(self, ids: Collection[str]) -> Mapping[str, Learner]:
        """Return the learners with these ids."""
        rows = self._file.read(_LEARNERS + _BY_ID, (self._tenant, json_list(ids)))
        return pick({row[0]: learner_of(row) for row in rows}, ids)

    def all_learners(self, *, limit: int, after: str | None = None) -> Sequence[Learner]:
        """Return at most ``limit`` learners by id, after an id."""
        rows = self._file.read(_LEARNERS + _AFTER, (self._tenant, after or "", limit))
        return [learner_of(row) for row in rows]

    def find_learners(
        self, identifiers: Collection[str], *, by: IdentifierKind
    ) -> Mapping[str, tuple[Learner, ...]]:
        """Return, for each identifier, every learner whose identifier of that kind resembles it."""
        wanted = {each: skeleton(each) for each in identifiers}
        rows = self._file.read(
            _LEARNERS + _RESEMBLING[by], (self._tenant, json_list(wanted.values()))
        )
        named = ((identifier_of(learner, by), learner) for learner in map(learner_of, rows))
        having = ((skeleton(name), learner) for name, learner in named if name is not None)
        return index_by(having, wanted)

    def certifications(self, codes: Collection[str] | None = None) -> Mapping[str, Certification]:
        """Return the certifications with these codes, or all of them, by code."""
        rows = self._file.read(
            "SELECT code, document FROM certifications WHERE tenant = ?1"
            " AND (?2 IS NULL OR code IN (SELECT value FROM json_each(?2))) ORDER BY code",
            (self._tenant, None if codes is None else json_list(codes)),
        )
        found = {code: self._certification(code, text) for code, text in rows}
        return found if codes is None else pick(found, codes)

    def _certification(self, code: str, document: str) -> Certification:
        return certification_of(document, f"certification {code}", self._kinds)

    def find_certifications(
        self, names: Collection[str]
    ) -> Mapping[str, tuple[Certification, ...]]:
        """Return, for each text, every certification whose code or name it is."""
        wanted = {name: normal_identifier(name) for name in names}
        rows = self._file.read(
            "SELECT n.name, n.code, c.document FROM catalog_names AS n"
            " JOIN certifications AS c ON c.tenant = n.tenant AND c.code = n.code"
            " WHERE n.tenant = ? AND n.kind = 'certification'"
            " AND n.name IN (SELECT value FROM json_each(?)) ORDER BY n.code",
            (self._tenant, json_list(wanted.values())),
        )
        return index_by(
            ((name, self._certification(code, text)) for name, code, text in rows),
            wanted,
        )

    def find_trainings(self, names: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each text, every training whose code, external id or name it is."""
        wanted = {name: normal_identifier(name) for name in names}
        rows = self._file.read(
            "SELECT n.name, n.code, t.document FROM catalog_names AS n"
            " JOIN trainings AS t ON t.tenant = n.tenant AND t.code = n.code"
            " WHERE n.tenant = ? AND n.kind = 'training'"
            " AND n.name IN (SELECT value FROM json_each(?)) ORDER BY n.code",
            (self._tenant, json_list(wanted.values())),
        )
        return index_by(
            ((name, training_of(text, f"training {code}")) for name, code, text in rows), wanted
        )

    def courses_with(self, modules: Collection[str]) -> Mapping[str, tuple[Training, ...]]:
        """Return, for each module code, the courses that require the module."""
        rows = self._file.read(
            "SELECT m.module, m.course, t.document FROM modules_of_courses AS m"
            " JOIN trainings AS t ON t.tenant = m.tenant AND t.code = m.course"
            " WHERE m.tenant = ? AND m.module IN (SELECT value FROM json_each(?))"
            " ORDER BY m.course",
            (self._tenant, json_list(modules)),
        )
        return index_by(
            ((module, training_of(text, f"training {code}")) for module, code, text in rows),
            {module: module for module in modules},
        )

    def needing(self, trainings: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return, for each training, the codes of the certifications that need it in some version."""
        rows = self._file.read(
            "SELECT training, certification FROM needing"
            " WHERE tenant = ? AND training IN (SELECT value FROM json_each(?))"
            " ORDER BY certification",
            (self._tenant, json_list(trainings)),
        )
        return index_by(
            ((training, code) for training, code in rows),
            {training: training for training in trainings},
        )

    def transcripts(self, learners: Collection[str]) -> Mapping[str, Transcript]:
        """Return the transcripts of these learners, with their versions; none for who has nothing."""
        # First the versions: what is saved in between is a conflict, and not overlooked.
        versions: dict[str, int] = dict(
            self._file.read(
                "SELECT learner, version FROM transcripts"
                " WHERE tenant = ? AND learner IN (SELECT value FROM json_each(?))",
                (self._tenant, json_list(learners)),
            )
        )
        rows = self._file.read(
            "SELECT learner, training, at, on_day, source, recorded_at, actor, import_id, import_row,"
            " because, version FROM completions WHERE tenant = ? AND learner IN (SELECT value FROM json_each(?))"
            " ORDER BY learner, at, training",
            (self._tenant, json_list(learners)),
        )
        struck_rows = self._file.read(
            "SELECT learner, training, at, on_day, source, recorded_at, actor, import_id, import_row,"
            " because, version, struck_at, struck_by, reason, withdrawn, struck_version FROM struck_completions"
            " WHERE tenant = ? AND learner IN (SELECT value FROM json_each(?)) ORDER BY id",
            (self._tenant, json_list(learners)),
        )
        reset_rows = self._file.read(
            "SELECT learner, training, at, on_day, recorded_at, actor, reason FROM resets"
            " WHERE tenant = ? AND learner IN (SELECT value FROM json_each(?))"
            " ORDER BY learner, at, training",
            (self._tenant, json_list(learners)),
        )
        wanted = {learner: learner for learner in learners}
        having: Iterable[tuple[str, Completion]] = ((row[0], completion_of(row)) for row in rows)
        found = index_by(having, wanted)
        gone: Iterable[tuple[str, StruckCompletion]] = (
            (row[0], struck_of(row)) for row in struck_rows
        )
        struck = index_by(gone, wanted)
        set_back: Iterable[tuple[str, Reset]] = ((row[0], reset_of(row[1:])) for row in reset_rows)
        resets = index_by(set_back, wanted)
        return {
            learner: Transcript(
                completions=found.get(learner, ()),
                struck=struck.get(learner, ()),
                resets=resets.get(learner, ()),
                version=versions.get(learner, 0),
            )
            for learner in wanted
            if learner in found or learner in struck or learner in resets
        }
