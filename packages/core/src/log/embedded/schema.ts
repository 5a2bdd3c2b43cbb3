/** The tables of an embedded log. A change of the layout needs a new `schemaVersion` and a migration. */
import type { SqlStatement } from '../../runtime/sqlite/sqlite-protocol.ts'

/** `application_id` of the file: "DRKL". */
export const applicationId = 0x44524b4c
export const schemaVersion = 1

export const schemaStatements: readonly SqlStatement[] = [
  `CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT`,
  `CREATE TABLE partitions (
    topic_id INTEGER NOT NULL REFERENCES topics (id),
    partition INTEGER NOT NULL,
    start_offset INTEGER NOT NULL DEFAULT 0,
    end_offset INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic_id, partition)
  ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE records (
    topic_id INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    key BLOB,
    headers BLOB,
    value BLOB,
    PRIMARY KEY (topic_id, partition, offset)
  ) STRICT`,
  `CREATE TRIGGER records_move_the_end AFTER INSERT ON records BEGIN
    UPDATE partitions SET end_offset = new.offset + 1 WHERE topic_id = new.topic_id AND partition = new.partition;
  END`,
  `CREATE TABLE group_offsets (
    group_name TEXT NOT NULL,
    topic_id INTEGER NOT NULL REFERENCES topics (id),
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, topic_id, partition)
  ) STRICT, WITHOUT ROWID`,
  // One row. token: which consumer holds the lock, null when nobody does. epoch: how often it was taken.
  `CREATE TABLE consumer_lock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    token TEXT,
    pid INTEGER,
    started TEXT,
    machine TEXT,
    worker_id TEXT,
    seen_ms INTEGER
  ) STRICT`,
  'INSERT INTO consumer_lock (id, epoch) VALUES (1, 0)',
  `PRAGMA application_id = ${applicationId}`,
  `PRAGMA user_version = ${schemaVersion}`,
].map((sql) => ({ sql }))
