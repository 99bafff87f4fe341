/** A repository in a folder of the test's own, filled without a server. */
import type { TestContext } from 'node:test';
import type { Entry } from '../../src/index/entry.ts';
import type { Manifest } from '../../src/index/manifest.ts';
import { RangeWriter } from '../../src/index/range-writer.ts';
import { compareKeys } from '../../src/key-order.ts';
import { SnapshotRepository } from '../../src/snapshots/repository.ts';
import { ManualClock } from './manual-clock.ts';
import { manifestOf } from './manifests.ts';
import { silentLog } from './silent-log.ts';
import { tempDir } from './temp-dir.ts';

/** So few that a handful of entries makes several ranges. */
const cutBits = 2;

export interface TestRepository {
  folder: string;
  repository: SnapshotRepository;
}

export async function openTestRepository(t: TestContext, folder = tempDir(t)): Promise<TestRepository> {
  const repository = await SnapshotRepository.open({
    snapshotsDir: folder,
    compress: false,
    clock: new ManualClock(),
    log: silentLog,
  });
  t.after(() => repository.close());
  return { folder, repository };
}

export async function addSnapshot(
  repository: SnapshotRepository,
  name: string,
  entries: readonly Entry[],
  changes: Partial<Manifest> = {},
): Promise<Manifest> {
  const writer = new RangeWriter(repository.ranges, { cutBits });
  await writer.write(entries.toSorted((a, b) => compareKeys(a.key, b.key)));
  const { ranges } = await writer.finish();
  const bytes = entries.reduce((sum, each) => sum + each.sizeBytes, 0);
  const manifest = manifestOf(name, { ranges, keys: entries.length, bytes, cutBits, ...changes });
  await repository.add(manifest);
  return manifest;
}

/** Version `v<version>` of a key, of `version` bytes. */
export function entry(key: string, version = 1, changes: Partial<Entry> = {}): Entry {
  return {
    key,
    versionId: `v${version}`,
    sizeBytes: version,
    lastModifiedMs: version * 1000,
    etag: `e${version}`,
    storageClass: 'STANDARD',
    ...changes,
  };
}
