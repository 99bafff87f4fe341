import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { zshCompletion } from '../../../packaging/completion-zsh.ts';
import { sample } from './sample.ts';

test('commands with what they do; flags with their values, brackets and quotes escaped', () => {
  const script = zshCompletion(sample);
  assert.match(script, /^#compdef backup-my-bucket\n/);
  assert.match(script, /^ {4}'catalogue:Make it anew\.'$/m);
  assert.ok(script.includes(`'restore:Bring the master bucket to the snapshot'\\''s contents.'`));
  assert.match(script, /'--to-dir\[A directory \\\[empty\\\]\.\]:D:_files -\/'/);
  assert.match(script, /'--thaw-tier\[About thaw-tier\.\]:thaw-tier:\(Standard Bulk\)'/);
  assert.match(script, /'1:snapshot:'/);
  assert.match(script, /'--no-undo-point\[/);
});

test('zsh reads it', (t) => {
  const { status, stderr, error } = spawnSync('zsh', ['-fn'], {
    input: zshCompletion(sample),
    encoding: 'utf8',
  });
  if (error !== undefined) return t.skip('there is no zsh here');
  assert.deepEqual([status, stderr], [0, '']);
});
