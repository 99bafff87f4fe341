/** The names in a folder that are UTF-8, and what the others look like. */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

const replacement = '\ufffd';

/** What it looks like, and what it is, where that is known: of a link, say, neither. */
interface Unnamed {
  name: string;
  isFile: boolean;
  isFolder: boolean;
}

/** Names come decoded, which puts U+FFFD for what cannot be; a name may also hold that character. Only then the bytes are asked for. */
export async function readNames(path: string): Promise<{ dirents: Dirent[]; unnamed: Unnamed[] }> {
  const dirents = await readdir(path, { withFileTypes: true });
  if (!dirents.some(({ name }) => name.includes(replacement))) return { dirents, unnamed: [] };
  const raw = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  const unnamed: Unnamed[] = [];
  const named = new Set<string>();
  for (const dirent of raw) {
    const name = dirent.name.toString('utf8');
    if (isUtf8(dirent.name)) named.add(name);
    else unnamed.push({ name, isFile: dirent.isFile(), isFolder: dirent.isDirectory() });
  }
  // One that cannot be decoded can look like one that can.
  return { dirents: dirents.filter(({ name }) => named.delete(name)), unnamed };
}
