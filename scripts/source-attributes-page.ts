/**
 * docs/source-attributes.md: for each recommendation the data, logic, evidence and validation behind it, from cards/, src/ and test/.
 * The prose around it is docs/intended-use.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { FACTS, type FactName } from '../src/facts/index.ts';
import { planOf } from '../src/facts/queries.ts';
import { QUERY_KEYS, type QueryKey } from '../src/facts/record.ts';
import type { Knowledge } from '../src/knowledge/load.ts';
import type { Recommendation } from '../src/knowledge/recommendation.ts';
import { inputsAt, type Rule } from '../src/rules/define-rule.ts';

const root = new URL('../', import.meta.url);

/** What of source attributes (5) to (13) a query can bring; nothing else of those is ever asked for. */
const PERSONAL: Readonly<Partial<Record<QueryKey, string>>> = {
  patient: 'date of birth and sex (`Patient.birthDate`, `Patient.gender`)',
  socialHistory: 'smoking and pregnancy status',
};

/**
 * @param table makes a Markdown table of a head and rows.
 * @returns the page without the comment that says that it is generated.
 */
export function sourceAttributesPage(
  { recommendations, services }: Knowledge,
  rules: readonly Rule[],
  table: (head: readonly string[], rows: readonly (readonly string[])[]) => string,
): string {
  const inCql = readFileSync(new URL('test/cql/check.ts', root), 'utf8');
  const all = [...recommendations.values()].sort((a, b) => (a.specification < b.specification ? -1 : 1));
  const sections = all.map((one) => {
    const rule = rules.find(({ id }) => id === one.id);
    if (rule === undefined) throw new Error(`no rule of ${one.id}`);
    const hooks = services
      .filter((service) => service.recommendations.includes(one.id))
      .map(({ hook }) => hook);
    const keys = keysOf([...new Set(hooks.flatMap((hook) => inputsAt(rule, hook)))]);
    return [
      `## ${one.id}`,
      `**${one.title}** (${one.specification}, ${hooks.join(', ')})`,
      table(
        ['Attribute', ''],
        [
          ['Question', one.question],
          ['Output', `recommendation: ${outputOf(one)}`],
          ['Data', keys.map((key) => `\`${key}\``).join(', ')],
          ['Personal attributes', personal(keys)],
          ['Logic', `\`src/rules/${one.id}.ts\`; [criteria and numbers](recommendations.md#${one.id})`],
          ['When data is missing', one.whenDataIsMissing],
          ['Evidence', evidenceOf(one)],
          ['Releases and revisions', releasesOf(one)],
          ['Evidence last checked', lastChecked(one)],
          ['Reviewed', reviewOf(one)],
          ['Validation', validationOf(one, inCql.includes(`'${one.id}'`))],
        ],
      ),
    ].join('\n\n');
  });
  const keys = QUERY_KEYS.filter((key) => key !== 'patient' && key !== 'encounter');
  return [
    '# Source attributes of each recommendation',
    `For whoever must judge what a card rests on, in the order of 45 CFR 170.315(b)(11)(iv)(A). [intended-use.md](intended-use.md) says what this is for and what it is not for. Of every recommendation holds: **race, ethnicity, language, sexual orientation and gender identity are not asked for and not used**; nor are other social determinants. What is not in the record is never imputed. The kidney equation and the risk equation are those without race (CKD-EPI 2021, PREVENT base model); where a laboratory reports only a race-specific pair of eGFR, the lower value is used. Reminders are also silent for what \`cards/definitions.yaml\` excludes for all of them.`,
    '**Not validated in patients.** "Validation" below means that the software does what the criteria say, on made-up records. No outcome, acceptance or equity study of these cards exists.',
    ...sections,
    '## The data keys',
    table(
      ['Key', 'Why it is read'],
      [
        ['`patient`', 'The Patient resource: age, sex.'],
        ['`encounter`', 'The Encounter resource: whether the patient is admitted.'],
        ...keys.map((key) => [`\`${key}\``, planOf(key).why]),
      ],
    ),
  ].join('\n\n');
}

function keysOf(facts: readonly FactName[]): readonly QueryKey[] {
  const needed: ReadonlySet<QueryKey> = new Set(facts.flatMap((name) => FACTS[name].needs));
  return QUERY_KEYS.filter((key) => needed.has(key));
}

function outputOf({ card, suggestions = {} }: Recommendation): string {
  const indicators = [...new Set(Object.values(card.variants).map(({ indicator }) => indicator))];
  const count = Object.keys(suggestions).length;
  return `a card (${indicators.join(', ')}) with ${count === 0 ? 'no' : String(count)} possible suggestion${count === 1 ? '' : 's'}`;
}

function personal(keys: readonly QueryKey[]): string {
  const used = keys.flatMap((key) => PERSONAL[key] ?? []);
  return used.length === 0 ? 'none' : used.join('; ');
}

function evidenceOf({ evidence }: Recommendation): string {
  return Object.values(evidence)
    .map(({ citation, url }) => `${citation.trim()} <${url}>`)
    .join('<br>');
}

function releasesOf({ history }: Recommendation): string {
  return history.map(({ version, date, change }) => `${version} (${date}): ${change}`).join('<br>');
}

function lastChecked({ evidence }: Recommendation): string {
  return (
    Object.values(evidence)
      .map(({ checked }) => checked)
      .sort()
      .at(-1) ?? 'never'
  );
}

function reviewOf({ review }: Recommendation): string {
  return review.status === 'draft'
    ? 'no: draft, not signed off by a physician'
    : `approved by ${review.by ?? 'nobody named'} on ${review.date ?? 'no date'}`;
}

function validationOf({ id }: Recommendation, isInCql: boolean): string {
  const patients = readdirSync(new URL(`fixtures/patients/${id}/`, root)).filter(
    (file) => file !== 'expected.json',
  ).length;
  return [
    `table of cases \`test/rules/${id}.test.ts\``,
    `${String(patients)} whole records \`fixtures/patients/${id}/\``,
    ...(isInCql
      ? ['written a second time in CQL and compared ([independent-check.md](independent-check.md))']
      : []),
  ].join('; ');
}
