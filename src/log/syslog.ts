/**
 * Lines to syslog, through winston-syslog. The package's transport puts what it could not send in a queue that nothing empties on a
 * local socket, and then holds the process for seconds; here every line is sent, or diverted, before the next one's turn.
 */
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import type { transport as TransportStream } from 'winston';

/** Structurally the configuration's. Local: a unix datagram socket such as `/dev/log`. */
export type SyslogSettings = { facility: string; tag: string } & (
  { protocol: 'unix'; path: string } | { protocol: 'udp'; host: string; port: number }
);

/** The parts of winston-syslog's transport (2.7) that are used here. */
export interface SyslogTransport extends TransportStream {
  /** Messages that were not sent, formatted. */
  queue: string[];
  /** Datagrams under way. */
  inFlight: number;
  socket: { close(): void } | null;
  log(info: LoggedLine, callback: () => void): void;
  close(): void;
}

/** What winston hands to a transport, as far as it is needed here. */
export interface LoggedLine {
  level: string;
  message: string;
}

type SyslogTransportClass = new (options: object) => SyslogTransport;

/** A full socket (the daemon is slower than we are) is tried again for a second; after that, once a line until it takes one. */
const retryDelayMs = 2;
const patientAttempts = 500;

/**
 * A winston transport. `divert` takes what could not be delivered, and why. It never emits an error; `close` it after it has finished.
 * @throws Error where the package cannot be loaded.
 */
export function createSyslogTransport(
  settings: SyslogSettings,
  divert: (info: LoggedLine, cause: unknown) => void,
): SyslogTransport {
  const require = createRequire(import.meta.url);
  const { Syslog } = require('winston-syslog') as { Syslog: SyslogTransportClass };

  class SteadySyslog extends Syslog {
    private failure: unknown;
    private attemptLimit = patientAttempts;
    /** The line under way and those that wait for it. */
    private lines: Promise<void> = Promise.resolve();

    /** One line at a time, so that they stay in order. */
    override log(info: LoggedLine, callback: () => void): void {
      this.lines = this.lines.then(() => this.deliver(info));
      callback();
    }

    /** The stream has finished only when the last line is where it belongs. */
    override _final(callback: () => void): void {
      void this.lines.then(callback);
    }

    /** The package tells a failed send by an `error` event, which would otherwise end the stream. */
    override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event !== 'error') return super.emit(event, ...args);
      this.failure = args[0];
      return true;
    }

    override close(): void {
      const socket = this.socket;
      this.socket = null;
      socket?.close();
    }

    private async deliver(info: LoggedLine): Promise<void> {
      for (let attempts = 1; ; attempts += 1) {
        if (await this.attempt(info)) break;
        const mayPass = this.failure === undefined || isCongestion(this.failure);
        if (!mayPass || attempts >= this.attemptLimit) {
          this.attemptLimit = 1;
          return divert(info, this.failure ?? new Error('the socket does not open'));
        }
        await delay(retryDelayMs);
      }
      this.attemptLimit = patientAttempts;
    }

    /** Whether the line left. What the package queued instead is taken back: it is tried again, or diverted, here. */
    private async attempt(info: LoggedLine): Promise<boolean> {
      this.failure = undefined;
      try {
        await new Promise<void>((resolve) => super.log(info, resolve));
      } catch (error) {
        this.failure = error;
        this.inFlight = 0;
      }
      while (this.inFlight > 0) await delay(1);
      const unsent = this.queue.splice(0);
      return unsent.length === 0 && this.failure === undefined;
    }
  }

  return new SteadySyslog(transportOptions(settings));
}

function transportOptions(settings: SyslogSettings): object {
  const labels = { app_name: settings.tag, facility: settings.facility, type: 'BSD' };
  // A local daemon reads the tag directly after the time (the form of syslog(3)); over the network RFC 3164 puts the host between.
  if (settings.protocol === 'unix') {
    return { ...labels, protocol: 'unix', path: settings.path, localhost: '' };
  }
  const protocol = settings.host.includes(':') ? 'udp6' : 'udp4';
  return { ...labels, protocol, host: settings.host, port: settings.port, localhost: hostname() };
}

/** EAGAIN: the receiver's queue is full. */
function isCongestion(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 1 || error.code === -11 || error.code === 'EAGAIN' || error.code === 'ENOBUFS';
}

function delay(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
