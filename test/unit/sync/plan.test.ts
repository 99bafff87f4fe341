import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, type DecisionRules, type KeyState } from '../../../src/sync/plan.ts';

const entry = { key: 'k', sizeBytes: 5, modifiedMs: 100, changedMs: 100 };
const object = { key: 'k', sizeBytes: 5, etag: 'e', lastModifiedMs: 200, storageClass: 'STANDARD' };
const remembered = { ...entry, etag: 'e', contentEtag: 'e', isRetired: false };
const rules: DecisionRules = { compare: 'mtime', storageClass: undefined, retireDeleted: 'delete' };

test('what is new is uploaded, what is as remembered is the same', () => {
  assert.equal(decide({ entry }, rules), 'upload');
  assert.equal(decide({ entry, remembered }, rules), 'upload');
  assert.equal(decide({ entry, object, remembered }, rules), 'same');
});

test('equal size and another time, older or newer, has to be compared (trap 32)', () => {
  for (const modifiedMs of [99, 101])
    assert.equal(decide({ entry: { ...entry, modifiedMs }, object, remembered }, rules), 'compare');
  assert.equal(decide({ entry: { ...entry, changedMs: 101 }, object, remembered }, rules), 'compare');
  assert.equal(decide({ entry, object }, rules), 'compare');
});

test('of a bucket, another etag is a difference, though size and second are the same (traps 3, 4)', () => {
  const listed = { ...entry, etag: 'e' };
  assert.equal(decide({ entry: listed, object, remembered }, rules), 'same');
  assert.equal(decide({ entry: { ...entry, etag: 'other' }, object, remembered }, rules), 'compare');
  assert.equal(
    decide(
      { entry: listed, object: { ...object, etag: 'c' }, remembered: { ...remembered, etag: 'c' } },
      rules,
    ),
    'same',
  );
});

test('an object that somebody else wrote is not the one remembered', () => {
  assert.equal(decide({ entry, object: { ...object, etag: 'other' }, remembered }, rules), 'compare');
  const larger = { ...object, etag: 'other', sizeBytes: 6 };
  assert.equal(decide({ entry, object: larger, remembered }, rules), 'upload');
});

test('Compare "checksum" takes no memory for an answer', () => {
  assert.equal(decide({ entry, object, remembered }, { ...rules, compare: 'checksum' }), 'compare');
});

test('another storage class is a difference, unless the object was written with the wanted one', () => {
  const wanting = { ...rules, storageClass: 'GLACIER' };
  assert.equal(decide({ entry, object, remembered }, wanting), 'upload');
  assert.equal(
    decide({ entry, object, remembered: { ...remembered, storageClass: 'GLACIER' } }, wanting),
    'same',
  );
  assert.equal(
    decide({ entry, object: { ...object, storageClass: 'GLACIER' }, remembered }, wanting),
    'same',
  );
  assert.equal(decide({ entry, object: { ...object, storageClass: 'GLACIER' }, remembered }, rules), 'same');
});

test('what is gone is kept, deleted, or tagged once; what comes back is uploaded without its tags', () => {
  assert.equal(decide({ object }, { ...rules, retireDeleted: 'keep' }), 'leave');
  assert.equal(decide({ object }, rules), 'delete');
  const tagging: DecisionRules = { ...rules, retireDeleted: 'tag' };
  const retired = { ...remembered, isRetired: true };
  assert.equal(decide({ object, remembered }, tagging), 'tag');
  assert.equal(decide({ object, remembered: retired }, tagging), 'leave');
  assert.equal(decide({ object: { ...object, etag: 'new' }, remembered: retired }, tagging), 'tag');
  assert.equal(decide({ entry, object, remembered: retired }, tagging), 'upload');
});

test('whatever there is: nothing in the source is deleted, and "same" is said of what is known alone', () => {
  const small = fc.integer({ min: 0, max: 2 });
  const times = { sizeBytes: small, modifiedMs: small, changedMs: small };
  const etag = fc.constantFrom('e', 'f');
  const storageClass = fc.constantFrom('STANDARD', 'GLACIER');
  const key = fc.constant('k');
  const states: fc.Arbitrary<KeyState> = fc.record({
    entry: fc.option(fc.record({ key, ...times }), { nil: undefined }),
    object: fc.option(fc.record({ key, sizeBytes: small, etag, storageClass, lastModifiedMs: small }), {
      nil: undefined,
    }),
    remembered: fc.option(fc.record({ key, ...times, etag, storageClass, isRetired: fc.boolean() }), {
      nil: undefined,
    }),
  });
  const someRules: fc.Arbitrary<DecisionRules> = fc.record({
    compare: fc.constantFrom('mtime', 'checksum'),
    storageClass: fc.option(storageClass, { nil: undefined }),
    retireDeleted: fc.constantFrom('keep', 'delete', 'tag'),
  });
  fc.assert(
    fc.property(states, someRules, (state, rule) => {
      const decision = decide(state, rule);
      if (state.entry !== undefined) assert.ok(decision !== 'delete' && decision !== 'tag');
      if (state.entry === undefined) assert.ok(decision !== 'upload' && decision !== 'compare');
      if (state.object === undefined) assert.ok(decision === 'upload' || decision === 'leave');
      if (rule.retireDeleted === 'keep') assert.ok(decision !== 'delete' && decision !== 'tag');
      if (decision !== 'same') return;
      assert.equal(state.remembered?.etag, state.object?.etag);
      for (const field of ['sizeBytes', 'modifiedMs', 'changedMs'] as const)
        assert.equal(state.remembered?.[field], state.entry?.[field]);
    }),
  );
});
