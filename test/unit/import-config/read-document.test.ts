import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readYamlDocument } from '../../../src/import-config/read-document.ts';
import { tempDir } from '../../support/temp-dir.ts';

function yaml(t: TestContext, text: string): Promise<unknown> {
  const path = join(tempDir(t), 'config.yml');
  writeFileSync(path, text);
  return readYamlDocument(path);
}

test('what sites share by a merge key is theirs, as Go has it', async (t) => {
  const text = 'usual: &usual\n  retire_deleted: true\nsites:\n  - <<: *usual\n    bucket: b\n';
  assert.deepEqual(await yaml(t, text), {
    usual: { retire_deleted: true },
    sites: [{ retire_deleted: true, bucket: 'b' }],
  });
});

test('what is no YAML is told by its place, and not quoted', async (t) => {
  const isTold = { code: 'CONFIG_INVALID', message: /is not valid YAML: line 2, column \d+ \(/ };
  await assert.rejects(yaml(t, 'a: 1\nsecret_access_key: "topsecret\n'), (error: Error) => {
    assert.doesNotMatch(error.message, /topsecret/);
    assert.match(error.message, /is not valid YAML: line \d+, column \d+ \(/);
    return true;
  });
  await assert.rejects(yaml(t, 'a: 1\na: 2\n'), isTold);
});
