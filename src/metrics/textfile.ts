/**
 * Metrics in files for node_exporter's textfile collector: one for each set and command, and one for each set. So runs that end at the
 * same time never write the same file, and counters go on from what the file says.
 */
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../errors.ts';
import { replaceFile } from '../index/atomic-file.ts';
import type { RunOutcome, SetState } from '../run-outcome.ts';
import { formatMetrics, metricName, readMetric, type Metric } from './prometheus.ts';

/** The collector runs as another user. */
const fileMode = 0o644;

/** @throws BackupError, Error where the folder cannot be read and written */
export async function writeRunFile(folder: string, outcome: RunOutcome): Promise<void> {
  const { set, command } = outcome;
  const path = join(folder, `backup-my-bucket-${fileName(set)}-${fileName(command)}.prom`);
  const before = await readIfThere(path);
  await write(path, formatMetrics(runMetrics(outcome, before), { set, command }));
}

/** @throws as `writeRunFile` */
export async function writeSetFile(folder: string, state: SetState): Promise<void> {
  const path = join(folder, `backup-my-bucket-${fileName(state.set)}.prom`);
  await write(path, formatMetrics(setMetrics(state), { set: state.set }));
}

function runMetrics(
  { command, startedMs, endedMs, exitCode, figures }: RunOutcome,
  before: string,
): Metric[] {
  const isFailure = exitCode !== 0;
  const gauge = (name: string, help: string, value: number): Metric => ({ name, type: 'gauge', help, value });
  const counter = (name: string, help: string, add: number): Metric => {
    return { name, type: 'counter', help, value: (readMetric(before, name) ?? 0) + add };
  };
  const lastSuccess = isFailure ? readMetric(before, 'last_success_timestamp_seconds') : endedMs / 1000;
  return [
    gauge('last_run_timestamp_seconds', 'When the last run ended.', endedMs / 1000),
    gauge('last_run_duration_seconds', 'How long the last run took.', (endedMs - startedMs) / 1000),
    gauge('last_run_exit_code', 'Exit code of the last run.', exitCode),
    ...(lastSuccess === undefined
      ? []
      : [
          gauge(
            'last_success_timestamp_seconds',
            'When the last run ended that had exit code 0.',
            lastSuccess,
          ),
        ]),
    counter('runs_total', 'Runs that have ended.', 1),
    counter('failures_total', 'Runs that have ended with another exit code than 0.', isFailure ? 1 : 0),
    ...Object.entries(figures).map(([name, value]) =>
      gauge(`${metricName(command)}_${name}`, `Of the last result of ${command}.`, value),
    ),
  ];
}

function setMetrics({ snapshots, newest }: SetState): Metric[] {
  const gauge = (name: string, help: string, value: number): Metric => ({ name, type: 'gauge', help, value });
  const metrics = [gauge('snapshots', 'Complete snapshots.', snapshots)];
  if (newest === undefined) return metrics;
  return [
    ...metrics,
    gauge(
      'newest_snapshot_timestamp_seconds',
      'As-of time of the newest snapshot that counts.',
      newest.asOfMs / 1000,
    ),
    gauge('newest_snapshot_keys', 'Keys in it.', newest.keys),
    gauge('newest_snapshot_bytes', 'Sizes of its objects.', newest.bytes),
  ];
}

/** Two names stay two names. */
function fileName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9.]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  await replaceFile(path, Buffer.from(text));
  await chmod(path, fileMode);
}
