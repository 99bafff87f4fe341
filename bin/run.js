import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// better-sqlite3 ends the process without a word on a Node that is too old: say it before anything is loaded.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  process.stderr.write(`backup-my-bucket needs Node.js 22.15 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// Compiled code is kept beside the sources that it was compiled from, where nobody else can write; not in a shared /tmp. Only a
// checkout has the folder: what is installed stays as it was installed.
const compileCache = join(import.meta.dirname, '../dist/.compile-cache');
if (existsSync(compileCache)) enableCompileCache(compileCache);
const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2), import.meta.dirname);
