/**
 * Lines to syslog, one after the other: each has left, or is diverted, before the next one's turn. So they stay in order, and none
 * is lost without a word at the end.
 */
import type { Clock } from '../clock.ts';
import { localPacket, remotePacket, type Severity } from './syslog-packet.ts';
import type { SyslogChannel, SyslogSettings } from './syslog-settings.ts';
import { openStreamChannel } from './syslog-stream.ts';
import { openUdpChannel } from './syslog-udp.ts';
import { openUnixChannel } from './syslog-unix.ts';

export interface Syslog {
  write(severity: Severity, text: string): void;
  /** Resolves when each line has left or is diverted. Nothing may be written afterwards. */
  close(): Promise<void>;
}

export interface SyslogOptions {
  settings: SyslogSettings;
  clock: Clock;
  /** Takes a line that could not be delivered, and why. */
  divert: (severity: Severity, text: string, cause: unknown) => void;
  /** Told where lines have left, but nobody knows whether they arrived. */
  onDoubt: (cause: unknown) => void;
}

export function openSyslog({ settings, clock, divert, onDoubt }: SyslogOptions): Syslog {
  const packetOf = settings.protocol === 'unix' ? localPacket : remotePacket;
  let channel: SyslogChannel | undefined;
  let lines = Promise.resolve();
  return {
    write(severity, text) {
      const packet = packetOf(settings, severity, text, clock.nowMs());
      lines = lines.then(async () => {
        try {
          channel ??= openChannel(settings);
          await channel.send(packet);
        } catch (error) {
          divert(severity, text, error);
        }
      });
    },
    async close() {
      await lines;
      await channel?.close().catch(onDoubt);
    },
  };
}

function openChannel(settings: SyslogSettings): SyslogChannel {
  if (settings.protocol === 'unix') return openUnixChannel(settings.path);
  if (settings.protocol === 'udp') return openUdpChannel(settings);
  return openStreamChannel({ ...settings, isTls: settings.protocol === 'tls' });
}
