import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../../src/errors.ts';
import { removeSpools, Spool } from '../../src/spool.ts';
import { tempDir } from '../support/temp-dir.ts';

test('gives back what was added, whatever the keys hold, and leaves nothing', async (t) => {
  const folder = tempDir(t);
  const spool = await Spool.create<{ key: string }>(folder, 'one');
  const keys = ['a\nb', 'c\r', '\u2028', 'x'.repeat(300_000), '\u{1F600}'];
  await Promise.all(keys.map((key) => spool.add([{ key }])));
  await spool.flush();
  const read = await Array.fromAsync(spool.items());
  assert.deepEqual(read.map(({ key }) => key).sort(), [...keys].sort());
  await spool.remove();
  assert.deepEqual(readdirSync(join(folder, 'plans')), []);
});

test('from all over: everything once, neighbours far apart, whatever the number of places', async (t) => {
  const items = Array.from({ length: 1000 }, (_, i) => ({ key: `\u{1F600}${'x'.repeat(i % 40)}${i}` }));
  for (const places of [1, 7, 32, 5000]) {
    const spool = await Spool.create<{ key: string }>(tempDir(t), 'one');
    await spool.add(items);
    await spool.flush();
    const read = (await Array.fromAsync(spool.itemsFromAllOver(places))).map(({ key }) => key);
    assert.deepEqual(read.toSorted(), items.map(({ key }) => key).sort());
    if (places === 32) assert.ok(Math.abs(items.findIndex(({ key }) => key === read[1])) > 10);
    await spool.remove();
  }
  const empty = await Spool.create(tempDir(t), 'none');
  await empty.flush();
  assert.deepEqual(await Array.fromAsync(empty.itemsFromAllOver(4)), []);
  await empty.remove();
});

test('what a crash left is cleared away', async (t) => {
  const folder = tempDir(t);
  await removeSpools(folder);
  const spool = await Spool.create(folder, 'live');
  await spool.remove();
  writeFileSync(join(folder, 'plans', 'left.ndjson'), '{}');
  await removeSpools(folder);
  assert.deepEqual(readdirSync(join(folder, 'plans')), []);
});

test('a folder that is not there is named', async (t) => {
  const folder = join(tempDir(t), 'file');
  writeFileSync(folder, '');
  await assert.rejects(
    Spool.create(folder, 'one'),
    (error) =>
      error instanceof BackupError && error.code === 'SNAPSHOTS_DIR' && error.message.includes(folder),
  );
});
