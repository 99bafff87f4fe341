import assert from 'node:assert/strict';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { warnOfForeignFolder } from '../../../src/cli/foreign-folder.ts';
import { createLogger } from '../../../src/log/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { collector } from '../log/collector.ts';

const isRoot = process.getuid?.() === 0;

test(
  'root is warned in the folder of another user, and nowhere else',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const folder = tempDir(t);
    const warned = async (path: string, uid: number): Promise<string> => {
      const stderr = collector();
      await warnOfForeignFolder(
        path,
        uid,
        createLogger({ clock: new ManualClock(), level: 'quiet', stderr }),
      );
      return stderr.text();
    };
    assert.equal(await warned(folder, 0), '');
    chownSync(folder, 65534, 65534);
    assert.match(
      await warned(folder, 0),
      /^WARN this runs as root in the folder of another user: .* owner=65534\n$/,
    );
    assert.equal(await warned(folder, 65534), '');
    assert.equal(await warned(join(folder, 'not-there-yet'), 0), '');
  },
);
