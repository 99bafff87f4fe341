/**
 * Compiles src/kernel/assembly/ to WebAssembly, and puts it into a module, so that whatever finds modules finds it too.
 *   node packaging/compile-kernel.ts
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
// Not by its interface for programs: its types would change those of everything here.
const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
const source = join(root, 'src/kernel/assembly/index.ts');
const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'];

const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
try {
  const path = join(folder, 'kernel.wasm');
  execFileSync(process.execPath, [compiler, source, ...flags, '--outFile', path], { stdio: 'inherit' });
  writeFileSync(join(root, 'src/kernel/binary.ts'), moduleOf(readFileSync(path)));
} finally {
  rmSync(folder, { recursive: true });
}

function moduleOf(wasm: Buffer): string {
  return [
    '/** Made by packaging/compile-kernel.ts of assembly/. */',
    `export const KERNEL_BASE64 =\n  '${wasm.toString('base64')}';`,
    '',
  ].join('\n');
}
