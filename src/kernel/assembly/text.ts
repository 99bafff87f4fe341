/** Texts, sixteen bytes at a time. What is read or written may reach 16 bytes beyond them: memory has to go on there. */

/** Not plain, as a bit a byte: plain are the unreserved characters of RFC 3986, and `/`: they stand for themselves in a line of the index. */
function notPlain(bytes: v128): i32 {
  const letters = i8x16.lt_u(
    i8x16.sub(v128.or(bytes, i8x16.splat(0x20)), i8x16.splat(0x61)),
    i8x16.splat(26),
  );
  // - . / and the digits follow each other.
  const digits = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x2d)), i8x16.splat(13));
  const others = v128.or(i8x16.eq(bytes, i8x16.splat(0x5f)), i8x16.eq(bytes, i8x16.splat(0x7e)));
  return i8x16.bitmask(v128.or(v128.or(letters, digits), others)) ^ 0xffff;
}

export function isPlain(byte: u32): bool {
  return (byte | 0x20) - 0x61 < 26 || byte - 0x2d < 13 || byte == 0x5f || byte == 0x7e;
}

/** What a value ends with, or a byte that does not mean what it says: controls, what is not ASCII, `&`, `<` and `>`. */
function ends(bytes: v128): i32 {
  const beyond = i8x16.gt_u(i8x16.sub(bytes, i8x16.splat(0x20)), i8x16.splat(0x5e));
  const angles = v128.or(i8x16.eq(bytes, i8x16.splat(0x3c)), i8x16.eq(bytes, i8x16.splat(0x3e)));
  return i8x16.bitmask(v128.or(v128.or(beyond, angles), i8x16.eq(bytes, i8x16.splat(0x26))));
}

/** Twice the place where the value ends that begins at `at`, plus one where some of its bytes are not plain. There has to be an end. */
export function scanValue(at: usize): usize {
  let special = 0;
  while (true) {
    const bytes = v128.load(at);
    const odd = notPlain(bytes);
    if (odd != 0) {
      const end = ends(bytes);
      if (end != 0) {
        const length = ctz(end);
        special |= odd & ((1 << length) - 1);
        return ((at + length) << 1) | usize(special != 0);
      }
      special |= odd;
    }
    at += 16;
  }
}

/** Whether the same bytes stand at both places. */
export function isEqual(a: usize, b: usize, length: usize): bool {
  return sharedLength(a, b, length) == length;
}

/** With how many bytes both begin alike. */
export function sharedLength(a: usize, b: usize, length: usize): usize {
  for (let at: usize = 0; at < length; at += 16) {
    const differing = i8x16.bitmask(i8x16.eq(v128.load(a + at), v128.load(b + at))) ^ 0xffff;
    if (differing != 0) return min<usize>(at + ctz(differing), length);
  }
  return length;
}

export function copy(from: usize, to: usize, length: usize): usize {
  for (let at: usize = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  return to + length;
}
