/**
 * Lays out what an installed machine gets, as a tree: RPM and Debian package are made of the same one.
 *   node packaging/stage.ts RUNTIME STAGE [VERSION]
 * RUNTIME is a folder with the npm package that brings Node.js; STAGE is made anew. dist/ and oclif.manifest.json must be there.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { stageAddOns } from './add-ons.ts';
import { bundle } from './bundle.ts';
import { readCommands, type CommandPage } from './commands.ts';
import { bashCompletion } from './completion-bash.ts';
import { zshCompletion } from './completion-zsh.ts';
import { manPage } from './man-page.ts';
import { thirdPartyText } from './third-party.ts';

const root = join(import.meta.dirname, '..');
const name = 'backup-my-bucket';

interface Staging {
  runtime: string;
  stage: string;
  version: string;
  commands: CommandPage[];
}

async function main([runtime, stage, version]: string[]): Promise<void> {
  if (runtime === undefined || stage === undefined)
    throw new Error('usage: stage.ts RUNTIME STAGE [VERSION]');
  const staging = {
    runtime: resolve(runtime),
    stage: resolve(stage),
    version: version ?? packageJson().version,
    commands: readCommands(join(root, 'oclif.manifest.json')),
  };
  rmSync(staging.stage, { recursive: true, force: true });
  const bundled = await stageProgram(staging);
  stageRuntime(staging);
  const addOns = stageAddOns(root, place(staging, `opt/${name}`), staging.runtime);
  const others = [...bundled, ...addOns].map((folder) => join(root, folder));
  write(staging, `opt/${name}/THIRD-PARTY.txt`, thirdPartyText(others, staging.runtime));
  stageConfiguration(staging);
  stageDocumentation(staging);
  stageUnits(staging);
}

async function stageProgram(staging: Staging): Promise<string[]> {
  const { type, oclif, ...rest } = packageJson();
  const own = { name, version: staging.version, license: rest.license, private: true, type, oclif };
  write(staging, `opt/${name}/package.json`, `${JSON.stringify(own, null, 2)}\n`);
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as object;
  write(
    staging,
    `opt/${name}/oclif.manifest.json`,
    JSON.stringify({ ...manifest, version: staging.version }),
  );
  copy(staging, 'LICENSE', `opt/${name}/LICENSE`);
  copy(staging, 'bin/run.js', `opt/${name}/bin/run.js`);
  copy(staging, `bin/${name}`, `opt/${name}/bin/${name}`);
  chmodSync(join(staging.stage, `opt/${name}/bin/${name}`), 0o755);
  symlinkSync(`../../opt/${name}/bin/${name}`, place(staging, `usr/bin/${name}`));
  return bundle(root, join(staging.stage, `opt/${name}/dist`));
}

/** Without symbols, which are a seventh of it. */
function stageRuntime(staging: Staging): void {
  const node = place(staging, `opt/${name}/runtime/node`);
  copyFileSync(join(staging.runtime, 'bin/node'), node);
  chmodSync(node, 0o755);
  execFileSync('strip', [node]);
}

/** The example, but with a log that goes where a service's log is looked for. */
function stageConfiguration(staging: Staging): void {
  const example = readFileSync(join(root, `${name}.conf.example`), 'utf8');
  const configuration = example.replace('"Syslog": false', '"Syslog": true');
  if (configuration === example) throw new Error(`${name}.conf.example: no "Syslog": false to replace`);
  write(staging, `opt/${name}/${name}.conf`, configuration);
  chmodSync(join(staging.stage, `opt/${name}/${name}.conf`), 0o640);
  mkdirSync(join(staging.stage, `var/lib/${name}`), { recursive: true });
}

function stageDocumentation(staging: Staging): void {
  const { commands, version } = staging;
  const page = gzipSync(manPage(commands, version), { level: 9 });
  write(staging, `usr/share/man/man1/${name}.1.gz`, page);
  write(staging, `usr/share/bash-completion/completions/${name}`, bashCompletion(commands));
  write(staging, `usr/share/zsh/site-functions/_${name}`, zshCompletion(commands));
  const documents = [
    'README.md',
    'CHANGELOG.md',
    `${name}.conf.example`,
    ...globSync('docs/**/*.md', { cwd: root }),
  ];
  for (const document of documents) copy(staging, document, `usr/share/doc/${name}/${document}`);
  copy(staging, `packaging/${name}.cron`, `usr/share/doc/${name}/${name}.cron`);
}

function stageUnits(staging: Staging): void {
  for (const unit of globSync('packaging/systemd/*', { cwd: root })) {
    if (!isKnown(readFileSync(join(root, unit), 'utf8'), staging.commands)) continue;
    copy(staging, unit, `usr/lib/systemd/system/${basename(unit)}`);
  }
}

/** A unit of a command that this version does not have would only fail. */
function isKnown(unit: string, commands: readonly CommandPage[]): boolean {
  const command = /^ExecStart=\S+ (\S+)/m.exec(unit)?.[1];
  return command === undefined || commands.some((each) => each.name === command);
}

function packageJson() {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return JSON.parse(text) as { version: string; license: string; type: string; oclif: object };
}

/** The absolute path of a file in the stage, in a folder that is there. */
function place({ stage }: Staging, path: string): string {
  const absolute = join(stage, path);
  mkdirSync(dirname(absolute), { recursive: true });
  return absolute;
}

function write(staging: Staging, path: string, content: string | Buffer): void {
  writeFileSync(place(staging, path), content, { mode: 0o644 });
}

function copy(staging: Staging, source: string, path: string): void {
  cpSync(join(root, source), place(staging, path));
  chmodSync(join(staging.stage, path), 0o644);
}

await main(process.argv.slice(2));
