/** `npm pack`, and `npm install -g` of what it makes, on a machine without a compiler. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../support/command.ts';
import { startEmbedded } from '../support/embedded.ts';
import { Site } from '../support/site.ts';
import { tempDir } from '../support/temp-dir.ts';

const project = join(import.meta.dirname, '../..');
const timeLimitMs = 300_000;

/** A PATH with what npm and the launcher need, and nothing that builds. */
function pathWithoutCompiler(folder: string): string {
  mkdirSync(folder);
  const where = (program: string): string =>
    execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const program of ['npm', 'sh', 'env', 'readlink']) symlinkSync(where(program), join(folder, program));
  return folder;
}

test(
  'npm installs it without a compiler; the log says what it lacks, and the snapshot is taken',
  { timeout: timeLimitMs },
  async (t) => {
    await using embedded = await startEmbedded();
    const folder = tempDir(t);
    const env = { ...process.env, PATH: pathWithoutCompiler(join(folder, 'path')) };
    const npm = (...args: string[]): string =>
      execFileSync('npm', args, {
        cwd: project,
        env,
        encoding: 'utf8',
        timeout: timeLimitMs,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const tarball = npm('pack', '--silent', '--pack-destination', folder).trim();
    const prefix = join(folder, 'prefix');
    // By itself npm waits five minutes for an answer that got lost before it asks again.
    const flags = ['--global', '--prefix', prefix, '--no-audit', '--no-fund', '--fetch-timeout=20000'];
    npm('install', ...flags, join(folder, tarball));

    const command = join(prefix, 'bin/backup-my-bucket');
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      version: string;
    };
    assert.ok(
      execFileSync(command, ['--version'], { env, encoding: 'utf8' }).startsWith(
        `backup-my-bucket/${version} `,
      ),
    );

    embedded.server.buckets.create('slave');
    embedded.server.buckets.putVersion('slave', { key: 'a', body: 'a' });
    const top = { Syslog: true, LogLevel: 1 };
    const site = new Site(join(folder, 'site'), {
      endpoint: embedded.server.endpoint,
      master: 'slave',
      slave: 'slave',
      top,
    });
    const result = await runCommand(['snapshot', '--json', '-c', site.configPath], { command, env });
    assert.equal(result.code, 0, result.stderr);
    assert.equal((JSON.parse(result.stdout) as { keys: number }).keys, 1);
    assert.match(
      result.stderr,
      /^WARN syslog cannot be reached: .*a local socket needs the add-on unix-dgram/,
    );
    assert.match(result.stderr, /^INFO snapshot ended exit=0 .* keys=1 /m);
  },
);
