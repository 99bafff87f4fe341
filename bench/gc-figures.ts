/** What gc and diff cost beside daily snapshots of a bucket that the embedded S3 invents: the built command, from start to end. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../src/clock.ts';
import { SnapshotRepository } from '../src/snapshots/repository.ts';
import { executable } from '../test/support/command.ts';
import { silentLog } from '../test/support/silent-log.ts';
import { Site } from '../test/support/site.ts';
import type { Say } from './compare.ts';
import { bucketAfter, writeDailySnapshots, type DailySnapshots } from './daily-snapshots.ts';
import { measure } from './measure.ts';
import type { GcCost, GcResultOfLayout } from './results.ts';
import type { BenchServer } from './server.ts';

/** @param folder of this history alone: snapshots that are there already are used again */
export async function measureGc(
  history: DailySnapshots,
  folder: string,
  server: BenchServer,
  say: Say,
): Promise<GcResultOfLayout> {
  const bucket = bucketAfter(history);
  await server.addBucket(bucket);
  const { endpoint } = server;
  const set = { RetentionPolicy: { KeepLast: history.days - 1 } };
  const site = new Site(folder, { endpoint, master: bucket.bucket, slave: bucket.bucket, set });
  const { names, ...disk } = await writeOrReuse(site.snapshotsDir, history, endpoint, say);
  const middle = Math.floor(names.length / 2);
  const run = async (what: string, args: readonly string[]): Promise<GcCost> => {
    const cost = await runCommand(what, [...args, '--json', '--config', site.configPath], server);
    say(`${history.layout}, ${what}: ${(cost.cpuMs / 1000).toFixed(2)} s of CPU, ${cost.found} versions`);
    return cost;
  };
  return {
    ...history,
    ...disk,
    costs: [
      await run('gc --dry-run, the oldest', ['gc', '--dry-run']),
      await run('delete-snapshot --dry-run, one in the middle', [
        'delete-snapshot',
        names[middle] ?? '',
        '--dry-run',
      ]),
      await run('gc --orphans --dry-run', ['gc', '--orphans', '--dry-run']),
      await run('diff of neighbours', ['diff', names[middle] ?? '', names[middle + 1] ?? '', '--summary']),
    ],
  };
}

interface CommandJson {
  versions?: { candidates: number };
  orphans?: { candidates: number } | null;
  changed?: number;
}

async function runCommand(what: string, args: readonly string[], server: BenchServer): Promise<GcCost> {
  await server.takeListRequests();
  const { cpuMs, wallMs, peakBytes, stdout } = await measure(executable, args);
  const requests = await server.takeListRequests();
  const { versions, orphans, changed } = JSON.parse(stdout) as CommandJson;
  const found = (versions?.candidates ?? 0) + (orphans?.candidates ?? 0) + (changed ?? 0);
  return { what, found, cpuMs, wallMs, peakBytes, requests };
}

interface DiskUse {
  names: string[];
  firstBytes: number;
  allBytes: number;
}

async function writeOrReuse(
  snapshotsDir: string,
  history: DailySnapshots,
  endpoint: string,
  say: Say,
): Promise<DiskUse> {
  mkdirSync(snapshotsDir, { recursive: true });
  const options = { snapshotsDir, compress: true, clock: systemClock, log: silentLog };
  const repository = await SnapshotRepository.open(options);
  try {
    if (repository.list('slave').length === 0) {
      await writeDailySnapshots(repository, history, (days) => {
        if (days === 1 || days % 10 === 0) say(`${history.layout}: ${days} of ${history.days} days written`);
      });
    }
    const names = repository.list('slave').map((row) => row.name);
    for (const name of names) {
      const manifest = await repository.read(name);
      // The server has another port each time; orphans are told by snapshots of this store.
      await repository.manifests.replace({ ...manifest, endpoint });
    }
    const { ranges } = await repository.read(names[0] ?? '');
    const sizes = sizesOfRanges(snapshotsDir);
    const firstBytes = ranges.reduce((sum, { hash }) => sum + (sizes.get(hash) ?? NaN), 0);
    const allBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { names, firstBytes, allBytes };
  } finally {
    repository.close();
  }
}

function sizesOfRanges(snapshotsDir: string): Map<string, number> {
  const folder = join(snapshotsDir, 'ranges');
  const sizes = new Map<string, number>();
  if (!existsSync(folder)) return sizes;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const hash = /([0-9a-f]{64})\.csv\.zst$/.exec(path)?.[1];
    if (hash !== undefined) sizes.set(hash, statSync(join(folder, path)).size);
  }
  return sizes;
}
