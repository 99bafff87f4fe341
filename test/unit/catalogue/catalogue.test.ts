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

for (let version = 0; version < migrations.length; version++) {
  test(`a catalogue of version ${version} is brought up to date, and nothing in it is lost`, (t) => {
    const folder = tempDir(t);
    const raw = new Database(join(folder, 'catalogue.sqlite'));
    for (const step of migrations.slice(0, version)) raw.exec(step);
    raw.pragma(`user_version = ${version}`);
    // The columns that version 1 has; an older one had no tables.
    const isFilled = version >= 1;
    if (isFilled) {
      raw.exec(
        `INSERT INTO snapshots (name, set_name, bucket, prefix, as_of, created_at, keys, bytes, state, held, tags, note, flags)
         VALUES ('a', 'default', 'slave', '', '2026-11-21T04:00:00.000Z', '2026-11-21T04:00:01.000Z', 3, 4, 'deleting', 1, '{"k":"v"}', 'n', '["shrunk"]')`,
      );
    }
    raw.close();
    const catalogue = Catalogue.open(folder, { clock });
    const expected = row('a', { bytes: 4, state: 'deleting', held: true, tags: { k: 'v' }, note: 'n' });
    assert.deepEqual(catalogue.list(), isFilled ? [expected] : []);
    catalogue.close();
    const reopened = new Database(join(folder, 'catalogue.sqlite'));
    assert.equal(reopened.pragma('user_version', { simple: true }), migrations.length);
    reopened.close();
  });
}
