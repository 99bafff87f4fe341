import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createLogger } from '../../../src/log/index.ts';
import type { LogLevel } from '../../../src/log/index.ts';
import { collector } from './collector.ts';
import { systemClock as clock } from '../../../src/clock.ts';

async function logAll(level: LogLevel): Promise<string> {
  const stderr = collector();
  const log = createLogger({ clock, level, stderr });
  log.debug('d');
  log.info('i', { keys: 3 });
  log.warn('w');
  log.error('e');
  await log.close();
  return stderr.text();
}

test('each level shows its own and what is graver, one line each with the level in front', async () => {
  assert.equal(await logAll('quiet'), 'WARN w\nERROR e\n');
  assert.equal(await logAll('info'), 'INFO i keys=3\nWARN w\nERROR e\n');
  assert.equal(await logAll('debug'), 'DEBUG d\nINFO i keys=3\nWARN w\nERROR e\n');
});

test('masks known secrets', async () => {
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', stderr, secrets: ['hunter2'] });
  log.error('denied for hunter2', { cause: 'hunter2' });
  await log.close();
  assert.equal(stderr.text(), 'ERROR denied for [redacted] cause=[redacted]\n');
});

test('close waits until a slow stderr has every line', async () => {
  const lines: string[] = [];
  const slow = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      setTimeout(() => {
        if (chunk !== '') lines.push(chunk);
        done();
      }, 1);
    },
  });
  const log = createLogger({ clock, level: 'info', stderr: slow });
  for (let i = 0; i < 100; i += 1) log.info(`line ${i}`);
  await log.close();
  assert.deepEqual(
    lines,
    Array.from({ length: 100 }, (_, i) => `INFO line ${i}\n`),
  );
});

test('nothing is lost where the process ends directly after close', () => {
  const url = JSON.stringify(new URL('../../../src/log/index.ts', import.meta.url));
  const script = `
    const { createLogger } = await import(${url});
    const log = createLogger({ clock: { nowMs: () => 0 }, level: 'info', stderr: process.stderr });
    for (let i = 0; i < 5000; i++) log.info('x'.repeat(100));
    await log.close();
    process.exit(0);`;
  const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 30_000,
    maxBuffer: 10_000_000,
  });
  assert.equal(status, 0);
  assert.equal(stderr.toString().split('\n').length, 5001);
});

test('a stderr whose reader has gone does not end the run', async () => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const log = createLogger({ clock, level: 'info', stderr: broken });
  log.info('a');
  await new Promise((resolve) => setImmediate(resolve));
  log.info('b');
  await log.close();
  assert.ok(broken.errored);
});
