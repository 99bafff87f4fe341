import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { FileShortened } from '../../../src/s3/file-stream.ts';
import { withFile } from '../../../src/sync/read-file.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** What an error of the work leaves as. */
async function leavesAs(t: TestContext, thrown: Error): Promise<unknown> {
  const path = join(tempDir(t), 'file');
  writeFileSync(path, 'x');
  try {
    await withFile(path, false, () => Promise.reject(thrown));
  } catch (error) {
    return error;
  }
  return undefined;
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: read`), { code });
}

test('what the system says while a file is read names the path', async (t) => {
  for (const [error, name] of [
    [systemError('EIO'), 'EIO'],
    [systemError('ESTALE'), 'VANISHED'],
    [new FileShortened(), 'CHANGED'],
  ] as const) {
    const left = await leavesAs(t, error);
    assert.ok(left instanceof BackupError && left.cause instanceof Error);
    assert.deepEqual([left.code, left.cause.name], ['FAILED', name]);
    assert.match(left.message, /file /);
  }
});

test('faults and the errors of requests leave as they are', async (t) => {
  for (const error of [
    new Error('a fault'),
    Object.assign(new TypeError('a fault'), { code: 'ERR_INVALID_ARG_TYPE' }),
    new BackupError('S3_FAILED', 'a request'),
  ])
    assert.equal(await leavesAs(t, error), error);
});
