"""The tables of an SQLite store, and the steps that bring older files up to date.

Every table has the tenant in its key: tenants may share a file, and none sees another's rows.
Instants are whole microseconds since 1970 in UTC. Whatever is searched by is a column of its own.
"""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "MIGRATIONS"]

APPLICATION_ID: Final = 0x63657274
"""Marks a file as certlib's: "cert" in ASCII."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        # People and catalog, from the host. Skeletons find look-alikes.
        """
        CREATE TABLE learners (
            tenant TEXT NOT NULL, id TEXT NOT NULL, email TEXT, username TEXT, external_id TEXT,
            name TEXT, organization TEXT, groups TEXT NOT NULL, active INTEGER NOT NULL,
            manager_id TEXT, id_skeleton TEXT NOT NULL, email_skeleton TEXT,
            username_skeleton TEXT, external_id_skeleton TEXT,
            PRIMARY KEY (tenant, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX learners_by_id ON learners (tenant, id_skeleton)",
        """
        CREATE INDEX learners_by_email ON learners (tenant, email_skeleton)
        WHERE email_skeleton IS NOT NULL
        """,
        """
        CREATE INDEX learners_by_username ON learners (tenant, username_skeleton)
        WHERE username_skeleton IS NOT NULL
        """,
        """
        CREATE INDEX learners_by_external_id ON learners (tenant, external_id_skeleton)
        WHERE external_id_skeleton IS NOT NULL
        """,
        """
        CREATE TABLE trainings (
            tenant TEXT NOT NULL, code TEXT NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (tenant, code)
        ) STRICT
        """,
        """
        CREATE TABLE certifications (
            tenant TEXT NOT NULL, code TEXT NOT NULL, document TEXT NOT NULL,
            PRIMARY KEY (tenant, code)
        ) STRICT
        """,
        # The texts by which trainings and certifications are found, derived from the documents.
        """
        CREATE TABLE catalog_names (
            tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, code TEXT NOT NULL,
            PRIMARY KEY (tenant, kind, name, code)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE modules_of_courses (
            tenant TEXT NOT NULL, module TEXT NOT NULL, course TEXT NOT NULL,
            PRIMARY KEY (tenant, module, course)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE needing (
            tenant TEXT NOT NULL, training TEXT NOT NULL, certification TEXT NOT NULL,
            PRIMARY KEY (tenant, training, certification)
        ) STRICT, WITHOUT ROWID
        """,
        # Facts, and what they add up to. An enrollment has the id that its events refer to.
        """
        CREATE TABLE completions (
            tenant TEXT NOT NULL, learner TEXT NOT NULL, training TEXT NOT NULL,
            at INTEGER NOT NULL, on_day TEXT, source TEXT NOT NULL, recorded_at INTEGER NOT NULL,
            actor TEXT NOT NULL, import_id TEXT, import_row INTEGER,
            PRIMARY KEY (tenant, learner, training, at)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE enrollments (
            id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, learner TEXT NOT NULL,
            certification TEXT NOT NULL, version INTEGER NOT NULL, indexed_status TEXT,
            indexed_at INTEGER NOT NULL, next_change_at INTEGER, last_fact_at INTEGER,
            document TEXT NOT NULL,
            UNIQUE (tenant, learner, certification)
        ) STRICT
        """,
        """
        CREATE INDEX enrollments_due
        ON enrollments (tenant, next_change_at, learner, certification)
        WHERE next_change_at IS NOT NULL
        """,
        """
        CREATE TABLE events (
            enrollment INTEGER NOT NULL REFERENCES enrollments (id), sequence INTEGER NOT NULL,
            entry INTEGER NOT NULL, at INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
            actor TEXT NOT NULL, row TEXT NOT NULL, reason TEXT, version INTEGER,
            import_id TEXT, import_row INTEGER, because TEXT, tag TEXT NOT NULL,
            fact TEXT NOT NULL,
            PRIMARY KEY (enrollment, sequence)
        ) STRICT, WITHOUT ROWID
        """,
        # Ids are never used twice: a late acknowledgment must not reach another notice.
        """
        CREATE TABLE notices (
            id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, kind TEXT NOT NULL,
            learner TEXT NOT NULL, certification TEXT NOT NULL, at INTEGER NOT NULL,
            entry INTEGER NOT NULL
        ) STRICT
        """,
        # Keys of changes, imports and their lines, sweeps.
        """
        CREATE TABLE changes (
            tenant TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (tenant, key)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE imports (
            position INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL,
            format TEXT NOT NULL, file_name TEXT NOT NULL, digest TEXT NOT NULL,
            purpose TEXT NOT NULL, actor TEXT NOT NULL, at INTEGER NOT NULL, new INTEGER NOT NULL,
            already_completed INTEGER NOT NULL, errors INTEGER NOT NULL, finished INTEGER NOT NULL,
            UNIQUE (tenant, id)
        ) STRICT
        """,
        """
        CREATE TABLE import_rows (
            tenant TEXT NOT NULL, import_id TEXT NOT NULL, row INTEGER NOT NULL,
            learner TEXT NOT NULL, outcome TEXT NOT NULL, note TEXT,
            PRIMARY KEY (tenant, import_id, row)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE sweeps (tenant TEXT PRIMARY KEY, last_at INTEGER NOT NULL) STRICT,
        WITHOUT ROWID
        """,
    ),
    (
        # Notices wait, are claimed and told; each key is used once for an enrollment.
        "ALTER TABLE notices ADD COLUMN key TEXT",
        "ALTER TABLE notices ADD COLUMN about TEXT",
        "ALTER TABLE notices ADD COLUMN certificate INTEGER",
        "ALTER TABLE notices ADD COLUMN cycle INTEGER",
        "ALTER TABLE notices ADD COLUMN day TEXT",
        "ALTER TABLE notices ADD COLUMN corrects INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE notices ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting'",
        "ALTER TABLE notices ADD COLUMN leased_until INTEGER",
        """
        CREATE UNIQUE INDEX notices_by_key ON notices (tenant, learner, certification, key)
        WHERE key IS NOT NULL
        """,
        """
        CREATE INDEX notices_to_tell ON notices (tenant, id)
        WHERE state IN ('waiting', 'claimed')
        """,
        "ALTER TABLE learners ADD COLUMN active_since INTEGER",
    ),
    (
        # Struck completions count no longer and stay readable; one key may be struck several times.
        """
        CREATE TABLE struck_completions (
            id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, learner TEXT NOT NULL,
            training TEXT NOT NULL, at INTEGER NOT NULL, on_day TEXT, source TEXT NOT NULL,
            recorded_at INTEGER NOT NULL, actor TEXT NOT NULL, import_id TEXT, import_row INTEGER,
            struck_at INTEGER NOT NULL, struck_by TEXT NOT NULL, reason TEXT
        ) STRICT
        """,
        "CREATE INDEX struck_completions_of ON struck_completions (tenant, learner)",
        """
        CREATE TABLE undos (
            tenant TEXT NOT NULL, import_id TEXT NOT NULL, number INTEGER NOT NULL,
            actor TEXT NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
            undone INTEGER NOT NULL, refused INTEGER NOT NULL, finished INTEGER NOT NULL,
            PRIMARY KEY (tenant, import_id, number)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    ("ALTER TABLE learners ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}'",),
    (
        # A change is decided on a version of the learner's transcript; without a row it is 0.
        """
        CREATE TABLE transcripts (
            tenant TEXT NOT NULL, learner TEXT NOT NULL, version INTEGER NOT NULL,
            PRIMARY KEY (tenant, learner)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE resets (
            tenant TEXT NOT NULL, learner TEXT NOT NULL, training TEXT NOT NULL,
            at INTEGER NOT NULL, on_day TEXT, recorded_at INTEGER NOT NULL, actor TEXT NOT NULL,
            reason TEXT,
            PRIMARY KEY (tenant, learner, training, at)
        ) STRICT, WITHOUT ROWID
        """,
        # From what an automatic completion follows, and since which version something is known.
        "ALTER TABLE completions ADD COLUMN because TEXT",
        "ALTER TABLE completions ADD COLUMN version INTEGER",
        "ALTER TABLE struck_completions ADD COLUMN because TEXT",
        "ALTER TABLE struck_completions ADD COLUMN version INTEGER",
        "ALTER TABLE struck_completions ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE struck_completions ADD COLUMN struck_version INTEGER",
        "ALTER TABLE changes ADD COLUMN bound_to TEXT",
        "ALTER TABLE changes ADD COLUMN answer TEXT",
        # In what order an event took effect, what it was decided on, and what else it says, in JSON.
        "ALTER TABLE events ADD COLUMN after INTEGER",
        "ALTER TABLE events ADD COLUMN transcript INTEGER",
        "ALTER TABLE events ADD COLUMN details TEXT",
        # A training that an eligibility mentions concerns the certification, too. A host's own
        # requirements are found by their field ``training``, until the certification is put again.
        """
        INSERT OR IGNORE INTO needing (tenant, training, certification)
        SELECT c.tenant, part.value, c.code
        FROM certifications AS c, json_tree(c.document, '$.eligibility') AS part
        WHERE part.key = 'training' AND part.type = 'text'
        """,
    ),
)
"""The statements that bring a file from each version of the tables to the next, beginning with 0.

Steps are added and never changed: files exist that earlier ones wrote.
"""
