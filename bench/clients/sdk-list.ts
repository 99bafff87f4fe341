/**
 * The SDK's own way to list versions, for comparison: `node sdk-list.ts ENDPOINT BUCKET`. It has no paginator for this
 * operation, so the loop is as its documentation has it. Writes nothing to disk, and has to count every version.
 */
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';

const [endpoint = '', bucket = ''] = process.argv.slice(2);
const client = new S3Client({
  endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  credentials: { accessKeyId: 'test', secretAccessKey: 'testsecret' },
});
let versions = 0;
let page: ListObjectVersionsCommandOutput | undefined;
do {
  page = await client.send(
    new ListObjectVersionsCommand({
      Bucket: bucket,
      KeyMarker: page?.NextKeyMarker,
      VersionIdMarker: page?.NextVersionIdMarker,
    }),
  );
  versions += (page.Versions?.length ?? 0) + (page.DeleteMarkers?.length ?? 0);
} while (page.IsTruncated);
client.destroy();
console.log(versions);
