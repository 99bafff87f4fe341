/** Renders the results as docs/benchmarks.md. */
import { count, mebibytes, percent, table } from './format.ts';
import { deletingSection, gcSection, type GcRecord } from './gc-report.ts';
import { renderHundredMillion, type HundredMillion } from './hundred-million-report.ts';
import type { BenchResults, LayoutResult, PeerResult, SnapshotFigures } from './results.ts';

export function renderReport(
  results: BenchResults,
  recorded: HundredMillion | undefined,
  recordedGc: GcRecord | undefined,
): string {
  return [
    introduction(results),
    results.peers.length === 0 ? '' : peerSection(results),
    results.scale.length === 0 ? '' : scaleSection(results.scale),
    recorded === undefined ? '' : renderHundredMillion(recorded),
    results.layouts.length === 0 ? '' : layoutSection(results.layouts),
    results.busy.length === 0 ? '' : busySection(results.busy),
    recordedGc === undefined ? '' : gcSection(recordedGc),
    gcSection(results),
    deletingSection(results.deleting),
    radosgwSection(results),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}

function introduction({ mode, startedAt, machine, earlier }: BenchResults): string {
  return `# Benchmarks

Written by \`make bench\`; \`make bench QUICK=1\` takes two minutes and measures less.
Measured ${startedAt.slice(0, 10)} (${mode}) on ${machine}.${earlierText(earlier, machine)}

All figures are medians of one run, in which the programs took turns. The server is the embedded S3 in a process of its own on the same machine, and invents
buckets of any size. CPU is user and system time of the client's process and all its threads and children. "Net" leaves out what
the same command costs on an empty bucket, which is its start. Peak memory is the largest resident set of a process (VmHWM).`;
}

/** Which sections are of another day or machine. */
function earlierText(earlier: BenchResults['earlier'], machine: string): string {
  return Object.entries(earlier)
    .map(([section, at]) => {
      const where = at.machine === machine ? '' : ` on ${at.machine}`;
      return ` The section "${section}" was measured ${at.startedAt.slice(0, 10)}${where}.`;
    })
    .join('');
}

function peerSection({ peers, peerKeys }: BenchResults): string {
  const title = `## Side by side: ${count(peerKeys)} versions, flat, no latency`;
  return `${title}\n\nNet CPU; the snapshot writes the compressed index to disk, the others only list.\n\n${peerTable(peers)}`;
}

function peerTable(peers: readonly PeerResult[]): string {
  const own = peers[0]?.figures?.cpuMsPer1000 ?? NaN;
  const rows = peers.map(({ name, version, figures, problem }) => {
    if (figures === undefined) return [name, problem ?? '', '', '', '', ''];
    const { cpuMsPer1000, startCpuMs, versionsPerS, peakBytes } = figures;
    return [
      `${name}${version === undefined || version === 'this one' ? '' : ` (${shortVersion(version)})`}`,
      cpuMsPer1000.toFixed(2),
      `${(cpuMsPer1000 / own).toFixed(1)} ×`,
      startCpuMs.toFixed(0),
      count(versionsPerS),
      mebibytes(peakBytes),
    ];
  });
  return table(
    ['program', 'CPU ms for 1,000 versions', 'of ours', 'start CPU ms', 'versions/s', 'peak MiB'],
    rows,
  );
}

function shortVersion(version: string): string {
  return version.split(' Python')[0] ?? version;
}

function scaleSection(scale: readonly SnapshotFigures[]): string {
  const rows = scale.map((each) => [count(each.versions), ...figureCells(each)]);
  return `## Larger buckets: flat, 64 workers, no latency\n\n${table(['versions', ...FIGURE_HEADS], rows)}`;
}

function layoutSection(layouts: readonly LayoutResult[]): string {
  const explanation =
    '"Server busy" is the share of the time in which the server\'s process was computing: near 100 % it, not the client, is the limit. ' +
    'With latency, the most that is possible is workers × 1,000 ÷ latency.';
  return `## Layouts, workers and latency\n\n${explanation}\n\n${layoutTable(layouts)}`;
}

function busySection(layouts: readonly LayoutResult[]): string {
  const explanation =
    'Large enough for start and end to count for little: what is left of the server, which shares two cores with the client.';
  return `## The limit of the server\n\n${explanation}\n\n${layoutTable(layouts)}`;
}

function layoutTable(layouts: readonly LayoutResult[]): string {
  const rows = layouts.map((each) => [
    each.layout,
    count(each.versions),
    `${each.latencyMs}`,
    `${each.workers}`,
    ...figureCells(each),
  ]);
  return table(['layout', 'versions', 'latency ms', 'workers', ...FIGURE_HEADS], rows);
}

function radosgwSection({ radosgw }: BenchResults): string {
  const title = '## On Ceph radosgw';
  if ('problem' in radosgw) return `${title}\n\nNot measured: ${radosgw.problem}.`;
  const rows = radosgw.snapshots.map((each) => [`${each.workers}`, ...figureCells(each)]);
  const own = table(['workers', ...FIGURE_HEADS], rows);
  const { versions, versionsPerS, cpuMsPer1000, ownShare } = radosgw.deleting;
  const deleting = `gc deletes ${count(versions)} versions there at ${count(versionsPerS)} a second, start included, for ${cpuMsPer1000.toFixed(1)} ms of CPU for 1,000: it computes ${percent(ownShare)} of the time, and waits for the server in the rest.`;
  return `${title}\n\n${count(radosgw.keys)} versions, one gateway and one OSD in memory on the same machine.\n\n${own}\n\n${peerTable(radosgw.peers)}\n\n${deleting}`;
}

const FIGURE_HEADS = [
  'CPU ms for 1,000',
  'net',
  'versions/s',
  'server busy',
  'peak MiB',
  'requests',
  'above the least',
];

function figureCells(figures: SnapshotFigures): string[] {
  const { requests, leastRequests, serverShare } = figures;
  return [
    figures.cpuMsPer1000.toFixed(2),
    figures.netCpuMsPer1000.toFixed(2),
    count(figures.versionsPerS),
    serverShare === undefined ? '' : percent(serverShare),
    mebibytes(figures.peakBytes),
    count(requests),
    percent(requests / leastRequests - 1),
  ];
}
