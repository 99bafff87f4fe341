/** Which files and folders are synced from now on, by their paths: what is not would be gone after a power cut. */
import { readlinkSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { TestContext } from 'node:test';

export async function watchSyncs(t: TestContext): Promise<Set<string>> {
  const synced = new Set<string>();
  const handle = await open(import.meta.filename);
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const sync = Object.getOwnPropertyDescriptor(prototype, 'sync')!.value as () => Promise<void>;
  t.mock.method(prototype, 'sync', function (this: FileHandle) {
    synced.add(readlinkSync(`/proc/self/fd/${this.fd}`));
    return sync.call(this);
  });
  return synced;
}
