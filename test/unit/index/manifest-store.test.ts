import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError, systemErrorCode } from '../../../src/errors.ts';
import { decompress } from '../../../src/index/codec.ts';
import { ManifestStore } from '../../../src/index/manifest-store.ts';
import { formatManifest } from '../../../src/index/manifest.ts';
import type { Manifest } from '../../../src/index/manifest.ts';
import { watchSyncs } from '../../support/synced-paths.ts';
import { expectedRanges, inFolder, manifestOf, numberedEntries } from './support.ts';

const NAME = '20261121T040000Z';
const MANIFEST = manifestOf(expectedRanges(numberedEntries(100)), { note: 'Ü', region: 'eu-west-1' });

function isDamaged(path: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.code, 'INDEX_DAMAGED');
    assert.ok(error.message.includes(path), error.message);
    assert.ok(error.hint);
    return true;
  };
}

for (const compress of [true, false]) {
  const form = compress ? 'json.zst' : 'json';

  test(`writes, reads, replaces and removes a manifest (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new ManifestStore(folder, { compress });
      await store.write(MANIFEST);
      assert.deepEqual(await readdir(join(folder, 'manifests')), [`${NAME}.${form}`]);
      assert.deepEqual(await store.read(NAME), MANIFEST);
      const held: Manifest = { ...MANIFEST, held: true, state: 'deleting' };
      await store.replace(held);
      assert.deepEqual(await store.read(NAME), held);
      await store.remove(NAME);
      await store.remove(NAME);
      assert.deepEqual(await readdir(join(folder, 'manifests')), []);
    });
  });

  test(`never writes over a manifest, in whichever form it is (${form})`, async () => {
    await inFolder(async (folder) => {
      await new ManifestStore(folder, { compress: true }).write(MANIFEST);
      const store = new ManifestStore(folder, { compress });
      await assert.rejects(store.write({ ...MANIFEST, note: 'another' }), (error) => {
        assert.ok(error instanceof BackupError && error.code === 'SNAPSHOTS_DIR');
        return systemErrorCode(error.cause) === 'EEXIST';
      });
      assert.equal((await store.read(NAME)).note, 'Ü');
      await store.replace({ ...MANIFEST, note: 'replaced' });
      assert.deepEqual(
        await readdir(join(folder, 'manifests')),
        [`${NAME}.json.zst`],
        'replaced in its own form',
      );
      assert.equal((await store.read(NAME)).note, 'replaced');
    });
  });

  test(`finds out any cut or changed byte, and names the file (${form})`, async () => {
    await inFolder(async (folder) => {
      const store = new ManifestStore(folder, { compress });
      await store.write(MANIFEST);
      const path = join(folder, 'manifests', `${NAME}.${form}`);
      const whole = await readFile(path);
      for (let at = 0; at < whole.length; at += 13) {
        await writeFile(path, whole.subarray(0, at));
        await assert.rejects(store.read(NAME), isDamaged(path));
        const flipped = Buffer.from(whole);
        flipped.writeUInt8(whole.readUInt8(at) ^ 0x04, at);
        await writeFile(path, flipped);
        // A bit of a zstd header may change nothing in the content.
        const manifest = await store.read(NAME).catch((error: unknown) => isDamaged(path)(error));
        if (manifest !== true) assert.deepEqual(manifest, MANIFEST);
      }
    });
  });
}

test('a manifest of a newer version is named as such', async () => {
  await inFolder(async (folder) => {
    await mkdir(join(folder, 'manifests'));
    const newer = { format: 2, other: 'shape' } as unknown as Manifest;
    await writeFile(join(folder, 'manifests', `${NAME}.json`), formatManifest(newer));
    const store = new ManifestStore(folder, { compress: true });
    await assert.rejects(store.read(NAME), {
      code: 'INDEX_DAMAGED',
      message: /written by a newer version \(format 2\)/,
      hint: /Update/,
    });
  });
});

test('a document of another shape is refused although its hash is right', async () => {
  await inFolder(async (folder) => {
    await mkdir(join(folder, 'manifests'));
    const path = join(folder, 'manifests', `${NAME}.json`);
    const store = new ManifestStore(folder, { compress: true });
    for (const odd of [
      null,
      [],
      {},
      { ...MANIFEST, format: 0 },
      { ...MANIFEST, ranges: 'none' },
      { ...MANIFEST, keys: 1 },
    ]) {
      await writeFile(path, formatManifest(odd as unknown as Manifest));
      await assert.rejects(store.read(NAME), isDamaged(path));
    }
  });
});

test('a manifest under the name of another is refused', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(folder, { compress: false });
    await store.write(MANIFEST);
    await rename(
      join(folder, 'manifests', `${NAME}.json`),
      join(folder, 'manifests', '20300101T000000Z.json'),
    );
    await assert.rejects(store.read('20300101T000000Z'), {
      code: 'INDEX_DAMAGED',
      message: /the manifest of 20261121T040000Z/,
    });
  });
});

test('a missing one is an error to read and to replace', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(folder, { compress: true });
    const path = join(folder, 'manifests', `${NAME}.json.zst`);
    await assert.rejects(store.read(NAME), isDamaged(path));
    await assert.rejects(store.replace(MANIFEST), isDamaged(path));
    await store.remove(NAME);
    assert.deepEqual(await store.list(), []);
    assert.deepEqual(await readdir(folder), []);
  });
});

test('refuses to write what it would refuse to read', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(folder, { compress: true });
    await assert.rejects(store.write({ ...MANIFEST, keys: 1 }), /states 1 keys/);
    await assert.rejects(store.write({ ...MANIFEST, snapshot: '../x' }), /no snapshot name/);
    assert.deepEqual(await readdir(folder), []);
  });
});

test('lists snapshots by their time and nothing else', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(folder, { compress: true });
    for (const snapshot of ['20261121T040000Z-10', '20261121T040000Z-2', NAME, '20251121T040000Z']) {
      await store.write({ ...MANIFEST, snapshot });
    }
    await writeFile(join(folder, 'manifests', 'readme.json'), '');
    await writeFile(join(folder, 'manifests', '.tmp-x'), '');
    const names = ['20251121T040000Z', NAME, '20261121T040000Z-2', '20261121T040000Z-10'];
    assert.deepEqual(await store.list(), names);
    assert.equal(await store.removeTemporaries(), 1);
    assert.deepEqual(await store.list(), names);
  });
});

test('a SnapshotsDir that is missing is not made: its disk may not be mounted', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(join(folder, 'unmounted'), { compress: true });
    await assert.rejects(store.write(MANIFEST), { code: 'SNAPSHOTS_DIR', hint: /mounted/ });
  });
});

test('a large manifest takes several frames', async () => {
  await inFolder(async (folder) => {
    const store = new ManifestStore(folder, { compress: true });
    const large = manifestOf(expectedRanges(numberedEntries(20_000), 0));
    await store.write(large);
    const plain = decompress(await readFile(join(folder, 'manifests', `${NAME}.json.zst`)));
    assert.ok(plain.length > 2 * 1024 * 1024);
    assert.deepEqual(await store.read(NAME), large);
  });
});

test('a folder that somebody else made is durable too once there is a manifest', async (t) => {
  await inFolder(async (folder) => {
    await mkdir(join(folder, 'manifests'));
    const synced = await watchSyncs(t);
    await new ManifestStore(folder, { compress: true }).write(MANIFEST);
    assert.ok(synced.has(folder));
  });
});
