/**
 * The document that makes ranges a snapshot: whose they are, as of when, and in which order. Its text is
 * `{"sha256":"…","manifest":{…}}` with the SHA-256 of the second value as it stands there, so that a file that was cut off or
 * changed is found out (docs/formats.md).
 */
import { createHash } from 'node:crypto';
import { compareKeys } from '../key-order.ts';
import type { RangeRef } from './range-ref.ts';

export const MANIFEST_FORMAT = 1;

export interface Manifest {
  format: typeof MANIFEST_FORMAT;
  /** Its name, which is its as-of time: `20261121T040000Z`, or `…Z-2` for the next of that second. */
  snapshot: string;
  set: string;
  bucket: string;
  region?: string;
  endpoint?: string;
  /** Empty for the whole bucket. */
  prefix: string;
  /** Times are ISO 8601, UTC. */
  asOf: string;
  /** When the listing ran: a version can arrive late under an earlier time (traps 1 and 2). */
  listingStartedAt: string;
  listingEndedAt: string;
  createdAt: string;
  /** Entries of all ranges. */
  keys: number;
  /** Sizes of all objects. */
  bytes: number;
  /** Requests that the listing took. */
  requests: number;
  state: 'complete' | 'deleting';
  held: boolean;
  tags: Record<string, string>;
  note: string;
  /** What was odd about it, such as a bucket that shrank sharply (trap 28). */
  flags: string[];
  cutBits: number;
  /** In the order of their keys. */
  ranges: RangeRef[];
  /** The file of the old program that it was made of. */
  importedFrom?: string;
}

/**
 * No version that the snapshot names is younger, in milliseconds since the epoch: its as-of time. The old program recorded whatever was
 * current when its listing came by, for as long as that took, so of its snapshots nobody knows.
 */
export function namesNothingAfterMs({ asOf, importedFrom }: Pick<Manifest, 'asOf' | 'importedFrom'>): number {
  return importedFrom === undefined ? Date.parse(asOf) : Infinity;
}

const NAME = /^(\d{8}T\d{6}Z)(?:-([1-9]\d*))?$/;
const ENVELOPE = /^\{"sha256":"([0-9a-f]{64})","manifest":/;
const ENVELOPE_END = '}\n';

/** True for the names that snapshots have; none of them leads out of a folder. */
export function isSnapshotName(name: string): boolean {
  return NAME.test(name);
}

/** Orders snapshot names by as-of time, then by number. Valid names only. */
export function compareSnapshotNames(a: string, b: string): number {
  const [, timeA = a, numberA = '1'] = NAME.exec(a) ?? [];
  const [, timeB = b, numberB = '1'] = NAME.exec(b) ?? [];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return Number(numberA) - Number(numberB);
}

/** The text of a manifest file. */
export function formatManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest);
  return `{"sha256":"${sha256(body)}","manifest":${body}${ENVELOPE_END}`;
}

/**
 * The document in the text of a manifest file, its SHA-256 checked, its shape not yet.
 * @throws Error saying what is wrong with the text
 */
export function parseManifestText(text: string): unknown {
  const envelope = ENVELOPE.exec(text);
  if (envelope === null || !text.endsWith(ENVELOPE_END)) throw new Error('it is cut off, or no manifest');
  const body = text.slice(envelope[0].length, -ENVELOPE_END.length);
  if (sha256(body) !== envelope[1]) throw new Error('its content does not have the SHA-256 that it states');
  return JSON.parse(body);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Checks what the parts of a manifest say of each other: ranges in order, totals that are their sums.
 * @throws Error saying what does not agree
 */
export function checkManifest(manifest: Manifest): void {
  let keys = 0;
  let bytes = 0;
  let previous: RangeRef | undefined;
  for (const ref of manifest.ranges) {
    const isInOrder =
      compareKeys(ref.firstKey, ref.lastKey) <= 0 &&
      (previous === undefined || compareKeys(previous.lastKey, ref.firstKey) < 0);
    if (!isInOrder) throw new Error(`range ${ref.hash} is out of order`);
    previous = ref;
    keys += ref.entries;
    bytes += ref.sizeBytes;
  }
  if (keys !== manifest.keys) throw new Error(`it states ${manifest.keys} keys, its ranges hold ${keys}`);
  if (bytes !== manifest.bytes)
    throw new Error(`it states ${manifest.bytes} bytes, its ranges hold ${bytes}`);
}
