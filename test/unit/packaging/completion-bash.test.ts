import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bashCompletion } from '../../../packaging/completion-bash.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { sample } from './sample.ts';

/** What bash offers for the last word. */
function complete(words: readonly string[], cwd = '/'): string[] {
  const script = `${bashCompletion(sample)}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _backup_my_bucket; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync('bash', ['--norc', '-c', script, 'bash', 'backup-my-bucket', ...words], {
    encoding: 'utf8',
    cwd,
  });
  return stdout.trim().split('\n');
}

test('commands, their second words, flags and values', () => {
  assert.deepEqual(complete(['']), ['catalogue', 'restore', '--help', '--version']);
  assert.deepEqual(complete(['catalogue', '']), ['rebuild']);
  assert.deepEqual(complete(['catalogue', 'rebuild', '--']), ['--config']);
  assert.deepEqual(complete(['restore', '--t']), ['--thaw-tier', '--to-dir']);
  assert.deepEqual(complete(['restore', '--no']), ['--no-undo-point']);
  assert.deepEqual(complete(['restore', '--thaw-tier', 'B']), ['Bulk']);
});

test('paths where a flag takes one', (t) => {
  const cwd = tempDir(t);
  mkdirSync(join(cwd, 'folder'));
  writeFileSync(join(cwd, 'file'), '');
  assert.deepEqual(complete(['restore', '--config', 'f'], cwd).sort(), ['file', 'folder']);
  assert.deepEqual(complete(['restore', '-c', 'fi'], cwd), ['file']);
  assert.deepEqual(complete(['restore', '--to-dir', 'f'], cwd), ['folder']);
});
