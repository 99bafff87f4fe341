import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { scanVersionPage, urlDecode } from '../../../src/s3/list-versions-xml.ts';
import { VersionTable } from '../../../src/s3/version-table.ts';
import { XmlError } from '../../../src/s3/xml-error.ts';
import { listingDocument, type ListedPage } from './support/listing-documents.ts';
import { referenceScan } from './support/reference-scanner.ts';

/** The next page in the place of the one before, as a listing reads them. */
const table = new VersionTable();
const scanBytes = (body: Buffer): ListedPage => {
  table.page.clear();
  table.page.append(body);
  const page = scanVersionPage(table);
  return { versions: table.versions(), ...page };
};
const scan = (xml: string): ListedPage => scanBytes(Buffer.from(xml));
const root = (content: string): string =>
  `<ListVersionsResult><IsTruncated>false</IsTruncated>${content}</ListVersionsResult>`;
const item = (changes: Partial<Record<string, string>> = {}): string => {
  const elements = {
    Key: 'k',
    VersionId: 'v',
    IsLatest: 'true',
    LastModified: '2026-11-21T04:00:00.000Z',
    ETag: '&quot;e&quot;',
    Size: '5',
    ...changes,
  };
  const inner = Object.entries(elements).map(([name, text]) =>
    text === undefined ? '' : `<${name}>${text}</${name}>`,
  );
  return `<Version>${inner.join('')}</Version>`;
};
const only = (xml: string) => scan(root(xml)).versions[0];

