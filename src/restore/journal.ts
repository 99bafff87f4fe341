/**
 * What restores have done to one destination, in `restores/<destination>.sqlite` under SnapshotsDir. It holds facts, no
 * intentions: "this version there is a copy of that version here", and "this upload was begun". A restore always plans anew from a
 * fresh listing, in which what the facts name counts as done; so whatever happened in between, to the plan or to the destination,
 * nothing is copied twice and nothing that somebody else wrote passes for ours.
 *
 * A fact is written before the place of its copy is free for the next: a killed run has at most as many unknown copies as were in
 * flight. It is not synced to disk, since a power cut costs no more than a comparison of those keys.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { Logger } from '../log/logger.ts';

const folderName = 'restores';
const busyTimeoutMs = 10_000;

const schema = `
  CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, intent TEXT NOT NULL UNIQUE, undo_point TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS copies (
    key TEXT PRIMARY KEY, source TEXT NOT NULL, made TEXT NOT NULL, provable INTEGER NOT NULL, run INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, key TEXT NOT NULL) STRICT, WITHOUT ROWID;`;

export interface CopyFact {
  /** The destination's. */
  key: string;
  /** What was copied, and how: `sourceIdentity`. */
  source: string;
  /** What it became. */
  made: string;
  /** Whether a plan would find the two the same without this fact: by equal etags. */
  isProvable: boolean;
}

export interface UnfinishedUpload {
  id: string;
  key: string;
}

export interface BegunRun {
  /** Undefined: a new one. */
  resumed?: { copied: number };
  undoPoint: string | undefined;
}

export class RestoreJournal {
  readonly path: string;
  readonly #connection: Database.Database;
  readonly #insert: Database.Statement;
  readonly #select: Database.Statement;
  #run = 0;
  #waiting: CopyFact[] = [];
  #written: Promise<void> | undefined;

  private constructor(path: string) {
    this.path = path;
    this.#connection = new Database(path, { timeout: busyTimeoutMs });
    this.#connection.pragma('journal_mode = WAL');
    this.#connection.pragma('synchronous = NORMAL');
    this.#connection.exec(schema);
    this.#insert = this.#connection.prepare(
      'INSERT OR REPLACE INTO copies (key, source, made, provable, run) VALUES (?, ?, ?, ?, ?)',
    );
    this.#select = this.#connection.prepare('SELECT source, made FROM copies WHERE key = ?');
  }

  /**
   * Opens the journal of a destination, or makes it.
   * @throws BackupError SNAPSHOTS_DIR
   */
  static open(snapshotsDir: string, destination: string, log: Logger): RestoreJournal {
    const path = journalPath(snapshotsDir, destination);
    return naming(path, () => {
      mkdirSync(join(snapshotsDir, folderName), { recursive: true });
      try {
        return new RestoreJournal(path);
      } catch (error) {
        if (!/^SQLITE_(CORRUPT|NOTADB)/.test(systemErrorCode(error) ?? '')) throw error;
        log.warn('the journal of earlier restores is damaged: what it knew is compared anew', { path });
        removeJournal(path);
        return new RestoreJournal(path);
      }
    });
  }

  /** For a dry run: undefined where there was no restore into this destination. */
  static openExisting(snapshotsDir: string, destination: string, log: Logger): RestoreJournal | undefined {
    if (!existsSync(journalPath(snapshotsDir, destination))) return undefined;
    return RestoreJournal.open(snapshotsDir, destination, log);
  }

  /** @param intent what was asked for; the same again resumes */
  begin(intent: string): BegunRun {
    return naming(this.path, () => {
      const row = this.#connection.prepare('SELECT id, undo_point FROM runs WHERE intent = ?').get(intent) as
        { id: number; undo_point: string | null } | undefined;
      if (row === undefined) {
        this.#run = Number(
          this.#connection.prepare('INSERT INTO runs (intent) VALUES (?)').run(intent).lastInsertRowid,
        );
        return { undoPoint: undefined };
      }
      this.#run = row.id;
      const copies = this.#connection.prepare('SELECT count(*) AS copied FROM copies WHERE run = ?');
      return {
        resumed: copies.get(row.id) as { copied: number },
        undoPoint: row.undo_point ?? undefined,
      };
    });
  }

  noteUndoPoint(snapshot: string): void {
    naming(this.path, () =>
      this.#connection.prepare('UPDATE runs SET undo_point = ? WHERE id = ?').run(snapshot, this.#run),
    );
  }

  /** What a key of the destination was made from by an earlier copy. */
  factOf(key: string): { source: string; made: string } | undefined {
    return naming(this.path, () => this.#select.get(key) as { source: string; made: string } | undefined);
  }

  /** May be called by many tasks at once: those that come together are written together. */
  noteCopy(fact: CopyFact): Promise<void> {
    this.#waiting.push(fact);
    this.#written ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#written = undefined;
        try {
          this.#writeWaiting();
          resolve();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    return this.#written;
  }

  noteUpload({ id, key }: UnfinishedUpload): void {
    naming(this.path, () =>
      this.#connection.prepare('INSERT OR REPLACE INTO uploads (id, key) VALUES (?, ?)').run(id, key),
    );
  }

  forgetUpload(id: string): void {
    naming(this.path, () => this.#connection.prepare('DELETE FROM uploads WHERE id = ?').run(id));
  }

  /** Those that killed runs left behind. */
  uploads(): UnfinishedUpload[] {
    return naming(
      this.path,
      () => this.#connection.prepare('SELECT id, key FROM uploads').all() as UnfinishedUpload[],
    );
  }

  /** The run has nothing left to do. What a plan finds by itself is forgotten; the file goes where nothing else is in it. */
  finish(): void {
    const isEmpty = naming(this.path, () => {
      this.#connection.prepare('DELETE FROM copies WHERE provable = 1 AND run = ?').run(this.#run);
      this.#connection.prepare('DELETE FROM runs WHERE id = ?').run(this.#run);
      const left = this.#connection
        .prepare(
          'SELECT EXISTS (SELECT 1 FROM copies UNION ALL SELECT 1 FROM runs UNION ALL SELECT 1 FROM uploads) AS used',
        )
        .get() as { used: number };
      return left.used === 0;
    });
    this.close();
    if (isEmpty) naming(this.path, () => removeJournal(this.path));
  }

  close(): void {
    if (!this.#connection.open) return;
    naming(this.path, () => {
      this.#writeWaiting();
      this.#connection.close();
    });
  }

  #writeWaiting(): void {
    const facts = this.#waiting.splice(0);
    if (facts.length === 0) return;
    naming(this.path, () =>
      this.#connection.transaction(() => {
        for (const { key, source, made, isProvable } of facts)
          this.#insert.run(key, source, made, isProvable ? 1 : 0, this.#run);
      })(),
    );
  }
}

/** The file beside the journal that lists what failed in the last run. */
export function failuresPath(snapshotsDir: string, destination: string): string {
  return journalPath(snapshotsDir, destination).replace(/\.sqlite$/, '.failed.ndjson');
}

function journalPath(snapshotsDir: string, destination: string): string {
  const name = createHash('sha256').update(destination).digest('hex').slice(0, 16);
  return join(snapshotsDir, folderName, `${name}.sqlite`);
}

function removeJournal(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const code = systemErrorCode(error) ?? String(error);
    throw new BackupError('SNAPSHOTS_DIR', `The journal ${path} cannot be used (${code}).`, {
      hint: 'Check that the disk has free space and that this user may write in SnapshotsDir.',
      cause: error,
    });
  }
}
