/**
 * Connections that are kept, and that all read into one buffer. Node's own give each piece that arrives a buffer of its own, which the
 * HTTP parser then copies into a second one: for a page of a listing that costs more than all the rest of receiving it.
 * One buffer is enough for all connections, because a piece is parsed, and its body copied, before the next one is read.
 */
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** As much as arrives at once, usually. */
const READ_BYTES = 256 * 1024;

export interface AgentLimits {
  /** Idle connections that are kept. */
  maxFreeSockets: number;
}

export function createAgents({ maxFreeSockets }: AgentLimits): {
  httpAgent: http.Agent;
  httpsAgent: https.Agent;
} {
  // Requests that wait in an agent's queue run into its time limits, so it has none: the callers bound what is in flight.
  const options = { keepAlive: true, maxSockets: Infinity, maxFreeSockets };
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
}

class HttpAgent extends http.Agent {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);

  override createConnection(...[options, callback]: ConnectionArguments): Connection {
    return readingInto(this.#buffer, options, (changed) => super.createConnection(changed, callback));
  }
}

class HttpsAgent extends https.Agent {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);

  override createConnection(...[options, callback]: ConnectionArguments): Connection {
    return readingInto(this.#buffer, options, (changed) => super.createConnection(changed, callback));
  }
}

type ConnectionArguments = Parameters<http.Agent['createConnection']>;
type Connection = ReturnType<http.Agent['createConnection']>;

/** `onread` is an option of `net.connect` and `tls.connect`; a connection with it emits no data by itself. */
function readingInto<T extends object>(
  buffer: Buffer,
  options: T,
  connect: (options: T) => Connection,
): Connection {
  const emitData = (bytesRead: number): boolean => {
    (connection as Duplex).emit('data', buffer.subarray(0, bytesRead));
    return true;
  };
  const connection = connect({ ...options, onread: { buffer, callback: emitData } });
  return connection;
}
