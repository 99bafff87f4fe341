/** A server that takes what is posted to it, as webhooks and CloudWatch do. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Posted {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface PostServer {
  url: string;
  posted: Posted[];
  /** Statuses of the next answers; 200 once they are used up. `silent`: no answer. */
  answers: (number | 'silent')[];
}

export async function startPostServer(t: Pick<TestContext, 'after'>): Promise<PostServer> {
  const posted: Posted[] = [];
  const answers: (number | 'silent')[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces) });
      const status = answers.shift() ?? 200;
      if (status !== 'silent') response.writeHead(status, { location: '/elsewhere' }).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, posted, answers };
}
