/** Imports point one way (style, shape of code); the rules are in .dependency-cruiser.cjs. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../', import.meta.url));

test('no forbidden import and no cycle', () => {
  const output = execFileSync(
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      'src',
    ],
    { cwd: root, encoding: 'utf8' },
  );
  expect(output).toContain('no dependency violations found');
});

const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const sourceOf = (file: string): string => readFileSync(`${root}src/${file}`, 'utf8');

test('only main.ts reads the environment', () => {
  expect(sources.filter((file) => sourceOf(file).includes('process.env'))).toEqual(['main.ts']);
});

test('the core has no clock and no randomness', () => {
  const core = sources.filter((file) =>
    /^(facts|rules|risk)\/|^(decide|render|render-profile|plain-text|explain)\.ts$/.test(file),
  );
  const impure = /\bnew Date\b|\bDate[.(]|Math\.random|randomUUID|performance\./;
  expect(core.filter((file) => impure.test(codeOf(file)))).toEqual([]);
});

/** A source without its comments. */
function codeOf(file: string): string {
  return sourceOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}

test('rules hold no code, no system and no clinical decimal: those are in cards/', () => {
  const rules = sources.filter((file) => file.startsWith('rules/'));
  expect(rules.filter((file) => /https?:\/\/|loinc|snomed|rxnorm/i.test(codeOf(file)))).toEqual([]);
  expect(rules.filter((file) => /[<>]=?\s*-?\d+\.\d/.test(codeOf(file)))).toEqual([]);
});
