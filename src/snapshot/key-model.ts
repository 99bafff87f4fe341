/**
 * What the keys of a bucket look like, learned from some of them: which characters stand at which place. It guesses where
 * to split an interval of keys of which only the ends are known. A guess is no promise: whatever lies on either side, each
 * key belongs to one half, so a bad one costs a request and nothing else.
 *
 * Keys are arrays of code points, whose order is that of UTF-8 bytes. An interval is cut like an interval of numbers, a
 * character being a digit whose base is the number of characters that its place may hold: halfway between `2015` and
 * `2024` no byte has to be guessed that never occurs.
 */

/** Sorts after every key with the same beginning. It never is a part of a guess that stands for a key. */
const LAST_POINT = 0x10ffff;
export const LAST_CHARACTER = String.fromCodePoint(LAST_POINT);

/** So many keys from different neighbourhoods show the characters of a place well enough. */
const enoughPlaces = 32;
/** Keys of thousands of characters each: more tell nothing more. */
const maxAlphabet = 512;
const maxKeyBytes = 1024;
/** A guess need not halve better than to this share of the interval. */
const precision = 1 / 16;

export class KeyModel {
  /** By place: the characters seen there, and those of their kinds seen anywhere, ascending. */
  readonly #seen: number[][] = [];
  readonly #likely: number[][] = [];
  /** All characters seen. */
  readonly #anywhere: number[] = [];
  #places = 0;

  /**
   * Takes note of a key that exists.
   * @param isElsewhere that it is the first one learned of its neighbourhood: those teach most
   */
  learn(key: string, isElsewhere: boolean): void {
    if (isElsewhere) this.#places += 1;
    for (const [place, point] of pointsOf(key).entries()) {
      if (insert((this.#seen[place] ??= []), point)) this.#likely.length = 0;
      insert(this.#anywhere, point);
    }
  }

  /**
   * A key, which need not exist, that halves what lies between.
   * @param after a key that exists
   * @param upTo sorts after it
   * @returns undefined where no guess can be made: the ends are too close, or too long
   */
  between(after: string, upTo: string): string | undefined {
    const low = pointsOf(after);
    const high = pointsOf(upTo);
    const from = sharedLength(low, high);
    const alphabets = this.#alphabets(from, low, high);
    const lowValue = valueOf(low, from, alphabets);
    const highValue = valueOf(high, from, alphabets);
    if (!(lowValue < highValue)) return undefined;
    const guess = low.slice(0, from);
    let rest = (lowValue + highValue) / 2;
    let step = 1;
    for (let place = from; step > (highValue - lowValue) * precision; place++) {
      const alphabet = alphabets(place);
      if (alphabet.length === 0) break;
      rest *= alphabet.length;
      step /= alphabet.length;
      const digit = Math.min(Math.floor(rest), alphabet.length - 1);
      rest -= digit;
      guess.push(alphabet[digit]!);
    }
    return usable(guess, low, high);
  }

  /** Which share of the interval `(after, upTo]` lies up to `at`, taking keys to be spread evenly: 0 to 1. */
  shareUpTo(after: string, at: string, upTo: string): number {
    const low = pointsOf(after);
    const high = pointsOf(upTo);
    const from = sharedLength(low, high);
    const alphabets = this.#alphabets(from, low, high);
    const lowValue = valueOf(low, from, alphabets);
    const highValue = valueOf(high, from, alphabets);
    const share = (valueOf(pointsOf(at), from, alphabets) - lowValue) / (highValue - lowValue);
    return share >= 0 && share <= 1 ? share : 0;
  }

  /** The characters that each place may hold, for an interval whose ends begin to differ at `from`. */
  #alphabets(
    from: number,
    low: readonly number[],
    high: readonly number[],
  ): (place: number) => readonly number[] {
    const first = low[from] ?? 0;
    const last = high[from] ?? 0;
    // Nothing says that only what was seen there lies between.
    const between = this.#anywhere.filter((point) => point > first && point < last);
    const known = this.#alphabet(from).filter((point) => point <= first || point >= last);
    const atFrom = [...new Set([...known, ...between])].sort((a, b) => a - b);
    return (place) => (place === from ? atFrom : this.#alphabet(place));
  }

  #alphabet(place: number): readonly number[] {
    const seen = this.#seen[place] ?? [];
    if (this.#places >= enoughPlaces) return seen;
    return (this.#likely[place] ??= this.#anywhere.filter((point) =>
      seen.some((other) => kindOf(other) === kindOf(point) || other === point),
    ));
  }
}

/** The key from one place on as a number from 0 to 1, relative to all keys that share what comes before. */
function valueOf(
  points: readonly number[],
  from: number,
  alphabets: (place: number) => readonly number[],
): number {
  let value = 0;
  let step = 1;
  for (let place = from; place < points.length && step > Number.EPSILON; place++) {
    if (points[place] === LAST_POINT) return value + step;
    const alphabet = alphabets(place);
    if (alphabet.length === 0) break;
    step /= alphabet.length;
    const at = firstNotBefore(alphabet, points[place]!);
    value += step * at;
    // A character that no key is thought to have there: no key is thought to lie between it and the next one.
    if (alphabet[at] !== points[place]) break;
  }
  return value;
}

/** The number of characters that two keys begin with in common. */
export function sharedCharacters(a: string, b: string): number {
  return sharedLength(pointsOf(a), pointsOf(b));
}

/** Sorts after every key that shares the first `count` characters of `key`. */
export function endOfGroup(key: string, count: number): string {
  return String.fromCodePoint(...pointsOf(key).slice(0, count)) + LAST_CHARACTER;
}

function usable(guess: number[], low: readonly number[], high: readonly number[]): string | undefined {
  const key = String.fromCodePoint(...guess);
  const isBetween = comparePoints(guess, low) > 0 && comparePoints(guess, high) < 0;
  return isBetween && Buffer.byteLength(key) <= maxKeyBytes ? key : undefined;
}

function comparePoints(a: readonly number[], b: readonly number[]): number {
  const shared = sharedLength(a, b);
  return (a[shared] ?? -1) - (b[shared] ?? -1);
}

function sharedLength(a: readonly number[], b: readonly number[]): number {
  let place = 0;
  while (place < a.length && a[place] === b[place]) place++;
  return place;
}

function pointsOf(key: string): number[] {
  return Array.from(key, pointOf);
}

function pointOf(character: string): number {
  return character.codePointAt(0)!;
}

/** Where one stands, others of its kind may. Punctuation structures keys, so each is of a kind of its own. */
function kindOf(point: number): string {
  if (point > 0x7f) return 'other';
  const character = String.fromCodePoint(point);
  if (/[0-9]/.test(character)) return 'digit';
  if (/[a-z]/.test(character)) return 'lower';
  return /[A-Z]/.test(character) ? 'upper' : character;
}

/** False where it is there already, or there are enough. */
function insert(alphabet: number[], point: number): boolean {
  if (alphabet.length >= maxAlphabet) return false;
  const at = firstNotBefore(alphabet, point);
  if (alphabet[at] === point) return false;
  alphabet.splice(at, 0, point);
  return true;
}

function firstNotBefore(alphabet: readonly number[], point: number): number {
  let low = 0;
  let high = alphabet.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (alphabet[middle]! < point) low = middle + 1;
    else high = middle;
  }
  return low;
}
