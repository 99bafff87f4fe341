/**
 * The embedded S3 under disturbance: faults in a share of the answers, writers that write between any two requests, and a stop
 * at any request. It notes what was current whenever a deletion came in.
 */
import { Bucket } from '../../src/s3/open-bucket.ts';
import type { FaultKind } from '../../src/s3-embedded/index.ts';
import { startEmbedded, TEST_CREDENTIALS, type EmbeddedForTest } from '../support/embedded.ts';
import type { ManualClock } from '../support/manual-clock.ts';
import { Random } from '../support/random.ts';

export const bucketName = 'vault';
export const masterName = 'master';

const faultPercent = 5;
/** Of one answer, those that a retry mends and those that it does not. */
const faultKinds = [
  'status',
  'reset-before',
  'reset-after',
  'cut-body',
  'error-in-200',
  'page-duplicate',
  'page-no-markers',
  'page-short',
] as const satisfies FaultKind[];

/** What listens to requests while a run is on. */
export interface RequestHook {
  onRequest(): void;
  /** Answers nothing any more. */
  isDead(): boolean;
}

export class DisturbedServer {
  readonly #embedded: EmbeddedForTest;
  readonly bucket: Bucket;
  readonly master: Bucket;
  readonly lockedKeys = new Set<string>();
  /** What was current when the last request to delete came in, and how many deletions there had been. */
  #atDeletion = { current: new Set<string>(), deletions: 0 };
  #deletedAsCurrent: string[] = [];
  #hook: RequestHook | undefined;
  #random: Random | undefined;
  #drawn: FaultKind | undefined;

  private constructor(embedded: EmbeddedForTest) {
    this.#embedded = embedded;
    this.bucket = openBucket(embedded, bucketName);
    this.master = openBucket(embedded, masterName);
    this.#addFaults();
  }

  static async start(clock: ManualClock): Promise<DisturbedServer> {
    return new DisturbedServer(await startEmbedded({ clock, requestLogLimit: 1 }));
  }

  get s3() {
    return this.#embedded.server;
  }

  get client() {
    return this.#embedded.client;
  }

  async stop(): Promise<void> {
    this.bucket.close();
    this.master.close();
    await this.#embedded.stop();
  }

  /** Empty buckets, no locks. */
  reset(): void {
    this.s3.buckets.create(bucketName);
    this.s3.buckets.create(masterName);
    this.lockedKeys.clear();
  }

  /** A run begins. */
  begin(hook: RequestHook, faultSeed: number | undefined): void {
    this.#hook = hook;
    this.#random = faultSeed === undefined ? undefined : new Random(faultSeed);
    this.#deletedAsCurrent = [];
    this.#atDeletion = { current: new Set(), deletions: this.s3.deletions.length };
  }

  end(): void {
    this.#hook = undefined;
    this.#random = undefined;
    this.#drawn = undefined;
  }

  #addFaults(): void {
    const { faults } = this.s3;
    faults.add({ kind: 'latency', matches: ({ operation }) => this.#see(operation) });
    faults.add({ kind: 'reset-before', matches: () => this.#hook?.isDead() ?? false });
    for (const kind of faultKinds) faults.add({ kind, matches: () => this.#drawn === kind });
    faults.add({
      kind: 'key-error',
      matches: ({ key }) => this.#hook !== undefined && this.lockedKeys.has(key),
      code: 'AccessDenied',
      message: 'Access Denied because object protected by object lock.',
    });
    faults.add({ kind: 'key-error', matches: () => this.#isUnlucky() });
  }

  /** Hits nothing itself, but is asked first. */
  #see(operation: string): false {
    this.#hook?.onRequest();
    if (this.#hook !== undefined && operation.startsWith('DeleteObject')) this.#lookAtDeletions();
    this.#drawn = this.#isUnlucky() ? this.#random?.pick(faultKinds) : undefined;
    return false;
  }

  #isUnlucky(): boolean {
    return this.#random !== undefined && this.#random.below(100) < faultPercent;
  }

  /** The versions that were current when they were deleted, since the last `begin`. */
  deletedAsCurrent(): string[] {
    this.#lookAtDeletions();
    return this.#deletedAsCurrent;
  }

  #lookAtDeletions(): void {
    const deletions = this.s3.deletions.slice(this.#atDeletion.deletions).map(idOf);
    this.#deletedAsCurrent.push(...deletions.filter((id) => this.#atDeletion.current.has(id)));
    const current = [...this.s3.buckets.versions(bucketName)].filter(({ isLatest }) => isLatest);
    this.#atDeletion = { current: new Set(current.map(idOf)), deletions: this.s3.deletions.length };
  }
}

function idOf({ key, versionId }: { key: string; versionId: string }): string {
  return `${key} ${versionId}`;
}

function openBucket({ server }: EmbeddedForTest, bucket: string): Bucket {
  return new Bucket({
    bucket,
    region: 'us-east-1',
    endpoint: server.endpoint,
    forcePathStyle: true,
    credentials: TEST_CREDENTIALS,
    // Few attempts, so that a run fails now and then.
    retry: { maxAttempts: 2, baseDelayMs: 1, throttledBaseDelayMs: 1, maxDelayMs: 2 },
  });
}
