/** What an operation answers. */
import type { Content } from '../model/content.ts';
import { S3Error } from '../s3-error.ts';
import { XML_HEAD, element } from '../xml.ts';

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** A text is XML unless the headers say otherwise. */
  body?: string | Content;
}

export function xmlAnswer(body: string, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}

export function emptyAnswer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers };
}

export function errorDocument(
  code: string,
  message: string,
  resource: string,
  requestId: string,
  elements: Record<string, string> = {},
): string {
  const details = Object.entries(elements).map(([name, text]) => element(name, text));
  return (
    `${XML_HEAD}<Error>${element('Code', code)}${element('Message', message)}${details.join('')}` +
    `${element('Resource', resource)}${element('RequestId', requestId)}${element('HostId', 'embedded')}</Error>`
  );
}

/** Everything that is not an S3Error is a fault of this server and answers 500 with its text. */
export function errorAnswer(error: unknown, resource: string, requestId: string): Answer {
  const known = error instanceof S3Error ? error : undefined;
  const code = known?.code ?? 'InternalError';
  const message = error instanceof Error ? error.message : String(error);
  return {
    status: known?.status ?? 500,
    headers: { 'content-type': 'application/xml', ...known?.details.headers },
    body: errorDocument(code, message, resource, requestId, known?.details.elements),
  };
}
