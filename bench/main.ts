/**
 * Measures and writes docs/benchmarks.md: `node bench/main.ts [--quick] [--only SECTION]… [--workers N]…`. Run by `make bench`, which builds the command
 * first. With `--only`, the other sections stay as they were measured last.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readGcRecord } from './gc-report.ts';
import { readRecord } from './hundred-million-report.ts';
import { describeMachine } from './machine.ts';
import { FULL, QUICK } from './plan.ts';
import { renderReport } from './report.ts';
import type { BenchResults } from './results.ts';
import { nothingMeasured, runSections, SECTIONS, type Section } from './sections.ts';
import { BenchServer } from './server.ts';

const REPORT_PATH = join(import.meta.dirname, '../docs/benchmarks.md');
const RESULTS_PATH = join(import.meta.dirname, 'recorded/results.json');

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    /** Of the layouts. */
    workers: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true, default: [...SECTIONS] },
    output: { type: 'string', default: REPORT_PATH },
  },
});
const wholePlan = values.quick ? QUICK : FULL;
const plan = { ...wholePlan, workers: values.workers?.map(Number) ?? wholePlan.workers };
const chosen = SECTIONS.filter((section) => values.only.includes(section));
if (chosen.length === 0) throw new Error(`The sections are ${SECTIONS.join(', ')}.`);
const started = new Date();
const say = (line: string): void => {
  console.error(`${((Date.now() - started.getTime()) / 1000).toFixed(0).padStart(5)} s  ${line}`);
};

await using server = await BenchServer.start();
const before = chosen.length < SECTIONS.length ? earlierResults() : {};
const results: BenchResults = {
  ...nothingMeasured,
  ...before,
  earlier: earlierSections(before),
  mode: plan.mode,
  startedAt: started.toISOString(),
  machine: describeMachine(),
  peerKeys: plan.peerKeys,
  ...(await runSections(chosen, plan, server, say)),
};
const report = renderReport(results, readRecord(), readGcRecord());
if (!values.quick) writeFileSync(RESULTS_PATH, `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(values.output, report);
console.log(report);

/** Of what was measured, and is not now: when it was, and on what. */
function earlierSections(before: Partial<BenchResults>): BenchResults['earlier'] {
  const { startedAt, machine, earlier } = before;
  if (startedAt === undefined || machine === undefined) return {};
  const isMeasured = (section: Section): boolean =>
    JSON.stringify(before[section] ?? nothingMeasured[section]) !== JSON.stringify(nothingMeasured[section]);
  const others = SECTIONS.filter((section) => !chosen.includes(section) && isMeasured(section));
  return Object.fromEntries(others.map((section) => [section, earlier?.[section] ?? { startedAt, machine }]));
}

function earlierResults(): Partial<BenchResults> {
  if (!existsSync(RESULTS_PATH)) return {};
  return JSON.parse(readFileSync(RESULTS_PATH, 'utf8')) as BenchResults;
}
