import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { Catalogue, type SnapshotRow } from '../../../src/catalogue/catalogue.ts';
import { migrations } from '../../../src/catalogue/migrations.ts';
import { BackupError } from '../../../src/errors.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';

const clock = new ManualClock();

function row(name: string, changes: Partial<SnapshotRow> = {}): SnapshotRow {
  return {
    name,
    setName: 'default',
    bucket: 'slave',
    prefix: '',
    asOf: '2026-11-21T04:00:00.000Z',
    createdAt: '2026-11-21T04:00:01.000Z',
    keys: 3,
    bytes: 2 ** 45,
    state: 'complete',
    held: false,
    tags: { 'a "b"': "c'd" },
    note: 'note; DROP TABLE snapshots',
    flags: ['shrunk'],
    exclusiveBytes: undefined,
    exclusiveBetween: undefined,
    ...changes,
  };
}

test('gives back what was put in, the oldest as-of time first', (t) => {
  const catalogue = Catalogue.open(tempDir(t), { clock });
  const newer = row('b', { asOf: '2026-11-21T05:00:00.000Z', held: true, state: 'deleting' });
  const older = row('c', { exclusiveBytes: 7, exclusiveBetween: 'x y' });
  catalogue.put(newer);
  catalogue.put(older);
  assert.deepEqual(catalogue.list(), [older, newer]);
  catalogue.put({ ...older, note: 'changed' });
  catalogue.setExclusive('b', 5, 'c');
  catalogue.remove('c');
  assert.deepEqual(catalogue.list(), [{ ...newer, exclusiveBytes: 5, exclusiveBetween: 'c' }]);
  catalogue.close();
});

test('keeps its rows when it is opened again', (t) => {
  const folder = tempDir(t);
  const first = Catalogue.open(folder, { clock });
  first.put(row('a'));
  first.close();
  const second = Catalogue.open(folder, { clock });
  assert.deepEqual(second.list(), [row('a')]);
  second.close();
});

function isError(code: string, part: RegExp) {
  return (error: unknown): boolean =>
    error instanceof BackupError &&
    error.code === code &&
    part.test(error.message) &&
    error.hint !== undefined;
}

test('a file that is no catalogue is named, with what to do', (t) => {
  const folder = tempDir(t);
  writeFileSync(
    join(folder, 'catalogue.sqlite'),
    'this is no SQLite file, and long enough to be looked at as one',
  );
  assert.throws(
    () => Catalogue.open(folder, { clock }),
    isError('CATALOGUE_DAMAGED', /catalogue\.sqlite is damaged/),
  );
});

test('a catalogue of a newer version is left alone', (t) => {
  const folder = tempDir(t);
  Catalogue.open(folder, { clock }).close();
  const raw = new Database(join(folder, 'catalogue.sqlite'));
  raw.pragma(`user_version = ${migrations.length + 1}`);
  raw.close();
  assert.throws(() => Catalogue.open(folder, { clock }), isError('CATALOGUE_DAMAGED', /newer version/));
});

test('a folder in which nothing can be made is named', (t) => {
  const folder = join(tempDir(t), 'sub');
  assert.throws(() => Catalogue.open(folder, { clock }), isError('SNAPSHOTS_DIR', /cannot be made/));
  mkdirSync(folder);
  chmodSync(folder, 0o500);
  if (process.getuid?.() === 0) return;
  assert.throws(() => Catalogue.open(folder, { clock }), isError('SNAPSHOTS_DIR', /cannot be made/));
});
