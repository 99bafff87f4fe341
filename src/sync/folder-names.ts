/** The names in a folder that are UTF-8, and what the others look like. */
import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';

const replacement = '\ufffd';

/** Names come decoded, which puts U+FFFD for what cannot be; a name may also hold that character. Only then the bytes are asked for. */
export async function readNames(path: string): Promise<{ dirents: Dirent[]; unnamed: string[] }> {
  const dirents = await readdir(path, { withFileTypes: true });
  if (!dirents.some(({ name }) => name.includes(replacement))) return { dirents, unnamed: [] };
  const names = await readdir(path, { encoding: 'buffer' });
  const unnamed = names.filter((name) => !isUtf8(name)).map((name) => name.toString('utf8'));
  const named = new Set(names.filter((name) => isUtf8(name)).map((name) => name.toString('utf8')));
  // One that cannot be decoded can look like one that can.
  return { dirents: dirents.filter(({ name }) => named.delete(name)), unnamed };
}
