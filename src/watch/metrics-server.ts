/** Serves the figures to a Prometheus on this machine. It listens on the loopback address alone: there is no password. */
import { createServer, type Server } from 'node:http';
import { BackupError, systemErrorCode } from '../errors.ts';

const host = '127.0.0.1';
const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * @param port 0: any that is free
 * @throws BackupError FAILED where the port is not to be had
 */
export async function serveMetrics(port: number, text: () => string): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(path === '/metrics' ? 405 : 404).end();
      return;
    }
    response.writeHead(200, { 'content-type': contentType }).end(text());
  });
  await listening(server, port);
  // It lives as long as the watch, and does not keep it alive.
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new BackupError(
          'FAILED',
          `Port ${port} of ${host} is not to be had (${systemErrorCode(error) ?? error.message}).`,
          {
            hint: 'Give another one with --metrics-port, or leave it out.',
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, () => resolve());
  });
}
