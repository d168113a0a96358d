/**
 * No text, however made, makes a regular expression run away: those of cards/, those in the source, those of the schemas.
 *
 * Each meets attack strings made of its own words, repeated. What runs on a text that was cut (cards/, 500 characters) may cost as much
 * as a plain quadratic search; what meets the text of a request uncut may cost a bounded number of plain scans. Both are measured
 * against a reference in the same run, and an exponential one is stopped by the limit of the sandbox, whatever the machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { parse } from 'yaml';
import { feedbackSchema } from '../src/hooks/feedback.ts';
import { REQUEST_SCHEMAS } from '../src/hooks/request.ts';
import { isJsonObject } from '../src/json.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const STOPPED_AFTER_MS = 1_000;
/** What cards/ match is cut to this before (src/facts). */
const CUT = 500;
const UNCUT = 20_000;
/** A reference costs about so many steps; beyond so many times of it a pattern is of a worse kind. */
const TOLERANCE = 60;

interface Pattern {
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

const sandbox = createContext({ pattern: /a/, texts: [] as string[] });
const script = new Script('for (const text of texts) text.replace(pattern, "")');

/** Milliseconds for all texts; Infinity when it was stopped. */
function costOf({ source, flags }: Pick<Pattern, 'source' | 'flags'>, texts: readonly string[]): number {
  sandbox['pattern'] = new RegExp(source, flags);
  sandbox['texts'] = texts;
  const began = performance.now();
  try {
    script.runInContext(sandbox, { timeout: STOPPED_AFTER_MS });
  } catch {
    return Infinity;
  }
  return performance.now() - began;
}

/** Words and signs that a pattern looks for, as far as its text shows them. */
function piecesOf(source: string): string[] {
  const words = source.replaceAll(/\\[bBdDsSwW]|\(\?<?[!=:]?|\[[^\]]*\]/g, ' ').split(/[^A-Za-z0-9-]+/);
  const literals = words.filter((word) => word.length > 0).slice(0, 6);
  const classes = [...source.matchAll(/\[\^?([^\]\\]+)/g)].map(([, inside = '']) => inside.slice(0, 2));
  return [...new Set([...literals, ...classes, 'a', '1', ' ', '/', '.', '(', ',', '-'])];
}

/** Each piece repeated, pairs of pieces in turn, and a first piece before many of another: near misses of every part. */
function attacksOn({ source }: Pattern, length: number): string[] {
  const pieces = piecesOf(source);
  const fill = (text: string): string => text.repeat(Math.ceil(length / text.length)).slice(0, length - 1);
  const pairs = pieces.flatMap((one, index) => [
    `${one}${pieces[index + 1] ?? '!'}`,
    `${one} `,
    `${one}1`,
    `${one}, ${pieces[0] ?? ''} `,
  ]);
  return [...pieces, ...pairs].flatMap((one) => [`${fill(one)}!`, `${pieces[0] ?? ''}${fill(one)}\n`]);
}

function cardPatterns(): Pattern[] {
  const found = new Map<string, Pattern>();
  const walk = (value: unknown, name: string, where: string): void => {
    if (typeof value === 'string' && /pattern|textExclude/i.test(name))
      for (const flags of ['i', 'gi']) found.set(`${value} ${flags}`, { where, source: value, flags });
    if (Array.isArray(value)) for (const item of value) walk(item, name, where);
    if (isJsonObject(value))
      for (const [key, member] of Object.entries(value))
        walk(member, /pattern/i.test(name) ? name : key, where);
  };
  for (const path of ['cards/concepts.json', 'cards/definitions.yaml'])
    walk(parse(readFileSync(`${root}${path}`, 'utf8')), '', path);
  return [...found.values()].filter(({ flags }) => flags === 'i');
}

function sourcePatterns(): Pattern[] {
  return readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => {
      const file = ts.createSourceFile(
        name,
        readFileSync(`${root}src/${name}`, 'utf8'),
        ts.ScriptTarget.Latest,
      );
      const found: Pattern[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isRegularExpressionLiteral(node)) {
          const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(node.text) ?? [];
          found.push({ where: `src/${name}`, source, flags });
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
      return found;
    });
}

function schemaPatterns(): Pattern[] {
  const found: Pattern[] = [];
  const walk = (value: unknown, where: string): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, where);
    if (!isJsonObject(value)) return;
    if (typeof value['pattern'] === 'string') found.push({ where, source: value['pattern'], flags: 'u' });
    for (const member of Object.values(value)) walk(member, where);
  };
  walk(JSON.parse(JSON.stringify(REQUEST_SCHEMAS)), 'src/hooks/request.ts');
  walk(JSON.parse(JSON.stringify(feedbackSchema)), 'src/hooks/feedback.ts');
  return found;
}

describe('a pattern does not run away', () => {
  /** Two stars with something between: every start looks at the whole rest. */
  const quadratic = { source: 'a.*b', flags: '' };
  const linear = { source: '[^!]!x', flags: '' };

  function runaways(
    patterns: readonly Pattern[],
    length: number,
    reference: typeof linear,
    text: string,
  ): string[] {
    const hundred =
      costOf(
        reference,
        Array.from({ length: 100 }, () => text),
      ) + 0.5;
    const isRunaway = (pattern: Pattern, texts: readonly string[]): boolean =>
      costOf(pattern, texts) > (hundred / 100) * texts.length * TOLERANCE;
    return patterns.flatMap((pattern) => {
      const texts = attacksOn(pattern, length);
      // A busy machine may stop us once, not three times.
      const isOne = [1, 2, 3].every(() => isRunaway(pattern, texts));
      return isOne ? [`${pattern.where}: /${pattern.source}/${pattern.flags}`] : [];
    });
  }

  test('in cards/', () => {
    const patterns = cardPatterns();
    expect(patterns.length).toBeGreaterThan(200);
    expect(runaways(patterns, CUT, quadratic, 'a'.repeat(CUT))).toEqual([]);
  });

  test('in the schemas of requests', () => {
    const patterns = schemaPatterns();
    expect(patterns.length).toBeGreaterThan(10);
    expect(runaways(patterns, UNCUT, linear, '!'.repeat(UNCUT))).toEqual([]);
  });

  test('in the source', () => {
    const patterns = sourcePatterns();
    expect(patterns.length).toBeGreaterThan(70);
    expect(runaways(patterns, UNCUT, linear, '!'.repeat(UNCUT))).toEqual([]);
  });

  test('and one that does would be found', () => {
    const bad = (source: string, flags = ''): Pattern => ({ where: 'here', source, flags });
    expect(runaways([bad('^(a+)+$')], CUT, quadratic, 'a'.repeat(CUT))).toHaveLength(1);
    expect(runaways([bad('a.*a.*a.*b')], CUT, quadratic, 'a'.repeat(CUT))).toHaveLength(1);
    expect(runaways([bad('a.*b')], UNCUT, linear, '!'.repeat(UNCUT))).toHaveLength(1);
  });
});
