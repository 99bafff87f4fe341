import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Lines } from '../../../src/cli/lines.ts';
import { writeToReader } from '../../../src/cli/write-to-reader.ts';

test('waits while the reader is behind', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  let isDone = false;
  const written = writeToReader(stream, 'more than four').then((hasReader) => ((isDone = true), hasReader));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(isDone, false);
  stream.resume();
  assert.equal(await written, true);
  assert.deepEqual(stream.eventNames().includes('drain'), false);
});

test('ends when the reader goes away', async () => {
  const stream = new PassThrough({ highWaterMark: 4 });
  const written = writeToReader(stream, 'more than four');
  stream.destroy();
  assert.equal(await written, false);
  assert.equal(await writeToReader(stream, 'x'), false);
});

test('lines go out in pieces, and whole', async () => {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const lines = new Lines({ write: (piece) => writeToReader(stream, piece) });
  for (let i = 0; i < 20_000; i++) assert.equal(await lines.add(`line ${i}`), true);
  await lines.end();
  stream.end();
  await once(stream, 'end');
  assert.equal(text, Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(''));
});
