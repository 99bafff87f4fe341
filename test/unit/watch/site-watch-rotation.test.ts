import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { watching, until, pause, growing, untilEqual } from './site-watch-support.ts';

test('with rotation all files are compared, once they are quiet', async (t) => {
  const watch = watching(t, { site: { rotate: 3 } });
  writeFileSync(join(watch.root, 'dump'), '1');
  await untilEqual(watch);
  assert.ok(watch.map.calls.every((call) => !call.startsWith('keys')));
});

test('with rotation a file that comes while another becomes quiet keeps neither from being brought', async (t) => {
  const watch = watching(t, { site: { rotate: 3 } });
  const { root, map } = watch;
  await until(
    () => map.calls.includes('sync'),
    () => 'the first comparison',
  );
  for (let i = 0; i < 5; i++) {
    writeFileSync(join(root, `${i}.dump`), `${i}`);
    await pause(100);
  }
  await untilEqual(watch);
});

test('with rotation a comparison that falls due while a file is being written does not stop it all', async (t) => {
  const watch = watching(t, { site: { rotate: 3 }, options: { reconcileEveryMs: 300 } });
  await growing(join(watch.root, 'dump'), 1000);
  await untilEqual(watch);
});

test('with rotation a file that is written to for ever keeps no other from being brought', async (t) => {
  const watch = watching(t, { site: { rotate: 3, watchIntervalMs: 50 } });
  const { root, map } = watch;
  const grown = growing(join(root, 'never-quiet'), 4000);
  await pause(200);
  writeFileSync(join(root, 'dump'), '1');
  await until(
    () => map.bucket.has('dump'),
    () => 'dump',
  );
  assert.ok(!map.bucket.has('never-quiet'));
  await grown;
  await untilEqual(watch);
});
