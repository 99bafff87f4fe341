/**
 * Percent-encoding of the text fields of an entry line, so that no field ever needs quotes: the unreserved characters
 * of RFC 3986 and `/` stay, every other byte of the UTF-8 form becomes `%XX`. A space is `%20` and a plus `%2B`, so that
 * decoders of both schools read it, also those that take `+` for a space (trap 24).
 */
import { BackupError } from '../errors.ts';

const PLAIN = /^[A-Za-z0-9\-_.~/]*$/;
/** Escapes of bytes that need none are refused, so that a text has one encoded form. */
const ENCODED =
  /^(?:[A-Za-z0-9\-_.~/]|%(?!2[DEF]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/;
/** What `encodeURIComponent` keeps and we do not, and the slash, where it is the other way round. */
const DIFFERING = /[!'()*]|%2F/g;
const REPLACEMENTS = new Map([
  ['!', '%21'],
  ["'", '%27'],
  ['(', '%28'],
  [')', '%29'],
  ['*', '%2A'],
  ['%2F', '/'],
]);

/**
 * The encoded form of `text`, ASCII only.
 * @throws BackupError LISTING_INVALID for text with a lone surrogate: it has no UTF-8 form, so it cannot come back.
 */
export function encodeField(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!text.isWellFormed()) {
    throw new BackupError(
      'LISTING_INVALID',
      `${JSON.stringify(text)} is not well-formed Unicode, which S3 keys are`,
      {
        hint: 'The server sent a key that is no UTF-8. Rename or delete that object.',
      },
    );
  }
  return encodeURIComponent(text).replace(DIFFERING, (found) => REPLACEMENTS.get(found) ?? found);
}

/** 1 for each character that stands for itself. */
const IS_PLAIN = Uint8Array.from({ length: 128 }, (_, code) =>
  PLAIN.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * Writes `encodeField(text)` at an offset, and returns the offset behind it. Most fields are plain, and then this is a
 * copy, character by character: that is as fast as the native way, which would need to be told before that they are.
 * @param bytes with room for `maxFieldBytes(text)` from there
 * @throws BackupError as `encodeField`
 */
export function writeField(text: string, bytes: Buffer, at: number): number {
  const start = at;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127 || IS_PLAIN[code] === 0) return start + bytes.write(encodeField(text), start, 'latin1');
    bytes[at++] = code;
  }
  return at;
}

/** The longest that the encoded form can be: three escapes for each UTF-16 code unit. */
export function maxFieldBytes(text: string): number {
  return text.length * 9;
}

/**
 * The reverse of `encodeField`. It accepts what `encodeField` gives and nothing else.
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
