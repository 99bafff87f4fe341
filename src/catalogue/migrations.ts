/**
 * The catalogue's schema, as numbered steps: step n brings `user_version` from n to n + 1. A step that has been
 * released is never changed; a new one is appended.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE snapshots (
     name              TEXT PRIMARY KEY,
     set_name          TEXT NOT NULL,
     bucket            TEXT NOT NULL,
     prefix            TEXT NOT NULL,
     as_of             TEXT NOT NULL,
     created_at        TEXT NOT NULL,
     keys              INTEGER NOT NULL,
     bytes             INTEGER NOT NULL,
     state             TEXT NOT NULL CHECK (state IN ('complete', 'deleting')),
     held              INTEGER NOT NULL CHECK (held IN (0, 1)),
     tags              TEXT NOT NULL CHECK (json_valid(tags)),
     note              TEXT NOT NULL,
     flags             TEXT NOT NULL CHECK (json_valid(flags)),
     exclusive_bytes   INTEGER,
     exclusive_between TEXT
   ) STRICT;
   CREATE INDEX snapshots_by_time ON snapshots (bucket, as_of, name);
   CREATE TABLE locks (
     id            INTEGER PRIMARY KEY,
     kind          TEXT NOT NULL CHECK (kind IN ('shared', 'exclusive')),
     command       TEXT NOT NULL,
     host          TEXT NOT NULL,
     pid           INTEGER NOT NULL,
     process_start TEXT NOT NULL,
     acquired_ms   INTEGER NOT NULL,
     heartbeat_ms  INTEGER NOT NULL
   ) STRICT;`,
  // AUTOINCREMENT: without it SQLite gives the number of a deleted row away again, and who lost a lock takes that of the one who took
  // it over for its own. Those that are held keep their numbers.
  `CREATE TABLE numbered_locks (
     id            INTEGER PRIMARY KEY AUTOINCREMENT,
     kind          TEXT NOT NULL CHECK (kind IN ('shared', 'exclusive')),
     command       TEXT NOT NULL,
     host          TEXT NOT NULL,
     pid           INTEGER NOT NULL,
     process_start TEXT NOT NULL,
     acquired_ms   INTEGER NOT NULL,
     heartbeat_ms  INTEGER NOT NULL
   ) STRICT;
   INSERT INTO numbered_locks SELECT * FROM locks;
   DROP TABLE locks;
   ALTER TABLE numbered_locks RENAME TO locks;`,
];
