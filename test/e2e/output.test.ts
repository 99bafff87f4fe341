/** What a script and a terminal get to see. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { ManifestStore } from '../../src/index/manifest-store.ts';
import type { ListedSnapshot } from '../../src/snapshots/list.ts';
import { executable } from '../support/command.ts';
import { manifestOf } from '../support/manifests.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Snapshots enough to fill a pipe; no server is needed to list them. */
async function siteWithSnapshots(t: TestContext): Promise<Site> {
  const site = new Site(tempDir(t), { endpoint: 'http://127.0.0.1:9', master: 'master', slave: 'slave' });
  mkdirSync(site.snapshotsDir);
  const store = new ManifestStore(site.snapshotsDir, { compress: true });
  for (let hour = 0; hour < 600; hour++) {
    const asOf = new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
    await store.write(manifestOf(asOf.replaceAll(/[-:]|\.\d{3}/g, ''), { note: `note ${hour}\nline two` }));
  }
  return site;
}

function shell(command: string, site: Site): { status: number | null; stdout: string; stderr: string } {
  const script = `set -o pipefail; ${command.replaceAll('BMB', `${executable} list-snapshots -c ${site.configPath}`)}`;
  return spawnSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
}

test('listing many snapshots', async (t) => {
  const site = await siteWithSnapshots(t);
  await t.test('one JSON document, nothing else', async () => {
    const listed = await site.json<ListedSnapshot[]>(['list-snapshots']);
    assert.equal(listed.length, 600);
    assert.deepEqual(Object.keys(listed[0] ?? {}).sort(), [
      'asOf',
      'bucket',
      'bytes',
      'createdAt',
      'exclusiveBytes',
      'flags',
      'held',
      'keys',
      'note',
      'prefix',
      'reasons',
      'set',
      'snapshot',
      'state',
      'tags',
      'verdict',
    ]);
  });
  await t.test('one line a snapshot, whatever its note holds', () => {
    const { status, stdout } = shell('BMB', site);
    assert.equal(status, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 601);
  });
  await t.test('a reader that goes away early is no failure', () => {
    for (const flags of ['', '--json']) {
      const { status, stdout, stderr } = shell(`BMB ${flags} | head -n 1`, site);
      assert.deepEqual([status, stdout.split('\n').length, stderr], [0, 2, ''], flags);
    }
  });
  await t.test('the filters choose what is shown, not what the policy says', async () => {
    const all = await site.json<ListedSnapshot[]>(['list-snapshots']);
    const since = await site.json<ListedSnapshot[]>(['list-snapshots', '--since', '2026-01-20T00:00:00Z']);
    assert.deepEqual(
      since,
      all.filter((each) => each.asOf >= '2026-01-20'),
    );
  });
});
