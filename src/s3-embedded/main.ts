/**
 * The embedded S3 as a process of its own. Prints one line of JSON when it listens: {"endpoint","port","pid"}.
 *
 *   node src/s3-embedded/main.ts --port 0 --bucket master --synthetic flat:1000000:big --latency-ms 30
 */
import { parseArgs } from 'node:util';
import { startEmbeddedS3 } from './index.ts';
import type { FaultRule, SyntheticSpec } from './index.ts';
import { LAYOUTS } from './synthetic/layouts.ts';
import type { Layout } from './synthetic/layouts.ts';

const USAGE = `usage: node main.ts [options]
  --port N                            0: any free port (default)
  --access-key KEY  --secret-key KEY  default: test, testsecret
  --region REGION                     the only region that signatures may name
  --bucket NAME                       an empty bucket with versioning (repeatable)
  --synthetic LAYOUT:KEYS:BUCKET[:VERSIONS_PER_KEY[:DELETE_MARKER_EVERY]]   (repeatable)
                                      layouts: ${LAYOUTS.join(', ')}
  --latency-ms N                      before every answer
  --fault JSON                        a fault rule (repeatable)
  --fault-seed N                      for faults by rate
  --milliseconds                      LastModified in listings with milliseconds
  --max-copy-bytes N  --min-part-bytes N  --thaw-delay-ms N
  --no-request-log                    counts requests, keeps none
  --with-parent                       stops when its standard input is closed`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'access-key': { type: 'string' },
    'secret-key': { type: 'string' },
    region: { type: 'string' },
    bucket: { type: 'string', multiple: true, default: [] },
    synthetic: { type: 'string', multiple: true, default: [] },
    'latency-ms': { type: 'string', default: '0' },
    fault: { type: 'string', multiple: true, default: [] },
    'fault-seed': { type: 'string' },
    milliseconds: { type: 'boolean', default: false },
    'max-copy-bytes': { type: 'string' },
    'min-part-bytes': { type: 'string' },
    'thaw-delay-ms': { type: 'string' },
    'no-request-log': { type: 'boolean', default: false },
    'with-parent': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const server = await startEmbeddedS3({
  port: wholeNumber('--port', values.port),
  ...(values['access-key'] === undefined ? {} : { accessKey: values['access-key'] }),
  ...(values['secret-key'] === undefined ? {} : { secretKey: values['secret-key'] }),
  region: values.region,
  secondsOnly: !values.milliseconds,
  ...optionalNumber('maxCopyBytes', '--max-copy-bytes', values['max-copy-bytes']),
  ...optionalNumber('minPartBytes', '--min-part-bytes', values['min-part-bytes']),
  ...optionalNumber('thawDelayMs', '--thaw-delay-ms', values['thaw-delay-ms']),
  ...optionalNumber('faultSeed', '--fault-seed', values['fault-seed']),
  ...(values['no-request-log'] ? { requestLogLimit: 0 } : {}),
});
for (const name of values.bucket) server.buckets.create(name);
for (const text of values.synthetic) server.createSynthetic(parseSynthetic(text));
for (const text of values.fault) server.faults.add(JSON.parse(text) as FaultRule);
const latencyMs = wholeNumber('--latency-ms', values['latency-ms']);
if (latencyMs > 0) server.faults.add({ kind: 'latency', delayMs: latencyMs });

const stop = () => void server.close().then(() => process.exit(0));
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['with-parent']) process.stdin.resume().once('end', stop).once('close', stop);
console.log(JSON.stringify({ endpoint: server.endpoint, port: server.port, pid: process.pid }));

function parseSynthetic(text: string): SyntheticSpec {
  const [layout = '', keys = '', bucket = '', versionsPerKey = '1', deleteMarkerEvery = '0'] =
    text.split(':');
  if (!LAYOUTS.includes(layout as Layout) || bucket === '') fail(`--synthetic ${text}`);
  return {
    bucket,
    layout: layout as Layout,
    keys: wholeNumber('--synthetic', keys),
    versionsPerKey: wholeNumber('--synthetic', versionsPerKey),
    deleteMarkerEvery: wholeNumber('--synthetic', deleteMarkerEvery),
  };
}

function optionalNumber<N extends string>(name: N, flag: string, text: string | undefined) {
  return text === undefined ? {} : ({ [name]: wholeNumber(flag, text) } as Record<N, number>);
}

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (text === '' || !Number.isInteger(number) || number < 0) fail(`${flag} ${text}`);
  return number;
}

function fail(what: string): never {
  console.error(`not understood: ${what}\n\n${USAGE}`);
  process.exit(2);
}
