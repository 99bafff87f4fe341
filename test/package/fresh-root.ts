/**
 * A root file system as a fresh machine has it: the programs of this one, but nothing that was installed or made by hand, no Node.js,
 * no users but root, no package data base. /usr lies over the real one, which stays as it is. Needs a mount namespace (`run`).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const timeLimitMs = 120_000;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface As {
  user?: string;
  /** All there is: nothing is inherited. */
  env?: Record<string, string>;
}

export class FreshRoot {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static make(): FreshRoot {
    const root = new FreshRoot(mkdtempSync(join(tmpdir(), 'bmb-root-')));
    chmodSync(root.folder, 0o755);
    for (const path of [
      'usr',
      'etc',
      'var/lib',
      'var/log',
      'opt',
      'tmp',
      'run',
      'dev',
      'proc',
      'root',
      '.upper',
      '.work',
    ])
      mkdirSync(root.path(path), { recursive: true });
    for (const link of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${link}`, root.path(link));
    chmodSync(root.path('tmp'), 0o1777);
    root.#mountAll();
    root.#removeNode();
    for (const file of ['ld.so.cache', 'nsswitch.conf', 'login.defs', 'default/useradd'])
      if (existsSync(join('/etc', file))) cpSync(join('/etc', file), root.path(`etc/${file}`));
    writeFileSync(root.path('etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(root.path('etc/group'), 'root:x:0:\n');
    writeFileSync(root.path('etc/shadow'), 'root:*:20000::::::\n', { mode: 0o600 });
    return root;
  }

  path(inside: string): string {
    return join(this.folder, inside);
  }

  read(inside: string): string {
    return readFileSync(this.path(inside), 'utf8');
  }

  has(inside: string): boolean {
    return existsSync(this.path(inside));
  }

  /** Runs a command in it: in its root folder, without a terminal, with nothing on stdin. */
  run(command: readonly string[], { user = 'root', env = {} }: As = {}): Ended {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const inside = [
      '--userspec',
      `${user}:${user}`,
      this.folder,
      '/usr/bin/env',
      '-i',
      ...variables,
      ...command,
    ];
    const { status, stdout, stderr, error } = spawnSync('setsid', ['--wait', 'chroot', ...inside], {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: timeLimitMs,
    });
    if (error !== undefined) throw error;
    return { code: status, stdout, stderr };
  }

  remove(): void {
    for (const mounted of ['usr/local', 'usr', 'proc', 'dev']) execFileSync('umount', [this.path(mounted)]);
    rmSync(this.folder, { recursive: true });
  }

  #mountAll(): void {
    const mount = (...args: string[]): unknown => execFileSync('mount', args);
    const layers = `lowerdir=/usr,upperdir=${this.path('.upper')},workdir=${this.path('.work')}`;
    mount('-t', 'overlay', 'overlay', '-o', layers, this.path('usr'));
    mount('-t', 'tmpfs', 'tmpfs', this.path('usr/local'));
    mount('-t', 'proc', 'proc', this.path('proc'));
    mount('-t', 'tmpfs', 'tmpfs', this.path('dev'));
    for (const [device, minor] of [
      ['null', 3],
      ['zero', 5],
      ['random', 8],
      ['urandom', 9],
    ] as const)
      execFileSync('mknod', ['-m', '666', this.path(`dev/${device}`), 'c', '1', String(minor)]);
  }

  #removeNode(): void {
    for (const program of ['node', 'nodejs', 'npm', 'npx'])
      rmSync(this.path(`usr/bin/${program}`), { force: true });
  }
}
