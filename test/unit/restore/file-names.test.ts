import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareKeys } from '../../../src/key-order.ts';
import { FileNames, type FileNameOptions, type Placed } from '../../../src/restore/file-names.ts';

const plain: FileNameOptions = { escape: false, foldsNames: false };
const escaping: FileNameOptions = { escape: true, foldsNames: false };

function place(keys: readonly string[], options: FileNameOptions, sizeBytes = 1): Map<string, Placed> {
  const names = new FileNames(options);
  return new Map(keys.toSorted(compareKeys).map((key) => [key, names.place(key, sizeBytes)]));
}

const isPlaced = (placed: Placed | undefined): boolean => placed !== undefined && 'path' in placed;

/** Each impossible or dangerous as the path of a file (trap 25). */
const impossible = [
  '../../etc/passwd',
  '/etc/passwd',
  'a\0b',
  'x//y',
  'x/../y',
  '.',
  'x/./y',
  'x/',
  'n'.repeat(256),
  `${'d/'.repeat(2000)}f`,
];

test('what is no path is said to be none (trap 25)', () => {
  for (const [key, placed] of place(impossible, plain)) assert.ok('problem' in placed, key);
  for (const key of ['a', 'a b/c+d/ü', '.hidden', '..a', '\u{1F600}', 'n'.repeat(255), 'a\nb', '%2E'])
    assert.deepEqual(place([key], plain).get(key), { path: key });
});

test('escaped, everything has a path inside (trap 25)', () => {
  for (const [key, placed] of place(impossible, escaping)) {
    assert.ok('path' in placed, key);
    assert.ok(resolve(join('/root/dir', placed.path)).startsWith('/root/dir/'), placed.path);
    for (const component of placed.path.split('/')) assert.ok(Buffer.byteLength(component) <= 255);
  }
});

test('a key that is a file is no folder for others, also where keys stand between them', () => {
  const keys = ['a', 'a!', 'a-b', 'a/b', 'a/b/c', 'a0'];
  const placed = place(keys, plain);
  assert.deepEqual(
    keys.filter((key) => !isPlaced(placed.get(key))),
    ['a/b', 'a/b/c'],
  );
  const escaped = place(keys, escaping);
  assert.deepEqual(escaped.get('a/b'), { path: 'a%/b', isEscaped: true });
  assert.deepEqual(escaped.get('a/b/c'), { path: 'a%/b%/c', isEscaped: true });
});

test('an empty object whose key ends with a slash is a folder', () => {
  assert.deepEqual(place(['a/', 'a/b'], plain, 0).get('a/'), { path: 'a', isFolder: true });
});

test('where names are folded, keys that differ in case only do not overwrite each other (trap 25)', () => {
  const keys = ['A/x', 'a/X', 'u\u0308', '\u00fc'];
  const folding = place(keys, { escape: false, foldsNames: true });
  assert.equal([...folding.values()].filter(isPlaced).length, 2);
  assert.equal([...place(keys, plain).values()].filter(isPlaced).length, 4);
  const escaped = [...place(keys, { escape: true, foldsNames: true }).values()];
  const folded = escaped.map((placed) =>
    'path' in placed ? placed.path.normalize('NFC').toLowerCase() : '',
  );
  assert.equal(new Set(folded).size, 4);
});

test('any keys: no two have one path, none is folder and file, none leaves the directory', () => {
  const part = fc.constantFrom('', '.', '..', 'a', 'b', '%', '%2E', 'a%', '\0', 'x'.repeat(300));
  const key = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const keys = fc.uniqueArray(
    key.filter((text) => text !== ''),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(keys, fc.boolean(), (some, escape) => {
      const placed = [...place(some, { escape, foldsNames: false }).values()];
      const paths = placed.flatMap((each) => ('path' in each ? [each.path] : []));
      if (escape) assert.equal(paths.length, some.length);
      assert.equal(new Set(paths).size, paths.length);
      for (const path of paths) {
        assert.ok(resolve(join('/d', path)).startsWith('/d/'));
        assert.equal(join('/d', path), `/d/${path}`);
        assert.ok(!paths.some((other) => other.startsWith(`${path}/`)), `${path} is folder and file`);
      }
    }),
  );
});
