/**
 * The lines of a range, compared with those of another without being parsed: equal text is skipped in pieces, and only where two
 * lines differ are their keys read. Ranges of neighbouring snapshots are nearly equal, so this costs a tenth of parsing both.
 */
import { compareKeys } from '../key-order.ts';
import type { Entry } from './entry.ts';
import { parseEntries } from './entry-line.ts';
import { decodeField } from './key-encoding.ts';
import { isSameVersion } from './version-identity.ts';

const newline = 0x0a;
const comma = 0x2c;
/** Pieces in which equal text is looked for: they double while they are equal, and halve where they are not. */
const firstPieceBytes = 256;
const largestPieceBytes = 1 << 16;
const smallestPieceBytes = 16;

/** Whole lines that follow each other: where they begin and end. */
interface Run {
  start: number;
  end: number;
}

/** The lines of one range that no other range was found to hold, as yet. */
export class VersionLines {
  readonly #plain: Buffer;
  #runs: Run[];

  /** @param plain content of a range, checked against its hash */
  constructor(plain: Buffer) {
    this.#plain = plain;
    this.#runs = plain.length === 0 ? [] : [{ start: 0, end: plain.length }];
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /**
   * Takes out the lines whose version `other` names too.
   * @param other content of a range, sorted by key like all ranges
   */
  subtract(other: Buffer): void {
    const left: Run[] = [];
    let at = 0;
    for (const run of this.#runs) at = this.#subtractFrom(run, other, at, left);
    this.#runs = left;
  }

  /** @param source what errors name: the file */
  entries(source: string): Entry[] {
    return this.#runs.flatMap(({ start, end }) => parseEntries(this.#plain.subarray(start, end), source));
  }

  /** Adds what is left of a run; returns where the next run's first key may begin in `other`. */
  #subtractFrom(run: Run, other: Buffer, from: number, left: Run[]): number {
    const plain = this.#plain;
    let at = from;
    for (let line = run.start; line < run.end;) {
      const equal = equalLinesBytes(plain, line, run.end, other, at);
      line += equal;
      at += equal;
      if (line >= run.end) break;
      const lineEnd = endOfLine(plain, line);
      const key = keyAt(plain, line);
      if (at < other.length && compareKeys(keyAt(other, at), key) < 0) at = seek(other, at, key);
      const isThere = at < other.length && keyAt(other, at) === key;
      if (!isThere || !isSameLine(plain, line, lineEnd, other, at)) push(left, { start: line, end: lineEnd });
      if (isThere) at = endOfLine(other, at);
      line = lineEnd;
    }
    return at;
  }
}

/** Looks keys up in the content of a range, forwards only, without parsing what lies between. */
export class EntryFinder {
  readonly #plain: Buffer;
  #at = 0;

  /** @param plain content of a range, checked against its hash */
  constructor(plain: Buffer) {
    this.#plain = plain;
  }

  /**
   * The entry of a key, or undefined where the range has none.
   * @param key not before the key of the call before
   */
  find(key: string): Entry | undefined {
    const plain = this.#plain;
    const isBefore = this.#at < plain.length && compareKeys(keyAt(plain, this.#at), key) < 0;
    if (isBefore) this.#at = seek(plain, this.#at, key);
    if (this.#at >= plain.length || keyAt(plain, this.#at) !== key) return undefined;
    return parseEntries(plain.subarray(this.#at, endOfLine(plain, this.#at)), 'a range')[0];
  }
}

/** The entry of a key in the content of a range, or undefined where it has none. */
export function findEntry(plain: Buffer, key: string): Entry | undefined {
  return new EntryFinder(plain).find(key);
}

function push(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last?.end === run.start) last.end = run.end;
  else runs.push(run);
}

/** How many bytes of whole lines are equal from here on. */
function equalLinesBytes(a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number): number {
  const most = Math.min(aEnd - aStart, b.length - bStart);
  let equal = 0;
  let piece = firstPieceBytes;
  while (equal < most && piece >= smallestPieceBytes) {
    const bytes = Math.min(piece, most - equal);
    const aAt = aStart + equal;
    const bAt = bStart + equal;
    if (a.compare(b, bAt, bAt + bytes, aAt, aAt + bytes) === 0) {
      equal += bytes;
      piece = Math.min(piece * 2, largestPieceBytes);
    } else {
      piece = Math.floor(bytes / 2);
    }
  }
  if (equal === 0) return 0;
  // The last line may go on differently.
  return a.lastIndexOf(newline, aStart + equal - 1) + 1 - aStart;
}

/** Where the first line stands whose key is not before `key`, from a line on whose key is. */
function seek(plain: Buffer, from: number, key: string): number {
  let before = from;
  let step = firstPieceBytes;
  let notBefore = plain.length;
  for (;;) {
    const probe = endOfLine(plain, Math.min(before + step, plain.length) - 1);
    if (probe >= plain.length) break;
    if (compareKeys(keyAt(plain, probe), key) >= 0) {
      notBefore = probe;
      break;
    }
    before = probe;
    step *= 2;
  }
  // Between a line that is before the key and one that is not.
  for (;;) {
    const middle = before + Math.floor((notBefore - before) / 2);
    let probe = endOfLine(plain, middle);
    if (probe >= notBefore) probe = endOfLine(plain, before);
    if (probe >= notBefore) return notBefore;
    if (compareKeys(keyAt(plain, probe), key) < 0) before = probe;
    else notBefore = probe;
  }
}

/** Where the line that holds this byte ends, and the next one begins. */
function endOfLine(plain: Buffer, at: number): number {
  const end = plain.indexOf(newline, at);
  return end === -1 ? plain.length : end + 1;
}

function keyAt(plain: Buffer, line: number): string {
  return decodeField(plain.toString('latin1', line, plain.indexOf(comma, line)));
}

/** Lines of one key that differ may still name one version: its storage class changes without a new one (trap 14). */
function isSameLine(a: Buffer, aStart: number, aEnd: number, b: Buffer, bStart: number): boolean {
  const bEnd = endOfLine(b, bStart);
  if (a.compare(b, bStart, bEnd, aStart, aEnd) === 0) return true;
  const [ours] = parseEntries(a.subarray(aStart, aEnd), 'a range');
  const [theirs] = parseEntries(b.subarray(bStart, bEnd), 'a range');
  return ours !== undefined && theirs !== undefined && isSameVersion(ours, theirs);
}
