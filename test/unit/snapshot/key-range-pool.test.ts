import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LAYOUTS } from '../../../src/s3-embedded/synthetic/layouts.ts';
import { KeyRangePool } from '../../../src/snapshot/key-range-pool.ts';
import type { PageSummary } from '../../../src/snapshot/running-range.ts';
import { simulateListing } from './support/simulation.ts';

const keys = 10_000_000;

describe('ten million keys at 64 places', () => {
  for (const layout of LAYOUTS) {
    const hotVersions = layout === 'manyversions' ? 100_000 : 1;
    for (const hasPrevious of [false, true]) {
      test(`${layout}${hasPrevious ? ', with a previous snapshot' : ''}`, () => {
        const result = simulateListing({ layout, keys, concurrency: 64, hotVersions, hasPrevious });
        assert.equal(result.keysListed, keys);
        const most = result.leastRequests * (hasPrevious ? 1.01 : 1.03);
        assert.ok(
          result.requests <= most,
          `${result.requests} requests, ${result.leastRequests} are the least`,
        );
        // One key's versions come one page after the other: whoever meets them late is late.
        assert.ok(
          result.efficiency >= (hotVersions > 1 ? 0.5 : 0.75),
          `the places were busy for ${result.efficiency}`,
        );
      });
    }
  }
});

describe('few keys, few places', () => {
  for (const layout of LAYOUTS) {
    test(layout, () => {
      const result = simulateListing({ layout, keys: 100_000, concurrency: 4 });
      assert.equal(result.keysListed, 100_000);
      assert.ok(result.requests <= 135, `${result.requests} requests`);
      assert.ok(result.efficiency >= 0.5, `the places were busy for ${result.efficiency}`);
    });
  }
});

function page(...keys: string[]): PageSummary {
  return {
    versions: keys.length,
    keys: keys.length,
    firstKey: keys[0],
    lastKey: keys.at(-1),
    sampleKeys: keys,
  };
}

test('a key of which all versions are still to come is never torn apart, nor waited for in vain', () => {
  const pool = new KeyRangePool([{ after: 'a', upTo: 'b' }], { prefix: '', concurrency: 4, pageSize: 1 });
  const range = pool.take();
  assert.ok(range);
  for (let i = 0; i < 1000; i++) {
    pool.onPage(range, page('b'), false);
    assert.equal(pool.take(), undefined);
  }
  pool.onPage(range, page('b'), true);
});

test('useless splits get rarer: they cost a share of the pages', () => {
  const pool = new KeyRangePool([{}], { prefix: '', concurrency: 4, pageSize: 1 });
  const range = pool.take();
  assert.ok(range);
  let splits = 0;
  for (let i = 0; i < 1000; i++) {
    pool.onPage(range, page('a', `a${'b'.repeat(i % 7)}`), false);
    const other = pool.take();
    if (other === undefined) continue;
    splits += 1;
    pool.onPage(other, page(), true);
  }
  assert.ok(splits <= 40, `${splits} useless splits`);
});

test('the halves of a split are the whole, and the upper one begins after what was listed', () => {
  const pool = new KeyRangePool([{}], { prefix: 'k/', concurrency: 2, pageSize: 2 });
  const range = pool.take();
  assert.ok(range);
  assert.equal(pool.take(), undefined, 'nothing is known of it yet');
  pool.onPage(range, page('k/000', 'k/001'), false);
  const other = pool.take();
  assert.ok(other);
  assert.equal(range.upTo, other.after);
  assert.equal(other.upTo, undefined);
  assert.ok(other.after !== undefined && other.after > 'k/001' && other.after.startsWith('k/'));
});
