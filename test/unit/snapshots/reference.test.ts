import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BackupError } from '../../../src/errors.ts';
import { findSnapshot } from '../../../src/snapshots/reference.ts';
import { toRow } from '../../../src/snapshots/repository.ts';
import { manifestOf } from '../../support/manifests.ts';

const rows = ['20261119T040000Z', '20261120T040000Z', '20261121T040000Z', '20261121T040000Z-2'].map((name) =>
  toRow(manifestOf(name)),
);

function find(reference: string): string {
  return findSnapshot(rows, reference, (text) => Date.parse(text)).name;
}

function isError(code: string, hint: RegExp) {
  return (error: unknown): boolean =>
    error instanceof BackupError && error.code === code && hint.test(error.hint ?? '');
}

test('finds by name, by a unique beginning, as latest, and by time', () => {
  assert.equal(find('20261120T040000Z'), '20261120T040000Z');
  assert.equal(find('20261119'), '20261119T040000Z');
  assert.equal(find('latest'), '20261121T040000Z-2');
  assert.equal(find('@2026-11-20T23:59:59Z'), '20261120T040000Z');
  assert.equal(find('@2026-11-19T04:00:00Z'), '20261119T040000Z');
});

test('a whole name is never ambiguous, although another one begins with it', () => {
  assert.equal(find('20261121T040000Z'), '20261121T040000Z');
});

test('says which snapshots an ambiguous beginning could mean', () => {
  assert.throws(() => find('202611'), isError('SNAPSHOT_AMBIGUOUS', /20261119T040000Z, 20261120T040000Z/));
});

test('says what there is where there is no such snapshot', () => {
  assert.throws(
    () => find('2025'),
    isError('SNAPSHOT_UNKNOWN', /from 20261119T040000Z to 20261121T040000Z-2/),
  );
  assert.throws(() => find(''), isError('SNAPSHOT_UNKNOWN', /list-snapshots/));
  assert.throws(() => find('@2020-01-01T00:00:00Z'), isError('SNAPSHOT_UNKNOWN', /list-snapshots/));
  assert.throws(
    () => findSnapshot([], 'latest', () => 0),
    isError('SNAPSHOT_UNKNOWN', /Take one with "backup-my-bucket snapshot"/),
  );
});
