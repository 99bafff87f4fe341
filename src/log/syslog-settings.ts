/** Where lines of syslog go, and by what way. */

/** Structurally the configuration's. */
export type SyslogSettings = SyslogLabels & (LocalTarget | RemoteTarget);

export interface SyslogLabels {
  facility: string;
  tag: string;
}

/** A unix datagram socket such as `/dev/log`. */
interface LocalTarget {
  protocol: 'unix';
  path: string;
}

interface RemoteTarget {
  protocol: 'udp' | 'tcp' | 'tls';
  host: string;
  port: number;
  /** With `tls`: the authorities that the host's certificate must come from, PEM; absent: those of Node.js. */
  caFile?: string;
}

/** A way for packets to the daemon. */
export interface SyslogChannel {
  /** Resolves when the packet has left. Rejects where it has not, and then may be called again. */
  send(packet: Buffer): Promise<void>;
  /** Resolves when everything sent has arrived, as far as the protocol lets that be known. Rejects where it may not have. */
  close(): Promise<void>;
}
