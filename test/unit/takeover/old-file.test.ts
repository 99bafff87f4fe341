import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { elementsOf, oldFilesIn, timeInName, timeOf, type OldFile } from '../../../src/takeover/old-file.ts';
import { writeOldSnapshot } from '../../support/old-snapshots.ts';
import { tempDir } from '../../support/temp-dir.ts';

const timeMs = Date.parse('2015-06-05T20:21:58Z');
const version = { key: 'a<&>', versionId: 'v', sizeBytes: 1, lastModifiedMs: timeMs };

function fileOf(t: TestContext, content: string | Buffer, name = '20150605152158-0500CDT'): OldFile {
  const path = join(tempDir(t), name);
  writeFileSync(path, content);
  return { path, name };
}

async function readAll(file: OldFile): Promise<unknown[]> {
  const elements: unknown[] = [];
  for await (const batch of elementsOf(file)) elements.push(...batch);
  return elements;
}

test('finds the files of the folder, plain and packed, and none of ours', async (t) => {
  const folder = tempDir(t);
  writeOldSnapshot(folder, timeMs, [version]);
  writeOldSnapshot(folder, timeMs + 1000, [version], { isPacked: true });
  for (const name of ['catalogue.sqlite', 'catalogue.sqlite-wal', '.hidden'])
    writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'manifests'));
  const files = await oldFilesIn(folder);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['20150605152158-0500CDT', '20150605152159-0500CDT'],
  );
  for (const [index, file] of files.entries()) {
    assert.equal(await timeOf(file), timeMs + index * 1000);
    assert.equal((await readAll(file)).length, 1);
  }
});

test('a packed file that was unpacked under its name is read by its content', async (t) => {
  const folder = tempDir(t);
  writeOldSnapshot(folder, timeMs, [version]);
  const plain = readFileSync(join(folder, '20150605152158-0500CDT'));
  const file = fileOf(t, plain, '20150605152158-0500CDT.Z');
  assert.deepEqual(await readAll(file), (JSON.parse(plain.toString()) as { Contents: unknown[] }).Contents);
});

test('the time is the Timestamp, or that of the name', async (t) => {
  assert.equal(timeInName('20150605152158-0500CDT.Z'), timeMs);
  assert.equal(timeInName('20150605202158+0000UTC'), timeMs);
  assert.equal(timeInName('snapshot01'), undefined);
  assert.equal(timeInName('20151399000000-0500CDT'), undefined);
  assert.equal(await timeOf(fileOf(t, '[]')), timeMs);
  const stated = fileOf(t, '{"Timestamp":"2015-06-05T15:21:58.9-05:00","Contents":[]}', 'snapshot01');
  assert.equal(await timeOf(stated), timeMs);
  await assert.rejects(timeOf(fileOf(t, '[]', 'snapshot01')), {
    name: 'OldFileError',
    message: /neither a Timestamp/,
  });
  await assert.rejects(timeOf(fileOf(t, '{"Timestamp":"x","Contents":[]}')), { message: /no time/ });
});

describe('a file that cannot be read to its end says why', () => {
  const packed = gzipSync('[{"Key":"a"}]'.padEnd(100_000));
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 12, 24);
  const cases: [name: string, content: string | Buffer, reason: RegExp][] = [
    ['cut off', '[{"Key":"a"}', /cut off/],
    ['cut off while packed', packed.subarray(0, -20), /cut off/],
    ['damaged while packed', damaged, /damaged/],
    ['not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]), /not UTF-8/],
    ['something else', 'hello', /neither/],
  ];
  for (const [name, content, message] of cases)
    test(name, (t) => assert.rejects(readAll(fileOf(t, content)), { name: 'OldFileError', message }));
});

test('a folder that is not there is wrong usage', () =>
  assert.rejects(oldFilesIn('/nowhere'), { code: 'USAGE', message: /ENOENT/ }));
