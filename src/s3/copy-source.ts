import type { ObjectRef } from './types.ts';

/** `x-amz-copy-source`: percent-encoded, the slashes kept (trap 24). */
export function copySource({ bucket, key, versionId }: ObjectRef): string {
  const path = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return versionId === undefined ? path : `${path}?versionId=${encodeURIComponent(versionId)}`;
}
