/**
 * Tells which paths below a folder have changed: one watch for each folder, by node:fs. What it tells are hints, never more: an event says
 * that a path is worth a look, and nothing about what is there now.
 */
import { watch, type FSWatcher } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import type { EventQueue } from './event-queue.ts';
import { decodeName } from './name-bytes.ts';

export interface FolderEventsOptions {
  /** Absolute. */
  root: string;
  /** Folders that are symbolic links are watched too. */
  followsSymlinks: boolean;
  /** Folders whose contents do not matter. @param path relative */
  isExcluded: (path: string) => boolean;
  /** A path below the root that is worth a look. */
  onChange: (path: string) => void;
  /** Events may be missing, of any path. */
  onLost: (reason: string) => void;
  /** That these events come out of. */
  queue: EventQueue;
}

interface Watched {
  watcher: FSWatcher;
  identity: string;
}

export class FolderEvents {
  readonly #options: FolderEventsOptions;
  readonly #watched = new Map<string, Watched>();
  /** Folders that could not be watched, and why: nothing is told of what happens in them. */
  readonly #unwatched = new Map<string, string>();
  /** Watched ones that have left their place, until somebody looks. */
  readonly #ended = new Set<string>();
  readonly #leaveQueue: () => void;
  #isClosed = false;

  constructor(options: FolderEventsOptions) {
    this.#options = options;
    this.#leaveQueue = options.queue.watch(() =>
      options.onLost('so much happened at once that some of it may have gone unnoticed'),
    );
  }

  get watchedCount(): number {
    return this.#watched.size;
  }

  /** Folders in which changes go unnoticed, and the system's reason. */
  get unwatched(): ReadonlyMap<string, string> {
    return this.#unwatched;
  }

  /** Whether it was a folder when it was looked at last. */
  wasFolder(path: string): boolean {
    return this.#watched.has(path) || this.#unwatched.has(path) || this.#ended.has(path);
  }

  /**
   * Watches a folder and those in it. One that is watched already, as the same folder, stays as it is. What is in new ones is told as
   * changed.
   * @param path relative; empty for the root
   * @param isCompared somebody compares all that is there afterwards: nothing is told, and the folders in those that are watched already are
   * looked for as well, as their coming may have gone unnoticed
   * @returns whether there was another folder in its place before
   */
  async watchTree(path: string, { isCompared = false } = {}): Promise<boolean> {
    if (path !== '' && !(await this.#isFolder(path))) return false;
    const was = this.#watched.get(path)?.watcher;
    const hadEnded = this.#ended.delete(path);
    await this.#watchAll(path, isCompared);
    return hadEnded || (was !== undefined && this.#watched.get(path)?.watcher !== was);
  }

  async #watchAll(path: string, isCompared: boolean): Promise<void> {
    const due = [path];
    for (let folder = due.pop(); folder !== undefined; folder = due.pop()) {
      if (this.#isClosed) return;
      if (folder !== '' && this.#options.isExcluded(folder)) continue;
      if (!(await this.#watchOne(folder)) && !isCompared) continue;
      for (const { name, isFolder, isLink } of await this.#namesIn(folder)) {
        const child = folder === '' ? name : `${folder}/${name}`;
        if (isFolder || (isLink && (await this.#isFolderToFollow(child)))) due.push(child);
        if (!isCompared) this.#options.onChange(child);
      }
    }
  }

  /** Forgets a folder and those in it. */
  forget(path: string): void {
    const beneath = path === '' ? '' : `${path}/`;
    for (const folder of [...this.#watched.keys()])
      if (folder === path || folder.startsWith(beneath)) this.#release(folder);
    for (const folder of [...this.#unwatched.keys(), ...this.#ended])
      if (folder === path || folder.startsWith(beneath)) {
        this.#unwatched.delete(folder);
        this.#ended.delete(folder);
      }
  }

  close(): void {
    this.#isClosed = true;
    this.#leaveQueue();
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
    this.#unwatched.clear();
    this.#ended.clear();
  }

  /** @returns whether it is watched anew, so that what is in it is to be looked at */
  async #watchOne(folder: string): Promise<boolean> {
    const path = join(this.#options.root, folder);
    try {
      const identity = await identityOf(path);
      // Nothing is waited for from here on: somebody else may watch the same.
      const present = this.#watched.get(folder);
      if (present?.identity === identity) return false;
      if (present !== undefined) this.forget(folder);
      if (this.#isClosed) return false;
      const watcher = watch(path, { encoding: 'buffer', persistent: false }, (type, name) =>
        this.#onEvent(folder, type, name),
      );
      watcher.on('error', (error) => this.#onError(folder, error));
      this.#watched.set(folder, { watcher, identity });
      this.#unwatched.delete(folder);
      return true;
    } catch (error) {
      const code = systemErrorCode(error) ?? String(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      this.#unwatched.set(folder, code);
      // What is in it can be watched or not, by itself.
      return code === 'ENOSPC' || code === 'EMFILE';
    }
  }

  async #namesIn(folder: string): Promise<{ name: string; isFolder: boolean; isLink: boolean }[]> {
    try {
      const entries = await readdir(join(this.#options.root, folder), {
        encoding: 'buffer',
        withFileTypes: true,
      });
      return entries.flatMap((entry) => {
        const name = decodeName(entry.name);
        if (name === undefined) return [];
        return [{ name, isFolder: entry.isDirectory(), isLink: entry.isSymbolicLink() }];
      });
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#unwatched.set(folder, code ?? String(error));
      return [];
    }
  }

  async #isFolder(path: string): Promise<boolean> {
    try {
      const stats = await lstat(join(this.#options.root, path));
      return stats.isDirectory() || (stats.isSymbolicLink() && (await this.#isFolderToFollow(path)));
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return false;
    }
  }

  /** Not one that leads to a folder above itself: that would be watched without end. */
  async #isFolderToFollow(path: string): Promise<boolean> {
    if (!this.#options.followsSymlinks) return false;
    try {
      const identity = await identityOf(join(this.#options.root, path));
      for (let above = parentOf(path); above !== undefined; above = parentOf(above)) {
        if (this.#watched.get(above)?.identity === identity) return false;
      }
      return (await stat(join(this.#options.root, path))).isDirectory();
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return false;
    }
  }

  #onEvent(folder: string, type: string, rawName: Buffer | null): void {
    this.#options.queue.count();
    if (this.#isClosed) return;
    if (rawName === null) {
      this.#options.onLost('the system told of a change without saying of what');
      return;
    }
    const name = decodeName(rawName);
    if (name === undefined) return;
    const path = join(this.#options.root, folder);
    // The end of the folder itself is told under its own name, and nothing more comes from it then.
    if (type === 'rename' && name === basename(path)) void this.#lookWhetherEnded(folder, join(path, name));
    this.#options.onChange(folder === '' ? name : `${folder}/${name}`);
  }

  async #lookWhetherEnded(folder: string, child: string): Promise<void> {
    const watched = this.#watched.get(folder);
    try {
      await lstat(child);
      return;
    } catch {
      // A file of that name may be gone as well: to watch the folder anew does no harm.
    }
    if (watched === undefined || this.#watched.get(folder) !== watched) return;
    this.#release(folder);
    this.#ended.add(folder);
    if (folder === '') this.#options.onLost('the folder was removed or replaced');
    else this.#options.onChange(folder);
  }

  #onError(folder: string, error: unknown): void {
    this.#release(folder);
    this.#options.onLost(`a watch failed (${systemErrorCode(error) ?? String(error)})`);
  }

  /** The kernel may still have events of it in its queue: these are to be counted before nobody sees them. */
  #release(folder: string): void {
    const watched = this.#watched.get(folder);
    if (watched === undefined) return;
    this.#watched.delete(folder);
    watched.watcher.removeAllListeners('change');
    watched.watcher.on('change', () => this.#options.queue.count());
    setImmediate(() => setImmediate(() => watched.watcher.close()));
  }
}

/** With the time of its birth: file systems give inode numbers away again at once. */
async function identityOf(path: string): Promise<string> {
  const { dev, ino, birthtimeNs } = await stat(path, { bigint: true });
  return `${dev} ${ino} ${birthtimeNs}`;
}

function parentOf(path: string): string | undefined {
  if (path === '') return undefined;
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}
