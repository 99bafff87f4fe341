import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findConfig, searchPaths } from '../../../src/config/find.ts';
import { BackupError } from '../../../src/errors.ts';
import { temporaryFolder } from './temporary.ts';

const variable = 'BACKUP_MY_BUCKET_CONF';

test('looks where the flag says, else the environment, else here, else under /opt', () => {
  assert.deepEqual(searchPaths({ flag: 'a.conf', env: { [variable]: '/b.conf' }, cwd: '/srv' }), [
    '/srv/a.conf',
  ]);
  assert.deepEqual(searchPaths({ env: { [variable]: 'b.conf' }, cwd: '/srv' }), ['/srv/b.conf']);
  const places = ['/srv/backup-my-bucket.conf', '/opt/backup-my-bucket/backup-my-bucket.conf'];
  assert.deepEqual(searchPaths({ env: {}, cwd: '/srv' }), places);
  assert.deepEqual(searchPaths({ env: { [variable]: '' }, cwd: '/srv' }), places);
});

test('finds the file of the current folder', (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'backup-my-bucket.conf'), '{}');
  assert.equal(findConfig({ env: {}, cwd }), join(cwd, 'backup-my-bucket.conf'));
});

test('does not replace a file that was asked for by another', (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'backup-my-bucket.conf'), '{}');
  for (const asked of [{ flag: 'gone.conf', env: {} }, { env: { [variable]: 'gone.conf' } }]) {
    assert.throws(
      () => findConfig({ ...asked, cwd }),
      (error) => {
        assert.ok(error instanceof BackupError);
        assert.equal(error.code, 'CONFIG_NOT_FOUND');
        assert.match(error.message, new RegExp(`${cwd}/gone\\.conf`));
        assert.equal(error.message.includes(variable), !('flag' in asked));
        assert.match(error.hint ?? '', /-c PATH/);
        return true;
      },
    );
  }
});

test('a folder in place of the file is found, so that reading it says what is wrong', (t) => {
  const cwd = temporaryFolder(t);
  mkdirSync(join(cwd, 'backup-my-bucket.conf'));
  assert.equal(findConfig({ env: {}, cwd }), join(cwd, 'backup-my-bucket.conf'));
});
