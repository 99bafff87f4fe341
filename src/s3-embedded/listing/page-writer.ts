/**
 * Collects a page's XML as bytes. Text would do, but joining and encoding it costs three times as much, and
 * benchmarks measure clients against this server.
 */
import { isoDay } from '../times.ts';

const DAY_MS = 86_400_000;
const ZERO = 0x30;
/** Beyond this many characters the native copy is faster than a loop. */
const LOOP_LIMIT = 40;

const HEX_DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

export class PageWriter {
  readonly #secondsOnly: boolean;
  #bytes: Buffer;
  #length = 0;

  constructor(capacityBytes: number, secondsOnly: boolean) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
    this.#secondsOnly = secondsOnly;
  }

  /** Must be called before what is then written needs so many bytes. */
  reserve(sizeBytes: number): void {
    if (this.#length + sizeBytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe((this.#length + sizeBytes) * 2);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  constant(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(text: string): void {
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  /** Characters below U+0080 only. */
  ascii(text: string): void {
    if (text.length > LOOP_LIMIT) {
      this.#length += this.#bytes.write(text, this.#length, 'latin1');
      return;
    }
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  /** Eight hexadecimal digits. */
  hex32(bits: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = HEX_DIGITS[(bits >>> shift) & 15] as number;
    this.#length = at;
  }

  /** `2024-01-31T23:59:59.000Z` */
  time(timeMs: number): void {
    const inDayMs = timeMs - Math.floor(timeMs / DAY_MS) * DAY_MS;
    const seconds = Math.floor(inDayMs / 1000);
    this.ascii(isoDay(timeMs));
    this.#twoDigits(Math.floor(seconds / 3600), ':');
    this.#twoDigits(Math.floor(seconds / 60) % 60, ':');
    this.#twoDigits(seconds % 60, '.');
    const milliseconds = this.#secondsOnly ? 0 : inDayMs % 1000;
    this.#bytes[this.#length++] = ZERO + Math.floor(milliseconds / 100);
    this.#twoDigits(milliseconds % 100, 'Z');
  }

  #twoDigits(number: number, then: string): void {
    this.#bytes[this.#length++] = ZERO + Math.floor(number / 10);
    this.#bytes[this.#length++] = ZERO + (number % 10);
    this.#bytes[this.#length++] = then.charCodeAt(0);
  }

  /** What was written, without a copy. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
