import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig, secretsOf } from '../../../src/config/index.ts';
import type { Config } from '../../../src/config/index.ts';
import { BackupError } from '../../../src/errors.ts';
import { oldFile, oldSet, secret, temporaryConfig, temporaryFolder } from './temporary.ts';

async function failure(path: string): Promise<BackupError> {
  const error: unknown = await loadConfig(path).then(
    () => assert.fail('the file was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BackupError, String(error));
  for (const text of [error.message, error.hint ?? '', String(error.cause)])
    assert.ok(!text.includes(secret));
  return error;
}

function loadSet(t: TestContext, fields: object): Promise<Config> {
  return loadConfig(temporaryConfig(t, { BackupSet: { ...oldSet, ...fields } }));
}

/** The lines of the message of a file whose set has these fields besides or instead. */
async function problems(t: TestContext, fields: object, top: object = {}): Promise<string> {
  const error = await failure(
    temporaryConfig(t, { ...oldFile, BackupSet: { ...oldSet, ...fields }, ...top }),
  );
  assert.equal(error.code, 'CONFIG_INVALID');
  return error.message;
}

test('a file of the old program works unchanged', async (t) => {
  const path = temporaryConfig(t, oldFile);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: secret };
  assert.deepEqual(await loadConfig(path), {
    path,
    logLevel: 'info',
    awsLogLevel: 'quiet',
    syslog: undefined,
    concurrency: 64,
    sets: [
      {
        name: 'default',
        snapshotsDir: '/var/lib/backup-my-bucket',
        compressSnapshots: true,
        minimumRedundancy: 3,
        retentionPolicy: { keepWithinDays: 7 },
        master: { bucket: 'photos', region: 'eu-west-1', forcePathStyle: false, credentials },
        slave: { bucket: 'photos-history', region: 'eu-central-1', forcePathStyle: false, credentials },
      },
    ],
    sites: [],
    stateDir: '/var/lib/backup-my-bucket',
  });
});

test('the example file is valid', async () => {
  const path = new URL('../../../backup-my-bucket.conf.example', import.meta.url).pathname;
  const { sets } = await loadConfig(path);
  assert.equal(sets[0]?.slave.bucket, 'my-bucket-history');
  assert.equal(sets[0].slave.credentials, undefined);
  assert.equal(sets[0].slave.endpoint, undefined);
});

test('levels: 0 is quiet, 1 info, 2 debug', async (t) => {
  const levels = [0, 1, 2].map((LogLevel) => loadConfig(temporaryConfig(t, { ...oldFile, LogLevel })));
  assert.deepEqual(
    (await Promise.all(levels)).map((config) => config.logLevel),
    ['quiet', 'info', 'debug'],
  );
  const aws = await loadConfig(temporaryConfig(t, { ...oldFile, AwsLogLevel: 1 }));
  assert.equal(aws.awsLogLevel, 'debug');
});

test('Syslog: true is local0 with the program as tag on /dev/log', async (t) => {
  const load = async (Syslog: unknown) =>
    (await loadConfig(temporaryConfig(t, { ...oldFile, Syslog }))).syslog;
  const local = { facility: 'local0', tag: 'backup-my-bucket', protocol: 'unix', path: '/dev/log' };
  assert.deepEqual(await load(true), local);
  assert.deepEqual(await load({}), local);
  assert.deepEqual(await load({ Facility: 'local3', Tag: 'b', Protocol: 'unix', Path: '/run/log' }), {
    facility: 'local3',
    tag: 'b',
    protocol: 'unix',
    path: '/run/log',
  });
  const remote = { facility: 'local0', tag: 'backup-my-bucket', protocol: 'udp', host: 'logs', port: 514 };
  assert.deepEqual(await load({ Host: 'logs' }), remote);
  assert.deepEqual(await load({ Host: 'logs', Port: 1514, Protocol: 'udp' }), { ...remote, port: 1514 });
});

test('Syslog: fields that do not fit together are refused', async (t) => {
  const refused: [object, RegExp][] = [
    [{ Protocol: 'udp' }, /Syslog\.Host is missing/],
    [{ Protocol: 'unix', Host: 'logs' }, /Syslog\.Host: expected no host/],
    [{ Host: 'logs', Path: '/dev/log' }, /Syslog\.Path/],
    [{ Port: 514 }, /Syslog\.Port/],
    [{ Protocol: 'tcp' }, /Syslog\.Protocol: expected the word "unix".* or "udp"/],
    [{ Facillity: 'local0' }, /Syslog\.Facillity: unknown field; did you mean Facility\?/],
  ];
  for (const [Syslog, message] of refused) assert.match(await problems(t, {}, { Syslog }), message);
});

test('several sets, endpoints, and credentials of the slave', async (t) => {
  const { BackupSet: _, ...top } = oldFile;
  const { AccessKey: _id, SecretKey: _secret, ...bare } = oldSet;
  const config = await loadConfig(
    temporaryConfig(t, {
      ...top,
      Concurrency: 8,
      BackupSets: [
        {
          ...oldSet,
          Name: 'a',
          SlaveAccessKey: 'S',
          SlaveSecretKey: 'SS',
          MasterEndpoint: 'http://localhost:9000',
        },
        {
          ...bare,
          Name: 'b',
          SnapshotsDir: 'b',
          SlaveEndpoint: 'https://s3.example.com',
          ForcePathStyle: false,
        },
      ],
    }),
  );
  const [a, b] = config.sets;
  assert.equal(config.concurrency, 8);
  assert.deepEqual([a?.name, b?.name], ['a', 'b']);
  assert.equal(a?.master.credentials?.secretAccessKey, secret);
  assert.deepEqual(a.slave.credentials, { accessKeyId: 'S', secretAccessKey: 'SS' });
  assert.equal(a.master.endpoint, 'http://localhost:9000');
  assert.deepEqual([a.master.forcePathStyle, a.slave.forcePathStyle], [true, false]);
  assert.deepEqual([b?.master.credentials, b?.slave.credentials], [undefined, undefined]);
  assert.equal(b?.slave.forcePathStyle, false);
  assert.equal(b.snapshotsDir, join(dirname(config.path), 'b'));
  assert.deepEqual(secretsOf(config), [secret, 'SS']);
});

test('a retention policy of rules, of days, of nothing', async (t) => {
  const policy = async (RetentionPolicy: unknown) =>
    (await loadSet(t, { RetentionPolicy })).sets[0]?.retentionPolicy;
  assert.deepEqual(await policy(30), { keepWithinDays: 30 });
  assert.deepEqual(await policy(0), {});
  assert.deepEqual(await policy({}), {});
  assert.deepEqual(await policy(undefined), {});
  assert.deepEqual(
    await policy({
      KeepLast: 1,
      KeepWithinDays: 2,
      KeepHourly: 3,
      KeepDaily: 4,
      KeepWeekly: 5,
      KeepMonthly: 6,
      KeepYearly: 7,
      KeepTags: ['a', 'b=c=d'],
    }),
    {
      keepLast: 1,
      keepWithinDays: 2,
      keepHourly: 3,
      keepDaily: 4,
      keepWeekly: 5,
      keepMonthly: 6,
      keepYearly: 7,
      keepTags: ['a', 'b=c=d'],
    },
  );
  assert.deepEqual(await policy({ KeepLast: 0, KeepDaily: 7, KeepTags: [] }), { keepDaily: 7 });
});

test('what is left out is as in the example file', async (t) => {
  const { MasterBucket, MasterRegion, SlaveBucket, SlaveRegion } = oldSet;
  const set = { SnapshotsDir: '.', MasterBucket, MasterRegion, SlaveBucket, SlaveRegion };
  const config = await loadConfig(temporaryConfig(t, { BackupSet: set }));
  assert.equal(config.logLevel, 'info');
  assert.equal(config.sets[0]?.compressSnapshots, true);
  assert.equal(config.sets[0].minimumRedundancy, 2);
  assert.equal(config.sets[0].snapshotsDir, dirname(config.path));
});

test('the slave may be the master', async (t) => {
  const { sets } = await loadSet(t, { SlaveBucket: oldSet.MasterBucket });
  assert.equal(sets[0]?.slave.bucket, sets[0]?.master.bucket);
});

test('an unknown field is named, with the nearest name', async (t) => {
  assert.match(
    await problems(t, { MasterBuket: 1 }),
    /BackupSet\.MasterBuket: unknown field; did you mean MasterBucket\?/,
  );
  assert.match(await problems(t, { masterbucket: 1 }), /did you mean MasterBucket\?/);
  assert.match(
    await problems(t, {}, { AccessKey: secret }),
    /: AccessKey: unknown field here; it belongs in a backup set\./,
  );
  assert.match(await problems(t, { Concurrency: 1 }), /it belongs at the top of the file/);
  assert.match(await problems(t, { 'a b': 1 }), /BackupSet\["a b"\]: unknown field; expected one of Name, /);
  assert.match(
    await problems(t, { RetentionPolicy: { KeepLst: 1 } }),
    /BackupSet\.RetentionPolicy\.KeepLst: unknown field; did you mean KeepLast\?/,
  );
});

test('fields of later versions are not accepted in silence', async (t) => {
  for (const name of ['Notifications', 'Metrics']) {
    assert.match(
      await problems(t, {}, { [name]: [] }),
      new RegExp(`${name}: not supported yet by this version`),
    );
  }
});

test('a wrong type is named, with what is expected and what was found', async (t) => {
  const set: [object, RegExp][] = [
    [{ CompressSnapshots: 'yes' }, /BackupSet\.CompressSnapshots: expected true or false; found a text/],
    [{ MinimumRedundancy: -1 }, /BackupSet\.MinimumRedundancy: expected a whole number, 0 or more; found -1/],
    [{ MinimumRedundancy: 1.5 }, /BackupSet\.MinimumRedundancy: .*found 1\.5/],
    [{ RetentionPolicy: '7' }, /BackupSet\.RetentionPolicy: expected a whole number of days, or an object/],
    [{ RetentionPolicy: { KeepTags: ['=x'] } }, /BackupSet\.RetentionPolicy\.KeepTags\[0\]: expected a tag/],
    [{ RetentionPolicy: null }, /BackupSet\.RetentionPolicy: .*found null/],
    [{ MasterBucket: 's3://x' }, /BackupSet\.MasterBucket: expected the name of a bucket/],
    [{ MasterBucket: '' }, /BackupSet\.MasterBucket: .*found an empty text/],
    [{ SlaveRegion: 'a b' }, /BackupSet\.SlaveRegion: expected the name of a region/],
    [{ SlaveEndpoint: 'localhost:9000' }, /BackupSet\.SlaveEndpoint: expected a URL/],
    [{ SnapshotsDir: 7 }, /BackupSet\.SnapshotsDir: expected the path of a folder; found 7/],
    [{ AccessKey: 'a b' }, /BackupSet\.AccessKey: expected an access key id/],
  ];
  for (const [fields, message] of set) assert.match(await problems(t, fields), message);
  const top: [object, RegExp][] = [
    [{ LogLevel: 3 }, /LogLevel: expected 0 \(quiet\), 1 \(info\) or 2 \(debug\); found 3/],
    [{ Concurrency: 0 }, /Concurrency: expected a whole number, 1 to 10000; found 0/],
    [{ Syslog: 'yes' }, /Syslog: expected true, false, or an object .*found a text/],
    [{ BackupSet: 'x' }, /BackupSet: expected an object .*found a text/],
  ];
  for (const [fields, message] of top) assert.match(await problems(t, {}, fields), message);
  assert.match(
    (await failure(temporaryConfig(t, []))).message,
    /The file: expected an object; found an empty list/,
  );
});

test('a missing field is named', async (t) => {
  for (const field of ['SnapshotsDir', 'MasterBucket', 'MasterRegion', 'SlaveBucket', 'SlaveRegion']) {
    assert.match(
      await problems(t, { [field]: undefined }),
      new RegExp(`BackupSet\\.${field} is missing: expected`),
    );
  }
  assert.match(await problems(t, {}, { BackupSet: undefined }), /BackupSet is missing/);
  assert.match(
    await problems(t, { SecretKey: '' }),
    /BackupSet\.SecretKey is missing: .*found AccessKey alone/,
  );
  assert.match(await problems(t, { SlaveSecretKey: secret }), /BackupSet\.SlaveAccessKey is missing/);
});

test('a secret is not in the message, whatever is wrong with it', async (t) => {
  for (const SecretKey of [`${secret} `, [secret], { [secret.length]: secret }, 1234567890]) {
    const message = await problems(t, { SecretKey });
    assert.match(message, /BackupSet\.SecretKey: expected a secret access key/);
    assert.doesNotMatch(message, /1234567890/);
  }
  const endpoint = `https://user:${encodeURIComponent(secret)}@host`;
  assert.doesNotMatch(await problems(t, { MasterEndpoint: endpoint }), /wJalr/);
});

test('all problems are told at once', async (t) => {
  const message = await problems(t, { MasterBucket: 1, SecretKey: '', Foo: 1 }, { LogLevel: 9 });
  assert.match(message, /has 4 problems:\n/);
  for (const field of ['LogLevel', 'BackupSet.MasterBucket', 'BackupSet.SecretKey', 'BackupSet.Foo']) {
    assert.ok(message.includes(`\n  - ${field}`), field);
  }
});

test('sets are told apart by name and folder', async (t) => {
  const sets = (...BackupSets: object[]) => problems(t, {}, { BackupSet: undefined, BackupSets });
  const set = (Name: string | undefined, SnapshotsDir: string) => ({ ...oldSet, Name, SnapshotsDir });
  assert.match(
    await sets(set('a', 'x'), set('a', 'y')),
    /BackupSets\[1\]\.Name: .*the name of BackupSets\[0\]/,
  );
  assert.match(
    await sets(set('a', 'x'), set('b', './y/../x/')),
    /BackupSets\[1\]\.SnapshotsDir: .*BackupSets\[0\]/,
  );
  assert.match(await sets(set('a', 'x'), set(undefined, 'y')), /BackupSets\[1\]\.Name is missing/);
  assert.match(await sets(), /BackupSets: expected a list of at least one/);
  assert.match(await problems(t, {}, { BackupSets: [set('a', 'x')] }), /found both/);
});

test('one folder under two names through a symbolic link is one folder', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  const BackupSets = ['real', 'link'].map((name) => ({
    ...oldSet,
    Name: name,
    SnapshotsDir: join(folder, name, 'new'),
  }));
  assert.match(await problems(t, {}, { BackupSet: undefined, BackupSets }), /BackupSets\[1\]\.SnapshotsDir/);
});

