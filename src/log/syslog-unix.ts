/** Packets to a unix datagram socket, which Node.js cannot open by itself: the optional add-on unix-dgram does. */
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import type { SyslogChannel } from './syslog-settings.ts';

/** The parts of unix-dgram (2.0) that are used here. */
interface UnixSocket {
  fd: number;
  send(packet: Buffer, offset: number, length: number, path: string, done: (error?: unknown) => void): void;
  close(): void;
}

/** A full socket (the daemon is slower than we are) is tried again for a second; after that, once a line until it takes one. */
const retryDelayMs = 2;
const patientAttempts = 500;

/** @throws Error where the add-on is not there */
export function openUnixChannel(path: string): SyslogChannel {
  const socket = openSocket();
  let attemptLimit = patientAttempts;
  return {
    async send(packet) {
      for (let attempts = 1; ; attempts += 1) {
        const error = await sendOnce(socket, packet, path);
        if (error === undefined) break;
        if (!isCongestion(error) || attempts >= attemptLimit) {
          attemptLimit = 1;
          throw named(error);
        }
        await sleep(retryDelayMs);
      }
      attemptLimit = patientAttempts;
    },
    close: async () => socket.close(),
  };
}

function openSocket(): UnixSocket {
  const require = createRequire(import.meta.url);
  try {
    const addOn = require('unix-dgram') as { createSocket(type: 'unix_dgram'): UnixSocket };
    return addOn.createSocket('unix_dgram');
  } catch (cause) {
    const message =
      'a local socket needs the add-on unix-dgram, which is not here (npm leaves it out where there is no C++ compiler); Syslog with a Host needs no add-on';
    throw new Error(message, { cause });
  }
}

/** Each packet names the path, so a daemon that comes back with a new socket is found. */
function sendOnce(socket: UnixSocket, packet: Buffer, path: string): Promise<unknown> {
  return new Promise((resolve) => socket.send(packet, 0, packet.length, path, resolve));
}

/** EAGAIN, or 1 in the add-on's own words: the receiver's queue is full. */
function isCongestion(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === 1 || (code !== undefined && code < 0 && ['EAGAIN', 'ENOBUFS'].includes(getSystemErrorName(code)))
  );
}

/** The add-on tells errors by negative numbers. */
function named(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  return new Error(code < 0 ? getSystemErrorName(code) : 'EAGAIN', { cause: error });
}

function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;
}
