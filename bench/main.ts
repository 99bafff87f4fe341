/**
 * Measures the listing engine and writes docs/benchmarks.md: `node bench/main.ts [--quick]`. Run by `make bench`, which
 * builds the command first.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readGcRecord } from './gc-report.ts';
import { readRecord } from './hundred-million-report.ts';
import { describeMachine } from './machine.ts';
import { FULL, QUICK } from './plan.ts';
import { renderReport } from './report.ts';
import type { BenchResults } from './results.ts';
import { runSections } from './sections.ts';
import { BenchServer } from './server.ts';

const REPORT_PATH = join(import.meta.dirname, '../docs/benchmarks.md');

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, output: { type: 'string', default: REPORT_PATH } },
});
const plan = values.quick ? QUICK : FULL;
const started = new Date();
const say = (line: string): void => {
  console.error(`${((Date.now() - started.getTime()) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};

await using server = await BenchServer.start();
const results: BenchResults = {
  mode: plan.mode,
  startedAt: started.toISOString(),
  machine: describeMachine(),
  peerKeys: plan.peerKeys,
  ...(await runSections(plan, server, say)),
};
const report = renderReport(results, readRecord(), readGcRecord());
writeFileSync(values.output, report);
console.log(report);
