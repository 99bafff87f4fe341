import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkConfigFile } from '../../../src/doctor/machine.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('who can read a configuration with secrets: the group may, where it is the one that runs the commands', async (t) => {
  const path = join(tempDir(t), 'backup-my-bucket.conf');
  writeFileSync(path, '{}');
  const { uid } = statSync(path);
  const status = async (mode: number, asUid: number, holdsSecrets = true): Promise<string | undefined> => {
    chmodSync(path, mode);
    const [check] = await checkConfigFile(path, holdsSecrets, asUid);
    return check?.status;
  };
  assert.equal(await status(0o600, uid), 'pass');
  assert.equal(await status(0o640, uid), 'warn');
  assert.equal(await status(0o640, uid + 1), 'pass');
  assert.equal(await status(0o644, uid), 'fail');
  assert.equal(await status(0o644, uid + 1), 'fail');
  assert.equal(await status(0o644, uid, false), 'pass');
});
