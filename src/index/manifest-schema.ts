/** The shape of a manifest file's document. Apart from manifest.ts, because zod is loaded only where a manifest is read. */
import { z } from 'zod';
import { isSnapshotName } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const count = z.int().min(0);
const time = z.iso.datetime();

const rangeRef = z.looseObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  firstKey: z.string().min(1),
  lastKey: z.string().min(1),
  entries: z.int().min(1),
  sizeBytes: count,
  plainBytes: z.int().min(1),
});

/** Loose: a later version may add what this one can do without, and `replace` must not lose it. */
const manifestSchema = z.looseObject({
  format: z.literal(1),
  snapshot: z.string().refine(isSnapshotName, 'is no snapshot name'),
  set: z.string(),
  bucket: z.string().min(1),
  region: z.string().exactOptional(),
  endpoint: z.string().exactOptional(),
  prefix: z.string(),
  asOf: time,
  listingStartedAt: time,
  listingEndedAt: time,
  createdAt: time,
  keys: count,
  bytes: count,
  requests: count,
  state: z.enum(['complete', 'deleting']),
  held: z.boolean(),
  tags: z.record(z.string(), z.string()),
  note: z.string(),
  flags: z.array(z.string()),
  cutBits: z.int().min(0).max(31),
  ranges: z.array(rangeRef),
  importedFrom: z.string().exactOptional(),
});

/**
 * The document as a manifest.
 * @throws Error naming the first field that is wrong
 */
export function asManifest(document: unknown): Manifest {
  const result = manifestSchema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new Error(`field ${issue?.path.join('.')}: ${issue?.message}`);
}
