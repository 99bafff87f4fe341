import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { RestoreJournal, type CopyFact } from '../../../src/restore/journal.ts';
import { silentLog } from '../../support/silent-log.ts';
import { tempDir } from '../../support/temp-dir.ts';

const fact = (key: string, changes: Partial<CopyFact> = {}): CopyFact => ({
  key,
  source: 'v1',
  made: 'd1',
  isProvable: true,
  ...changes,
});

test('facts outlive the run that noted them, and the same intent resumes', async (t) => {
  const folder = tempDir(t);
  const first = RestoreJournal.open(folder, 'bucket a', silentLog);
  assert.deepEqual(first.begin('all'), { undoPoint: undefined });
  first.noteUndoPoint('before');
  await Promise.all(['x', 'y', 'nul\0l'].map((key) => first.noteCopy(fact(key))));
  // Not closed: as after a kill.
  const second = RestoreJournal.open(folder, 'bucket a', silentLog);
  assert.deepEqual(second.begin('all'), { resumed: { copied: 3 }, undoPoint: 'before' });
  assert.deepEqual(second.factOf('nul\0l'), { source: 'v1', made: 'd1' });
  assert.equal(second.factOf('nul'), undefined);
  second.close();
  first.close();
});

test('another intent begins anew but knows the facts; another destination knows nothing', async (t) => {
  const folder = tempDir(t);
  const first = RestoreJournal.open(folder, 'bucket a', silentLog);
  first.begin('all');
  await first.noteCopy(fact('x'));
  first.close();
  const second = RestoreJournal.open(folder, 'bucket a', silentLog);
  assert.equal(second.begin('a part').resumed, undefined);
  assert.ok(second.factOf('x'));
  second.close();
  const other = RestoreJournal.open(folder, 'bucket b', silentLog);
  assert.equal(other.factOf('x'), undefined);
  other.close();
  assert.equal(RestoreJournal.openExisting(folder, 'bucket c', silentLog), undefined);
});

test('a finished run keeps what a plan would not find by itself, and else leaves nothing', async (t) => {
  const folder = tempDir(t);
  const first = RestoreJournal.open(folder, 'a', silentLog);
  first.begin('all');
  await Promise.all([first.noteCopy(fact('x')), first.noteCopy(fact('parts', { isProvable: false }))]);
  first.finish();
  const second = RestoreJournal.open(folder, 'a', silentLog);
  assert.equal(second.begin('all').resumed, undefined);
  assert.equal(second.factOf('x'), undefined);
  assert.ok(second.factOf('parts'));
  second.close();
  const clean = RestoreJournal.open(folder, 'b', silentLog);
  clean.begin('all');
  clean.finish();
  assert.equal(readdirSync(join(folder, 'restores')).length, 1);
});

test('uploads are known until they are forgotten', (t) => {
  const folder = tempDir(t);
  const journal = RestoreJournal.open(folder, 'a', silentLog);
  journal.noteUpload({ id: 'u1', key: 'k' });
  journal.noteUpload({ id: 'u2', key: 'k' });
  journal.forgetUpload('u1');
  journal.close();
  const again = RestoreJournal.open(folder, 'a', silentLog);
  assert.deepEqual(again.uploads(), [{ id: 'u2', key: 'k' }]);
  again.close();
});

test('a damaged journal is begun anew', (t) => {
  const folder = tempDir(t);
  const journal = RestoreJournal.open(folder, 'a', silentLog);
  journal.close();
  writeFileSync(journal.path, 'no database, but long enough to be looked at'.repeat(100));
  const again = RestoreJournal.open(folder, 'a', silentLog);
  assert.equal(again.begin('all').resumed, undefined);
  again.close();
});
