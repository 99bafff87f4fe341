/** One line as RFC 3164 wants it. */
import { hostname } from 'node:os';
import type { SyslogLabels } from './syslog-settings.ts';

export type Severity = 'debug' | 'info' | 'warn' | 'error';

/** RFC 3164, 4.1.1. */
const facilities: Record<string, number> = { user: 1, daemon: 3 };
const firstLocal = 16;
const severities: Record<Severity, number> = { debug: 7, info: 6, warn: 4, error: 3 };
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** For a local daemon: it reads the tag directly after the time, as syslog(3) writes it. */
export function localPacket(labels: SyslogLabels, severity: Severity, text: string, nowMs: number): Buffer {
  return Buffer.from(`${head(labels, severity, nowMs)} ${body(labels, text)}`);
}

/** Over the network the name of this host stands between time and tag, without its domain (RFC 3164, 4.1.2). */
export function remotePacket(labels: SyslogLabels, severity: Severity, text: string, nowMs: number): Buffer {
  const [host] = hostname().split('.');
  return Buffer.from(`${head(labels, severity, nowMs)} ${host} ${body(labels, text)}`);
}

/** Priority and local time: `<134>Nov  1 04:05:06`. */
function head({ facility }: SyslogLabels, severity: Severity, nowMs: number): string {
  const code = facilities[facility] ?? firstLocal + Number(facility.slice('local'.length));
  const now = new Date(nowMs);
  const day = String(now.getDate()).padStart(2, ' ');
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `<${code * 8 + severities[severity]}>${months[now.getMonth()]} ${day} ${time.join(':')}`;
}

function body({ tag }: SyslogLabels, text: string): string {
  return `${tag}[${process.pid}]: ${text}`;
}
