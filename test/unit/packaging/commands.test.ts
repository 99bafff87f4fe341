import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCommands } from '../../../packaging/commands.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('names as they are typed, in order; examples without templates; nothing that is hidden', (t) => {
  const path = join(tempDir(t), 'manifest.json');
  const flags = {
    json: { name: 'json', type: 'boolean', description: 'As JSON.', helpGroup: 'GLOBAL' },
    at: { name: 'at', type: 'option', summary: 'Then.', helpValue: 'TIME' },
    secret: { name: 'secret', type: 'boolean', hidden: true },
  };
  const commands = {
    snapshot: { id: 'snapshot', summary: 'Take.', args: {}, flags, examples: ['<%= config.bin %> snapshot'] },
    'catalogue:rebuild': { id: 'catalogue:rebuild', args: {}, flags: {} },
    internal: { id: 'internal', hidden: true, args: {}, flags: {} },
  };
  writeFileSync(path, JSON.stringify({ commands }));
  const [first, second, ...others] = readCommands(path);
  assert.equal(others.length, 0);
  assert.equal(first?.name, 'catalogue rebuild');
  assert.deepEqual(second?.examples, ['backup-my-bucket snapshot']);
  assert.deepEqual(
    second?.flags.map(({ name, summary, isGlobal }) => [name, summary, isGlobal]),
    [
      ['at', 'Then.', false],
      ['json', 'As JSON.', true],
    ],
  );
});
