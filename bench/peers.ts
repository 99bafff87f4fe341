/** Other programs that list the versions of a bucket, and how each is told to. Only what is installed is measured. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { measure, type Cost } from './measure.ts';

const CLIENTS = join(import.meta.dirname, 'clients');
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'testsecret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
  // The server speaks plain HTTP; rclone does not start where this is set.
  AWS_CA_BUNDLE: undefined,
};

export interface Peer {
  name: string;
  /** Name and version as it says itself, or undefined where it is not installed. */
  version: string | undefined;
  /** Lists all versions of a bucket. @throws Error where it ends with anything but 0 */
  list(endpoint: string, bucket: string): Promise<Cost>;
}

interface PeerCommand {
  name: string;
  /** A command line that prints its version. */
  versionCommand: [string, ...string[]];
  /** A command line that lists all versions. */
  listCommand: (endpoint: string, bucket: string) => [string, ...string[]];
}

const PEERS: PeerCommand[] = [
  {
    name: 'AWS SDK for JavaScript',
    versionCommand: [
      process.execPath,
      '-p',
      'require("@aws-sdk/client-s3/package.json").name+" "+require("@aws-sdk/client-s3/package.json").version',
    ],
    listCommand: (endpoint, bucket) => [process.execPath, join(CLIENTS, 'sdk-list.ts'), endpoint, bucket],
  },
  {
    name: 'rclone',
    versionCommand: ['rclone', 'version'],
    listCommand: (endpoint, bucket) => [
      'rclone',
      'lsf',
      `:s3,provider=Other,env_auth,force_path_style,region=us-east-1,endpoint='${endpoint}':${bucket}`,
      '--s3-versions',
      '--recursive',
      '--fast-list',
      '--files-only',
      '--config',
      '/dev/null',
    ],
  },
  {
    name: 'boto3',
    versionCommand: [python(), '-c', 'import boto3; print("boto3", boto3.__version__)'],
    listCommand: (endpoint, bucket) => [python(), join(CLIENTS, 'boto3_list.py'), endpoint, bucket],
  },
  {
    name: 'aws-cli',
    versionCommand: [aws(), '--version'],
    listCommand: (endpoint, bucket) => [
      aws(),
      's3api',
      'list-object-versions',
      '--endpoint-url',
      endpoint,
      '--bucket',
      bucket,
      '--output',
      'json',
    ],
  },
];

/** Debian's Python has Debian's boto3. */
function python(): string {
  return spawnSync('/usr/bin/python3', ['-c', 'import boto3']).status === 0 ? '/usr/bin/python3' : 'python3';
}

/** Debian's, where it is installed. */
function aws(): string {
  return existsSync('/usr/bin/aws') ? '/usr/bin/aws' : 'aws';
}

export function findPeers(): Peer[] {
  return PEERS.map(({ name, versionCommand: [program, ...args], listCommand }) => {
    const found = spawnSync(program, args, { encoding: 'utf8', cwd: CLIENTS });
    const version = found.status === 0 ? found.stdout.trim().split('\n')[0] : undefined;
    const list = (endpoint: string, bucket: string): Promise<Cost> => {
      const [command, ...rest] = listCommand(endpoint, bucket);
      return measure(command, rest, { env: ENVIRONMENT, discardOutput: true });
    };
    return { name, version, list };
  });
}
