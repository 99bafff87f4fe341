/** What can be set on an embedded S3, and what holds where nothing is said. */
import { systemEmbeddedClock } from './clock.ts';
import type { EmbeddedClock } from './clock.ts';

export interface EmbeddedS3Options {
  /** 0: any free port. */
  port?: number;
  clock?: EmbeddedClock;
  accessKey?: string;
  secretKey?: string;
  /** The only region that signatures may name; undefined: any. */
  region?: string | undefined;
  /** Listings cut `LastModified` to the second, as on AWS (trap 3). */
  secondsOnly?: boolean;
  /** How far a signature's time may be off before the answer is RequestTimeTooSkewed. */
  maxSkewMs?: number;
  /** The most that one CopyObject or UploadPartCopy takes (trap 15). */
  maxCopyBytes?: number;
  /** The least that a part but the last must have. */
  minPartBytes?: number;
  /** From RestoreObject until an archived version can be read (trap 20). */
  thawDelayMs?: number;
  /** For faults that come by rate. */
  faultSeed?: number;
  /** How many requests the log keeps. */
  requestLogLimit?: number;
}

export type ResolvedOptions = Required<Omit<EmbeddedS3Options, 'region'>> & { region: string | undefined };

const GIB = 1024 ** 3;

export function resolveOptions(options: EmbeddedS3Options): ResolvedOptions {
  return {
    port: options.port ?? 0,
    clock: options.clock ?? systemEmbeddedClock,
    accessKey: options.accessKey ?? 'test',
    secretKey: options.secretKey ?? 'testsecret',
    region: options.region,
    secondsOnly: options.secondsOnly ?? true,
    maxSkewMs: options.maxSkewMs ?? 15 * 60_000,
    maxCopyBytes: options.maxCopyBytes ?? 5 * GIB,
    minPartBytes: options.minPartBytes ?? 5 * 1024 ** 2,
    thawDelayMs: options.thawDelayMs ?? 0,
    faultSeed: options.faultSeed ?? 1,
    requestLogLimit: options.requestLogLimit ?? 100_000,
  };
}
