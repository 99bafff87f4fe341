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
 * Calls `look` with every answer to `command`, those that the SDK retries included. It runs inside the SDK's deserialiser, retries
 * and signing: what it throws is treated like an error of the network.
 */
export function lookAtAnswers(command: unknown, look: (answer: RawAnswer) => Promise<void> | void): void {
  (command as Command).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await look((result as { response: unknown }).response as RawAnswer);
      return result;
    },
    // The deserialize step is the innermost, and low comes last in it: nothing has read the body yet.
    { name: 'lookAtAnswers', step: 'deserialize' as 'build', priority: 'low' },
  );
}
