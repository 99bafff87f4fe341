/**
 * A small versioned S3 over plain HTTP, for the demo, tests and benchmarks: buckets in memory, synthetic buckets of any
 * size, and faults on demand. It follows AWS's documentation, and shares no code with the product that it tests.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { BucketHelpers } from './bucket-helpers.ts';
import { Faults } from './faults/faults.ts';
import { Store } from './model/store.ts';
import type { Deletion } from './model/store.ts';
import { resolveOptions } from './options.ts';
import type { EmbeddedS3Options } from './options.ts';
import { RequestLog } from './request-log.ts';
import { createEmbeddedServer } from './server.ts';
import { SyntheticBucket } from './synthetic/bucket.ts';
import type { SyntheticSpec } from './synthetic/bucket.ts';

export { ManualClock } from './clock.ts';
export { OWNER_ID } from './model/version.ts';
export type { Grant } from './model/version.ts';
export type { EmbeddedClock } from './clock.ts';
export type { HeldVersion, LaidOutVersion } from './bucket-helpers.ts';
export type { FaultKind, FaultRule } from './faults/rule.ts';
export type { Deletion } from './model/store.ts';
export type { EmbeddedS3Options } from './options.ts';
export type { LoggedRequest } from './request-log.ts';
export type { SyntheticSpec } from './synthetic/bucket.ts';
export type { Churn } from './synthetic/churn.ts';
export type { Layout } from './synthetic/layouts.ts';

export interface EmbeddedS3 {
  /** `http://127.0.0.1:PORT`, for path-style requests. */
  readonly endpoint: string;
  readonly port: number;
  /** All requests, oldest first. */
  readonly requests: RequestLog;
  /** Every version that was deleted for good. */
  readonly deletions: readonly Deletion[];
  /** Can be changed at any time. */
  readonly faults: Faults;
  readonly buckets: BucketHelpers;
  createSynthetic(spec: SyntheticSpec): void;
  /** Breaks off all connections and stops listening. */
  close(): Promise<void>;
  /** Is there again after `close`, at the same port and with all that it held. */
  reopen(): Promise<void>;
}

/** Listens on 127.0.0.1. @throws the system's error where the port is taken. */
export async function startEmbeddedS3(options: EmbeddedS3Options = {}): Promise<EmbeddedS3> {
  const resolved = resolveOptions(options);
  const store = new Store();
  const faults = new Faults(resolved.faultSeed);
  const log = new RequestLog(resolved.requestLogLimit);
  const server = createEmbeddedServer({ options: resolved, store, faults, log });
  server.listen(resolved.port, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    requests: log,
    deletions: store.deletions,
    faults,
    buckets: new BucketHelpers(store, resolved.clock),
    createSynthetic: (spec) => {
      store.buckets.set(spec.bucket, new SyntheticBucket(spec));
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    reopen: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
