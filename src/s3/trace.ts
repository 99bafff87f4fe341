/** A look at every request that goes out, retries included, for the log. Neither headers nor query: they hold secrets. */
import type { S3Client } from '@aws-sdk/client-s3';

export interface TracedRequest {
  /** As S3 calls it: `CopyObject`. */
  operation: string;
  method: string;
  /** Bucket and key as the request names them. */
  path: string;
  /** 0 where there was no answer. */
  status: number;
  durationMs: number;
}

interface WireRequest {
  method?: string;
  path?: string;
}

export function traceRequests(client: S3Client, onRequest: (request: TracedRequest) => void): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { method = '', path = '' } = args.request as WireRequest;
      const operation = (context.commandName ?? '').replace(/Command$/, '');
      const startMs = performance.now();
      const report = (status: number): void =>
        onRequest({ operation, method, path, status, durationMs: Math.round(performance.now() - startMs) });
      try {
        const result = await next(args);
        report((result.response as { statusCode?: number }).statusCode ?? 0);
        return result;
      } catch (error) {
        report(0);
        throw error;
      }
    },
    { step: 'deserialize', priority: 'low', name: 'traceRequests' },
  );
}
