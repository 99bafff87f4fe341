/** What a package bundles of others, with the texts of their licences: most of them ask for that. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

interface PackageJson {
  name: string;
  version: string;
  license?: string;
}

/**
 * @param folders of npm packages
 * @param node folder of the npm package that brings Node.js
 * @throws Error where a package holds no licence text that is known otherwise
 */
export function thirdPartyText(folders: readonly string[], node: string): string {
  const nodeJs = {
    title: `Node.js ${packageOf(node).version}`,
    text: readFileSync(join(node, 'LICENSE'), 'utf8'),
  };
  const sections = [nodeJs, ...[...folders].sort().map(sectionOf)];
  const head = `This package holds, beside backup-my-bucket itself (see LICENSE), parts of ${sections.length} others:\n\n`;
  const list = sections.map(({ title }) => `  ${title}\n`).join('');
  const line = '='.repeat(100);
  return (
    head +
    list +
    sections.map(({ title, text }) => `\n${line}\n${title}\n${line}\n\n${text.trim()}\n`).join('')
  );
}

function sectionOf(folder: string): { title: string; text: string } {
  const { name, version, license } = packageOf(folder);
  return {
    title: `${name} ${version} (${license ?? 'no licence named'})`,
    text: licenceText(folder, license),
  };
}

function licenceText(folder: string, license: string | undefined): string {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (files.length > 0)
    return files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  if (license === 'Apache-2.0') return 'Apache License 2.0: its text is that of LICENSE beside this file.';
  throw new Error(
    `${folder} holds no licence text (${license ?? 'none named'}): see whether it may be bundled`,
  );
}

function packageOf(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
}
