/** A directory as a source. A file is brought as it was at one moment, or not at all (trap 31). */
import { existsSync, lstatSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Clock } from '../clock.ts';
import { BackupError, systemErrorCode } from '../errors.ts';
import type { Brought, DestinationBucket, DestinationEntry } from './destination.ts';
import { EtagHash, md5Of, partSizeFor, partSizesBehind } from './etags.ts';
import type { FileState } from './file-state.ts';
import { isMountPoint, mountPointOf } from './mount-point.ts';
import {
  busyError,
  changedError,
  isUnchanged,
  readLink,
  readPieces,
  readWhole,
  withFile,
} from './read-file.ts';
import { SmallFiles } from './small-files.ts';
import type { Scope } from './scope.ts';
import type { BringOptions, Compared, Source, SourceEntry, SourceWatch } from './source.ts';
import { entryAt, linkProblem, skippedEntry, walk } from './walk.ts';

export interface DirectoryOptions {
  root: string;
  symlinks: 'skip' | 'follow' | 'store';
  chunkSizeBytes: number;
  scope: Scope;
  clock: Clock;
}

/** What S3 takes where none is given (API Reference, PutObject); the SDK gives another one with some requests, and none with others. */
const contentType = 'binary/octet-stream';
/** Up to here a file is read once, into memory. */
const wholeBytes = 1024 ** 2;
/** How often a file that changes while it is read is tried, and how long it is left alone in between. */
const attempts = 4;
const pauseMs = 250;

export class DirectorySource implements Source {
  readonly name: string;
  readonly #options: DirectoryOptions;
  readonly #smallFiles = new SmallFiles();
  #mountPoint = '';
  #met: string[] = [];

  constructor(options: DirectoryOptions) {
    this.name = options.root;
    this.#options = options;
  }

  get met(): readonly string[] {
    return [this.#mountPoint, ...this.#met];
  }

  async identify(): Promise<void> {
    const { root } = this.#options;
    try {
      if ((await stat(root)).isDirectory()) {
        this.#mountPoint = await mountPointOf(root);
        return;
      }
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === undefined) throw error;
      throw missing(root, code === 'ENOENT' ? 'is not there' : `cannot be looked at (${code})`, error);
    }
    throw missing(root, 'is no folder');
  }

  concerns(place: string): boolean {
    const { root, scope } = this.#options;
    const isBeneath = place.startsWith(join(root, '/'));
    return !isBeneath || scope.reachesFolder(`${relative(root, place)}/`);
  }

  hasStill(place: string): Promise<boolean> {
    return isMountPoint(place);
  }

