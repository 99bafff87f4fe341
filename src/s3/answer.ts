/** Looks at an HTTP answer before the SDK reads it: status and headers that its outputs and errors leave out. */
import type { S3Client } from '@aws-sdk/client-s3';

export interface RawAnswer {
  statusCode: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** A stream until somebody has read it. May be replaced, so that the SDK reads something else. */
  body: unknown;
}

type Command = { middlewareStack: Pick<S3Client['middlewareStack'], 'add'> };

/**
 * Calls `onRequest` before each request that is sent for `command`, retries included, and `look` with every answer. It runs inside the SDK's deserialiser, retries
 * and signing: what it throws is treated like an error of the network.
 */
export function lookAtAnswers(
  command: unknown,
  look: (answer: RawAnswer) => Promise<void> | void,
  onRequest?: () => void,
): void {
  (command as Command).middlewareStack.add(
    (next) => async (args) => {
      onRequest?.();
      const result = await next(args);
      await look((result as { response: unknown }).response as RawAnswer);
      return result;
    },
    // The deserialize step is the innermost, and low comes last in it: nothing has read the body yet.
    { name: 'lookAtAnswers', step: 'deserialize' as 'build', priority: 'low' },
  );
}

/** Sends one more header with `command`, signed like the others. `name` in lower case. */
export function setRequestHeader(command: unknown, name: string, value: string): void {
  (command as Command).middlewareStack.add(
    (next) => (args) => {
      const { headers } = (args as { request: { headers: Record<string, string> } }).request;
      headers[name] = value;
      return next(args);
    },
    { name: `header-${name}`, step: 'build' },
  );
}
