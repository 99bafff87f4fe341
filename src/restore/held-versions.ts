/**
 * What the destination holds of each key, folded from its listing. The versions of a key may fill many pages, or be millions
 * (trap 7): no more than the newest `MAX_VERSIONS` of a key are kept, which can cost a shorter way but never a wrong one.
 */
import type { ListedVersion, VersionPage } from '../s3/types.ts';

/** The versions and delete markers of one key. */
export interface HeldKey {
  /** By its name in the snapshot. */
  key: string;
  /** What is current: an object version or a delete marker. */
  newest: ListedVersion;
  /** The others, the newest first. */
  older: readonly ListedVersion[];
}

const MAX_VERSIONS = 1000;
const none: readonly ListedVersion[] = [];

/**
 * @param pages of a listing, in its order
 * @param toPrefix what the destination's keys have before the snapshot's
 */
export async function* heldKeys(
  pages: AsyncIterable<VersionPage>,
  toPrefix: string,
): AsyncGenerator<HeldKey[]> {
  let open: OpenKey | undefined;
  for await (const page of pages) {
    const held: HeldKey[] = [];
    for (const version of page.versions) {
      if (open?.key === version.key) open.add(version);
      else {
        if (open !== undefined) held.push(open.close(toPrefix));
        open = new OpenKey(version);
      }
    }
    yield held;
  }
  if (open !== undefined) yield [open.close(toPrefix)];
}

/** The key whose versions are passing by. */
class OpenKey {
  readonly key: string;
  readonly #first: ListedVersion;
  #others: ListedVersion[] | undefined;

  constructor(first: ListedVersion) {
    this.key = first.key;
    this.#first = first;
  }

  add(version: ListedVersion): void {
    const others = (this.#others ??= []);
    if (others.length < MAX_VERSIONS) others.push(version);
    else if (!this.#first.isLatest) {
      // The oldest come first here: what matters is still to come.
      others.shift();
      others.push(version);
    }
  }

  close(toPrefix: string): HeldKey {
    const key = toPrefix === '' ? this.key : this.key.slice(toPrefix.length);
    const others = this.#others;
    if (others === undefined) return { key, newest: this.#first, older: none };
    const last = others.at(-1);
    // Some stores list the oldest first (trap 7).
    if (!this.#first.isLatest && last?.isLatest === true) {
      const older = [this.#first, ...others.slice(0, -1)].reverse();
      return { key, newest: last, older };
    }
    return { key, newest: this.#first, older: others };
  }
}
