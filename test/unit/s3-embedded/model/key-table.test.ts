import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeyTable } from '../../../../src/s3-embedded/model/key-table.ts';

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test('whatever is added, removed and asked for, the keys are those of a plain map, in order', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '\uffff', '😀'), maxLength: 4 });
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), key }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const table = new KeyTable<string>();
      const model = new Map<string, string>();
      for (const [i, { do: action, key }] of steps.entries()) {
        if (action === 'set') {
          table.set(key, `${i}`);
          model.set(key, `${i}`);
        } else if (action === 'delete') {
          table.delete(key);
          model.delete(key);
        } else assert.deepEqual(table.sortedKeys(), [...model.keys()].sort(byBytes));
      }
      assert.deepEqual(table.sortedKeys(), [...model.keys()].sort(byBytes));
      for (const [key, value] of model) assert.equal(table.get(key), value);
      assert.equal(table.size, model.size);
    }),
  );
});