  entries(under: string, watch: SourceWatch, signal: AbortSignal): AsyncIterable<readonly SourceEntry[]> {
    const { root, symlinks, scope } = this.#options;
    this.#met = [];
    if (symlinks !== 'follow' && this.#leadsThroughLink(under)) return this.#behindLink(under, watch);
    const onMountPoint = (path: string): void => void this.#met.push(path);
    return walk(under, { root, symlinks, scope, watch, signal, onMountPoint });
  }

  async look(key: string, watch: SourceWatch): Promise<SourceEntry | undefined> {
    const { symlinks } = this.#options;
    // What lies behind a link is in the source only where links are followed.
    if (symlinks !== 'follow' && this.#leadsThroughLink(key))
      return symlinks === 'skip' ? skippedEntry(key) : undefined;
    const entry = entryAt(this.#pathOf(key), key, { symlinks, watch });
    return entry === undefined && this.#leadsNowhere(key) ? skippedEntry(key) : entry;
  }

  /** A folder that a link has come in the place of: as `look` has it. */
  async *#behindLink(under: string, watch: SourceWatch): AsyncGenerator<readonly SourceEntry[]> {
    if (this.#options.symlinks !== 'skip') return;
    watch.skipped(linkProblem(under, this.#pathOf(under)));
    yield [skippedEntry(under)];
  }

  #leadsThroughLink(key: string): boolean {
    return foldersAbove(key).some((folder) => isLink(this.#pathOf(folder)));
  }

  /** A link whose target is away: as the walk has it, what it brought stays. */
  #leadsNowhere(key: string): boolean {
    const paths = [...foldersAbove(key), key].map((part) => this.#pathOf(part));
    return paths.some((path) => isLink(path) && !existsSync(path));
  }

  async compare(
    { key }: SourceEntry,
    object: DestinationEntry,
    knownEtag: string | undefined,
  ): Promise<Compared> {
    const path = this.#pathOf(key);
    if (this.#isStoredLink(path)) {
      const { target, state } = await readLink(path);
      const contentEtag = md5Of(target);
      return { isSame: contentEtag === object.etag, contentEtag, read: state };
    }
    return this.#withFile(path, async (handle, state) => {
      const { chunkSizeBytes } = this.#options;
      const own = new EtagHash(partSizeFor(state.sizeBytes, chunkSizeBytes));
      const others = partSizesBehind(object.etag, state.sizeBytes, chunkSizeBytes).map(
        (partSize) => new EtagHash(partSize),
      );
      for await (const piece of readPieces(handle)) for (const hash of [own, ...others]) hash.update(piece);
      // What it is now, another reading finds out.
      if (!(await isUnchanged(handle, state))) return { isSame: false };
      const contentEtag = own.digest();
      const isKnown = contentEtag === knownEtag || contentEtag === object.etag;
      return {
        isSame: isKnown || others.some((hash) => hash.digest() === object.etag),
        contentEtag,
        read: state,
      };
    });
  }

  async bring(
    { key, sizeBytes, changedMs }: SourceEntry,
    toKey: string,
    to: DestinationBucket,
    options: BringOptions,
  ): Promise<Brought> {
    const path = this.#pathOf(key);
    if (this.#isStoredLink(path)) return bringLink(path, toKey, to, options);
    // It was quiet when it was listed, and may have been begun anew since.
    const refuseBusy = (state: FileState): void => {
      const isOther = state.changedMs !== changedMs;
      if (isOther && options.isBusy?.(state.changedMs) === true) throw busyError(path);
    };
    if (this.#smallFiles.takes(sizeBytes)) {
      const read = this.#smallFiles.read(path, this.#options.symlinks === 'follow');
      if (read !== undefined) {
        refuseBusy(read.state);
        return putWhole(read.body, read.state, toKey, to, options);
      }
    }
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const brought = await this.#withFile(path, (handle, state) => {
        refuseBusy(state);
        return state.sizeBytes <= wholeBytes
          ? this.#bringWhole(handle, state, toKey, to, options)
          : this.#bringPieces(handle, state, toKey, to, options);
      });
      if (brought !== undefined) return brought;
      if (attempt < attempts) await this.#options.clock.sleep(pauseMs * attempt, options.signal);
    }
    throw changedError(path);
  }

  close(): void {
    // Files are closed one by one.
  }

  /** Undefined where it was changed meanwhile. */
  async #bringWhole(
    handle: Handle,
    state: FileState,
    key: string,
    to: DestinationBucket,
    options: BringOptions,
  ): Promise<Brought | undefined> {
    const body = await readWhole(handle, state.sizeBytes);
    if (body === undefined || !(await isUnchanged(handle, state))) return undefined;
    return putWhole(body, state, key, to, options);
  }

  /**
   * Read twice: for its MD5s, after which it is known whether it was one state, and to be sent. What differs between the two the server
   * refuses, as each request names the MD5 of the first reading.
   */
  async #bringPieces(
    handle: Handle,
    state: FileState,
    key: string,
    to: DestinationBucket,
    { storageClass, signal, onUpload, onUploadEnd }: BringOptions,
  ): Promise<Brought | undefined> {
    const { sizeBytes } = state;
    const partSizeBytes = partSizeFor(sizeBytes, this.#options.chunkSizeBytes);
    const hash = new EtagHash(partSizeBytes);
    for await (const piece of readPieces(handle)) {
      signal.throwIfAborted();
      hash.update(piece);
    }
    const contentEtag = hash.digest();
    if (!(await isUnchanged(handle, state))) return undefined;
    const { md5s } = hash;
    const put = { key, file: handle, sizeBytes, md5s, partSizeBytes, storageClass, contentType };
    const beforeCompletion = async (): Promise<void> => {
      if (!(await isUnchanged(handle, state))) throw new ChangedMeanwhile();
    };
    try {
      const { etag } = await to.putFile(put, { signal, onUpload, onUploadEnd, beforeCompletion });
      return { etag, sentBytes: sizeBytes, contentEtag, read: state };
    } catch (error) {
      if (error instanceof ChangedMeanwhile) return undefined;
      if (isOfChange(error) && !(await isUnchanged(handle, state))) return undefined;
      throw error;
    }
  }

  #isStoredLink(path: string): boolean {
    return this.#options.symlinks === 'store' && isLink(path);
  }

  #withFile<T>(path: string, work: (handle: Handle, state: FileState) => Promise<T>): Promise<T> {
    return withFile(path, this.#options.symlinks === 'follow', work);
  }

  #pathOf(key: string): string {
    return join(this.#options.root, key);
  }
}

/** The keys of the folders that a file is in, without slashes at their ends. */
function foldersAbove(key: string): string[] {
  const parts = key.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** False also where it cannot be looked at: then what is done with it says so. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return false;
  }
}

type Handle = Parameters<Parameters<typeof withFile>[2]>[0];

class ChangedMeanwhile extends Error {}

/** What a file that is changed while it is sent ends with: the server's refusal, or our own. */
function isOfChange(error: unknown): boolean {
  if (systemErrorCode(error) === 'CHANGED') return true;
  const cause = error instanceof BackupError ? error.cause : undefined;
  return cause instanceof Error && /^(BadDigest|FileShortened|InvalidDigest)$/.test(cause.name);
}

async function putWhole(
  body: Buffer,
  state: FileState,
  key: string,
  to: DestinationBucket,
  { storageClass, signal }: BringOptions,
): Promise<Brought> {
  const md5 = md5Of(body);
  const { etag } = await to.putBuffer({ key, body, md5, storageClass, contentType }, { signal });
  return { etag, sentBytes: body.length, contentEtag: md5, read: state };
}

async function bringLink(
  path: string,
  key: string,
  to: DestinationBucket,
  { storageClass, signal }: BringOptions,
): Promise<Brought> {
  const { target, state } = await readLink(path);
  const md5 = md5Of(target);
  const put = { key, body: target, md5, storageClass, contentType: 'inode/symlink' };
  const { etag } = await to.putBuffer(put, { signal });
  return { etag, sentBytes: target.length, contentEtag: md5, read: state };
}

function missing(root: string, what: string, cause?: unknown): BackupError {
  return new BackupError('REFUSED', `The folder ${root} ${what}, so nothing was deleted in the bucket.`, {
    hint: 'Check Path, Folders and Roots in the configuration, and that the disk is mounted.',
    cause,
  });
}
