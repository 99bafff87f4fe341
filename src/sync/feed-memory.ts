/** What is remembered of one feed. site-state.ts says where. */
import type { Database, Statement } from 'better-sqlite3';
import { noFileMs } from './file-state.ts';
import { PartDeletions } from './part-deletions.ts';
import type { Remembered } from './plan.ts';

interface Row {
  key: string;
  size: number;
  modified_ms: number;
  changed_ms: number;
  etag: string;
  content_etag: string | null;
  storage_class: string | null;
  retired: number;
}

/** So many changes are written at once. */
const batchRows = 1000;

/** In the names of files, between that of the state and the rest. */
export const listsInfix = '.retiring-';

export class FeedMemory {
  readonly #connection: Database;
  readonly #feed: number;
  readonly #naming: <T>(work: () => T) => T;
  readonly #between: Statement;
  readonly #one: Statement;
  readonly #put: Statement;
  readonly #forget: Statement;
  readonly #forgetAfter: Statement;
  readonly #forgetBetween: Statement;
  readonly #name: string;
  #waiting: (Remembered | string)[] = [];
  #leftUploads: { id: string; key: string }[];
  #lists = 0;
  #isIgnored = false;
  #hasBrought = false;
  readonly parts = new PartDeletions();

  /**
   * @param name of the site's state
   * @param naming runs what may fail, and makes errors for users of its errors
   */
  constructor(connection: Database, feed: number, name: string, naming: <T>(work: () => T) => T) {
    this.#connection = connection;
    this.#name = name;
    this.#feed = feed;
    this.#naming = naming;
    const columns = 'key, size, modified_ms, changed_ms, etag, content_etag, storage_class, retired';
    this.#between = connection.prepare(
      `SELECT ${columns} FROM files WHERE feed = ? AND key >= ? AND key <= ?`,
    );
    this.#one = connection.prepare(`SELECT ${columns} FROM files WHERE feed = ? AND key = ?`);
    this.#put = connection.prepare(
      `INSERT OR REPLACE INTO files (feed, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    const uploads = connection.prepare('SELECT id, key FROM uploads WHERE feed = ?').all(feed);
    this.#leftUploads = uploads as { id: string; key: string }[];
    this.#forget = connection.prepare('DELETE FROM files WHERE feed = ? AND key = ?');
    this.#forgetAfter = connection.prepare('DELETE FROM files WHERE feed = ? AND key > ?');
    this.#forgetBetween = connection.prepare('DELETE FROM files WHERE feed = ? AND key > ? AND key < ?');
  }

  /** From now on nothing is known of files, though it is kept: for a dry run that asks what would be without. */
  ignoreFiles(): void {
    this.#isIgnored = true;
  }

  /** Of the keys from `first` to `last`, both included, by the order of their UTF-8 bytes, which is SQLite's. */
  between(first: string, last: string): Map<string, Remembered> {
    if (this.#isIgnored) return new Map();
    return this.#naming(() => {
      this.#write();
      const rows = this.#between.all(this.#feed, first, last) as Row[];
      return new Map(rows.map((row) => [row.key, fromRow(row)]));
    });
  }

  of(key: string): Remembered | undefined {
    return this.#naming(() => {
      this.#write();
      const row = this.#one.get(this.#feed, key) as Row | undefined;
      return row === undefined ? undefined : fromRow(row);
    });
  }

  /** How many files are remembered as present. */
  get count(): number {
    return this.#naming(() => {
      this.#write();
      const present = 'SELECT count(*) AS n FROM files WHERE feed = ? AND retired = 0';
      return (this.#connection.prepare(present).get(this.#feed) as { n: number }).n;
    });
  }

  /** Whether more files than that are remembered as present. */
  holdsMoreThan(files: number): boolean {
    return this.#naming(() => {
      this.#write();
      const present = 'SELECT 1 FROM files WHERE feed = ? AND retired = 0 LIMIT ?';
      const row = this.#connection
        .prepare(`SELECT count(*) AS n FROM (${present})`)
        .get(this.#feed, files + 1);
      return (row as { n: number }).n > files;
    });
  }

  /** Something was uploaded, also where its state cannot be remembered yet. */
  noteBrought(): void {
    this.#hasBrought = true;
  }

  /** Whether any file is, or was since this was opened, known to be the same as its object. */
  get hasBrought(): boolean {
    this.#hasBrought ||= this.#naming(() => {
      this.#write();
      const brought = 'SELECT 1 FROM files WHERE feed = ? AND retired = 0 AND modified_ms >= 0 LIMIT 1';
      return this.#connection.prepare(brought).get(this.#feed) !== undefined;
    });
    return this.#hasBrought;
  }

  /** Written with the next ones; `flush` writes what is left. */
  remember(file: Remembered): void {
    this.#later(file);
  }

  /** Something was asked for, and nobody knows whether it was done: the bucket has to be asked what it has under the key. */
  doubt(key: string): void {
    this.#later({
      key,
      sizeBytes: -1,
      modifiedMs: noFileMs,
      changedMs: noFileMs,
      etag: '',
      isRetired: false,
    });
  }

  forget(key: string): void {
    this.#later(key);
  }

  /** All keys after the one and before the other. @param before undefined: to the last */
  forgetBetween(after: string, before: string | undefined): void {
    this.#naming(() => {
      this.#write();
      if (before === undefined) this.#forgetAfter.run(this.#feed, after);
      else this.#forgetBetween.run(this.#feed, after, before);
    });
  }

  flush(): void {
    this.#naming(() => this.#write());
  }

  /** What has to be there for the source to be trusted. */
  get needed(): readonly string[] {
    return this.#naming(() => {
      const row = this.#connection.prepare('SELECT needed FROM feeds WHERE id = ?').get(this.#feed);
      return JSON.parse((row as { needed: string }).needed) as string[];
    });
  }

  set needed(places: readonly string[]) {
    this.#naming(() =>
      this.#connection
        .prepare('UPDATE feeds SET needed = ? WHERE id = ?')
        .run(JSON.stringify(places), this.#feed),
    );
  }

  noteUpload(id: string, key: string): void {
    this.#naming(() =>
      this.#connection
        .prepare('INSERT OR REPLACE INTO uploads (id, feed, key) VALUES (?, ?, ?)')
        .run(id, this.#feed, key),
    );
  }

  forgetUpload(id: string): void {
    this.#naming(() => this.#connection.prepare('DELETE FROM uploads WHERE id = ?').run(id));
  }

  /** Those that killed runs left behind, told once: what was begun since then is under way. */
  takeLeftUploads(): { id: string; key: string }[] {
    return this.#leftUploads.splice(0);
  }

  /** Of a file beside the state that lists what is to go. What a killed run leaves, the next one removes. */
  newListName(): string {
    return `${this.#name}${listsInfix}${this.#feed}-${++this.#lists}`;
  }

