/** By the definitions (src/index/cut.ts), with big integers. */
export function slowHash(key: string): number {
  const mask = 0xffffffffn;
  let hash = 2166136261n;
  for (const byte of Buffer.from(key)) hash = ((hash ^ BigInt(byte)) * 16777619n) & mask;
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

/** Whether a range ends with this key. */
export function isCutAfterKey(key: string, cutBits: number): boolean {
  return slowHash(key) % 2 ** cutBits === 0;
}
