/**
 * Keys as paths of files. Any string is a key; a path has rules: no empty, `.` or `..` component, no NUL, 255 bytes a component,
 * and a name is either a file or a folder. What breaks one leaves the directory, or overwrites another key's file (trap 25), so it
 * has no path; unless names are escaped, by a mapping that gives every key a path of its own.
 */
import { createHash } from 'node:crypto';

export interface FileNameOptions {
  /** Give every key a path. `%` stands for itself no longer then: it begins what is escaped. */
  escape: boolean;
  /** The file system takes names for the same that differ in case or Unicode normal form only. */
  foldsNames: boolean;
}

export type Placed =
  | { path: string; isFolder?: true; isEscaped?: true }
  /** Why the key has no path. */
  | { problem: string };

const maxComponentBytes = 255;
/** With the directory's own path: PATH_MAX of Linux is 4,096 with the NUL at the end. */
const maxPathBytes = 3000;
/** Of a name that is cut, before the hash. */
const cutBytes = 180;

export class FileNames {
  readonly #options: FileNameOptions;
  /** Keys that are files and begin the present key; so bounded by its length. */
  #files: string[] = [];
  readonly #folded = new Set<string>();

  constructor(options: FileNameOptions) {
    this.#options = options;
  }

  /**
   * @param key after the key of the call before, by their UTF-8 bytes: so a file comes before what its name as a folder would hold
   * @param sizeBytes an empty object whose key ends with a slash is what consoles make of a folder
   */
  place(key: string, sizeBytes: number): Placed {
    this.#files = this.#files.filter((file) => key.startsWith(file));
    const isFolder = sizeBytes === 0 && key.endsWith('/');
    const name = isFolder ? key.slice(0, -1) : key;
    const placed = this.#options.escape ? this.#escaped(name) : this.#plain(name);
    if ('problem' in placed) return placed;
    if (!isFolder) this.#files.push(key);
    const unique = this.#options.foldsNames && !isFolder ? this.#unfolded(placed, key) : placed;
    return isFolder && 'path' in unique ? { ...unique, isFolder } : unique;
  }

  #plain(name: string): Placed {
    const problem = problemOf(name);
    if (problem !== undefined) return { problem };
    const [file] = this.#filesInTheWay(name);
    if (file !== undefined) return { problem: `${JSON.stringify(file)} is a file, so it is no folder` };
    return { path: name };
  }

  #escaped(name: string): Placed {
    const beside = new Set(this.#filesInTheWay(name).map((file) => file.split('/').length - 1));
    const path = name
      .split('/')
      .map((component, i) => escapeComponent(component) + (beside.has(i) ? '%' : ''))
      .join('/');
    const short = Buffer.byteLength(path) > maxPathBytes ? `%~${hashOf(name)}` : path;
    return short === name ? { path: name } : { path: short, isEscaped: true };
  }

  /** Keys that are files and would have to be folders. */
  #filesInTheWay(name: string): string[] {
    return this.#files.filter((file) => name[file.length] === '/');
  }

  #unfolded(placed: Exclude<Placed, { problem: string }>, key: string): Placed {
    const folded = placed.path.normalize('NFC').toLowerCase();
    if (!this.#folded.has(folded)) {
      this.#folded.add(folded);
      return placed;
    }
    if (!this.#options.escape) return { problem: 'another key differs from it in case only' };
    return { path: `${placed.path.slice(0, cutBytes)}%~${hashOf(key)}`, isEscaped: true };
  }
}

function problemOf(name: string): string | undefined {
  if (name.includes('\0')) return 'it holds a NUL';
  if (name.startsWith('/')) return 'it begins with a slash';
  for (const component of name.split('/')) {
    if (component === '') return 'a folder or file in it has no name';
    if (component === '.' || component === '..') return `"${component}" is no name of a folder or file`;
    if (Buffer.byteLength(component) > maxComponentBytes)
      return `a folder or file name in it is longer than ${maxComponentBytes} bytes`;
  }
  if (Buffer.byteLength(name) > maxPathBytes) return `it is longer than ${maxPathBytes} bytes`;
  return undefined;
}

/** No two components have the same: `%` itself is escaped, and every `%` in the result is followed by what says why it is there. */
function escapeComponent(component: string): string {
  if (component === '') return '%';
  if (component === '.' || component === '..') return component.replaceAll('.', '%2E');
  const escaped = component.replaceAll('%', '%25').replaceAll('\0', '%00');
  // One byte is left for the mark of a folder beside a file of its name.
  if (Buffer.byteLength(escaped) < maxComponentBytes) return escaped;
  const beginning = Buffer.from(escaped)
    .subarray(0, cutBytes)
    .toString()
    .replace(/\ufffd+$/, '');
  return `${beginning}%~${hashOf(component)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
