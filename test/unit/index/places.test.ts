import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Places } from '../../../src/index/places.ts';

test('lets no more run at once than there are places, in their order, also after failures', async () => {
  const places = new Places(3);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      places.use(async () => {
        begun.push(n);
        most = Math.max(most, ++running);
        for (let i = 0; i < n % 4; i++) await turn();
        running--;
        if (n % 5 === 0) throw new Error(`${n}`);
        return n;
      }),
    ),
  );
  assert.equal(most, 3);
  assert.deepEqual(
    begun,
    Array.from({ length: 20 }, (_, n) => n),
  );
  for (const [n, result] of results.entries()) {
    if (n % 5 === 0) assert.equal(result.status === 'rejected' && (result.reason as Error).message, `${n}`);
    else assert.equal(result.status === 'fulfilled' && result.value, n);
  }
});
