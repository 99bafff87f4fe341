/** A multipart upload in progress. */
import type { Content } from './content.ts';
import type { NewVersion } from './memory-bucket.ts';

export interface UploadedPart {
  partNumber: number;
  etag: string;
  content: Content;
  lastModifiedMs: number;
}

export interface MultipartUpload {
  uploadId: string;
  bucket: string;
  key: string;
  /** Becomes the version's `LastModified` and its place in the order of versions (trap 1). */
  initiatedMs: number;
  order: number;
  attributes: Partial<NewVersion>;
  parts: Map<number, UploadedPart>;
}
