/** The Debian package, of the same tree as the RPM: that it installs, runs, and leaves the index behind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FreshRoot } from './fresh-root.ts';

const project = join(import.meta.dirname, '../..');
const config = '/opt/backup-my-bucket/backup-my-bucket.conf';
const state = '/var/lib/backup-my-bucket';
const withoutDpkg = existsSync('/usr/bin/dpkg-deb') ? false : 'there is no dpkg here';

test('a Debian package is installed, used, removed and purged', { skip: withoutDpkg }, (t) => {
  const workshop = mkdtempSync(join(tmpdir(), 'bmb-deb-test-'));
  t.after(() => rmSync(workshop, { recursive: true }));
  const root = FreshRoot.make();
  t.after(() => root.remove());
  const stage = join(project, 'out/stage');
  const built = execFileSync(join(project, 'packaging/build-deb'), [stage, workshop], { encoding: 'utf8' });
  makeDpkgDataBase(root);
  cpSync(built.trim(), root.path('tmp/package.deb'));
  // No library is a package here; that those of this machine suffice is seen when the program runs.
  const dpkg = (...args: string[]): void => {
    const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive' };
    const { code, stdout, stderr } = root.run(['dpkg', '--force-depends', ...args], { env });
    assert.equal(code, 0, stdout + stderr);
  };
  const ownerOf = (path: string): string => root.run(['stat', '-c', '%U %G %a', path]).stdout.trim();
  const asUser = (...args: string[]) =>
    root.run(['/usr/bin/backup-my-bucket', ...args], { user: 'backup-my-bucket' });

  dpkg('--install', '/tmp/package.deb');
  assert.equal(ownerOf(config), 'root backup-my-bucket 640');
  assert.equal(ownerOf(state), 'backup-my-bucket backup-my-bucket 750');
  assert.match(asUser('--version').stdout, /^backup-my-bucket\/\d+\.\d+\.\d+.* linux-\w+ node-v24\./);
  const rebuilt = asUser('catalogue', 'rebuild', '--json');
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  assert.ok(root.has(`${state}/catalogue.sqlite`));

  writeFileSync(root.path(config), '{}');
  dpkg('--remove', 'backup-my-bucket');
  assert.ok(!root.has('/usr/bin/backup-my-bucket'));
  assert.equal(root.read(config), '{}');
  dpkg('--purge', 'backup-my-bucket');
  assert.ok(!root.has(config));
  assert.ok(root.has(`${state}/catalogue.sqlite`));
});

function makeDpkgDataBase(root: FreshRoot): void {
  for (const folder of ['info', 'updates', 'parts', 'triggers', 'alternatives'])
    mkdirSync(root.path(`var/lib/dpkg/${folder}`), { recursive: true });
  for (const file of ['status', 'available']) writeFileSync(root.path(`var/lib/dpkg/${file}`), '');
}
