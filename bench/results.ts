/** What the sections of a benchmark hand to the report. */
import type { DailySnapshots } from './daily-snapshots.ts';
import type { Layout } from '../src/s3-embedded/synthetic/layouts.ts';

/** One program on the same bucket as the others; medians. */
export interface PeerResult {
  name: string;
  version: string | undefined;
  /** Undefined where it is not installed or failed; `problem` says which. */
  figures?: {
    cpuMsPer1000: number;
    startCpuMs: number;
    versionsPerS: number;
    peakBytes: number;
  };
  problem?: string;
}

/** One snapshot; medians. */
export interface SnapshotFigures {
  versions: number;
  /** From the start of the process to its end. */
  cpuMsPer1000: number;
  /** The same without what a snapshot of an empty bucket costs. */
  netCpuMsPer1000: number;
  versionsPerS: number;
  /** Share of the time on the clock in which the server's process was computing; 1 is all it can do. */
  serverShare?: number;
  peakBytes: number;
  requests: number;
  leastRequests: number;
}

export interface LayoutResult extends SnapshotFigures {
  layout: Layout;
  workers: number;
  latencyMs: number;
}

export interface RadosgwResult {
  keys: number;
  snapshots: (SnapshotFigures & { workers: number })[];
  peers: PeerResult[];
  deleting: RadosgwDeleting;
}

/** gc, from its start to its end. */
export interface RadosgwDeleting {
  versions: number;
  cpuMsPer1000: number;
  versionsPerS: number;
  /** Share of the time on the clock in which gc was computing; the rest of it waits for the server. */
  ownShare: number;
}

/** One run of a command. */
export interface GcCost {
  what: string;
  /** Versions that it would delete, or keys that differ. */
  found: number;
  cpuMs: number;
  wallMs: number;
  peakBytes: number;
  /** ListObjectVersions. */
  requests: number;
}

export interface GcResultOfLayout extends DailySnapshots {
  costs: GcCost[];
  /** What the ranges of the first snapshot take on disk, and those of all. */
  firstBytes: number;
  allBytes: number;
}

export interface DeletingResult {
  versions: number;
  workers: number;
  /** The whole gc: marking, listing what is to go, deleting. */
  cpuMsPer1000: number;
  versionsPerS: number;
  serverShare: number;
  peakBytes: number;
  /** ListObjectVersions and DeleteObjects requests. */
  listings: number;
  deletions: number;
}

export interface BenchResults {
  mode: 'full' | 'quick';
  startedAt: string;
  machine: string;
  /** Sections that were measured earlier, when, and on what. */
  earlier: Record<string, { startedAt: string; machine: string }>;
  peerKeys: number;
  peers: PeerResult[];
  scale: SnapshotFigures[];
  layouts: LayoutResult[];
  /** Whether the server is busy all the time. */
  busy: LayoutResult[];
  gc: GcResultOfLayout[];
  deleting: DeletingResult[];
  radosgw: RadosgwResult | { problem: string };
}
