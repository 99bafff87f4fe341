/**
 * Percent-encoding of the text fields of an entry line, so that no field ever needs quotes: the unreserved characters
 * of RFC 3986 and `/` stay, every other byte of the UTF-8 form becomes `%XX`. A space is `%20` and a plus `%2B`, so that
 * decoders of both schools read it, also those that take `+` for a space (trap 24).
 */
const PLAIN = /^[A-Za-z0-9\-_.~/]*$/;
/** Escapes of bytes that need none are refused, so that a text has one encoded form. */
const ENCODED =
  /^(?:[A-Za-z0-9\-_.~/]|%(?!2[DEF]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/;

/**
 * The text of an encoded field. It accepts what is written (src/kernel/assembly/lines.ts) and nothing else.
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
