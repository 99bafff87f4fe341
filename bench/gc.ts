/**
 * Measures gc and diff on the index alone: `node bench/gc.ts [--keys N] [--days N] [--layout clustered|random] [--keep FOLDER]`.
 * Thirty daily snapshots of ten million keys take some minutes to write.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.ts';
import { SnapshotRepository } from '../src/snapshots/repository.ts';
import { silentLog } from '../test/support/silent-log.ts';
import { writeDailySnapshots, type ChurnLayout } from './daily-snapshots.ts';
import type { GcRunFigures } from './gc-run.ts';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    layout: { type: 'string', multiple: true, default: ['clustered', 'random'] },
    /** Written there where it is empty, and not removed. */
    keep: { type: 'string' },
  },
});
const churn = 0.001;

for (const layout of values.layout as ChurnLayout[]) {
  const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  try {
    await measureLayout(layout, join(folder, `${layout}-${values.keys}`));
  } finally {
    if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

async function measureLayout(layout: ChurnLayout, snapshotsDir: string): Promise<void> {
  const isWritten = existsSync(snapshotsDir);
  mkdirSync(snapshotsDir, { recursive: true });
  const repository = await SnapshotRepository.open({
    snapshotsDir,
    compress: true,
    clock: systemClock,
    log: silentLog,
  });
  const startMs = performance.now();
  if (!isWritten) {
    const history = { keys: Number(values.keys), days: Number(values.days), churn, layout };
    await writeDailySnapshots(repository, history);
  }
  const rows = repository.list('slave');
  const first = await repository.read(rows[0]?.name ?? '');
  repository.close();
  const firstBytes = sumOf(first.ranges.map(({ hash }) => sizeOf(snapshotsDir, hash)));
  const allBytes = sumOf(rangeFiles(snapshotsDir).map((path) => statSync(path).size));
  console.log(
    `${layout}: ${values.keys} keys, ${rows.length} snapshots, written in ${Math.round((performance.now() - startMs) / 1000)} s; ` +
      `ranges take ${(allBytes / 2 ** 20).toFixed(0)} MiB, ${(allBytes / firstBytes).toFixed(2)} times those of one snapshot`,
  );
  const middle = rows[Math.floor(rows.length / 2)]?.name ?? '';
  for (const [label, what, name] of [
    ['gc, oldest snapshot', 'mark', rows[0]?.name ?? ''],
    ['gc, one in the middle', 'mark', middle],
    ['diff of neighbours', 'diff', middle],
  ] as const) {
    const output = execFileSync(process.execPath, [
      join(import.meta.dirname, 'gc-run.ts'),
      what,
      snapshotsDir,
      name,
    ]);
    const { found, cpuMs, wallMs, peakBytes } = JSON.parse(output.toString()) as GcRunFigures;
    console.log(
      `  ${label.padEnd(24)} ${(cpuMs / 1000).toFixed(2)} s of CPU, ${(wallMs / 1000).toFixed(2)} s, ` +
        `${(peakBytes / 2 ** 20).toFixed(0)} MiB, ${found} versions`,
    );
  }
}

function rangeFiles(snapshotsDir: string): string[] {
  const folder = join(snapshotsDir, 'ranges');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('.zst')).map((path) => join(folder, path));
}

function sizeOf(snapshotsDir: string, hash: string): number {
  return statSync(join(snapshotsDir, 'ranges', hash.slice(0, 2), `${hash}.csv.zst`)).size;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
