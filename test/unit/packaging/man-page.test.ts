import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { exitCodeMeanings, manPage } from '../../../packaging/man-page.ts';
import { exitCodes } from '../../../src/exit-codes.ts';
import { sample } from './sample.ts';

test('each command with its arguments and flags; what all have once', () => {
  const page = manPage(sample, '1.2.3');
  assert.match(page, /^\.TH BACKUP-MY-BUCKET 1 "" "backup-my-bucket 1\.2\.3"/);
  assert.match(page, /^\.SS restore SNAPSHOT$/m);
  assert.match(page, /^\.TP\n\\fB\\-\\-thaw\\-tier\\fR \\fIStandard\|Bulk\\fR$/m);
  assert.match(page, /^\\fB\\-\\-\[no\\-\]undo\\-point\\fR$/m);
  assert.match(page, /^backup\\-my\\-bucket restore latest \\-\\-dry\\-run$/m);
  assert.equal(page.match(/\\fB\\-c, \\-\\-config\\fR \\fIPATH/g)?.length, 1);
});

test('no text is taken for a macro or an escape', () => {
  assert.match(manPage(sample, '1'), /^\\&\.first\\eline$/m);
});

test('every exit code of the program is explained', () => {
  for (const code of Object.values(exitCodes)) assert.ok(exitCodeMeanings[code], String(code));
});

test('groff has nothing to say against it', (t) => {
  const options = ['-man', '-ww', '-z', '-Tutf8', '-Kutf8'];
  const { status, stderr, error } = spawnSync('groff', options, {
    input: manPage(sample, '1'),
    encoding: 'utf8',
  });
  if (error !== undefined) return t.skip('there is no groff here');
  assert.deepEqual([status, stderr], [0, '']);
});
