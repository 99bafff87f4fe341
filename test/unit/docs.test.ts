import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { exitCodes } from '../../src/exit-codes.ts';

const root = join(import.meta.dirname, '../..');
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })];
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

test('every error code has an entry in troubleshooting, and no other has', () => {
  const entries = [...read('docs/troubleshooting.md').matchAll(/^### (\S+)$/gm)].map(([, code]) => code);
  assert.deepEqual(entries.toSorted(), Object.keys(exitCodes).sort());
});

describe('every page', () => {
  for (const page of pages) {
    test(`${page}: links lead to files, and JSON is JSON`, () => {
      const text = read(page);
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g))
        assert.ok(existsSync(join(root, dirname(page), target)), `${page} links to ${target}`);
      for (const [, indent = '', block = ''] of text.matchAll(/^( *)```json\n(.*?)^ *```$/gms)) {
        const json = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim();
        // A single field is shown without the braces around it.
        JSON.parse(json.startsWith('"') ? `{${json}}` : json);
      }
    });
  }
});
