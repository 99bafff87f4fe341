import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { fileError, manifestDamaged, naming, rangeDamaged } from '../../../src/index/file-error.ts';

test('each way a disk fails has its hint', () => {
  const cases: [code: string, hint: RegExp][] = [
    ['ENOSPC', /Free some space/],
    ['EACCES', /the right to/],
    ['EROFS', /read-only/],
    ['ENOENT', /mounted/],
    ['EIO', /Check the disk/],
  ];
  for (const [code, hint] of cases) {
    const cause = Object.assign(new Error(`${code}: it failed`), { code });
    const error = fileError('write', '/snapshots/x', cause);
    assert.equal(error.code, 'SNAPSHOTS_DIR');
    assert.equal(error.message, `Cannot write /snapshots/x: ${code}: it failed`);
    assert.match(error.hint ?? '', hint);
    assert.equal(error.cause, cause);
  }
});

test('an error that says enough already is passed on as it is', async () => {
  const error = new BackupError('INDEX_DAMAGED', 'it');
  await assert.rejects(
    naming('read', 'x', () => Promise.reject(error)),
    (thrown) => thrown === error,
  );
});

test('damage names the file and what to do', () => {
  for (const error of [rangeDamaged('ranges/ab/x', 'it is'), manifestDamaged('manifests/x', 'it is')]) {
    assert.equal(error.code, 'INDEX_DAMAGED');
    assert.match(error.message, /s\/.*x is damaged: it is$/);
    assert.match(error.hint ?? '', /Restore that file .* or choose another snapshot/);
  }
});
