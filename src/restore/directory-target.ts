/** Restores into a directory: a file for each key, written under another name, checked, and renamed. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { forEachConcurrently } from '../concurrency.ts';
import { BackupError } from '../errors.ts';
import type { Entry } from '../index/entry.ts';
import { isMd5, looksLikeMd5 } from '../etag.ts';
import type { Route } from './estimate.ts';
import { FileNames, type Placed } from './file-names.ts';
import type { RestoreJournal } from './journal.ts';
import { NameTable } from './name-table.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from './options.ts';
import type { DecidedAction } from './plan.ts';
import type { SafeFolder } from './safe-folder.ts';
import { sourceIdentity } from './source-identity.ts';
import type { DecideOptions, Outcome, RestoreTarget } from './target.ts';
import { Thaw } from './thaw.ts';
import { checkNullVersion } from './null-version.ts';

/** Files that are read at once to compare them. */
const readAtOnce = 8;

export class DirectoryTarget implements RestoreTarget {
  readonly route: Route = { kind: 'download', crossesRegions: false };
  readonly #thaw: Thaw;
  readonly #folder: SafeFolder;
  readonly #options: RestoreOptions;
  readonly #dependencies: RestoreDependencies;
  readonly #journal: RestoreJournal | undefined;

  constructor(
    folder: SafeFolder,
    options: RestoreOptions,
    dependencies: RestoreDependencies,
    journal: RestoreJournal | undefined,
  ) {
    this.#thaw = new Thaw(dependencies.source, options, dependencies.clock);
    this.#folder = folder;
    this.#options = options;
    this.#dependencies = dependencies;
    this.#journal = journal;
  }

  async *decide(
    entries: AsyncIterable<readonly Entry[]>,
    { isThorough = false }: DecideOptions = {},
  ): AsyncGenerator<DecidedAction[]> {
    const { dryRun, escapeNames = false, toPrefix } = this.#options;
    const foldsNames = dryRun ? false : await this.#folder.foldsNames();
    const names = new FileNames({ escape: escapeNames, foldsNames });
    const table = new NameTable(this.#folder);
    for await (const batch of entries) {
      const decided: DecidedAction[] = [];
      const placed = batch.map((entry) => ({ entry, ...names.place(toPrefix + entry.key, entry.sizeBytes) }));
      for (const each of placed) if ('isEscaped' in each) table.add(toPrefix + each.entry.key, each.path);
      await forEachConcurrently(placed, readAtOnce, async (each) => {
        this.#dependencies.signal.throwIfAborted();
        decided.push(await this.#actionFor(each.entry, each, isThorough));
      });
      yield decided;
    }
    if (!dryRun) await table.write();
  }

  /** @throws BackupError REFUSED where the disk is too small */
  async prepare(plan: RestorePlan): Promise<void> {
    const freeBytes = await this.#folder.freeBytes();
    if (plan.bytes <= freeBytes || this.#options.force) return;
    throw new BackupError(
      'REFUSED',
      `The restore needs ${plan.bytes} bytes, and ${this.#folder.root} has ${freeBytes} left.`,
      {
        hint: 'Free some space, restore a part with --prefix or --include, or add --force to try all the same.',
      },
    );
  }

  async carryOut(action: DecidedAction): Promise<Outcome> {
    if (action.action !== 'copy') throw new Error(`A directory is never restored by ${action.action}.`);
    const { entry, place } = action;
    if (place === undefined || 'problem' in place) throw noFileName(entry, place);
    if (place.isFolder) {
      await this.#folder.makeFolder(place.path);
      return { outcome: 'copied', bytes: 0 };
    }
    const isWritten = await this.#thaw.whenReadable(entry, async () => {
      const made = identityOf(await this.#write(entry, place.path));
      const fact = { key: place.path, source: sourceIdentity(entry), made, isProvable: false };
      await this.#journal?.noteCopy(fact);
    });
    return isWritten ? { outcome: 'copied', bytes: entry.sizeBytes } : { outcome: 'thawing' };
  }

  async removeUnfinished({ id }: { id: string }): Promise<void> {
    await this.#folder.removeTemporary(id);
  }

  async #actionFor(entry: Entry, place: Placed, isThorough: boolean): Promise<DecidedAction> {
    const due: DecidedAction = { action: 'copy', entry, place };
    if ('problem' in place) return due;
    const stats = await this.#folder.look(place.path);
    if (stats === undefined) return due;
    if (place.isFolder) return stats.isDirectory() ? { action: 'same', entry } : due;
    if (!stats.isFile() || stats.size !== entry.sizeBytes) return due;
    const fact = this.#journal?.factOf(place.path);
    const isKnown = fact?.source === sourceIdentity(entry) && fact.made === identityOf(stats);
    if (isKnown && !(isThorough && looksLikeMd5(entry.etag))) return { action: 'same', entry };
    // Equal sizes and times prove nothing (trap 32).
    if (!looksLikeMd5(entry.etag)) return due;
    const isEqual = (await this.#md5Of(place.path)) === entry.etag;
    // Of what was encrypted with a key of its own, the etag is no MD5; the file was checked when it was written.
    return isEqual || isKnown ? { action: 'same', entry } : due;
  }

  async #md5Of(path: string): Promise<string> {
    const file = await this.#folder.openFile(path);
    const hash = createHash('md5');
    for await (const chunk of file.createReadStream() as AsyncIterable<Buffer>) hash.update(chunk);
    return hash.digest('hex');
  }

  async #write(entry: Entry, path: string): Promise<Stats> {
    const { source, signal } = this.#dependencies;
    await checkNullVersion(entry, source);
    let temporary = '';
    const onBegin = (name: string): void => {
      temporary = name;
      this.#journal?.noteUpload({ id: name, key: path });
    };
    const stats = await this.#folder.writeFile(path, entry.lastModifiedMs, onBegin, async (file) => {
      const { head, chunks } = await source.read(entry.key, entry.versionId, {
        sizeBytes: entry.sizeBytes,
        signal,
      });
      const hash = isMd5(head) ? createHash('md5') : undefined;
      let sizeBytes = 0;
      for await (const chunk of chunks) {
        signal.throwIfAborted();
        hash?.update(chunk);
        sizeBytes += chunk.length;
        for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
      }
      if (sizeBytes !== entry.sizeBytes || (hash !== undefined && hash.digest('hex') !== head.etag))
        throw damaged(entry);
    });
    this.#journal?.forgetUpload(temporary);
    return stats;
  }
}

/** A file that nobody has touched since. */
function identityOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function noFileName(entry: Entry, place: Placed | undefined): BackupError {
  const problem = place !== undefined && 'problem' in place ? place.problem : 'it has no path';
  return new BackupError('FAILED', `${JSON.stringify(entry.key)} is no name for a file: ${problem}.`, {
    hint: 'Add --escape-names to restore such keys under other names.',
    cause: Object.assign(new Error(problem), { name: 'NameImpossible' }),
  });
}

function damaged(entry: Entry): BackupError {
  return new BackupError(
    'FAILED',
    `What came for ${JSON.stringify(entry.key)} is not what was stored: its size or MD5 differs.`,
    { hint: 'Run the command again; if it stays, look for what changes data on the way, such as a proxy.' },
  );
}
