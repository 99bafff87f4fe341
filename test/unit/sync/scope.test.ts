import assert from 'node:assert/strict';
import { test } from 'node:test';
import { couldBeFile } from '../../../src/sync/file-keys.ts';
import { Scope } from '../../../src/sync/scope.ts';

test('what is excluded is so with all beneath', () => {
  const scope = new Scope({ exclude: [/\.tmp$/, /(^|\/)cache\/$/] });
  for (const key of ['a', 'a/b', 'cache', 'x.tmp/y', 'cached/a']) assert.ok(scope.covers(key), key);
  for (const key of ['x.tmp', 'a/x.tmp', 'cache/a', 'a/cache/b/c']) assert.ok(!scope.covers(key), key);
  assert.ok(scope.entersFolder('a/') && !scope.entersFolder('a/cache/'));
});

test('a pattern is held against the whole path; with rotation nothing lies deeper', () => {
  assert.ok(new Scope({ exclude: [], filePattern: '*.jpg' }).covers('a/b.jpg'));
  const flat = new Scope({ exclude: [], filePattern: '*.jpg', rotate: 2 });
  assert.ok(flat.covers('b.jpg') && !flat.covers('b.png') && !flat.covers('a/b.jpg'));
  assert.ok(!flat.entersFolder('a/'));
});

test('keys that no file can have (trap 25)', () => {
  for (const key of ['a', 'a/b', '..a', 'a...', 'a/.b', '...']) assert.ok(couldBeFile(key), key);
  for (const key of ['', '/a', 'a/', 'a//b', '.', '..', 'a/..', '../a', 'a/./b', 'a\0b'])
    assert.ok(!couldBeFile(key), key);
});
