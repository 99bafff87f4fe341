/** A raw HTTP server that says what a test tells it to, and remembers what it was asked. */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createS3Client } from '../../../../src/s3/client.ts';
import type { S3Endpoint } from '../../../../src/s3/client.ts';

export interface Asked {
  method: string;
  /** Path and query as they were on the wire. */
  url: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An answer, or what to do to the connection instead. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; body?: string | Buffer }
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface CannedServer {
  url: string;
  asked: Asked[];
  close(): Promise<void>;
}

/** `answer` is called once for each request, with its number from 0. */
export async function startCannedServer(
  answer: (asked: Asked, number: number) => Answer | Promise<Answer>,
): Promise<CannedServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const one: Asked = {
        method: request.method ?? '',
        url: request.url ?? '',
        query: new URL(request.url ?? '', 'http://host').searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      asked.push(one);
      const given = await answer(one, asked.length - 1);
      if (typeof given === 'function') return given(request, response);
      response.writeHead(given.status ?? 200, { 'content-type': 'application/xml', ...given.headers });
      response.end(given.body ?? '');
    })();
  });
  // A test that fails before it closes the server must not keep the process.
  server.unref();
  server.on('connection', (socket) => socket.unref());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const quickRetries = { maxAttempts: 4, baseDelayMs: 2, throttledBaseDelayMs: 2, maxDelayMs: 10 };

export function clientOf(server: { url: string }, more: Partial<S3Endpoint> = {}) {
  return createS3Client({
    endpoint: server.url,
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'very-secret-word' },
    retry: quickRetries,
    ...more,
  });
}

export function errorBody(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message><RequestId>R</RequestId></Error>`;
}
