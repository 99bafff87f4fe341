import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PendingChanges } from '../../../src/watch/pending.ts';

const quietMs = 1000;

test('what has changed long ago is ready as soon as no event came for that long', () => {
  const pending = new PendingChanges(quietMs, 10);
  pending.add('a', 5000);
  const old = { signature: 'x', changedMs: 1000 };
  assert.equal(pending.looked('a', old, 5000), false, 'an event came just now');
  pending.add('a', 5900);
  assert.equal(pending.looked('a', old, 6500), false, 'and another one');
  assert.deepEqual(pending.due(6899), []);
  assert.deepEqual(pending.due(6900), ['a']);
  assert.equal(pending.looked('a', old, 6900), true);
});

test('what has just changed, and what is gone, has to be the same twice, that far apart (trap 31)', () => {
  const pending = new PendingChanges(quietMs, 10);
  for (const look of [{ signature: 'x', changedMs: 5900 }, { signature: 'gone' }]) {
    pending.add('a', 5000);
    assert.equal(pending.looked('a', look, 6500), false);
    assert.equal(pending.looked('a', { ...look, signature: 'y' }, 6800), false);
    assert.equal(pending.looked('a', { ...look, signature: 'y' }, 7799), false);
    assert.equal(pending.looked('a', { ...look, signature: 'y' }, 7800), true);
    pending.remove('a');
  }
});
