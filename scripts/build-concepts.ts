/**
 * Builds cards/concepts.json from the clinical team's code lists.
 *
 *   npm run concepts -- PATH/TO/codes.json
 *
 * What it does, and nothing else: drops CPT (shipping it needs an AMA licence; a site adds its order codes by policy),
 * folds product codes into the code list, and keeps each row's verification, from which start-up decides what the code
 * may do (`_meta.rules`). One row per line, so that a change of a code is a one-line diff.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

interface Row {
  system: string;
  code: string;
  display?: string;
  verified?: boolean;
  verification?: string;
  match?: string;
  role?: string;
  requires?: string;
  source?: string;
  note?: string;
}
interface ProductCodes {
  system: string;
  source: string;
  verified: boolean;
  codes?: Omit<Row, 'system'>[];
  byIntensity?: Record<string, Omit<Row, 'system'>[]>;
}
type Concept = Record<string, unknown> & { codes: Row[]; orderCodes?: Row[]; productCodes?: ProductCodes };

const CPT = 'http://www.ama-assn.org/go/cpt';

function productRows(product: ProductCodes | undefined): Row[] {
  if (!product) return [];
  const listed = [...Object.values(product.byIntensity ?? {}).flat(), ...(product.codes ?? [])];
  return listed.map((row) => ({
    system: product.system,
    code: row.code,
    ...(row.display === undefined ? {} : { display: row.display }),
    // The clinical team marks products as verified or not; an unverified one is seen in one public use at best.
    verification: (row.verified ?? product.verified) ? 'authoritative' : 'single-source',
    ...(row.role === undefined ? {} : { role: row.role }),
    ...(row.requires === undefined ? {} : { requires: row.requires }),
    source: row.source ?? product.source,
  }));
}

function keep(row: Row): Row {
  // `verified` says the same as `verification`; one of them cannot go stale.
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'verified')) as unknown as Row;
}

function buildConcept(concept: Concept): Concept {
  const { codes, productCodes, orderCodes, ...rest } = concept;
  const rows = [...codes.map(keep), ...productRows(productCodes)].filter((row) => row.system !== CPT);
  return { ...rest, codes: rows };
}

function print(concepts: Record<string, Concept>, meta: unknown): string {
  const blocks = Object.entries(concepts).map(([id, { codes, ...rest }]) => {
    const head = Object.entries(rest).map(
      ([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`,
    );
    const rows = codes.map((row) => `      ${JSON.stringify(row)}`).join(',\n');
    return `  ${JSON.stringify(id)}: {\n${head.join('')}    "codes": [${rows ? `\n${rows}\n    ` : ''}]\n  }`;
  });
  return `{\n  "_meta": ${JSON.stringify(meta)},\n${blocks.join(',\n')}\n}\n`;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [path] = positionals;
if (path === undefined) {
  console.error('usage: npm run concepts -- PATH/TO/codes.json');
  process.exit(1);
}
const { _meta: meta, ...concepts } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Concept> & {
  _meta: Record<string, unknown>;
};
const built = Object.fromEntries(
  Object.entries(concepts).map(([id, concept]) => [id, buildConcept(concept)]),
);
const { title, version, date, verification, rules, licences } = meta;
writeFileSync(
  new URL('../cards/concepts.json', import.meta.url),
  print(built, { title, version, date, verification, rules, licences }),
);
console.log(
  `cards/concepts.json: ${Object.keys(built).length} concepts, ${Object.values(built).reduce((n, c) => n + c.codes.length, 0)} codes`,
);
