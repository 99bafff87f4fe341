/**
 * Percent-encoding of the text fields of an entry line, so that no field ever needs quotes: the unreserved characters
 * of RFC 3986 and `/` stay, every other byte of the UTF-8 form becomes `%XX`. A space is `%20` and a plus `%2B`, so that
 * decoders of both schools read it, also those that take `+` for a space (trap 24).
 */
import { IS_PLAIN } from '../entry-table.ts';

const PLAIN = /^[A-Za-z0-9\-_.~/]*$/;
/** Escapes of bytes that need none are refused, so that a text has one encoded form. */
const ENCODED =
  /^(?:[A-Za-z0-9\-_.~/]|%(?!2[DEF]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/;

const HEX_DIGITS = Buffer.from('0123456789ABCDEF');
const PERCENT = 0x25;

/** The longest that the encoded form of so many bytes can be. */
export function maxFieldBytes(textBytes: number): number {
  return textBytes * 3;
}

/**
 * Writes the encoded form of a text, ASCII only, at an offset, and returns the offset behind it.
 * @param text where it stands as UTF-8, from `start` up to, but without, `end`
 * @param to with room for `maxFieldBytes(end - start)` from there
 */
export function writeField(text: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  for (let from = start; from < end; from++) {
    const byte = text[from]!;
    if (IS_PLAIN[byte] === 1) {
      to[at++] = byte;
    } else {
      to[at] = PERCENT;
      to[at + 1] = HEX_DIGITS[byte >> 4]!;
      to[at + 2] = HEX_DIGITS[byte & 15]!;
      at += 3;
    }
  }
  return at;
}

/**
 * The reverse of `writeField`. It accepts what that writes and nothing else.
 * @throws Error for anything else; the caller knows the file and line.
 */
export function decodeField(encoded: string): string {
  if (PLAIN.test(encoded)) return encoded;
  const text = ENCODED.test(encoded) ? decodeUtf8(encoded) : undefined;
  if (text === undefined) {
    throw new Error(`${JSON.stringify(encoded)} is not percent-encoded as it should be`);
  }
  return text;
}

function decodeUtf8(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // Bytes that are no UTF-8: the caller's error names the text.
  }
}
