/**
 * The door for tests and benchmarks in another process, without authentication: the server listens on the loopback
 * address only.
 *
 *   POST   /_embedded/faults      a rule, or a list of rules   → their ids
 *   GET    /_embedded/faults      what is set, with its hits
 *   DELETE /_embedded/faults      removes all; `?id=N`: one
 *   GET    /_embedded/requests    the log; `?operation=NAME`: of one operation
 *   DELETE /_embedded/requests    forgets the log and the counts
 *   GET    /_embedded/counts      requests by operation
 *   GET    /_embedded/deletions   versions that were deleted for good
 *   POST   /_embedded/synthetic   a synthetic bucket
 *   POST   /_embedded/versions    `{bucket, versions: […]}`: lays out versions; makes the bucket where it is missing
 *   GET    /_embedded/stats       CPU time and memory of this process
 */
import { BucketHelpers } from './bucket-helpers.ts';
import type { LaidOutVersion } from './bucket-helpers.ts';
import type { FaultRule } from './faults/rule.ts';
import type { Answer } from './http/answer.ts';
import type { ServerParts } from './server-parts.ts';
import { SyntheticBucket } from './synthetic/bucket.ts';
import type { SyntheticSpec } from './synthetic/bucket.ts';

export const ADMIN_PREFIX = '/_embedded/';

type Action = (parts: ServerParts, query: URLSearchParams, body: unknown) => unknown;

const ACTIONS: Record<string, Action> = {
  'POST faults': ({ faults }, _query, body) =>
    (Array.isArray(body) ? body : [body]).map((rule: FaultRule) => faults.add(rule).id),
  'GET faults': ({ faults }) => faults.list().map(({ id, rule, hits }) => ({ id, rule, hits })),
  'DELETE faults': ({ faults }, query) => {
    const id = query.get('id');
    if (id === null) faults.clear();
    else faults.remove(Number(id));
    return {};
  },
  'GET requests': ({ log }, query) => {
    const operation = query.get('operation');
    return operation === null ? log.entries : log.entries.filter((entry) => entry.operation === operation);
  },
  'DELETE requests': ({ log }) => {
    log.clear();
    return {};
  },
  'GET counts': ({ log }) => Object.fromEntries(log.counts),
  'GET deletions': ({ store }) => store.deletions,
  'POST synthetic': ({ store }, _query, body) => {
    const bucket = new SyntheticBucket(body as SyntheticSpec);
    store.buckets.set(bucket.name, bucket);
    return {};
  },
  'POST versions': ({ store, options }, _query, body) => {
    const { bucket, versions } = body as { bucket: string; versions: LaidOutVersion[] };
    const helpers = new BucketHelpers(store, options.clock);
    if (!store.buckets.has(bucket)) helpers.create(bucket);
    return versions.map((version) => helpers.putVersion(bucket, version).versionId);
  },
  'GET stats': () => ({ cpuUsage: process.cpuUsage(), memoryUsage: process.memoryUsage() }),
};

/** What cannot be carried out answers 400 with the reason. */
export function answerAdmin(parts: ServerParts, method: string, url: string, raw: Buffer): Answer {
  const { pathname, searchParams } = new URL(url, 'http://embedded');
  const action = ACTIONS[`${method} ${pathname.slice(ADMIN_PREFIX.length)}`];
  if (action === undefined) return json(404, { error: `no such action: ${method} ${pathname}` });
  try {
    const body: unknown = raw.length === 0 ? undefined : JSON.parse(raw.toString('utf8'));
    return json(200, action(parts, searchParams, body));
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function json(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}
