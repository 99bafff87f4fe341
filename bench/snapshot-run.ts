/** One snapshot by the built command, into a folder of its own, and what it cost. */
import { mkdtempSync, rmSync } from 'node:fs';
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
}

export interface SnapshotRun extends Cost, SnapshotJson {}

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
    return { ...cost, keys: json.keys, requests: json.requests, durationMs: json.durationMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
