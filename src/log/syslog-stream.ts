/**
 * Packets over TCP or TLS, each ended by a line feed (RFC 6587, 3.4.2; no line of ours holds one). TCP tells what has left, not what
 * was read. So closing waits until the daemon has closed too: it has read everything by then.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';
import type { SyslogChannel } from './syslog-settings.ts';

export interface StreamTarget {
  host: string;
  port: number;
  isTls: boolean;
  caFile?: string;
}

export interface StreamLimits {
  /** For connecting, for a packet to leave, and for the daemon to close. */
  patienceMs: number;
  /** After a failure nothing is tried for so long: a host that is down must not hold up each line. */
  restMs: number;
}

const usualLimits: StreamLimits = { patienceMs: 5_000, restMs: 30_000 };

export function openStreamChannel(target: StreamTarget, limits = usualLimits): SyslogChannel {
  let socket: net.Socket | undefined;
  let failure: Error | undefined;
  /** Packets have left on the connection that there is, and nobody knows yet that they were read. */
  let isUnconfirmed = false;
  let isInDoubt = false;
  const abandon = (): void => {
    socket?.destroy();
    socket = undefined;
    isInDoubt ||= isUnconfirmed;
    isUnconfirmed = false;
  };
  const rest = (error: unknown): void => {
    abandon();
    failure = error instanceof Error ? error : new Error(String(error));
    setTimeout(() => (failure = undefined), limits.restMs).unref();
  };
  return {
    async send(packet) {
      if (failure !== undefined) throw failure;
      try {
        if (socket?.writable === false) abandon();
        socket ??= await connect(target, limits.patienceMs);
        await write(socket, packet, limits.patienceMs);
        isUnconfirmed = true;
      } catch (error) {
        rest(error);
        throw error;
      }
    },
    async close() {
      if (socket !== undefined) await end(socket, limits.patienceMs);
      if (isInDoubt) throw new Error('a connection ended before it was known that what left on it was read');
    },
  };
}

async function connect(target: StreamTarget, patienceMs: number): Promise<net.Socket> {
  const { host, port, isTls } = target;
  const socket = isTls ? tls.connect(tlsOptions(target)) : net.connect({ host, port });
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw inTime(error, 'no connection');
  }
  // What breaks is seen by the next write, or by closing.
  socket.on('error', () => undefined);
  // What a daemon answers is of no interest, but its end is seen only by who reads.
  socket.resume();
  return socket;
}

function tlsOptions({ host, port, caFile }: StreamTarget): tls.ConnectionOptions {
  return {
    host,
    port,
    ...(net.isIP(host) === 0 && { servername: host }),
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
  };
}

async function write(socket: net.Socket, packet: Buffer, patienceMs: number): Promise<void> {
  const line = Buffer.concat([packet, Buffer.from('\n')]);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`it has taken no line for ${patienceMs} ms`)),
      patienceMs,
    );
    socket.write(line, (error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** @throws Error where the connection broke, or the daemon did not close: what it read, nobody knows */
async function end(socket: net.Socket, patienceMs: number): Promise<void> {
  if (socket.destroyed) throw socket.errored ?? new Error('the connection was closed from the other side');
  try {
    const closed = once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) });
    socket.end();
    await closed;
  } catch (error) {
    socket.destroy();
    throw inTime(error, 'no end of the connection');
  }
}

function inTime(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error.name !== 'AbortError') return error;
  return new Error(`${what} in time`, { cause: error });
}
