/**
 * One snapshot of a hundred million synthetic keys, with its memory over time: `node bench/hundred-million.ts [--keys N]
 * [--workers N]`. Takes minutes, so that it is run on its own; `make bench` shows what it recorded.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { RECORD_PATH, type HundredMillion } from './hundred-million-report.ts';
import { describeMachine } from './machine.ts';
import { PAST_MOMENT } from './plan.ts';
import { BenchServer } from './server.ts';
import { runSnapshot } from './snapshot-run.ts';

const BUCKET = 'hundred-million';
const SAMPLE_MS = 5000;

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '100000000' },
    workers: { type: 'string', default: '64' },
    output: { type: 'string', default: RECORD_PATH },
  },
});
const keys = Number(values.keys);
const workers = Number(values.workers);
const started = new Date();
const samples: HundredMillion['samples'] = [];

await using server = await BenchServer.start();
await server.addBucket({ bucket: BUCKET, layout: 'flat', keys });
const run = await runSnapshot({
  endpoint: server.endpoint,
  bucket: BUCKET,
  concurrency: workers,
  at: PAST_MOMENT,
  onSample: takeSample,
});
if (run.keys !== keys) throw new Error(`The snapshot has ${run.keys} keys, the bucket ${keys}`);
const record: HundredMillion = {
  startedAt: started.toISOString(),
  machine: describeMachine(),
  keys,
  workers,
  cpuMsPer1000: run.cpuMs / (keys / 1000),
  versionsPerS: (keys / run.durationMs) * 1000,
  peakBytes: run.peakBytes,
  requests: run.requests,
  ranges: run.ranges.total,
  indexBytes: run.indexBytes,
  samples,
};
mkdirSync(dirname(values.output), { recursive: true });
writeFileSync(values.output, `${JSON.stringify(record, null, 2)}\n`);
console.log(JSON.stringify({ ...record, samples: samples.length }, null, 2));

function takeSample(residentBytes: number): void {
  const elapsedMs = Date.now() - started.getTime();
  if (elapsedMs < samples.length * SAMPLE_MS || residentBytes === 0) return;
  samples.push({ seconds: elapsedMs / 1000, residentBytes });
  const mebibytes = (residentBytes / 2 ** 20).toFixed(0);
  console.error(`${(elapsedMs / 1000).toFixed(0).padStart(5)} s  ${mebibytes} MiB`);
}
