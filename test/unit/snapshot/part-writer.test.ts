import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { RangeStore } from '../../../src/index/range-store.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';
import { PartWriter } from '../../../src/snapshot/part-writer.ts';
import type { FinishedRange } from '../../../src/snapshots/unfinished.ts';
import { isCutAfterKey } from '../../support/cut.ts';
import { inFolder } from '../index/support.ts';
import { versionOf } from './support/fake-bucket.ts';

const cutBits = 2;
const versions = Array.from({ length: 200 }, (_, n) => versionOf(`k${String(n).padStart(4, '0')}`));

async function write(folder: string, after: string | undefined, pagesPerPart: number, rowsPerPage = 10) {
  const finished: FinishedRange[] = [];
  const writer = new PartWriter(after, {
    store: new RangeStore(folder, { compress: false }),
    asOfMs: 10_000,
    cutBits,
    pagesPerPart,
    onFinished: async (range) => void finished.push(range),
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

test('closes off at cuts, so that parts but the first and the last have nothing to join', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 5);
    assert.ok(finished.length >= 3);
    assert.deepEqual(
      finished.map(({ after }) => after),
      ['a', ...finished.slice(0, -1).map(({ upTo }) => upTo)],
    );
    assert.equal(finished.at(-1)?.upTo, 'z');
    for (const { upTo } of finished.slice(0, -1)) assert.ok(isCutAfterKey(upTo!, cutBits));
    assert.ok(finished[0]?.part.head && existsSync(finished[0].part.head.path));
    for (const { part } of finished.slice(1)) assert.equal(part.head, undefined);
    for (const { part } of finished.slice(0, -1)) assert.equal(part.tail, undefined);
  }));

test('the very beginning of the bucket has nothing before it to be joined with', () =>
  inFolder(async (folder) => {
    const [first] = await write(folder, undefined, 5);
    assert.equal(first?.part.head, undefined);
  }));

test('is one part where that is long enough', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 1000);
    assert.equal(finished.length, 1);
  }));

test('closes off where each page brings no more than one entry, as where keys have many versions', () =>
  inFolder(async (folder) => {
    const finished = await write(folder, 'a', 5, 1);
    assert.ok(finished.length >= 3);
  }));
