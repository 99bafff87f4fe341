/** Runs a share of the random histories in a thread of its own; answers with what failed, if anything did. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { DEFAULT_CUT_BITS } from '../../src/index/cut.ts';
import { isCutAfterKey } from '../support/cut.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { DisturbedServer } from './disturbed-server.ts';
import { histories } from './history.ts';
import { World } from './world.ts';

export interface Share {
  numRuns: number;
  seed?: number;
  path?: string;
}

/** Every write of the index is synced, which a folder in memory does in no time. */
const parentFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A key that ends a range. Few do, so they are looked for. */
function cutKey(prefix: string): string {
  for (let number = 0; ; number++) {
    const key = `${prefix}${number}`;
    if (isCutAfterKey(key, DEFAULT_CUT_BITS)) return key;
  }
}

const keys = ['a', cutKey('a'), 'a \u{1F600}', 'b1', cutKey('b'), cutKey('b!'), 'ü'];

async function runHistories(share: Share): Promise<string | undefined> {
  const clock = new ManualClock();
  const server = await DisturbedServer.start(clock);
  const property = fc.asyncProperty(histories(keys.length), async (history) => {
    const folder = mkdtempSync(join(parentFolder, 'backup-my-bucket-model-'));
    try {
      await new World(server, clock, keys, history, join(folder, 'snapshots')).live();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  try {
    const details = await fc.check(property, share);
    if (!details.failed) return undefined;
    const { errorInstance } = details;
    const cause = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : '';
    return `${cause}\n${fc.defaultReportMessage(details) ?? ''}`;
  } finally {
    await server.stop();
  }
}

parentPort?.postMessage(await runHistories(workerData as Share));
