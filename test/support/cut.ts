import { isCutAfter } from '../../src/index/cut.ts';
import { tabulate } from '../../src/index/tabulate.ts';

/** Whether a range ends with this key. */
export function isCutAfterKey(key: string, cutBits: number): boolean {
  const entry = { key, versionId: 'v', sizeBytes: 0, lastModifiedMs: 0, etag: '', storageClass: '' };
  return isCutAfter(tabulate([entry]), 0, cutBits);
}
