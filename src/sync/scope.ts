/** Which keys are the business of a site, on both sides alike: what is not is neither brought nor deleted. */
import type { Site } from '../config/config.ts';
import { Glob } from '../glob.ts';

export class Scope {
  readonly #exclude: readonly RegExp[];
  readonly #pattern: Glob | undefined;
  readonly #isFlat: boolean;

  constructor({ exclude, filePattern, rotate }: Pick<Site, 'exclude' | 'filePattern' | 'rotate'>) {
    this.#exclude = exclude;
    this.#pattern = filePattern === undefined ? undefined : new Glob(filePattern);
    this.#isFlat = rotate !== undefined;
  }

  /** @param key relative */
  covers(key: string): boolean {
    if (this.#isFlat && key.includes('/')) return false;
    if (this.#pattern?.matches(key) === false) return false;
    return !this.#isExcluded(key);
  }

  /** Whether a folder can hold anything that is covered. @param key with the slash at its end */
  entersFolder(key: string): boolean {
    return !this.#isFlat && !this.#exclude.some((expression) => expression.test(key));
  }

  /** Whether it, and all folders that it is in, are entered. @param key with the slash at its end */
  reachesFolder(key: string): boolean {
    return !this.#isFlat && !this.#isExcluded(key);
  }

  /** By its own path, or by that of a folder it is in, which ends with a slash. */
  #isExcluded(key: string): boolean {
    if (this.#exclude.length === 0) return false;
    if (this.#exclude.some((expression) => expression.test(key))) return true;
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1))
      if (!this.entersFolder(key.slice(0, at + 1))) return true;
    return false;
  }
}
