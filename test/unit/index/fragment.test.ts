import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { FRAME_BYTES } from '../../../src/index/codec.ts';
import { FragmentWriter, chunksOf, discardFragment } from '../../../src/index/fragment.ts';
import { FramePool } from '../../../src/index/frame-pool.ts';
import type { Fragment, HeldFragment } from '../../../src/index/fragment.ts';
import { collect, inFolder, lineRunOf, numberedEntries } from './support.ts';

async function writeFragment(folder: string, count: number): Promise<Fragment> {
  const writer = new FragmentWriter(folder, new FramePool(0));
  const entries = numberedEntries(count);
  for (let at = 0; at < count; at += 700) await writer.add(lineRunOf(entries.slice(at, at + 700)));
  return writer.close(entries.at(-1)?.key);
}

async function readChunks(fragment: Fragment | HeldFragment): Promise<Buffer[]> {
  const copies: Buffer[] = [];
  for await (const chunk of chunksOf(fragment)) copies.push(Buffer.from(chunk));
  return copies;
}

test('holds the lines of its entries, and says what they sum up to', async () => {
  await inFolder(async (folder) => {
    const entries = numberedEntries(20_000);
    const plain = entries.map(encodeEntry).join('');
    const fragment = await writeFragment(folder, 20_000);
    assert.equal(await readFile(fragment.path, 'latin1'), plain);
    assert.deepEqual(fragment, {
      path: fragment.path,
      hash: createHash('sha256').update(plain).digest('hex'),
      firstKey: 'k000000',
      lastKey: 'k019999',
      entries: 20_000,
      sizeBytes: 140_000,
      plainBytes: plain.length,
    });
  });
});

test('is the same in memory, in a file, and where memory runs out', async () => {
  await inFolder(async (folder) => {
    const entries = numberedEntries(20_000);
    const { path, ...expected } = await writeFragment(folder, 20_000);
    const plain = await readFile(path, 'latin1');
    await rm(path);
    for (const count of [0, 1, 2, 5]) {
      const pool = new FramePool(count);
      const writer = new FragmentWriter(folder, pool);
      for (let at = 0; at < entries.length; at += 1300) {
        const run = lineRunOf(entries.slice(at, at + 1300));
        const added = writer.add(run);
        // They stand where the next ones will be written.
        run.lines.fill(0);
        await added;
      }
      const fragment = await writer.hold('k019999');
      assert.equal('frames' in fragment, count >= 2);
      assert.equal((await readdir(folder)).length, count >= 2 ? 0 : 1);
      assert.deepEqual({ ...expected, ...fragment }, { ...fragment, ...expected });
      assert.equal(Buffer.concat(await readChunks(fragment)).toString('latin1'), plain);
      if ('path' in fragment) await discardFragment(fragment);
      else pool.give(fragment.frames);
      assert.equal(Array.from({ length: count }, () => pool.take()).includes(undefined), false);
      assert.equal(pool.take(), undefined);
    }
  });
});

test('what is given up gives its frames back, and leaves no file', async () => {
  await inFolder(async (folder) => {
    const pool = new FramePool(3);
    const writer = new FragmentWriter(folder, pool);
    await writer.add(lineRunOf(numberedEntries(1)));
    await writer.discard();
    assert.equal([1, 2, 3, 4].map(() => pool.take()).indexOf(undefined), 3);
    assert.deepEqual(await readdir(folder), []);
  });
});

test('is read in chunks of a frame', async () => {
  await inFolder(async (folder) => {
    const fragment = await writeFragment(folder, 20_000);
    const chunks = await readChunks(fragment);
    assert.deepEqual(
      chunks.map((chunk) => chunk.length),
      [FRAME_BYTES, fragment.plainBytes - FRAME_BYTES],
    );
    assert.equal(Buffer.concat(chunks).toString('latin1'), await readFile(fragment.path, 'latin1'));
  });
});

test('a fragment that is not what was written is found out', async () => {
  await inFolder(async (folder) => {
    const fragment = await writeFragment(folder, 3);
    const plain = await readFile(fragment.path);
    await truncate(fragment.path, fragment.plainBytes - 1);
    await assert.rejects(collect(chunksOf(fragment)), {
      code: 'SNAPSHOTS_DIR',
      message: /shorter than what was written/,
    });
    plain.writeUInt8(plain.readUInt8(5) ^ 1, 5);
    await writeFile(fragment.path, plain);
    await assert.rejects(collect(chunksOf(fragment)), {
      code: 'SNAPSHOTS_DIR',
      message: /does not hold what was written/,
    });
  });
});

test('has a temporary name, and goes when it is discarded', async () => {
  await inFolder(async (folder) => {
    const fragment = await writeFragment(folder, 3);
    assert.match((await readdir(folder)).join(), /^\.tmp-[^,]+$/);
    await discardFragment(fragment);
    await discardFragment(fragment);
    assert.deepEqual(await readdir(folder), []);
  });
});

test('an empty one cannot be closed', async () => {
  await inFolder(async (folder) => {
    const writer = new FragmentWriter(folder, new FramePool(0));
    await assert.rejects(writer.close(), /is empty/);
  });
});

test('is not joined with one that does not follow it', async () => {
  await inFolder(async (folder) => {
    const first = await writeFragment(folder, 3);
    const writer = new FragmentWriter(folder, new FramePool(0));
    await writer.addFragment(first);
    await assert.rejects(writer.addFragment(await writeFragment(folder, 5)), /not after k000002/);
    await writer.discard();
  });
});
