import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource } from '../../../src/sync/directory-source.ts';
import { Scope } from '../../../src/sync/scope.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('a disk that is not mounted is not there, and no business of the site where it is excluded', async (t) => {
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
  assert.equal(await sourceAt(root).hasStill(place), false);
  assert.equal(await sourceAt(root).hasStill('/'), true);
  const concerns = (...exclude: RegExp[]): boolean => sourceAt(root, ...exclude).concerns(place);
  assert.equal(concerns(), true);
  assert.equal(concerns(/^other\//), true);
  assert.equal(concerns(/^media\/disk\/$/), false);
  assert.equal(concerns(/^media\/$/), false);
  // Not beneath it, whatever the names begin with.
  assert.equal(sourceAt(join(root, 'med'), /./).concerns(place), true);
});
