/** Packets over UDP (RFC 3164): whether they arrive, nobody knows. */
import dgram from 'node:dgram';
import type { SyslogChannel } from './syslog-settings.ts';

export function openUdpChannel({ host, port }: { host: string; port: number }): SyslogChannel {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  // What fails is told to `send`; a host that answers that nobody listens must not end the run.
  socket.on('error', () => undefined);
  return {
    send: (packet) =>
      new Promise((resolve, reject) => {
        socket.send(packet, port, host, (error) => (error === null ? resolve() : reject(error)));
      }),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
