/** The recorded run of a hundred million keys: its form on disk, and its section of docs/benchmarks.md. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { count, mebibytes, table } from './format.ts';

export const RECORD_PATH = join(import.meta.dirname, 'recorded', 'hundred-million.json');

export interface HundredMillion {
  startedAt: string;
  machine: string;
  keys: number;
  workers: number;
  cpuMsPer1000: number;
  versionsPerS: number;
  peakBytes: number;
  requests: number;
  ranges: number;
  indexBytes: number;
  /** Resident memory over time. */
  samples: { seconds: number; residentBytes: number }[];
}

export function readRecord(): HundredMillion | undefined {
  if (!existsSync(RECORD_PATH)) return undefined;
  return JSON.parse(readFileSync(RECORD_PATH, 'utf8')) as HundredMillion;
}

const ROWS = 12;
const BARS = '▁▂▃▄▅▆▇█';

export function renderHundredMillion(record: HundredMillion): string {
  const { samples } = record;
  const facts = table(
    ['keys', 'workers', 'CPU ms for 1,000', 'versions/s', 'peak MiB', 'requests', 'ranges', 'index on disk'],
    [
      [
        count(record.keys),
        `${record.workers}`,
        record.cpuMsPer1000.toFixed(2),
        count(record.versionsPerS),
        mebibytes(record.peakBytes),
        count(record.requests),
        count(record.ranges),
        `${(record.indexBytes / 2 ** 30).toFixed(2)} GiB`,
      ],
    ],
  );
  const step = Math.max(1, Math.floor(samples.length / ROWS));
  const rows = samples
    .filter((_, index) => index % step === 0 || index === samples.length - 1)
    .map(({ seconds, residentBytes }) => [seconds.toFixed(0), mebibytes(residentBytes)]);
  const times = table(['seconds', 'resident MiB'], rows);
  return `## One hundred million keys

One recorded run (\`node bench/hundred-million.ts\`), ${record.startedAt.slice(0, 10)}, on ${record.machine}.

${facts}

Resident memory over the run, the scale from 0 to its peak: \`${sparkline(samples.map((sample) => sample.residentBytes))}\`

${times}`;
}

function sparkline(values: readonly number[]): string {
  const columns = Math.min(values.length, 60);
  const most = Math.max(...values);
  return Array.from({ length: columns }, (_, column) => {
    const value = values[Math.floor((column * values.length) / columns)] ?? 0;
    return BARS[Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))];
  }).join('');
}
