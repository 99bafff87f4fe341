import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { test } from 'node:test';
import { HeadObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { S3ServiceException } from '@aws-sdk/client-s3';
import type { FaultRule } from '../../../src/s3-embedded/index.ts';
import { testClient } from '../../support/embedded.ts';

const MAIN = join(import.meta.dirname, '../../../src/s3-embedded/main.ts');

async function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, exited, ...(JSON.parse(line) as { endpoint: string; port: number; pid: number }) };
}

test('as a process of its own: buckets, the door for tests, and its end', { timeout: 30_000 }, async () => {
  const server = await start('--bucket', 'plain', '--synthetic', 'flat:1000:big:2:10', '--with-parent');
  const client = testClient(server.endpoint);
  const door = async (method: string, what: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${server.endpoint}/_embedded/${what}`, init);
    return { status: answer.status, value: await answer.json() };
  };
  assert.equal(server.pid, server.child.pid);
  const listed = await client.send(new ListObjectVersionsCommand({ Bucket: 'big' }));
  assert.equal((listed.Versions?.length ?? 0) + (listed.DeleteMarkers?.length ?? 0), 1000);

  const rule: FaultRule = { kind: 'status', operation: 'HeadObject', times: 1 };
  const { value: ids } = await door('POST', 'faults', rule);
  const head = () => client.send(new HeadObjectCommand({ Bucket: 'plain', Key: 'k' }));
  await assert.rejects(head(), (error: S3ServiceException) => error.$metadata.httpStatusCode === 503);
  assert.deepEqual((await door('GET', 'faults')).value, [{ id: (ids as number[])[0], rule, hits: 1 }]);
  await door('DELETE', 'faults');
  assert.deepEqual((await door('GET', 'faults')).value, []);

  await door('POST', 'versions', {
    bucket: 'laid',
    versions: [{ key: 'k', body: 'x', lastModifiedMs: 1000 }],
  });
  assert.equal((await client.send(new ListObjectVersionsCommand({ Bucket: 'laid' }))).Versions?.[0]?.Size, 1);
  assert.deepEqual((await door('GET', 'counts')).value, { ListObjectVersions: 2, HeadObject: 1 });
  assert.equal(((await door('GET', 'requests?operation=HeadObject')).value as unknown[]).length, 1);
  assert.deepEqual((await door('GET', 'deletions')).value, []);
  assert.equal((await door('GET', 'nonsense')).status, 404);
  assert.equal((await door('POST', 'synthetic', { bucket: 'x', keys: -1, layout: 'flat' })).status, 400);

  client.destroy();
  server.child.stdin.end();
  assert.deepEqual(await server.exited, [0, null]);
});

test('it stops on SIGTERM', { timeout: 30_000 }, async () => {
  const server = await start();
  server.child.kill('SIGTERM');
  assert.deepEqual(await server.exited, [0, null]);
});

test('an argument that is not understood: usage, exit 2', { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, [MAIN, '--synthetic', 'round:10:b'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [text] = (await once(child.stderr, 'data')) as [Buffer];
  assert.match(text.toString(), /not understood: --synthetic round:10:b/);
  assert.deepEqual(await once(child, 'exit'), [2, null]);
});
