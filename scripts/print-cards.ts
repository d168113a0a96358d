/**
 * Prints every variant of every card as a clinician would read it, with its shortest and its longest values.
 *
 *   npm run cards [-- ID …]
 *
 * The cards are those of the tables in test/rules/, so that every value is one that the rules can produce. A variant with one
 * case is printed once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Card } from '../src/hooks/card.ts';

interface Printed {
  readonly id: string;
  readonly variant: string;
  readonly name: string;
  readonly card: Card;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const ids = process.argv.slice(2);
const cards = collect();
for (const group of Map.groupBy(cards, ({ id, variant }) => `${id} · ${variant}`).values()) {
  const sorted = [...group].sort((a, b) => length(a) - length(b));
  for (const one of new Set([sorted[0], sorted.at(-1)])) if (one !== undefined) console.log(`${text(one)}\n`);
}

/** Runs the tables with PRINT_CARDS and reads what they wrote. */
function collect(): readonly Printed[] {
  const folder = mkdtempSync(join(tmpdir(), 'cards-'));
  const file = join(folder, 'cards.jsonl');
  try {
    const tables = ids.length === 0 ? ['test/rules/'] : ids.map((id) => `test/rules/${id}.test.ts`);
    const jest = join(root, 'node_modules/jest/bin/jest.js');
    const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
    const { status, stderr } = spawnSync(
      process.execPath,
      [...flags, jest, '--silent', '--testNamePattern', 'recommends', ...tables],
      { cwd: root, env: { ...process.env, PRINT_CARDS: file }, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`the tables in test/rules/ fail:\n${stderr}`);
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Printed)
      .sort((a, b) => (a.id + a.variant < b.id + b.variant ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function length({ card }: Printed): number {
  return card.summary.length + (card.detail ?? '').length / 1000;
}

function text({ id, variant, name, card }: Printed): string {
  const suggestions = (card.suggestions ?? []).map(({ label }) => `+ ${label}`);
  return [
    `=== ${id} · ${variant} (${name})`,
    `[${card.indicator}] ${card.summary} (${String(card.summary.length)} characters)`,
    card.source.label,
    card.detail ?? '',
    suggestions.join('   '),
  ].join('\n');
}