describe('scanVersionPage', () => {
  it('reads what AWS writes', () => {
    const page = scan(`<?xml version="1.0" encoding="UTF-8"?>
<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker><NextKeyMarker>a+b%2B</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker><MaxKeys>2</MaxKeys><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><DeleteMarker><Key>a+b%2B</Key><VersionId>v1</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-21T04:00:00.000Z</LastModified><Owner><ID>75aa</ID></Owner></DeleteMarker><Version><Key>a+b%2B</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest><LastModified>2026-11-20T04:00:00.000Z</LastModified><ETag>&quot;396fefef536d5ce46c7537ecf978a360&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>217</Size><Owner><ID>75aa</ID></Owner><StorageClass>GLACIER</StorageClass></Version></ListVersionsResult>`);
    assert.deepEqual(page, {
      versions: [
        {
          key: 'a b+',
          versionId: 'v1',
          isLatest: true,
          isDeleteMarker: true,
          lastModifiedMs: Date.UTC(2026, 10, 21, 4),
          etag: '',
          sizeBytes: 0,
          storageClass: '',
        },
        {
          key: 'a b+',
          versionId: 'v2',
          isLatest: false,
          isDeleteMarker: false,
          lastModifiedMs: Date.UTC(2026, 10, 20, 4),
          etag: '396fefef536d5ce46c7537ecf978a360',
          sizeBytes: 217,
          storageClass: 'GLACIER',
        },
      ],
      commonPrefixes: [],
      isTruncated: true,
      nextKeyMarkerText: 'a+b%2B',
      nextVersionIdMarker: 'v2',
      isUrlEncoded: true,
    });
  });

  it('reads the spaces of AWS and of radosgw, and leaves keys alone that are not encoded (trap 24)', () => {
    const encoded = (key: string) => only(`<EncodingType>url</EncodingType>${item({ Key: key })}`)?.key;
    assert.equal(encoded('a+b%2B%0D%01'), 'a b+\r\x01');
    assert.equal(encoded('a%20b%2B'), 'a b+');
    assert.equal(only(item({ Key: 'a+b%2B' }))?.key, 'a+b%2B');
    assert.equal(
      scan(root(item({ Key: 'a+b' }) + '<EncodingType>url</EncodingType>')).versions[0]?.key,
      'a b',
    );
  });

  it('keeps versions and delete markers in their order (trap 7)', () => {
    const marker = item()
      .replaceAll('Version>', 'DeleteMarker>')
      .replace(/<Size>.*?<\/Size>/, '');
    const kinds = scan(root(item() + marker + item() + item() + marker)).versions.map(
      (v) => v.isDeleteMarker,
    );
    assert.deepEqual(kinds, [false, true, false, false, true]);
  });

  it('takes an etag in any quotes, and does without it, without storage class and owner', () => {
    for (const etag of ['&quot;e&quot;', '"e"', 'e', '&#34;e&#x22;', '<![CDATA["e"]]>']) {
      assert.equal(only(item({ ETag: etag }))?.etag, 'e', etag);
    }
    const bare = only(item({ ETag: undefined }));
    assert.equal(bare?.etag, '');
    assert.equal(bare?.storageClass, 'STANDARD');
  });

  it('reads references to control characters, as servers write them for keys', () => {
    assert.equal(only(item({ Key: 'a&#x1;&#13;b' }))?.key, 'a\x01\rb');
  });

  const refused: Record<string, string> = {
    'no end of the root': root(item()).replace('</ListVersionsResult>', ''),
    'no IsTruncated': `<ListVersionsResult>${item()}</ListVersionsResult>`,
    'another root': '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>',
    'no document': '',
    'two documents': root('') + root(''),
    'a document type': `<!DOCTYPE x [<!ENTITY e "k">]>${root('')}`,
    'an unknown entity': root(item({ Key: '&e;' })),
    'a bare ampersand': root(item({ Key: 'a & b' })),
    'a bare carriage return in a key': root(item({ Key: 'a\rb' })),
    'a control character in a key': root(item({ Key: 'a\x01b' })),
    'an end of a CDATA section that did not begin': root(item({ Key: 'a]]>b' })),
    'no key': root(item({ Key: undefined })),
    'an empty key': root(item({ Key: '' })),
    'no version id': root(item({ VersionId: undefined })),
    'an empty version id': root(item({ VersionId: '' })),
    'no IsLatest': root(item({ IsLatest: undefined })),
    'an IsLatest of its own': root(item({ IsLatest: 'maybe' })),
    'no time': root(item({ LastModified: undefined })),
    'a time that does not exist': root(item({ LastModified: '2026-02-29T00:00:00Z' })),
    'no size': root(item({ Size: undefined })),
    'a size below zero': root(item({ Size: '-1' })),
    'a size that a double does not hold': root(item({ Size: '9007199254740993' })),
    'a size in hexadecimal': root(item({ Size: '0x10' })),
    'an element in a key': root(item({ Key: '<b/>k' })),
    'two keys': root(item().replace('<Key>', '<Key>x</Key><Key>')),
    'a malformed percent sign': root(`<EncodingType>url</EncodingType>${item({ Key: '%zz' })}`),
    'text between elements': root(`x${item()}`),
    'crossed end tags': root('<a><b></a></b>'),
    'another encoding': `<?xml version="1.0" encoding="ISO-8859-1"?>${root('')}`,
  };
  for (const [what, xml] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => scan(xml), XmlError);
      // Also where the item before was well-formed, so that the quick way is tried first.
      assert.throws(() => scan(xml.replace('<Version>', `${item()}${item()}<Version>`)), XmlError);
    });
  }

  it('refuses bytes that are not UTF-8', () => {
    assert.throws(() => scanBytes(Buffer.from(root(item({ Key: 'k\xff' })), 'latin1')), XmlError);
  });

  it('refuses every document that is cut off', () => {
    const body = Buffer.from(root(item() + item({ Key: 'ä' }) + item()));
    for (let end = 0; end < body.length; end++)
      assert.throws(() => scanBytes(body.subarray(0, end)), XmlError);
    assert.equal(scanBytes(body).versions.length, 3);
  });

  it('reads documents of all dialects as they are meant, and like a standard parser', () => {
    fc.assert(
      fc.property(listingDocument, ({ xml, page }) => {
        const body = Buffer.from(xml);
        assert.deepEqual(scanBytes(body), page);
        assert.deepEqual(referenceScan(body), page);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads no damaged document otherwise than a standard parser does', () => {
    let accepted = 0;
    fc.assert(
      fc.property(listingDocument, fc.array(damage, { minLength: 1, maxLength: 2 }), ({ xml }, damages) => {
        const body = damages.reduce(inflict, Buffer.from(xml));
        let page: ListedPage;
        try {
          page = scanBytes(body);
        } catch (error) {
          assert.ok(error instanceof XmlError, String(error));
          return;
        }
        accepted++;
        assert.deepEqual(page, referenceScan(forgiving(body)));
      }),
      { numRuns: 4000 },
    );
    assert.ok(accepted > 100, `only ${accepted} of the damaged documents were readable at all`);
  });
});

describe('urlDecode', () => {
  it('is undefined for what is not encoded', () => {
    assert.equal(urlDecode('a+%C3%A4%2B'), 'a ä+');
    assert.equal(urlDecode('%'), undefined);
    assert.equal(urlDecode('%ff'), undefined);
  });
});

/** The one leniency: control characters in what is skipped (in a value they are refused). */
function forgiving(body: Buffer): Buffer {
  return Buffer.from(body.toString().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '_'));
}

interface Damage {
  kind: 'cut' | 'flip' | 'insert' | 'remove' | 'double';
  at: number;
  length: number;
  byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('cut', 'flip', 'flip', 'insert', 'insert', 'remove', 'double'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 80 })),
  // Most bytes that mean something, and some that do not.
  byte: fc.oneof(
    fc.constantFrom(...Buffer.from('0123456789abcdefAZ')),
    fc.constantFrom(...Buffer.from('<>&;"\'/=-!?[] \r\n\t:.+%01az')),
    fc.integer({ min: 0, max: 255 }),
  ),
});

function inflict(body: Buffer, { kind, at, length, byte }: Damage): Buffer {
  const index = Math.floor(at * body.length);
  const [before, behind] = [body.subarray(0, index), body.subarray(index)];
  switch (kind) {
    case 'cut':
      return Buffer.from(before);
    case 'flip':
      return Buffer.concat([before, Buffer.of(byte), behind.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.of(byte), behind]);
    case 'remove':
      return Buffer.concat([before, behind.subarray(length)]);
    case 'double':
      return Buffer.concat([before, behind.subarray(0, length), behind]);
  }
}
