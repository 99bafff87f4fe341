import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { systemClock as clock } from '../../../src/clock.ts';
import { createLogger } from '../../../src/log/index.ts';
import { openStreamChannel } from '../../../src/log/syslog-stream.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { collector } from './collector.ts';

const [shortName] = hostname().split('.');
const labels = { facility: 'local0', tag: 'backup-my-bucket' };
const local = '127.0.0.1';

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries += 1)
    await new Promise((next) => setTimeout(next, 10));
  assert.ok(condition(), 'timed out');
}

test('over UDP: the host name before the tag, and the facility that was asked for', async (t) => {
  const server = dgram.createSocket('udp4');
  t.after(() => server.close());
  const messages: string[] = [];
  server.on('message', (message) => messages.push(message.toString()));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const stderr = collector();
  const { port } = server.address();
  const log = createLogger({
    clock,
    level: 'info',
    syslog: { facility: 'local3', tag: 'restore-points', protocol: 'udp', host: '127.0.0.1', port },
    stderr,
  });
  log.info('one');
  log.info('two');
  await log.close();
  await until(() => messages.length === 2);
  assert.match(messages[0] ?? '', new RegExp(`^<158>.{15} ${shortName} restore-points\\[\\d+\\]: one$`));
  assert.match(messages[1] ?? '', /: two$/);
  assert.equal(stderr.text(), '');
});

test('over UDP, a host that does not resolve: stderr takes over', async () => {
  const stderr = collector();
  const syslog = { ...labels, protocol: 'udp', host: 'no-such-host.invalid', port: 514 } as const;
  const log = createLogger({ clock, level: 'info', syslog, stderr });
  log.info('one');
  await log.close();
  assert.match(stderr.text(), /^WARN syslog cannot be reached: .*\nINFO one\n$/);
});

/** A daemon on TCP or, with a key, on TLS. */
async function listen(t: TestContext, { key, cert }: { key?: string; cert?: string } = {}) {
  const received: string[] = [];
  const sockets = new Set<net.Socket>();
  const onConnection = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.setEncoding('utf8').on('data', (text: string) => received.push(text));
    socket.on('error', () => undefined);
  };
  const server =
    key === undefined || cert === undefined
      ? net.createServer(onConnection)
      : tls.createServer({ key, cert }, onConnection);
  server.on('tlsClientError', () => undefined);
  server.listen(0, local);
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  t.after(close);
  const { port } = server.address() as AddressInfo;
  return { port, lines: () => received.join('').split('\n').slice(0, -1), sockets, close };
}

test('over TCP: a line each, all of them read when the log is closed', async (t) => {
  const daemon = await listen(t);
  const stderr = collector();
  const syslog = { ...labels, protocol: 'tcp', host: local, port: daemon.port } as const;
  const log = createLogger({ clock, level: 'info', syslog, stderr });
  for (let i = 0; i < 1000; i += 1) log.info('event', { i, text: 'two\nlines' });
  await log.close();
  assert.equal(daemon.lines().length, 1000);
  assert.match(
    daemon.lines()[999] ?? '',
    new RegExp(`^<134>.{15} ${shortName} backup-my-bucket\\[\\d+\\]: event i=999 text="two\\\\nlines"$`),
  );
  assert.equal(stderr.text(), '');
});

test('over TCP, nobody listens: stderr takes over, and the run goes on', async (t) => {
  const daemon = await listen(t);
  daemon.close();
  const stderr = collector();
  const syslog = { ...labels, protocol: 'tcp', host: local, port: daemon.port } as const;
  const log = createLogger({ clock, level: 'info', syslog, stderr });
  log.info('one');
  log.info('two');
  await log.close();
  assert.match(stderr.text(), /^WARN syslog cannot be reached: .*ECONNREFUSED.*\nINFO one\nINFO two\n$/);
});

test('over TCP, a connection that breaks is made anew, and that lines may be lost is said', async (t) => {
  const daemon = await listen(t);
  const stderr = collector();
  const syslog = { ...labels, protocol: 'tcp', host: local, port: daemon.port } as const;
  const log = createLogger({ clock, level: 'info', syslog, stderr });
  log.info('one');
  await until(() => daemon.lines().length === 1);
  for (const socket of daemon.sockets) socket.end();
  await new Promise((next) => setTimeout(next, 100));
  log.info('two');
  await log.close();
  assert.deepEqual(
    daemon.lines().map((line) => line.replace(/.*: /, '')),
    ['one', 'two'],
  );
  assert.match(stderr.text(), /^WARN syslog may not have read all lines of this run cause=.*\n$/);
});

test('a daemon that does not read holds a packet for the patience only, and the next one not at all', async (t) => {
  const daemon = await listen(t);
  const channel = openStreamChannel(
    { host: local, port: daemon.port, isTls: false },
    { patienceMs: 200, restMs: 60_000 },
  );
  await channel.send(Buffer.from('a'));
  await until(() => daemon.sockets.size === 1);
  for (const socket of daemon.sockets) socket.pause();
  await assert.rejects(channel.send(Buffer.alloc(50_000_000, 'x')), /taken no line for 200 ms/);
  await assert.rejects(channel.send(Buffer.from('b')), /taken no line for 200 ms/);
  // The first one had left: whether it was read nobody knows.
  await assert.rejects(channel.close(), /before it was known/);
});

test('after its rest a host is tried again', async (t) => {
  const daemon = await listen(t);
  const { port } = daemon;
  daemon.close();
  const channel = openStreamChannel({ host: local, port, isTls: false }, { patienceMs: 5000, restMs: 50 });
  await assert.rejects(channel.send(Buffer.from('a')), /ECONNREFUSED/);
  const received: string[] = [];
  const again = net.createServer((socket) => socket.on('data', (data) => received.push(String(data))));
  t.after(() => again.close());
  again.listen(port, local);
  await once(again, 'listening');
  await new Promise((next) => setTimeout(next, 100));
  await channel.send(Buffer.from('b'));
  await channel.close();
  assert.deepEqual(received, ['b\n']);
});

test('over TLS: the host has to have a certificate of the authorities in CaFile, for its name', async (t) => {
  const folder = tempDir(t);
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=logs', '-addext', `subjectAltName=IP:${local}`];
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...subject];
  execFileSync('openssl', [...make, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const daemon = await listen(t, { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') });
  const logTo = async (target: { host: string; caFile?: string }): Promise<string> => {
    const stderr = collector();
    const syslog = { ...labels, protocol: 'tls', port: daemon.port, ...target } as const;
    const log = createLogger({ clock, level: 'info', syslog, stderr });
    log.info('one');
    await log.close();
    return stderr.text();
  };
  assert.equal(await logTo({ host: local, caFile: cert }), '');
  assert.match(daemon.lines()[0] ?? '', /: one$/);
  assert.match(await logTo({ host: local }), /^WARN syslog cannot be reached: .*self.signed.*\nINFO one\n$/);
  assert.match(await logTo({ host: 'localhost', caFile: cert }), /does not match.*localhost.*\nINFO one\n$/);
  const missing = join(folder, 'missing.pem');
  assert.match(await logTo({ host: local, caFile: missing }), /ENOENT.*missing\.pem.*\nINFO one\n$/);
  assert.equal(daemon.lines().length, 1);
});
