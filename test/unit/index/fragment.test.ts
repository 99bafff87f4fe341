import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeEntry } from '../../../src/index/entry-line.ts';
import { FRAME_BYTES } from '../../../src/index/codec.ts';
import { FragmentWriter, chunksOf, discardFragment } from '../../../src/index/fragment.ts';
import { BLOCK_BYTES, BlockPool } from '../../../src/index/block-pool.ts';
import type { Fragment, HeldFragment } from '../../../src/index/fragment.ts';
import { collect, inFolder, lineRunOf, numberedEntries, takeAll } from './support.ts';

async function writeFragment(folder: string, count: number): Promise<Fragment> {
  const writer = new FragmentWriter(folder, new BlockPool(0));
  const entries = numberedEntries(count);
  for (let at = 0; at < count; at += 700) await writer.add(lineRunOf(entries.slice(at, at + 700)));
  const fragment = await writer.finish();
  assert.ok('path' in fragment);
  return fragment;
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
    const blocks = Math.ceil(plain.length / BLOCK_BYTES);
    for (const count of [0, 1, 5, blocks, blocks + 3]) {
      const pool = new BlockPool(count);
      const writer = new FragmentWriter(folder, pool);
      for (let at = 0; at < entries.length; at += 1300) {
        const run = lineRunOf(entries.slice(at, at + 1300));
        const added = writer.add(run);
        // They stand where the next ones will be written.
        run.lines.fill(0);
        await added;
      }
      const fragment = await writer.finish();
      assert.equal('blocks' in fragment, count >= blocks);
      assert.equal((await readdir(folder)).length, count >= blocks ? 0 : 1);
      assert.deepEqual({ ...expected, ...fragment }, { ...fragment, ...expected });
      assert.equal(Buffer.concat(await readChunks(fragment)).toString('latin1'), plain);
      if ('path' in fragment) await discardFragment(fragment);
      else pool.give(fragment.blocks);
      assert.equal(takeAll(pool), count);
    }
  });
});

test('what is given up gives its blocks back, and leaves no file', async () => {
  await inFolder(async (folder) => {
    const pool = new BlockPool(3);
    const writer = new FragmentWriter(folder, pool);
    await writer.add(lineRunOf(numberedEntries(1)));
    await writer.discard();
    assert.equal(takeAll(pool), 3);
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

test('an empty one cannot be finished', async () => {
  await inFolder(async (folder) => {
    const writer = new FragmentWriter(folder, new BlockPool(0));
    await assert.rejects(writer.finish(), /is empty/);
  });
});

test('is the same in pieces, wherever these are, and gives all memory back', async () => {
  const entries = numberedEntries(20_000);
  const plain = entries.map(encodeEntry).join('');
  for (const blocks of [0, 1, 4, 8, 12, 16])
    await inFolder(async (folder) => {
      const pool = new BlockPool(blocks);
      const pieces = [];
      for (const [from, to] of [
        [0, 1],
        [1, 9000],
        [9000, 9001],
        [9001, 20_000],
      ]) {
        const piece = new FragmentWriter(folder, pool);
        for (let at = from!; at < to!; at += 700)
          await piece.add(lineRunOf(entries.slice(at, Math.min(to!, at + 700))));
        pieces.push(piece);
      }
      const whole = new FragmentWriter(folder, pool);
      for (const piece of pieces) await whole.append(piece);
      await whole.append(new FragmentWriter(folder, pool));
      assert.equal(whole.lastKey, 'k019999');
      const fragment = await whole.finish();
      assert.equal(fragment.hash, createHash('sha256').update(plain).digest('hex'));
      assert.deepEqual(
        [fragment.firstKey, fragment.entries, fragment.sizeBytes],
        ['k000000', 20_000, 140_000],
      );
      assert.equal(Buffer.concat(await readChunks(fragment)).toString('latin1'), plain);
      assert.equal((await readdir(folder)).length, 'path' in fragment ? 1 : 0);
      if ('blocks' in fragment) pool.give(fragment.blocks);
      assert.equal(takeAll(pool), blocks);
    });
});

test('what another does not follow, or does not hold what was written to it, is not appended', async () => {
  await inFolder(async (folder) => {
    const pool = new BlockPool(0);
    const first = new FragmentWriter(folder, pool);
    await first.add(lineRunOf(numberedEntries(3)));
    const second = new FragmentWriter(folder, pool);
    await second.add(lineRunOf(numberedEntries(5)));
    await assert.rejects(first.append(second), /not after k000002/);
    const third = new FragmentWriter(folder, pool);
    await third.add(lineRunOf(numberedEntries(5).slice(3)));
    for (const name of await readdir(folder)) await writeFile(join(folder, name), 'x'.repeat(1000));
    await assert.rejects(first.append(third), { code: 'SNAPSHOTS_DIR', message: /does not hold/ });
    for (const writer of [first, second, third]) await writer.discard();
    assert.deepEqual(await readdir(folder), []);
  });
});
