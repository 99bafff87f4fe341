/** One snapshot by the built command, into a folder of its own, and what it cost. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Site } from '../test/support/site.ts';
import { measure, type Cost } from './measure.ts';

const EXECUTABLE = join(import.meta.dirname, '../bin/backup-my-bucket');

/** The command's JSON, as far as it is of interest here. */
interface SnapshotJson {
  keys: number;
  requests: number;
  durationMs: number;
  ranges: { total: number };
}

export interface SnapshotRun extends Cost, SnapshotJson {
  /** What its ranges take on disk. */
  indexBytes: number;
}

export interface SnapshotRequest {
  endpoint: string;
  bucket: string;
  concurrency: number;
  /** Take it of this past moment: saves the wait until the present second is over, which is no work. */
  at?: string;
  onSample?: (residentBytes: number) => void;
}

/** All ranges are new: the folder is empty before, and removed afterwards. */
export async function runSnapshot(request: SnapshotRequest): Promise<SnapshotRun> {
  const { endpoint, bucket, concurrency, at, onSample } = request;
  const folder = mkdtempSync(join(tmpdir(), 'backup-my-bucket-bench-'));
  try {
    const site = new Site(folder, { endpoint, master: bucket, slave: bucket });
    const args = ['snapshot', '--json', '--config', site.configPath, '--concurrency', String(concurrency)];
    const cost = await measure(EXECUTABLE, at === undefined ? args : [...args, '--at', at], {
      ...(onSample && { onSample }),
    });
    const json = JSON.parse(cost.stdout) as SnapshotJson;
    return { ...cost, ...json, indexBytes: sizeOfFiles(join(site.snapshotsDir, 'ranges')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 0 for the folder of a bucket without keys, which is not made. */
function sizeOfFiles(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}
