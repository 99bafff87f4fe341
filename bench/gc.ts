/**
 * Measures gc and diff alone: `node bench/gc.ts [--keys N] [--days N] [--layout clustered|random] [--keep FOLDER] [--record]`. `make bench`
 * does so with fewer keys. Thirty daily snapshots of ten million keys take a quarter of an hour to write in the random layout.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ChurnLayout } from './daily-snapshots.ts';
import { measureGc } from './gc-figures.ts';
import { GC_RECORD_PATH, gcSection } from './gc-report.ts';
import { describeMachine } from './machine.ts';
import type { GcResultOfLayout } from './results.ts';
import { BenchServer } from './server.ts';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    layout: { type: 'string', multiple: true, default: ['clustered', 'random'] },
    /** Written there where it is empty, and not removed. */
    keep: { type: 'string' },
    /** For docs/benchmarks.md. */
    record: { type: 'boolean', default: false },
  },
});
const parent = values.keep ?? mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
const startMs = performance.now();
const say = (line: string): void => {
  console.error(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};
const results: GcResultOfLayout[] = [];
try {
  await using server = await BenchServer.start();
  for (const layout of values.layout as ChurnLayout[]) {
    const history = { keys: Number(values.keys), days: Number(values.days), churn: 0.001, layout };
    const folder = join(parent, `${layout}-${values.keys}`);
    results.push(await measureGc(history, folder, server, say));
  }
} finally {
  if (values.keep === undefined) rmSync(parent, { recursive: true, force: true });
}
const record = { startedAt: new Date().toISOString(), machine: describeMachine(), gc: results };
if (values.record) {
  mkdirSync(dirname(GC_RECORD_PATH), { recursive: true });
  writeFileSync(GC_RECORD_PATH, `${JSON.stringify(record, null, 2)}\n`);
}
console.log(gcSection(record));
