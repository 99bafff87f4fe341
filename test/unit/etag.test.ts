import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { etagOfParts, isMd5, looksLikeMd5, withoutQuotes } from '../../src/etag.ts';

const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

describe('etags', () => {
  it('are the MD5 of the content only where neither parts nor keys of others took part (trap 18)', () => {
    const head = (etag: string, algorithm?: string, customerKey = false) => ({
      etag,
      encryption: { customerKey, ...(algorithm !== undefined && { algorithm }) },
    });
    assert.ok(isMd5(head(md5)) && isMd5(head(md5, 'AES256')));
    assert.ok(!isMd5(head(md5, 'aws:kms')) && !isMd5(head(md5, undefined, true)) && !isMd5(head(`${md5}-1`)));
    assert.ok(looksLikeMd5(md5) && !looksLikeMd5(md5.toUpperCase()));
  });

  it('of parts are the MD5 of their MD5s, and their number (trap 18)', () => {
    const sums = ['a', 'b'].map((part) => createHash('md5').update(part).digest());
    const together = createHash('md5').update(Buffer.concat(sums)).digest('hex');
    assert.equal(etagOfParts(sums.map((sum) => `"${sum.toString('hex')}"`)), `${together}-2`);
  });

  it('come with quotes or without', () => {
    assert.deepEqual(['"a"', 'a', '"', ''].map(withoutQuotes), ['a', 'a', '"', '']);
  });
});
