import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localPacket } from '../../../src/log/syslog-packet.ts';

test('facility and severity as RFC 3164 counts them; the day padded with a space; local time', () => {
  const nowMs = new Date(2026, 0, 2, 3, 4, 5).getTime();
  const packet = (facility: string) => localPacket({ facility, tag: 'b' }, 'error', 'ü', nowMs).toString();
  const end = `Jan  2 03:04:05 b[${process.pid}]: ü`;
  assert.equal(packet('local0'), `<131>${end}`);
  assert.equal(packet('local7'), `<187>${end}`);
  assert.equal(packet('user'), `<11>${end}`);
  assert.equal(packet('daemon'), `<27>${end}`);
});
