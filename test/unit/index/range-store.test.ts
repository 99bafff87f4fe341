import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { FragmentWriter } from '../../../src/index/fragment.ts';
import { BlockPool } from '../../../src/index/block-pool.ts';
import type { Fragment } from '../../../src/index/fragment.ts';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { RangeStore } from '../../../src/index/range-store.ts';
import type { Entry } from '../../../src/index/entry.ts';
import { watchSyncs } from '../../support/synced-paths.ts';
import { inFolder, lineRunOf, numberedEntries } from './support.ts';

const ENTRIES = numberedEntries(50);
const PLAIN = ENTRIES.map(encodeEntry).join('');
const HASH = createHash('sha256').update(PLAIN).digest('hex');

async function fragmentOf(store: RangeStore, entries: Entry[] = ENTRIES): Promise<Fragment> {
  const writer = new FragmentWriter(await store.fragmentFolder(), new BlockPool(0));
  await writer.add(lineRunOf(entries));
  const fragment = await writer.finish();
  assert.ok('path' in fragment);
  return fragment;
}

function damagedAt(path: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.code, 'INDEX_DAMAGED');
    assert.ok(error.message.includes(path), error.message);
    assert.match(error.hint ?? '', /Restore that file/);
    return true;
  };
}

for (const compress of [true, false]) {
  const form = compress ? 'csv.zst' : 'csv';

  test(`keeps a range under the hash of its content (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new RangeStore(folder, { compress });
      assert.equal(await store.has(HASH), false);
      assert.equal(await store.add(await fragmentOf(store)), true);
      await store.sync();
      const path = join(folder, 'ranges', HASH.slice(0, 2), `${HASH}.${form}`);
      assert.equal(store.pathOf(HASH), path);
      assert.equal((await readFile(path)).equals(Buffer.from(PLAIN)), !compress);
      assert.equal(await store.has(HASH), true);
      assert.equal((await store.read(HASH)).toString(), PLAIN);
      assert.deepEqual(await store.list(), [HASH]);
      assert.deepEqual(
        await readdir(join(folder, 'ranges')),
        [HASH.slice(0, 2)],
        'no temporary file is left',
      );
    });
  });

  test(`reads, drops and removes a range of the other form (${form})`, async () => {
    await inFolder(async (folder) => {
      const other = new RangeStore(folder, { compress: !compress });
      await other.add(await fragmentOf(other));
      const store = new RangeStore(folder, { compress });
      assert.equal(await store.add(await fragmentOf(store)), false);
      assert.equal((await store.read(HASH)).toString(), PLAIN);
      assert.deepEqual(await readdir(dirname(store.pathOf(HASH))), [
        `${HASH}.${compress ? 'csv' : 'csv.zst'}`,
      ]);
      await store.remove(HASH);
      await store.remove(HASH);
      assert.deepEqual(await store.list(), []);
    });
  });

  test(`never rewrites a range, and writes an empty file anew (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new RangeStore(folder, { compress });
      await store.add(await fragmentOf(store));
      const before = await stat(store.pathOf(HASH));
      assert.equal(await store.add(await fragmentOf(store)), false);
      assert.equal((await stat(store.pathOf(HASH))).ino, before.ino);
      await writeFile(store.pathOf(HASH), '');
      assert.equal(await store.has(HASH), false);
      assert.equal(await store.add(await fragmentOf(store)), true);
      assert.equal((await store.read(HASH)).toString(), PLAIN);
    });
  });

  test(`uses nothing of a range that is damaged, and names the file (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new RangeStore(folder, { compress });
      await store.add(await fragmentOf(store));
      const path = store.pathOf(HASH);
      const whole = await readFile(path);
      for (let at = 0; at < whole.length; at += 7) {
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(whole.readUInt8(at) ^ 0x10, at);
        await writeFile(path, flipped);
        // Some bits of a zstd header, such as the size of the window, change nothing in the content.
        const plain = await store.read(HASH).catch((error: unknown) => damagedAt(path)(error));
        if (plain !== true) assert.equal(plain.toString(), PLAIN);
      }
      for (const length of [0, 1, whole.length >> 1, whole.length - 1]) {
        await writeFile(path, whole.subarray(0, length));
        await assert.rejects(store.read(HASH), damagedAt(path));
      }
      await rm(path);
      await assert.rejects(store.read(HASH), damagedAt(path));
    });
  });

  test(`removes the fragment when it cannot be kept (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new RangeStore(folder, { compress });
      const fragment = await fragmentOf(store);
      await writeFile(join(folder, 'ranges', HASH.slice(0, 2)), 'a file where a folder should be');
      await assert.rejects(store.add(fragment), { code: 'SNAPSHOTS_DIR' });
      assert.deepEqual(await readdir(join(folder, 'ranges')), [HASH.slice(0, 2)]);
    });
  });

  test(`refuses a fragment that was changed (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new RangeStore(folder, { compress });
      const fragment = await fragmentOf(store);
      await writeFile(fragment.path, PLAIN.slice(0, -1));
      await assert.rejects(store.add(fragment), { code: 'SNAPSHOTS_DIR' });
      assert.deepEqual(await store.list(), []);
      assert.equal(await store.removeTemporaries(), 0);
    });
  });
}

test('a SnapshotsDir that is missing is not made: its disk may not be mounted', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(join(folder, 'unmounted'), { compress: true });
    await assert.rejects(store.fragmentFolder(), { code: 'SNAPSHOTS_DIR', hint: /mounted/ });
    assert.deepEqual(await store.list(), []);
    assert.equal(await store.removeTemporaries(), 0);
  });
});

test('lists ranges only, and clears leftovers away', async () => {
  await inFolder(async (folder) => {
    const store = new RangeStore(folder, { compress: true });
    await store.add(await fragmentOf(store));
    await fragmentOf(store);
    await mkdir(join(folder, 'ranges', 'zz'));
    await writeFile(join(folder, 'ranges', 'zz', `${HASH}.csv`), PLAIN);
    await writeFile(join(dirname(store.pathOf(HASH)), 'notes.txt'), '');
    assert.deepEqual(await store.list(), [HASH]);
    assert.equal(await store.removeTemporaries(), 1);
    assert.equal((await store.read(HASH)).toString(), PLAIN);
  });
});

test('a name that is no hash never becomes a path', async () => {
  const store = new RangeStore('/nowhere', { compress: true });
  for (const name of ['../../etc/passwd', '', HASH.toUpperCase(), `${HASH}x`]) {
    assert.throws(() => store.pathOf(name), /no SHA-256/);
    await assert.rejects(store.read(name), /no SHA-256/);
    await assert.rejects(store.remove(name), /no SHA-256/);
  }
});

test('folders that somebody else made are durable too after a sync', async (t) => {
  await inFolder(async (folder) => {
    const ranges = join(folder, 'ranges');
    await mkdir(join(ranges, HASH.slice(0, 2)), { recursive: true });
    const store = new RangeStore(folder, { compress: true });
    await store.add(await fragmentOf(store));
    const synced = await watchSyncs(t);
    await store.sync();
    assert.deepEqual([...synced].sort(), [folder, ranges, join(ranges, HASH.slice(0, 2))]);
    synced.clear();
    await store.sync();
    assert.deepEqual([...synced], []);
  });
});
