/** The native add-ons, with what they need when they run, built for the Node.js that comes with the package. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of each package the files that are wanted at run time; the rest is sources, tests and binaries for other machines. */
const wanted: Record<string, string[]> = {
  'better-sqlite3': ['package.json', 'LICENSE', 'lib/**/*.js', `prebuilds/linux-${process.arch}.node`],
  'unix-dgram': ['package.json', 'LICENSE', 'lib/*.js', 'build/Release/unix_dgram.node'],
  bindings: ['package.json', 'LICENSE.md', 'bindings.js'],
  'file-uri-to-path': ['package.json', 'LICENSE', 'index.js'],
};

/** What building takes, beside the packages themselves. */
const forBuilding = ['nan'];

/**
 * Copies them to `target`/node_modules.
 * @param root the checkout, after npm ci
 * @param runtime folder of the npm package that brings Node.js
 * @returns their folders, relative to `root`
 * @throws Error where one cannot be built
 */
export function stageAddOns(root: string, target: string, runtime: string): string[] {
  const workshop = mkdtempSync(join(tmpdir(), 'bmb-add-ons-'));
  try {
    for (const name of [...Object.keys(wanted), ...forBuilding])
      cpSync(join(root, 'node_modules', name), join(workshop, 'node_modules', name), { recursive: true });
    if (!loads(workshop, runtime)) rebuild(workshop, runtime);
    for (const [name, patterns] of Object.entries(wanted)) {
      for (const file of globSync(patterns, { cwd: join(workshop, 'node_modules', name) })) {
        const path = join(target, 'node_modules', name, file);
        cpSync(join(workshop, 'node_modules', name, file), path);
        if (path.endsWith('.node')) execFileSync('strip', ['--strip-unneeded', path]);
      }
    }
    if (!loads(target, runtime)) throw new Error(`the add-ons in ${target} do not load`);
    return Object.keys(wanted).map((name) => join('node_modules', name));
  } finally {
    rmSync(workshop, { recursive: true });
  }
}

/** Those of the checkout will do where the same Node.js installed them. */
function loads(folder: string, runtime: string): boolean {
  const script = `const Database = require('better-sqlite3'); new Database(':memory:').close(); require('unix-dgram');`;
  try {
    execFileSync(join(runtime, 'bin/node'), ['-e', script], { cwd: folder, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** npm brings node-gyp; headers come with the runtime. */
function rebuild(workshop: string, runtime: string): void {
  if (!existsSync(join(runtime, 'include/node/node.h')))
    throw new Error(`${runtime} has no headers of Node.js`);
  // Newer npm runs only the scripts that a project allows.
  const project = { private: true, allowScripts: { 'unix-dgram': true } };
  writeFileSync(join(workshop, 'package.json'), JSON.stringify(project));
  const path = `${join(runtime, 'bin')}:${process.env['PATH']}`;
  execFileSync('npm', ['rebuild', '--silent', 'unix-dgram'], {
    cwd: workshop,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: path, npm_config_nodedir: runtime },
  });
}
