/** The SDK writes a warning on the console where a request with a stream fails; that it is sent again it cannot know. */
import type { S3Client } from '@aws-sdk/client-s3';

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

type Command = { middlewareStack: Pick<S3Client['middlewareStack'], 'add'> };

/** Returns the same command, of which nothing is written. */
export function silenced<T>(command: T): T {
  (command as Command).middlewareStack.add(
    (next, context) => (args) => {
      context.logger = silent;
      return next(args);
    },
    { name: 'silence', step: 'initialize' as 'build' },
  );
  return command;
}
