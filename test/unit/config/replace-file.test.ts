import assert from 'node:assert/strict';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { replaceConfigFile } from '../../../src/config/replace-file.ts';
import { temporaryConfig, temporaryFolder } from './temporary.ts';

test('replaces the file behind a link, keeps its mode and a copy', async (t) => {
  const path = temporaryConfig(t, 'old');
  chmodSync(path, 0o640);
  const link = join(temporaryFolder(t), 'link');
  symlinkSync(path, link);
  const copy = await replaceConfigFile(link, 'new', 'before', async (changed) => {
    assert.equal(readFileSync(changed, 'utf8'), 'new');
    assert.equal(readFileSync(path, 'utf8'), 'old');
  });
  assert.equal(copy, `${path}.before`);
  assert.equal(readFileSync(copy, 'utf8'), 'old');
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(link, 'utf8'), 'new');
  for (const each of [path, copy]) assert.equal(statSync(each).mode & 0o777, 0o640);
});

test('what the check refuses leaves everything as it was', async (t) => {
  const path = temporaryConfig(t, 'old');
  const refuse = (): Promise<void> => Promise.reject(new Error('no'));
  await assert.rejects(replaceConfigFile(path, 'new', 'before', refuse), /no/);
  assert.deepEqual(readdirSync(dirname(path)), ['backup-my-bucket.conf']);
  assert.equal(readFileSync(path, 'utf8'), 'old');
});
