/**
 * What is remembered of a site between runs, in `StateDir/sites/<site>.sqlite`: the state of each file as of when it was brought, so that
 * an unchanged one costs neither a request nor a reading; what has to be there for a source to be trusted; unfinished uploads; and the
 * lock. All of it can be lost: then contents are compared anew.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Locks, type Lock } from '../catalogue/locks.ts';
import type { Clock } from '../clock.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { Logger } from '../log/logger.ts';
import { FeedMemory, listsInfix } from './feed-memory.ts';

const folderName = 'sites';
const busyTimeoutMs = 10_000;

/** Without AUTOINCREMENT, who takes a lock over would get the number of the one that is lost, and nobody would notice. */
const schema = `
  CREATE TABLE IF NOT EXISTS feeds (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, needed TEXT NOT NULL DEFAULT '[]'
  ) STRICT;
  CREATE TABLE IF NOT EXISTS files (
    feed INTEGER NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, modified_ms REAL NOT NULL, changed_ms REAL NOT NULL,
    etag TEXT NOT NULL, content_etag TEXT, storage_class TEXT, retired INTEGER NOT NULL,
    PRIMARY KEY (feed, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, feed INTEGER NOT NULL, key TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS locks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, command TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    process_start TEXT NOT NULL, acquired_ms INTEGER NOT NULL, heartbeat_ms INTEGER NOT NULL
  ) STRICT;`;
/** Of the schema: one of another version is forgotten. */
const version = 1;

export class SiteState {
  readonly path: string;
  readonly lock: Lock;
  readonly #connection: Database.Database;

  private constructor(path: string, connection: Database.Database, lock: Lock) {
    this.path = path;
    this.#connection = connection;
    this.lock = lock;
  }

  /**
   * Opens what is remembered of a site, and takes its lock.
   * @throws BackupError LOCKED where another run has it; SNAPSHOTS_DIR where the folder cannot be written
   */
  static open(stateDir: string, site: string, { clock, log }: { clock: Clock; log: Logger }): SiteState {
    const path = pathOf(stateDir, site);
    return naming(path, () => {
      makeFolder(stateDir);
      const connection = openOrReplace(path, log);
      try {
        const lock = new Locks(connection, { clock }).acquire('exclusive', `sync of site ${site}`);
        removeLists(path);
        return new SiteState(path, connection, lock);
      } catch (error) {
        connection.close();
        throw error;
      }
    });
  }

  /** @param identity of source and destination: with another one, nothing is remembered */
  feed(identity: string): FeedMemory {
    return naming(this.path, () => {
      this.#connection.prepare('INSERT OR IGNORE INTO feeds (identity) VALUES (?)').run(identity);
      const row = this.#connection.prepare('SELECT id FROM feeds WHERE identity = ?').get(identity);
      const { id } = row as { id: number };
      return new FeedMemory(this.#connection, id, nameOf(this.path), (work) => naming(this.path, work));
    });
  }

  /** Forgets all files, not what has to be there for a source to be trusted. */
  forgetFiles(): void {
    naming(this.path, () => this.#connection.exec('DELETE FROM files'));
  }

  close(): void {
    if (!this.#connection.open) return;
    naming(this.path, () => {
      this.lock.release();
      this.#connection.close();
    });
  }
}

function pathOf(stateDir: string, site: string): string {
  const name = site.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60);
  const digest = createHash('sha256').update(site).digest('hex').slice(0, 12);
  return join(stateDir, folderName, `${name}-${digest}.sqlite`);
}

function nameOf(path: string): string {
  return basename(path, '.sqlite');
}

/** What killed runs of this site left. */
function removeLists(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder))
    if (name.startsWith(nameOf(path) + listsInfix)) rmSync(join(folder, name), { force: true });
}

/** Not the folders above: a disk that is not mounted must not be replaced by an empty state. */
function makeFolder(stateDir: string): void {
  for (const path of [stateDir, join(stateDir, folderName)]) {
    try {
      mkdirSync(path);
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function openOrReplace(path: string, log: Logger): Database.Database {
  try {
    return openConnection(path);
  } catch (error) {
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(systemErrorCode(error) ?? '')) throw error;
    log.warn('what was remembered of a site is damaged: contents are compared anew', { path });
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return openConnection(path);
  }
}

function openConnection(path: string): Database.Database {
  const connection = new Database(path, { timeout: busyTimeoutMs });
  try {
    connection.pragma('journal_mode = WAL');
    // A power cut costs a comparison of what was brought last.
    connection.pragma('synchronous = NORMAL');
    const found = connection.pragma('user_version', { simple: true }) as number;
    if (found !== 0 && found !== version)
      connection.exec(
        'DROP TABLE IF EXISTS feeds; DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS uploads;',
      );
    connection.exec(schema);
    connection.pragma(`user_version = ${version}`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new BackupError('SNAPSHOTS_DIR', `${path} cannot be used (${code}).`, {
      hint: 'Check that the folder StateDir exists, is on a disk with free space, and that this user may write in it.',
      cause: error,
    });
  }
}
