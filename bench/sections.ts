/** The measurements, section by section. Each bucket exists on the server under the name that says what it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comparePeers, type Say } from './compare.ts';
import { measureDeleting } from './deleting.ts';
import { measureGc } from './gc-figures.ts';
import { measureRadosgw } from './radosgw.ts';
import { median } from './measure.ts';
import { findPeers, type Peer } from './peers.ts';
import { PAST_MOMENT, versionsIn, type BenchPlan } from './plan.ts';
import type {
  BenchResults,
  DeletingResult,
  GcResultOfLayout,
  LayoutResult,
  PeerResult,
  SnapshotFigures,
} from './results.ts';
import type { BenchServer } from './server.ts';
import { snapshotFigures } from './snapshot-figures.ts';
import { runSnapshot } from './snapshot-run.ts';

const OWN_NAME = 'backup-my-bucket snapshot';
/** Of the comparison of programs, and of the ever larger buckets. */
const USUAL_WORKERS = 64;
/** Of a store that is not near. */
const USUAL_LATENCY_MS = 30;
const EMPTY_BUCKET = 'empty';

export const SECTIONS = ['peers', 'scale', 'layouts', 'busy', 'gc', 'deleting', 'radosgw'] as const;
export type Section = (typeof SECTIONS)[number];
type SectionResults = Pick<BenchResults, Section>;

export const nothingMeasured: SectionResults = {
  peers: [],
  scale: [],
  layouts: [],
  busy: [],
  gc: [],
  deleting: [],
  radosgw: { problem: 'not asked for' },
};

/** Runs the sections that were chosen, in their order. */
export async function runSections(
  chosen: readonly Section[],
  plan: BenchPlan,
  server: BenchServer,
  say: Say,
): Promise<Partial<SectionResults>> {
  await server.addBucket({ bucket: EMPTY_BUCKET, layout: 'flat', keys: 0 });
  const startCpuMs = await ownStartCpuMs(server, plan.repeats);
  say(`start of the command: ${startCpuMs.toFixed(0)} ms of CPU`);
  const sections: { [S in Section]: () => Promise<SectionResults[S]> } = {
    peers: () => comparePrograms(plan, server, say),
    scale: () => measureScale(plan, server, startCpuMs, say),
    layouts: () => measureLayouts(plan, server, startCpuMs, say),
    busy: () => measureBusy(plan, server, startCpuMs, say),
    gc: () => measureGcLayouts(plan, server, say),
    deleting: () => measureDeletions(plan, server, say),
    radosgw: () => measureRadosgw(plan, startCpuMs, say),
  };
  const results: Partial<Record<Section, unknown>> = {};
  for (const section of chosen) results[section] = await sections[section]();
  return results as Partial<SectionResults>;
}

/** What the command costs where there is nothing to list. */
async function ownStartCpuMs(server: BenchServer, repeats: number): Promise<number> {
  const runs = [];
  const { endpoint } = server;
  for (let i = 0; i < repeats; i++) {
    runs.push(await runSnapshot({ endpoint, bucket: EMPTY_BUCKET, concurrency: 64, at: PAST_MOMENT }));
  }
  return median(runs.map((run) => run.cpuMs));
}

async function comparePrograms(plan: BenchPlan, server: BenchServer, say: Say): Promise<PeerResult[]> {
  const { endpoint } = server;
  await server.addBucket({ bucket: 'peers', layout: 'flat', keys: plan.peerKeys });
  const own: Peer = {
    name: OWN_NAME,
    version: 'this one',
    list: (_endpoint, bucket) =>
      runSnapshot({ endpoint, bucket, concurrency: USUAL_WORKERS, at: PAST_MOMENT }),
  };
  return comparePeers([own, ...findPeers()], endpoint, { full: 'peers', empty: EMPTY_BUCKET }, plan, say);
}

async function measureScale(
  plan: BenchPlan,
  server: BenchServer,
  startCpuMs: number,
  say: Say,
): Promise<SnapshotFigures[]> {
  const scale: SnapshotFigures[] = [];
  for (const keys of plan.scaleKeys) {
    const bucket = `flat-${keys}`;
    await server.addBucket({ bucket, layout: 'flat', keys });
    const { endpoint } = server;
    const repeats = plan.scaleRepeats;
    scale.push(
      await snapshotFigures({
        endpoint,
        bucket,
        versions: keys,
        workers: USUAL_WORKERS,
        repeats,
        startCpuMs,
        server,
      }),
    );
    say(`${keys} keys: ${scale.at(-1)?.cpuMsPer1000.toFixed(2)} ms of CPU for 1,000 versions`);
  }
  return scale;
}

async function measureLayouts(
  plan: BenchPlan,
  server: BenchServer,
  startCpuMs: number,
  say: Say,
): Promise<LayoutResult[]> {
  const results: LayoutResult[] = [];
  for (const layout of plan.layouts) {
    for (const latencyMs of plan.latenciesMs) {
      for (const workers of plan.workers) {
        const measured = { layout, keys: plan.layoutKeys, workers, latencyMs };
        results.push(await measureLayout(measured, plan, server, startCpuMs));
      }
    }
    say(`layout ${layout}`);
  }
  return results;
}

async function measureBusy(
  plan: BenchPlan,
  server: BenchServer,
  startCpuMs: number,
  say: Say,
): Promise<LayoutResult[]> {
  if (plan.busyKeys === 0) return [];
  const results: LayoutResult[] = [];
  for (const layout of plan.layouts) {
    const measured = { layout, keys: plan.busyKeys, workers: USUAL_WORKERS, latencyMs: USUAL_LATENCY_MS };
    const result = await measureLayout(measured, plan, server, startCpuMs);
    results.push(result);
    say(`layout ${layout}: the server is busy ${((result.serverShare ?? 0) * 100).toFixed(0)} % of the time`);
  }
  return results;
}

async function measureLayout(
  measured: Pick<LayoutResult, 'layout' | 'workers' | 'latencyMs'> & { keys: number },
  plan: BenchPlan,
  server: BenchServer,
  startCpuMs: number,
): Promise<LayoutResult> {
  const { layout, keys, workers, latencyMs } = measured;
  await server.addBucket({ bucket: layout, layout, keys });
  await server.setLatency(latencyMs);
  try {
    const figures = await snapshotFigures({
      endpoint: server.endpoint,
      bucket: layout,
      versions: versionsIn(layout, keys),
      workers,
      repeats: plan.layoutRepeats,
      startCpuMs,
      server,
    });
    return { ...figures, layout, workers, latencyMs };
  } finally {
    await server.setLatency(0);
  }
}

async function measureGcLayouts(plan: BenchPlan, server: BenchServer, say: Say): Promise<GcResultOfLayout[]> {
  const parent = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  try {
    const results: GcResultOfLayout[] = [];
    for (const layout of ['clustered', 'random'] as const) {
      const history = { keys: plan.gcKeys, days: 30, churn: 0.001, layout };
      results.push(await measureGc(history, join(parent, layout), server, say));
    }
    return results;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

async function measureDeletions(plan: BenchPlan, server: BenchServer, say: Say): Promise<DeletingResult[]> {
  const results: DeletingResult[] = [];
  for (const versions of plan.deletions) {
    results.push(await measureDeleting(versions, USUAL_WORKERS, server, say));
  }
  return results;
}
