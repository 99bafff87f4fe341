import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readItemRun } from '../../../src/s3/item-run.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';

const version = (n: number, etag: string, more = ''): string =>
  `<Version><Key>k${n}</Key><VersionId>v</VersionId><IsLatest>true</IsLatest>` +
  `<LastModified>2026-11-21T04:00:00.000Z</LastModified><ETag>${etag}</ETag><Size>${n}</Size>${more}` +
  `<StorageClass>STANDARD</StorageClass></Version>`;
const marker = (n: number): string =>
  `<DeleteMarker><Key>k${n}</Key><VersionId>v</VersionId><IsLatest>true</IsLatest>` +
  `<LastModified>2026-11-21T04:00:00.000Z</LastModified></DeleteMarker>`;

/** How many of the items are read by their layouts, and what is left of the document. */
function run(items: string[]): { rows: number; rest: string } {
  const body = Buffer.from(`<L>${items.join('\n ')}</L>`);
  const table = new VersionTable();
  table.page.append(body);
  const taken = readItemRun(body, table) ?? { start: 0, end: 0 };
  return {
    rows: table.rows,
    rest: body.toString('latin1', 0, taken.start) + body.toString('latin1', taken.end),
  };
}

const numbers = Array.from({ length: 40 }, (_, n) => n);

test('reads all items of the dialects of AWS, radosgw and MinIO by their layouts', () => {
  for (const etag of ['&quot;0f-2&quot;', '&#34;0f-2&#34;', '"0f-2"', '0f-2', '']) {
    const items = numbers.map((n) => version(n, etag));
    assert.deepEqual(run(items), { rows: 40, rest: '<L></L>' }, etag);
  }
});

test('knows several layouts at once', () => {
  const items = numbers.map((n) =>
    n % 3 === 0 ? marker(n) : version(n, 'e', `<Owner><ID>${n % 5}</ID></Owner>`),
  );
  assert.deepEqual(run(items), { rows: 40, rest: '<L></L>' });
});

test('leaves what does not fit a layout, and all behind it, to the reader of elements', () => {
  const odd = version(3, 'e').replace('k3', 'k&amp;3');
  assert.deepEqual(run([version(1, 'e'), version(2, 'e'), odd, version(4, 'e')]), {
    rows: 2,
    rest: `<L>\n ${odd}\n ${version(4, 'e')}</L>`,
  });
});

test('gives up where every item has a layout of its own, or one that is too long', () => {
  const own = numbers.map((n) => version(n, 'e', `<Owner><ID>owner-${n}</ID></Owner>`));
  assert.equal(run(own).rows, 8);
  assert.equal(run([version(1, 'e', `<Owner><ID>${'x'.repeat(5000)}</ID></Owner>`)]).rows, 0);
});

test('reads nothing beyond the page', () => {
  const whole = version(1, '&quot;e&quot;');
  for (let end = 1; end < whole.length; end++) {
    const body = Buffer.from(whole.slice(0, end));
    const table = new VersionTable();
    table.page.append(Buffer.from(whole));
    table.page.clear();
    table.page.append(body);
    assert.equal(readItemRun(body, table), undefined);
  }
});
