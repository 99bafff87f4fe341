import assert from 'node:assert/strict';
import { test } from 'node:test';
import { worseExitCode } from '../../src/exit-codes.ts';

test('of two exit codes the one is worse that wants more of somebody', () => {
  const fromBest = [0, 75, 5, 3, 4, 2, 1];
  for (const [at, better] of fromBest.entries())
    for (const worse of fromBest.slice(at + 1)) {
      assert.equal(worseExitCode(better, worse), worse);
      assert.equal(worseExitCode(worse, better), worse);
    }
});
