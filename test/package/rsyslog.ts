/** A real syslog daemon, on sockets of the test alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Rsyslog {
  port: number;
  /** What has arrived: `facility|severity|tag|message`. */
  lines(): string[];
  /** Resolves when a line has arrived that matches. @throws Error where none comes */
  waitFor(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

const waitMs = 20_000;

/** @param socket path of its unix socket, such as ROOT/dev/log */
export async function startRsyslog(socket: string): Promise<Rsyslog> {
  const folder = mkdtempSync(join(tmpdir(), 'bmb-rsyslog-'));
  const [file, port] = [join(folder, 'lines'), await freePort()];
  const configuration = `
    global(workDirectory="${folder}" localHostname="collector")
    module(load="imuxsock" SysSock.Use="off")
    module(load="imtcp")
    input(type="imuxsock" Socket="${socket}")
    input(type="imtcp" Address="127.0.0.1" Port="${port}")
    template(name="plain" type="string" string="%syslogfacility-text%|%syslogseverity-text%|%syslogtag%|%msg%\\n")
    action(type="omfile" file="${file}" template="plain")`;
  writeFileSync(join(folder, 'rsyslog.conf'), configuration);
  const args = ['-n', '-f', join(folder, 'rsyslog.conf'), '-i', join(folder, 'pid')];
  const daemon = spawn('rsyslogd', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  const find = (pattern: RegExp) => () => lines().find((line) => pattern.test(line));
  await until(() => existsSync(socket) || undefined, 'rsyslogd does not start');
  return {
    port,
    lines,
    waitFor: (pattern) => until(find(pattern), `no line like ${pattern}`),
    stop: async () => {
      const ended = once(daemon, 'exit');
      daemon.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function until<T>(look: () => T | undefined, failure: string): Promise<T> {
  for (let tries = 0; tries < waitMs / 50; tries += 1) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(failure);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
