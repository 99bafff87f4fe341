/** Finds where values end. Bytes are looked up in pairs: a page holds hundreds of thousands of them. */
import { IS_PLAIN } from '../entry-table.ts';

/** What a value ends with, or a byte that does not mean what it says: then the value needs a closer look. */
const ENDS = 1;
/** What does not stand for itself in a line of the index. */
const IS_SPECIAL = 2;
const BITS_PER_BYTE = 8;

const KIND_OF_BYTE = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte > 0x7e || '<&>'.includes(String.fromCharCode(byte))) return ENDS;
  return IS_PLAIN[byte] === 1 ? 0 : IS_SPECIAL;
});
const KIND_OF_PAIR = Uint8Array.from(
  { length: 1 << (2 * BITS_PER_BYTE) },
  (_, pair) => KIND_OF_BYTE[pair & 0xff]! | KIND_OF_BYTE[pair >> BITS_PER_BYTE]!,
);

/**
 * Returns twice the offset at which the value ends that begins at `at`, plus one where some of its bytes do not stand for
 * themselves: one number for both, because this runs several times for each version of a bucket.
 */
export function scanValue(body: DataView, at: number): number {
  const last = body.byteLength;
  let kinds = 0;
  for (; at + 2 <= last; at += 2) {
    const kind = KIND_OF_PAIR[body.getUint16(at, true)]!;
    if ((kind & ENDS) !== 0) break;
    kinds |= kind;
  }
  while (at < last) {
    const kind = KIND_OF_BYTE[body.getUint8(at)]!;
    if ((kind & ENDS) !== 0) break;
    kinds |= kind;
    at++;
  }
  return 2 * at + (kinds === 0 ? 0 : 1);
}
