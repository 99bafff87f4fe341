/**
 * Walks a directory in the order of the keys that its files become: by UTF-8 bytes, a folder among its neighbours as if its name ended
 * with a slash ("a.b" comes before "a/c"). One folder's names for each level of depth are in memory, never those of the tree.
 */
import { lstatSync, statSync, type Dirent, type Stats } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { compareKeys } from '../key-order.ts';
import { stateOf } from './file-state.ts';
import { readNames } from './folder-names.ts';
import type { Scope } from './scope.ts';
import type { SourceEntry, SourceProblem, SourceWatch } from './source.ts';

export interface WalkOptions {
  root: string;
  symlinks: 'skip' | 'follow' | 'store';
  scope: Scope;
  watch: SourceWatch;
  signal: AbortSignal;
  /** Called with the path of each folder that another file system is mounted on. */
  onMountPoint: (path: string) => void;
}

/** Of a batch, roughly. */
const batchEntries = 1000;

interface OpenFolder {
  /** Of what is in it: empty, or with the slash at its end. */
  prefix: string;
  /** In their order, and where the walk stands in them. */
  items: Item[];
  at: number;
  device: number;
  /** Device and inode, to tell a circle of symbolic links. */
  identity: string;
}

interface Item {
  name: string;
  kind: 'file' | 'folder' | 'skip';
}

/** @param under as in `Source.entries` */
export async function* walk(under: string, options: WalkOptions): AsyncGenerator<SourceEntry[]> {
  const open: OpenFolder[] = [];
  let batch: SourceEntry[] = [];
  const first = await openFolder(under, open, batch, options);
  if (first !== undefined) open.push(first);
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    const item = folder.items[folder.at++];
    if (item === undefined) {
      open.pop();
      continue;
    }
    const key = folder.prefix + item.name;
    if (item.kind === 'folder') {
      options.signal.throwIfAborted();
      const next = await openFolder(`${key}/`, open, batch, options);
      if (next !== undefined) open.push(next);
    } else if (item.kind === 'skip') batch.push(skippedEntry(key));
    else addFile(key, batch, options);
    if (batch.length >= batchEntries) {
      yield batch;
      batch = [];
      options.signal.throwIfAborted();
    }
  }
  if (batch.length > 0) yield batch;
}

export function skippedEntry(key: string): SourceEntry {
  return { key, sizeBytes: 0, modifiedMs: 0, changedMs: 0, isSkipped: true };
}

export function linkProblem(key: string, path: string): SourceProblem {
  return { key, code: 'SYMLINK', message: `${path} is a symbolic link.` };
}

async function openFolder(
  prefix: string,
  open: readonly OpenFolder[],
  batch: SourceEntry[],
  options: WalkOptions,
): Promise<OpenFolder | undefined> {
  const { root, symlinks, watch, onMountPoint } = options;
  const path = join(root, prefix);
  try {
    // A link may have come in the place of a folder a moment ago; the root may be one.
    const isFollowed = symlinks === 'follow' || prefix === '';
    const stats = isFollowed ? statSync(path) : lstatSync(join(root, prefix.slice(0, -1)));
    if (stats.isSymbolicLink()) {
      watch.skipped(linkProblem(prefix, path));
      batch.push(skippedEntry(prefix));
      return undefined;
    }
    const identity = `${stats.dev}:${stats.ino}`;
    if (open.some((folder) => folder.identity === identity)) {
      watch.skipped({ key: prefix, code: 'CIRCLE', message: `${path} leads back into a folder it is in.` });
      batch.push(skippedEntry(prefix));
      return undefined;
    }
    const parent = open.at(-1);
    if (parent !== undefined && parent.device !== stats.dev) onMountPoint(path);
    const { dirents, unnamed } = await readNames(path);
    for (const { name, isFile, isFolder } of unnamed) {
      const key = prefix + name;
      const isBusiness =
        (!isFolder && options.scope.covers(key)) || (!isFile && options.scope.entersFolder(`${key}/`));
      if (!isBusiness) continue;
      const message = `The name of ${join(path, name)} is not UTF-8: no key can be made of it.`;
      watch.failed({ key, code: 'NOT_UTF8', message });
    }
    const items = dirents.flatMap((dirent) => itemsOf(dirent, prefix, options));
    items.sort((a, b) => compareKeys(sortName(a), sortName(b)));
    return { prefix, items, at: 0, device: stats.dev, identity };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const isGone = code === 'ENOENT' || code === 'ENOTDIR';
    // Whoever asks for a single folder wants to know that it is gone; the root is looked at before.
    if (isGone && open.length === 0 && prefix !== '') return undefined;
    if (prefix !== '') batch.push(skippedEntry(prefix));
    if (isGone && open.length > 0) watch.skipped(vanished(prefix, path));
    else watch.unreadable({ key: prefix, code, message: `The folder ${path} cannot be read (${code}).` });
    return undefined;
  }
}

