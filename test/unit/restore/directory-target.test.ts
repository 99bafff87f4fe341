import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DirectoryTarget } from '../../../src/restore/directory-target.ts';
import type { RestoreDependencies, RestoreOptions, RestorePlan } from '../../../src/restore/options.ts';
import { SafeFolder } from '../../../src/restore/safe-folder.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('what is larger than the disk is refused before the first file, unless forced', async (t) => {
  const folder = await SafeFolder.open(tempDir(t), true);
  const prepare = (bytes: number, force: boolean): Promise<void> =>
    new DirectoryTarget(folder, { force } as RestoreOptions, {} as RestoreDependencies, undefined).prepare({
      bytes,
    } as RestorePlan);
  await assert.rejects(prepare(2 ** 60, false), { code: 'REFUSED', message: /needs \d+ bytes/ });
  await prepare(2 ** 60, true);
  await prepare(10, false);
});
