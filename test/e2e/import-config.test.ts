/** The configuration files of other tools, taken over by the built command, loaded by the product's own check. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadConfig } from '../../src/config/index.ts';
import { parseJson, runCommand } from '../support/command.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Note {
  site: string | null;
  field: string;
  matters: boolean;
}

const yaml = `
access_key: AKSHARED
secret_access_key: sharedsecret
aws_region: us-east-1
loglevel: info
watch_interval: 30s
sites:
- name: one
  local_path: /data/one
  bucket: backups
  bucket_path: one
  retire_deleted: true
  exclusions:
  - .[Dd][Ss]_[Ss]tore
- local_path: /data/two
  bucket: backups
  bucket_path: two
`;

function inFolder(t: TestContext, files: Record<string, string>): (name: string) => string {
  const folder = tempDir(t);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return (name) => join(folder, name);
}

test('s3sync-service: the result goes into a new file that nobody else can read, and loads', async (t) => {
  const at = inFolder(t, { 'config.yml': yaml });
  const args = ['import-config', 's3sync-service', at('config.yml'), '--output', at('new.conf')];
  const result = await runCommand([...args, '--json']);
  const { output, notes } = parseJson<{ output: string; notes: Note[] }>(args, result, 0);
  assert.equal(output, at('new.conf'));
  assert.deepEqual(
    notes.map(({ field, matters }) => [field, matters]),
    [['loglevel', false]],
  );
  assert.doesNotMatch(result.stdout + result.stderr, /sharedsecret/);
  assert.equal(statSync(at('new.conf')).mode & 0o777, 0o600);
  const { sites } = await loadConfig(at('new.conf'));
  assert.deepEqual(
    sites.map(({ name, retireDeleted, watchIntervalMs }) => [name, retireDeleted, watchIntervalMs]),
    [
      ['one', 'delete', 30_000],
      ['backups/two', 'keep', 30_000],
    ],
  );

  const before = readFileSync(at('new.conf'), 'utf8');
  const again = await runCommand(args);
  assert.equal(again.code, 4);
  assert.match(again.stderr, /is there already/);
  assert.equal(readFileSync(at('new.conf'), 'utf8'), before);
  assert.equal((await runCommand([...args, '--force'])).code, 0);
});

test('s3rsyncdb: two files become a site on stdout that loads; what changes is told, with exit code 3', async (t) => {
  const at = inFolder(t, {
    'auth.json': JSON.stringify({
      dest_endpoint: 'https://s3.example.org',
      dest_s3_keys: { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'topsecretvalue' },
    }),
    'conf.json': JSON.stringify({
      dest_bucket: 'dumps',
      backup: { directory: '/var/backup', file_pattern: 'dbs-*.gz', dest_prefix: 'pg', rotate_lvl: 5 },
    }),
  });
  const result = await runCommand(['import-config', 's3rsyncdb', at('conf.json'), at('auth.json')]);
  assert.equal(result.code, 3, result.stderr);
  assert.match(result.stderr, /Look at this: .*decided by the name/);
  assert.doesNotMatch(result.stderr, /topsecretvalue/);
  writeFileSync(at('new.conf'), result.stdout);
  const [site] = (await loadConfig(at('new.conf'))).sites;
  assert.deepEqual([site?.rotate, site?.destination.prefix], [5, 'pg/']);
});

test('matricula-backup: roots become a site with a bucket per folder that loads', async (t) => {
  const at = inFolder(t, {
    'config.json': JSON.stringify({
      backup: { roots: ['/images/archives'], folders: [] },
      notification: { webhook: 'https://example.webhook.office.com/x' },
      aws: { access_key: 'AKIDEXAMPLE', secret_access_key: 'topsecretvalue' },
    }),
  });
  const result = await runCommand(['import-config', 'matricula-backup', at('config.json')]);
  assert.equal(result.code, 3, result.stderr);
  writeFileSync(at('new.conf'), result.stdout);
  const { sites, notifications } = await loadConfig(at('new.conf'));
  assert.equal(notifications?.webhooks[0]?.format, 'teams');
  const [site] = sites;
  assert.deepEqual(site?.source, { kind: 'folders', folders: [], roots: ['/images/archives'] });
  assert.equal(site.destination.bucketPerFolder, 'images--{folder}');
});

test('sites that overlap there are told, as they are refused here', async (t) => {
  const at = inFolder(t, { 'config.yml': yaml.replace('bucket_path: two', 'bucket_path: one/two') });
  const result = await runCommand(['import-config', 's3sync-service', at('config.yml')]);
  assert.equal(result.code, 3);
  assert.match(result.stderr, /overlaps/);
});

test('what is wrong with a file is told by its place, without what it holds', async (t) => {
  const at = inFolder(t, { 'bad.yml': 'access_key: [topsecretvalue\nsites: "' });
  const bad = await runCommand(['import-config', 's3sync-service', at('bad.yml')]);
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /bad\.yml is not valid YAML: line \d+, column \d+/);
  assert.doesNotMatch(bad.stderr, /topsecretvalue/);
  assert.equal((await runCommand(['import-config', 's3sync-service', at('none.yml')])).code, 2);
  assert.equal((await runCommand(['import-config', 'rsync', at('bad.yml')])).code, 2);
});
