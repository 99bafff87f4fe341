/** One request that is sent once, and its answer. For requests whose answers are short. */
import http from 'node:http';
import https from 'node:https';

export interface QuickAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Undefined for anything but a whole answer: what it was, the SDK finds out by doing it again. */
export function requestOnce(
  protocol: string,
  options: https.RequestOptions,
  body?: Buffer,
): Promise<QuickAnswer | undefined> {
  const by = protocol === 'https:' ? https : http;
  return new Promise((resolve) => {
    const sent = by.request(options, (response) => {
      let text = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve(
          response.complete
            ? { status: response.statusCode ?? 0, headers: response.headers, body: text }
            : undefined,
        ),
      );
      response.on('error', () => resolve(undefined));
      response.on('close', () => resolve(undefined));
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}
