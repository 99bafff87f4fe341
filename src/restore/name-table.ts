/** Which key is under which escaped name: a line of JSON each, in a file beside them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SafeFolder } from './safe-folder.ts';

/** No escaped key has this name: every `%` in one is followed by what says why it is there. */
export const nameTableFile = '%names.ndjson';

export class NameTable {
  readonly #folder: SafeFolder;
  readonly #paths = new Map<string, string>();

  constructor(folder: SafeFolder) {
    this.#folder = folder;
  }

  add(key: string, path: string): void {
    this.#paths.set(key, path);
  }

  /** Adds to what earlier restores of other parts have written. @throws BackupError FAILED */
  async write(): Promise<void> {
    if (this.#paths.size === 0) return;
    const before = await this.#read();
    const lines = [...new Map([...before, ...this.#paths])].map(
      ([key, path]) => `${JSON.stringify({ key, path })}\n`,
    );
    const text = lines.join('');
    await this.#folder.writeFile(
      nameTableFile,
      undefined,
      () => undefined,
      async (file) => {
        await file.writeFile(text);
      },
    );
  }

  async #read(): Promise<[string, string][]> {
    const stats = await this.#folder.look(nameTableFile);
    if (stats?.isFile() !== true) return [];
    const text = await readFile(join(this.#folder.root, nameTableFile), 'utf8');
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const { key, path } = JSON.parse(line) as { key: string; path: string };
        return [key, path];
      });
  }
}