  #later(change: Remembered | string): void {
    this.#waiting.push(change);
    if (this.#waiting.length >= batchRows) this.flush();
  }

  #write(): void {
    if (this.#waiting.length === 0) return;
    const changes = this.#waiting.splice(0);
    this.#connection.transaction(() => {
      for (const change of changes) {
        if (typeof change === 'string') this.#forget.run(this.#feed, change);
        else this.#put.run(this.#feed, ...toColumns(change));
      }
    })();
  }
}

function fromRow(row: Row): Remembered {
  return {
    key: row.key,
    sizeBytes: row.size,
    modifiedMs: row.modified_ms,
    changedMs: row.changed_ms,
    etag: row.etag,
    contentEtag: row.content_etag ?? row.etag,
    ...(row.storage_class !== null && { storageClass: row.storage_class }),
    isRetired: row.retired === 1,
  };
}

/** An etag that is the content's is stored once. */
function toColumns(file: Remembered): (string | number | null)[] {
  const { key, sizeBytes, modifiedMs, changedMs, etag, contentEtag = etag } = file;
  return [
    key,
    sizeBytes,
    modifiedMs,
    changedMs,
    etag,
    contentEtag === etag ? null : contentEtag,
    file.storageClass ?? null,
    file.isRetired ? 1 : 0,
  ];
}
