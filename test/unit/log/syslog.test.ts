import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../../src/log/index.ts';
import { collector } from './collector.ts';
import { systemClock as clock } from '../../../src/clock.ts';

interface UnixSocket {
  bind(path: string): void;
  close(): void;
}

const require = createRequire(import.meta.url);
const unixDatagrams = require('unix-dgram') as {
  createSocket(type: 'unix_dgram', listener: (message: Buffer) => void): UnixSocket;
};

const labels = { facility: 'local0', tag: 'backup-my-bucket' };

function temporarySocket(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'syslog-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'log');
}

/** A syslog daemon on a unix datagram socket of its own. */
function listen(path: string): { messages: string[]; close(): void } {
  const messages: string[] = [];
  const socket = unixDatagrams.createSocket('unix_dgram', (message) => messages.push(message.toString()));
  socket.bind(path);
  return { messages, close: () => socket.close() };
}

/** A daemon that has its socket and never reads from it. */
async function listenStuck(t: TestContext, path: string): Promise<void> {
  const script = `
    require(${JSON.stringify(require.resolve('unix-dgram'))}).createSocket('unix_dgram').bind(${JSON.stringify(path)});
    require('node:fs').writeSync(1, 'ready');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);`;
  const daemon = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => daemon.kill('SIGKILL'));
  await once(daemon.stdout, 'data');
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1)
    await new Promise((next) => setTimeout(next, 10));
  assert.ok(condition(), 'timed out');
}

test('local0 and the tag, in the form of syslog(3), with the severity of each level', async (t) => {
  const path = temporarySocket(t);
  const daemon = listen(path);
  t.after(() => daemon.close());
  const stderr = collector();
  const log = createLogger({ clock, level: 'debug', syslog: { ...labels, protocol: 'unix', path }, stderr });
  log.debug('d');
  log.info('took a snapshot', { keys: 3 });
  log.warn('w');
  log.error('two\nlines');
  await log.close();
  await until(() => daemon.messages.length === 4);
  // facility 16 (local0) × 8 + severity, as RFC 3164 has it: 7 debug, 6 info, 4 warning, 3 error.
  const form = (priority: number, text: string) =>
    new RegExp(
      `^<${priority}>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d backup-my-bucket\\[${process.pid}\\]: ${text}$`,
    );
  assert.match(daemon.messages[0] ?? '', form(135, 'd'));
  assert.match(daemon.messages[1] ?? '', form(134, 'took a snapshot keys=3'));
  assert.match(daemon.messages[2] ?? '', form(132, 'w'));
  assert.match(daemon.messages[3] ?? '', form(131, 'two\\\\nlines'));
  assert.equal(stderr.text(), '');
});

test('a burst that fills the socket reaches the daemon in order, nothing lost', async (t) => {
  const path = temporarySocket(t);
  const daemon = listen(path);
  t.after(() => daemon.close());
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', syslog: { ...labels, protocol: 'unix', path }, stderr });
  for (let i = 0; i < 1000; i += 1) log.info('event', { i });
  await log.close();
  await until(() => daemon.messages.length === 1000);
  assert.ok(daemon.messages.every((message, i) => message.endsWith(`: event i=${i}`)));
  assert.equal(stderr.text(), '');
});

test('where there is no socket the lines go to stderr, after one warning', async (t) => {
  const path = temporarySocket(t);
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', syslog: { ...labels, protocol: 'unix', path }, stderr });
  const started = performance.now();
  log.info('one');
  log.error('two');
  await log.close();
  assert.equal(
    stderr.text(),
    'WARN syslog cannot be reached: what it does not take is logged here cause=ENOENT\nINFO one\nERROR two\n',
  );
  assert.ok(performance.now() - started < 2000);
});

test('a daemon that goes and comes back misses what stderr got instead', async (t) => {
  const path = temporarySocket(t);
  const first = listen(path);
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', syslog: { ...labels, protocol: 'unix', path }, stderr });
  log.info('one');
  await until(() => first.messages.length === 1);
  first.close();
  log.info('two');
  await until(() => stderr.text().includes('INFO two'));
  rmSync(path, { force: true });
  const second = listen(path);
  t.after(() => second.close());
  log.info('three');
  await log.close();
  await until(() => second.messages.length === 1);
  assert.match(second.messages[0] ?? '', /: three$/);
});

test('a daemon that takes nothing any more holds the run for about a second, not a second a line', async (t) => {
  const path = temporarySocket(t);
  await listenStuck(t, path);
  const stderr = collector();
  const log = createLogger({ clock, level: 'info', syslog: { ...labels, protocol: 'unix', path }, stderr });
  const lines = 2000;
  for (let i = 0; i < lines; i += 1) log.info('event', { i });
  const started = performance.now();
  await log.close();
  assert.ok(performance.now() - started < 10_000);
  assert.match(stderr.text(), /^WARN syslog cannot be reached: .*EAGAIN/);
  assert.ok(stderr.text().endsWith(`INFO event i=${lines - 1}\n`));
});
