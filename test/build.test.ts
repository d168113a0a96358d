/** What `npm run build` leaves behind: the same knowledge, used only while it holds what cards/ says; dist/ only while it is fresh. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ServiceError } from '../src/errors.ts';
import { loadKnowledge, prepareKnowledge } from '../src/knowledge/load.ts';

const cards = fileURLToPath(new URL('../cards', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'bone-heart-build-'));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

describe('prepared knowledge', () => {
  const prepared = join(work, 'knowledge.json');
  writeFileSync(prepared, prepareKnowledge(cards));
  const copy = join(work, 'cards');
  cpSync(cards, copy, { recursive: true });

  test('is the same as what cards/ says, and frozen', () => {
    const fast = loadKnowledge(cards, prepared);
    expect(fast).toEqual(loadKnowledge(cards));
    expect(Object.isFrozen(fast.recommendations.get('dxa-screening-due')?.card)).toBe(true);
  });

  test('is used: a mark that was put into it is found', () => {
    const marked = join(work, 'marked.json');
    writeFileSync(marked, readFileSync(prepared, 'utf8').replace('"id":"dxa-screening-due"', '"id":"mark"'));
    expect(loadKnowledge(cards, marked).recommendations.has('mark')).toBe(true);
  });

  test.each(['recommendations/dxa-screening-due.yaml', 'concepts.json'])(
    'a change of %s is noticed',
    (file) => {
      const path = join(copy, file);
      const before = readFileSync(path, 'utf8');
      expect(loadKnowledge(copy, prepared)).toEqual(loadKnowledge(cards));
      writeFileSync(
        path,
        before.replaceAll(/^title: |(?<="title":\s*")/gm, (found) => `${found}New `),
      );
      const changed = loadKnowledge(copy, prepared);
      writeFileSync(path, before);
      expect(changed).not.toEqual(loadKnowledge(cards));
    },
  );

  test('an error in changed cards/ is told as without it', () => {
    const path = join(copy, 'services.yaml');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, `${before}\nnot-known: 1\n`);
    expect(() => loadKnowledge(copy, prepared)).toThrow(ServiceError);
    writeFileSync(path, before);
  });
});

describe('dist/ is run', () => {
  const { isBuilt } = createRequire(import.meta.url)('../bin/built.cjs') as {
    isBuilt: (root: string) => boolean;
  };
  const folder = (name: string, files: Readonly<Record<string, number>>): string => {
    const root = join(work, name);
    for (const [file, seconds] of Object.entries(files)) {
      const path = join(root, file);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, '');
      utimesSync(path, seconds, seconds);
    }
    // Folders carry the time of the newest entry that was made in them.
    for (const one of ['src/facts', 'src', 'cards'])
      if (Object.keys(files).some((file) => file.startsWith(`${one}/`))) utimesSync(join(root, one), 1, 1);
    return root;
  };

  test.each([
    ['in an installed package, which has no src/', { 'dist/built': 10 }, true],
    ['in an image, into which cards/ were copied later', { 'dist/built': 10, 'cards/b.yaml': 11 }, true],
    ['not in an image without it', { 'cards/b.yaml': 11 }, false],
    [
      'in an installed package that was unpacked in any order',
      { 'dist/built': 10, 'cards/b.yaml': 11 },
      true,
    ],
    [
      'when it is newer than every source',
      { 'dist/built': 10, 'src/facts/a.ts': 9, 'cards/b.yaml': 9 },
      true,
    ],
    ['not when there is none', { 'src/facts/a.ts': 9 }, false],
    ['not when a file deep in src/ is newer', { 'dist/built': 10, 'src/facts/a.ts': 11 }, false],
    ['not when cards/ are newer', { 'dist/built': 10, 'src/facts/a.ts': 9, 'cards/b.yaml': 11 }, false],
  ])('%s', (name, files, expected) => {
    expect(isBuilt(folder(name, files))).toBe(expected);
  });
});
