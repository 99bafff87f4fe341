import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RangeStore } from '../../../src/index/range-store.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';
import { AsOfWriter } from '../../../src/snapshot/as-of-writer.ts';
import { Seams } from '../../../src/snapshot/seams.ts';
import type { FinishedRange } from '../../../src/snapshots/unfinished.ts';
import { isCutAfterKey } from '../../support/cut.ts';
import { expectedRanges, inFolder } from '../index/support.ts';
import { versionOf } from './support/fake-bucket.ts';

const cutBits = 2;
const versions = Array.from({ length: 200 }, (_, n) => versionOf(`k${String(n).padStart(4, '0')}`));

async function write(folder: string, after: string | undefined, journalEveryPages: number, rowsPerPage = 10) {
  const finished: FinishedRange[] = [];
  const store = new RangeStore(folder, { compress: false });
  const onFinished = async (range: FinishedRange) => void finished.push(range);
  const seams = new Seams({ store, finished: [], onFinished });
  const writer = new AsOfWriter(after, {
    store,
    seams,
    asOfMs: 10_000,
    cutBits,
    journalEveryPages,
  });
  const table = VersionTable.of(versions);
  let keys = 0;
  let entries = 0;
  for (let at = 0; at < versions.length; at += rowsPerPage) {
    keys += writer.select(table, at, at + rowsPerPage);
    entries += await writer.write();
  }
  entries += await writer.finish('z');
  assert.deepEqual([keys, entries], [200, 200]);
  return finished;
}

test('finishes what lies between two cuts, and leaves the rest to the neighbours', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 5);
    assert.ok(finished.length >= 3);
    assert.deepEqual(
      finished.slice(1).map(({ after }) => after),
      finished.slice(0, -1).map(({ upTo }) => upTo),
    );
    for (const { after, upTo } of finished)
      assert.ok(isCutAfterKey(after!, cutBits) && isCutAfterKey(upTo!, cutBits));
    const all = expectedRanges(versions, cutBits);
    assert.deepEqual(
      finished.flatMap(({ ranges }) => ranges),
      all.slice(1, isCutAfterKey(versions.at(-1)!.key, cutBits) ? undefined : -1),
    );
  }));

test('the very beginning of the bucket has nothing before it to be joined with', () =>
  inFolder(async (folder) => {
    const [first] = await write(folder, undefined, 5);
    assert.equal(first?.after, undefined);
    assert.equal(first?.ranges[0]?.firstKey, 'k0000');
  }));

test('finishes all together where there is little', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 1000);
    assert.equal(finished.length, 1);
  }));

test('finishes some too where each page brings no more than one entry, as where keys have many versions', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 5, 1);
    assert.ok(finished.length >= 3);
  }));
