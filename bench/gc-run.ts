/**
 * What a part of gc costs: `node bench/gc-run.ts mark|diff FOLDER SNAPSHOT` prints JSON. A process of its own, so that its memory is
 * that of the work.
 */
import { systemClock } from '../src/clock.ts';
import { diffManifests } from '../src/index/diff.ts';
import { SnapshotRepository } from '../src/snapshots/repository.ts';
import { candidatesOf } from '../src/gc/candidates.ts';
import { silentLog } from '../test/support/silent-log.ts';

export interface GcRunFigures {
  /** Candidates, or changes. */
  found: number;
  cpuMs: number;
  wallMs: number;
  peakBytes: number;
}

const [what, snapshotsDir = '', name = ''] = process.argv.slice(2);
const repository = await SnapshotRepository.open({
  snapshotsDir,
  compress: true,
  clock: systemClock,
  log: silentLog,
});
const before = process.cpuUsage();
const startMs = performance.now();
const found = what === 'mark' ? await mark() : await diffWithNext();
const { user, system } = process.cpuUsage(before);
const figures: GcRunFigures = {
  found,
  cpuMs: (user + system) / 1000,
  wallMs: performance.now() - startMs,
  peakBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(figures));
repository.close();

async function mark(): Promise<number> {
  const others = [];
  for (const row of repository.list('slave')) {
    if (row.name !== name) others.push(await repository.read(row.name));
  }
  let candidates = 0;
  for await (const entries of candidatesOf(await repository.read(name), others, repository.ranges)) {
    candidates += entries.length;
  }
  return candidates;
}

async function diffWithNext(): Promise<number> {
  const names = repository.list('slave').map((row) => row.name);
  const next = names[names.indexOf(name) + 1] ?? '';
  let changes = 0;
  const [a, b] = [await repository.read(name), await repository.read(next)];
  for await (const _change of diffManifests(a, b, repository.ranges)) changes += 1;
  return changes;
}