function sortName({ name, kind }: Item): string {
  return kind === 'folder' ? `${name}/` : name;
}

/** What of it is the business of the site; what of that is not brought is told to the watch. */
function itemsOf(dirent: Dirent, prefix: string, options: WalkOptions): Item[] {
  const { scope, watch } = options;
  const { name } = dirent;
  const key = prefix + name;
  // Not even looked at: where a link leads to, or its file system, may not answer.
  if (!scope.covers(key) && !scope.entersFolder(`${key}/`)) return [];
  const found = find(dirent, key, options);
  if (found === 'file') return scope.covers(key) ? [{ name, kind: found }] : [];
  if (found === 'folder') return scope.entersFolder(`${key}/`) ? [{ name, kind: found }] : [];
  const isLink = found.code === 'SYMLINK';
  if (!scope.covers(key) && !(isLink && holdsBusiness(key, options))) return [];
  watch.skipped({ key, ...found });
  // What was brought while it was a folder stays, too.
  return (isLink ? [name, `${name}/`] : [name]).map((each) => ({ name: each, kind: 'skip' }));
}

/** What it is to be brought as, or why it is not. */
function find(
  dirent: Dirent,
  key: string,
  { root, symlinks }: WalkOptions,
): 'file' | 'folder' | Omit<SourceProblem, 'key'> {
  if (dirent.isFile()) return 'file';
  if (dirent.isDirectory()) return 'folder';
  const path = join(root, key);
  // Some file systems do not tell types in their listings.
  const stats = dirent.isSymbolicLink() ? dirent : lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return 'file';
  if (stats?.isDirectory() === true) return 'folder';
  if (stats?.isSymbolicLink() !== true)
    return { code: 'SPECIAL', message: `${path} is neither a file nor a folder.` };
  if (symlinks === 'store') return 'file';
  return symlinks === 'follow' ? findTarget(path) : linkProblem(key, path);
}

function findTarget(path: string): ReturnType<typeof find> {
  try {
    const stats = statSync(path);
    if (stats.isFile()) return 'file';
    if (stats.isDirectory()) return 'folder';
    return { code: 'SPECIAL', message: `${path} leads to neither a file nor a folder.` };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return { code: 'SYMLINK', message: `${path} leads nowhere (${code}).` };
  }
}

/** Whether a link may lead, or have led, to a folder with something in it that is the business of the site. */
function holdsBusiness(key: string, { root, scope }: WalkOptions): boolean {
  return scope.entersFolder(`${key}/`) && findTarget(join(root, key)) !== 'file';
}

function addFile(key: string, batch: SourceEntry[], options: WalkOptions): void {
  const { root, watch } = options;
  const path = join(root, key);
  const entry = entryAt(path, key, options);
  if (entry !== undefined) {
    batch.push(entry);
    return;
  }
  watch.skipped(vanished(key, path));
  batch.push(skippedEntry(key));
}

/** What is at the path now, where it is a file to be brought; undefined where nothing is. */
export function entryAt(
  path: string,
  key: string,
  { symlinks, watch }: Pick<WalkOptions, 'symlinks' | 'watch'>,
): SourceEntry | undefined {
  try {
    const stats: Stats | undefined =
      symlinks === 'follow'
        ? statSync(path, { throwIfNoEntry: false })
        : lstatSync(path, { throwIfNoEntry: false });
    // A folder in the place of a file: what is in it has keys of its own.
    if (stats === undefined || stats.isDirectory()) return undefined;
    if (stats.isFile() || (symlinks === 'store' && stats.isSymbolicLink())) return { key, ...stateOf(stats) };
    watch.skipped({ key, code: 'SPECIAL', message: `${path} is no file any more.` });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    if (code === 'ENOTDIR') return undefined;
    watch.failed({ key, code, message: `${path} cannot be looked at (${code}).` });
  }
  return skippedEntry(key);
}

function vanished(key: string, path: string) {
  return { key, code: 'VANISHED', message: `${path} was gone before it could be read.` };
}
