/**
 * How large the parts of a server-side copy are. An etag depends on the size of the parts (trap 18), so where the source was uploaded in
 * parts, a copy in parts of the same size has its etag, and is known as a copy by that alone. Their size is not written anywhere, but
 * their number is, and few sizes are in use. A wrong guess costs no more than the etag.
 */
const mebibyte = 1024 ** 2;
/** What upload programs use, the most usual first. */
const usualMib = [8, 16, 64, 32, 128, 256, 512, 1024, 5, 10, 15, 20, 25, 50, 100];
/** Up to the limit of a single copy, parts are wished for to be faster: several of them then. */
const defaultBytes = { upTo5Gib: 64 * mebibyte, above: 256 * mebibyte };

/** @param etag of the source, without quotes */
export function copyPartSizeBytes(sizeBytes: number, etag: string): number {
  const parts = Number(/^[0-9a-f]{32}-(\d+)$/.exec(etag)?.[1] ?? 0);
  const sourceMib = usualMib.find((mib) => Math.ceil(sizeBytes / (mib * mebibyte)) === parts);
  if (sourceMib !== undefined && parts > 1) return sourceMib * mebibyte;
  return defaultBytes[sizeBytes > 5 * 1024 * mebibyte ? 'above' : 'upTo5Gib'];
}
