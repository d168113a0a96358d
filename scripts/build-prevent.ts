/**
 * Builds cards/prevent.json from the clinical team's file of PREVENT coefficients.
 *
 *   npm run prevent -- PATH/TO/prevent.json
 *
 * What it does, and nothing else: keeps citation, provenance, rights, ranges and all models, and writes each model as one
 * row of numbers under a common list of terms, so that start-up reads a small file and a changed number is a one-line diff.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

interface Source {
  readonly title: string;
  readonly citation: object;
  readonly provenance: object;
  readonly equation: string;
  readonly ranges: readonly (Readonly<Record<string, unknown>> & { readonly input: string })[];
  readonly terms: Readonly<Record<string, { readonly expression: string }>>;
  readonly models: readonly {
    readonly sex: string;
    readonly outcome: string;
    readonly horizonYears: number;
    readonly variant: string;
    readonly terms: readonly { readonly name: string; readonly coefficient: number }[];
  }[];
}

/** SI twins of the ranges, as clinical/prevent.md gives them: a molar report is compared with its own limit. */
const SI: Readonly<Record<string, object>> = {
  tc_mgdl: { min: 3.36, max: 8.28, unit: 'mmol/L' },
  hdl_mgdl: { min: 0.52, max: 2.59, unit: 'mmol/L' },
};

function rangeRow({ note, ...range }: Source['ranges'][number]): object {
  return { ...range, ...(SI[range.input] === undefined ? {} : { si: SI[range.input] }) };
}

function print(source: Source): string {
  const names = Object.keys(source.terms);
  const { title, citation, provenance, equation, ranges, models } = source;
  const head = { title, citation, provenance, equation };
  const lines = (rows: readonly unknown[]): string =>
    rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  const expressions = names.map(
    (name) => `    ${JSON.stringify(name)}: ${JSON.stringify(source.terms[name]?.expression)}`,
  );
  const rows = models.map(({ sex, outcome, horizonYears, variant, terms }) => {
    const own = new Map(terms.map(({ name, coefficient }) => [name, coefficient]));
    if ([...own.keys()].some((name) => !names.includes(name)))
      throw new Error('a model has an unlisted term');
    // null: the model does not have this term.
    return {
      sex,
      outcome,
      years: horizonYears,
      variant,
      coefficients: names.map((name) => own.get(name) ?? null),
    };
  });
  return [
    '{',
    ...Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`),
    `  "ranges": [\n${lines(ranges.map(rangeRow))}\n  ],`,
    `  "terms": {\n${expressions.join(',\n')}\n  },`,
    `  "models": [\n${lines(rows)}\n  ]`,
    '}\n',
  ].join('\n');
}

const { positionals } = parseArgs({ allowPositionals: true });
const [path] = positionals;
if (path === undefined) {
  console.error('usage: npm run prevent -- PATH/TO/prevent.json');
  process.exit(1);
}
const source = JSON.parse(readFileSync(path, 'utf8')) as Source;
writeFileSync(new URL('../cards/prevent.json', import.meta.url), print(source));
console.log(`cards/prevent.json: ${String(source.models.length)} models`);
