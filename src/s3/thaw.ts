/** Asks for archived versions to be made readable for some days (RestoreObject in the S3 API reference; trap 20). */
import { RestoreObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { abortable } from './call-options.ts';
import type { CallOptions } from './call-options.ts';
import { mapS3Errors, s3ErrorName } from './errors.ts';
import { objectInput } from './head.ts';
import type { ObjectRef } from './types.ts';

export type ThawTier = 'Expedited' | 'Standard' | 'Bulk';

export interface ThawRequest {
  tier: ThawTier;
  /** How long the thawed copy stays; left out for Intelligent-Tiering, where the object itself comes back. */
  days?: number | undefined;
}

/** One that is under way already is left to itself. */
export async function requestThaw(
  client: S3Client,
  object: ObjectRef,
  { tier, days }: ThawRequest,
  options: CallOptions = {},
): Promise<void> {
  const command = new RestoreObjectCommand({
    ...objectInput(object),
    RestoreRequest: {
      ...(days !== undefined && { Days: days }),
      GlacierJobParameters: { Tier: tier },
    },
  });
  try {
    await mapS3Errors({ client, ...object, operation: 'RestoreObject' }, options.signal, () =>
      client.send(command, abortable(options)),
    );
  } catch (error) {
    if (s3ErrorName(error) !== 'RestoreAlreadyInProgress') throw error;
  }
}
