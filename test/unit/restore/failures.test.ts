import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { Failures, MAX_EQUAL_FAILURES } from '../../../src/restore/failures.ts';
import { tempDir } from '../../support/temp-dir.ts';

const denied = new BackupError('ACCESS_DENIED', 'denied', { hint: 'grant it' });
const failure = (key: string, code = 'AccessDenied') => ({ key, versionId: 'v', code, message: 'm' });

test('every failure stands in the file, and the next run removes it', async (t) => {
  const path = join(tempDir(t), 'restores', 'x.failed.ndjson');
  const failures = await Failures.begin(path);
  assert.equal(failures.path, undefined);
  await failures.note(failure('a\u2028b'), denied);
  await failures.note(failure('c', 'NoSuchVersion'), denied);
  await failures.close();
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { key: string }).key),
    ['a\u2028b', 'c'],
  );
  assert.equal(failures.count, 2);
  await Failures.begin(path);
  assert.equal(existsSync(path), false);
});

async function noteMany(failures: Failures, codes: (i: number) => string): Promise<void> {
  for (let i = 0; i < MAX_EQUAL_FAILURES; i++) await failures.note(failure(`k${i}`, codes(i)), denied);
}

test('nothing but equal failures stop the run with the cause', async (t) => {
  const failures = await Failures.begin(join(tempDir(t), 'f'));
  await assert.rejects(
    noteMany(failures, () => 'AccessDenied'),
    {
      code: 'ACCESS_DENIED',
      message: /first 100 objects all failed with AccessDenied/,
      hint: 'grant it',
    },
  );
  await failures.close();
});

test('different failures, or one success, let it go on', async (t) => {
  const different = await Failures.begin(join(tempDir(t), 'f'));
  await noteMany(different, (i) => `Code${i % 2}`);
  await different.close();
  const some = await Failures.begin(join(tempDir(t), 'f'));
  some.noteSuccess();
  await noteMany(some, () => 'AccessDenied');
  await some.close();
});
