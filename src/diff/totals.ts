import type { Change } from '../index/diff.ts';

/** What a diff comes to. */
export class DiffTotals {
  added = 0;
  removed = 0;
  changed = 0;
  /** Of what was added, and of the new versions of what was changed. */
  bytesAdded = 0;
  /** Of what was removed, and of the old versions of what was changed. */
  bytesRemoved = 0;

  add({ change, from, to }: Change): void {
    this[change] += 1;
    this.bytesAdded += to?.sizeBytes ?? 0;
    this.bytesRemoved += from?.sizeBytes ?? 0;
  }
}