test('broken JSON: line, column and the line without its secrets', async (t) => {
  const path = temporaryConfig(t, JSON.stringify(oldFile, null, 2).replace('"SecretKey":', '"SecretKey"'));
  const { code, message } = await failure(path);
  assert.equal(code, 'CONFIG_INVALID');
  assert.match(message, /is not valid JSON: line 15, column 17: expected ":"/);
  assert.match(message, /\n +15 \| +"SecretKey" "\*+\n +\^$/);
});

test('what is no file of text is refused', async (t) => {
  const folder = temporaryFolder(t);
  const folderError = await failure(folder);
  assert.deepEqual([folderError.code, /is a folder/.test(folderError.message)], ['CONFIG_INVALID', true]);
  assert.equal((await failure(join(folder, 'gone'))).code, 'CONFIG_NOT_FOUND');
  const bytes = join(folder, 'bytes');
  writeFileSync(bytes, Buffer.from([0x7b, 0xff, 0x7d]));
  assert.match((await failure(bytes)).message, /not UTF-8/);
  writeFileSync(bytes, ' '.repeat(1024 * 1024 + 1));
  assert.match((await failure(bytes)).message, /too large/);
});

test('a byte order mark is no error', async (t) => {
  const config = await loadConfig(temporaryConfig(t, `\ufeff${JSON.stringify(oldFile)}`));
  assert.equal(config.sets.length, 1);
});

test('denied permission is told as such', async (t) => {
  const path = temporaryConfig(t, oldFile);
  chmodSync(dirname(path), 0o755);
  chmodSync(path, 0);
  const asOther = process.geteuid?.() === 0;
  if (asOther) process.seteuid?.(65_534);
  try {
    const { code, message, hint } = await failure(path);
    assert.equal(code, 'CONFIG_INVALID');
    assert.equal(message, `Permission to read ${path} is denied.`);
    assert.match(hint ?? '', /Run as the user that owns the file/);
  } finally {
    if (asOther) process.seteuid?.(0);
  }
});
