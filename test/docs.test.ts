/** Documents say what is there: generated pages fresh, error list complete, links and examples working. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { parseClients } from '../src/auth/clients.ts';
import { decide } from '../src/decide.ts';
import { ERROR_CODES } from '../src/errors.ts';
import { createGather } from '../src/gather/gather.ts';
import { PUBLIC_ERRORS } from '../src/http/error-response.ts';
import { hookContext } from '../src/http/hook-context.ts';
import { hookRequestOf } from '../src/http/validate.ts';
import { parsePolicy } from '../src/knowledge/policy.ts';
import { RULES } from '../src/rules/index.ts';
import { guideline, knowledge } from './build-record.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

test('generated pages are fresh', () => {
  expect(
    execFileSync(process.execPath, ['scripts/generate-docs.ts', '--check'], { cwd: root, encoding: 'utf8' }),
  ).toContain('fresh');
});

test('docs/errors.md has a row for each error code, with its status', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(ERR_\w+)` +\| (\d{3}|–) +\|/gm)].map(
    ([, code, status]) => [code, status],
  );
  expect(rows.map(([code]) => code).sort()).toEqual([...ERROR_CODES].sort());
  for (const [code, status] of rows) {
    if (status !== '–')
      expect(PUBLIC_ERRORS[code as (typeof ERROR_CODES)[number]].status).toBe(Number(status));
  }
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('its relative links lead somewhere', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(([, link = '']) =>
      join(root, dirname(page), link),
    );
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('files that it names in code exist', () => {
    const named = [...text.matchAll(/`((?:src|cards|test|docs|fixtures|scripts|\.ci)\/[\w./-]+)`/g)].map(
      ([, path = '']) => join(root, path),
    );
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('npm scripts that it names exist', () => {
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);
    const named = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

test('the clients example of docs/clients.md is accepted, in production too', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs/clients.md')) ?? [];
  expect(parseClients(example, { production: true }).map(({ name }) => name)).toEqual([
    'North Hospital',
    'South Clinic',
  ]);
});

test('docs/licences.md is fresh, and every licence was looked at', () => {
  const script = ['scripts/print-licences.ts', '--check'];
  expect(execFileSync(process.execPath, script, { cwd: root, encoding: 'utf8' })).toContain(
    'all with a licence',
  );
});

test.each(['docs/policy.md', 'docs/go-live.md', 'docs/operations.md'])(
  'the policy example of %s is accepted',
  (page) => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read(page)) ?? [];
    const { services } = parsePolicy(example, page, { knowledge, rules: RULES, production: false });
    expect(example).toContain('recommendations:');
    expect(services.size).toBe(4);
  },
);

test('the cards in the README are those of its sample request', async () => {
  const content: unknown = JSON.parse(read('fixtures/requests/patient-view-low-bmd.json'));
  const request = hookRequestOf('patient-view', content);
  const plan = guideline.services.get('bone-heart-patient-view');
  const gather = createGather({ allowServer: () => false });
  const { record } = await gather(request, plan?.queries ?? [], Infinity);
  await gather.close();
  const { cards } = decide('bone-heart-patient-view', record, hookContext(request), guideline, '2026-11-22');
  expect(cards.length).toBeGreaterThan(0);
  for (const { summary } of cards) expect(read('README.md')).toContain(summary);
});
