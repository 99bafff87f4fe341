import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource } from '../../../src/sync/directory-source.ts';
import { Scope } from '../../../src/sync/scope.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('a disk that is not mounted is missed, but not where it is excluded by now', async (t) => {
  const root = tempDir(t);
  const place = join(root, 'media', 'disk');
  mkdirSync(place, { recursive: true });
  const sourceAt = (path: string, ...exclude: RegExp[]): DirectorySource =>
    new DirectorySource({
      root: path,
      symlinks: 'skip',
      scope: new Scope({ exclude }),
      chunkSizeBytes: 1024 ** 2,
      clock: new ManualClock(),
    });
  const isThere = (...exclude: RegExp[]): Promise<boolean> => sourceAt(root, ...exclude).hasStill(place);
  assert.equal(await isThere(), false);
  assert.equal(await isThere(/^other\//), false);
  assert.equal(await isThere(/^media\/disk\/$/), true);
  assert.equal(await isThere(/^media\/$/), true);
  const elsewhere = sourceAt(join(root, 'med'), /./);
  assert.equal(await elsewhere.hasStill(place), false);
  assert.equal(await elsewhere.hasStill('/'), true);
});
