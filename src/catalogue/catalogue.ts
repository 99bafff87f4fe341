/**
 * The catalogue: what snapshots there are, in one SQLite file, so that listing them opens no manifest. It is derived:
 * every row can be made anew from its manifest.
 */
import { join } from 'node:path';
import { catalogueError, openConnection, type Connection } from './open.ts';
import { Locks, type LockSettings } from './locks.ts';

export interface SnapshotRow {
  name: string;
  setName: string;
  bucket: string;
  prefix: string;
  /** ISO 8601 UTC, whole seconds. */
  asOf: string;
  createdAt: string;
  keys: number;
  bytes: number;
  state: 'complete' | 'deleting';
  held: boolean;
  tags: Record<string, string>;
  note: string;
  /** What makes this snapshot suspect (trap 28). */
  flags: string[];
  /** Bytes of the versions that no other snapshot names; undefined where not computed. */
  exclusiveBytes?: number | undefined;
  /** The neighbours for which `exclusiveBytes` was computed; with others it is out of date. */
  exclusiveBetween?: string | undefined;
}

interface StoredRow {
  name: string;
  set_name: string;
  bucket: string;
  prefix: string;
  as_of: string;
  created_at: string;
  keys: number;
  bytes: number;
  state: 'complete' | 'deleting';
  held: number;
  tags: string;
  note: string;
  flags: string;
  exclusive_bytes: number | null;
  exclusive_between: string | null;
}

export const catalogueFile = 'catalogue.sqlite';

export class Catalogue {
  readonly locks: Locks;
  readonly #path: string;
  readonly #connection: Connection;

  private constructor(path: string, lockSettings: LockSettings) {
    const connection = openConnection(path);
    this.#path = path;
    this.#connection = connection;
    this.locks = new Locks(connection, lockSettings);
  }

  /** @throws BackupError CATALOGUE_DAMAGED, SNAPSHOTS_DIR, LOCKED */
  static open(snapshotsDir: string, lockSettings: LockSettings): Catalogue {
    return new Catalogue(join(snapshotsDir, catalogueFile), lockSettings);
  }

  close(): void {
    this.#connection.close();
  }

  /** All snapshots, the oldest as-of time first. @throws BackupError CATALOGUE_DAMAGED */
  list(): SnapshotRow[] {
    try {
      const rows = this.#connection.prepare('SELECT * FROM snapshots ORDER BY as_of, name').all();
      return (rows as StoredRow[]).map(fromStored);
    } catch (error) {
      throw catalogueError(error, this.#path, 'read');
    }
  }

  /** Whether SQLite finds all of the file to be as it should. */
  isSound(): boolean {
    try {
      return this.#connection.pragma('quick_check(1)', { simple: true }) === 'ok';
    } catch (error) {
      if (catalogueError(error, this.#path, 'read').code === 'CATALOGUE_DAMAGED') return false;
      throw error;
    }
  }

  /** Takes these rows in place of all there are, at once. As all that writes: @throws BackupError as `open` does */
  replaceAll(rows: readonly SnapshotRow[]): void {
    const replace = this.#connection.transaction(() => {
      this.#connection.prepare('DELETE FROM snapshots').run();
      for (const row of rows) this.put(row);
    });
    this.#writing(() => replace.immediate());
  }

  /** Inserts the row, or replaces the one of that name. */
  put(row: SnapshotRow): void {
    this.#write(
      `INSERT OR REPLACE INTO snapshots VALUES (:name, :set_name, :bucket, :prefix, :as_of, :created_at, :keys,
         :bytes, :state, :held, :tags, :note, :flags, :exclusive_bytes, :exclusive_between)`,
      toStored(row),
    );
  }

  /** Leaves the other columns alone: a snapshot that ends meanwhile may be writing what this one alone holds. */
  setHeld(name: string, held: boolean): void {
    this.#write('UPDATE snapshots SET held = ? WHERE name = ?', held ? 1 : 0, name);
  }

  setExclusive(name: string, bytes: number, between: string): void {
    const update = 'UPDATE snapshots SET exclusive_bytes = ?, exclusive_between = ? WHERE name = ?';
    this.#write(update, bytes, between, name);
  }

  remove(name: string): void {
    this.#write('DELETE FROM snapshots WHERE name = ?', name);
  }

  #write(statement: string, ...parameters: unknown[]): void {
    this.#writing(() => this.#connection.prepare(statement).run(...parameters));
  }

  #writing(write: () => void): void {
    try {
      write();
    } catch (error) {
      throw catalogueError(error, this.#path, 'written');
    }
  }
}

function fromStored(row: StoredRow): SnapshotRow {
  return {
    name: row.name,
    setName: row.set_name,
    bucket: row.bucket,
    prefix: row.prefix,
    asOf: row.as_of,
    createdAt: row.created_at,
    keys: row.keys,
    bytes: row.bytes,
    state: row.state,
    held: row.held === 1,
    tags: JSON.parse(row.tags) as Record<string, string>,
    note: row.note,
    flags: JSON.parse(row.flags) as string[],
    exclusiveBytes: row.exclusive_bytes ?? undefined,
    exclusiveBetween: row.exclusive_between ?? undefined,
  };
}

function toStored(row: SnapshotRow): StoredRow {
  return {
    name: row.name,
    set_name: row.setName,
    bucket: row.bucket,
    prefix: row.prefix,
    as_of: row.asOf,
    created_at: row.createdAt,
    keys: row.keys,
    bytes: row.bytes,
    state: row.state,
    held: row.held ? 1 : 0,
    tags: JSON.stringify(row.tags),
    note: row.note,
    flags: JSON.stringify(row.flags),
    exclusive_bytes: row.exclusiveBytes ?? null,
    exclusive_between: row.exclusiveBetween ?? null,
  };
}
