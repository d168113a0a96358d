/**
 * Where the numbers of a card come from: the facts that the explanation lists, the record, the recommendation's own
 * parameters, or a computation that is named here.
 */
import type { Decision } from '../../src/decide.ts';
import type { ExplainedEvidence } from '../../src/explain.ts';
import type { Resource } from '../../src/facts/record.ts';
import type { Recommendation } from '../../src/knowledge/recommendation.ts';
import { recommendationsOf, type Recommend } from '../../src/rules/define-rule.ts';

/** Placeholders whose number is in no record, and where it comes from. `*` stands for every recommendation. */
const COMPUTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': {
    corrected: 'calcium corrected for albumin (units.md)',
    calciumLimit: 'limit of the report, else of cards/definitions.yaml (G17)',
    pthRange: "the report's own reference range",
    eGfr: 'eGFR by CKD-EPI 2021 where only creatinine is on file (G18)',
    earlierEgfr: 'the same for the earlier one of two',
  },
  'blood-pressure-bone-heart': { s: 'mean of days (G16)', d: 'mean of days (G16)' },
  'bisphosphonate-renal-order': {
    clearance: 'Cockcroft-Gault',
    v: 'Cockcroft-Gault, or eGFR by CKD-EPI 2021',
  },
  'calcium-supplement-order': {
    draftDose: 'elemental calcium a day',
    total: 'elemental calcium a day of draft and active orders',
    v: 'sum of vitamin D2 and D3 of one sample',
  },
  'dxa-screening-due': {
    ost: '0.2 x (kg - years)',
    score: 'OST or ORAI',
    orai: 'sum of the ORAI points',
    agePoints: 'ORAI points of the age band',
    weightPoints: 'ORAI points of the weight band',
    oestrogenPoints: 'ORAI points without oestrogen',
    toolAge: 'the youngest possible age of a partial birth date',
  },
  'fracture-osteoporosis-treatment-gap': {
    others: 'count of the fracture entries',
    endDate: 'end of the supply where no end is stated',
  },
  'glucocorticoid-bone-heart': {
    d: 'mg a day times the prednisone equivalent',
    days: 'merged days of supply',
    since: 'start of the exposure, cut to the window',
  },
  'prevent-risk-low-bmd': {
    ascvd10: 'PREVENT',
    ascvd30: 'PREVENT',
    cvd10: 'PREVENT',
    cvd30: 'PREVENT',
    hf10: 'PREVENT',
    hf30: 'PREVENT',
    bmi: 'kg / m2',
    systolic: 'mean of days (G16)',
  },
};

/** One number or date of a card that nothing accounts for. */
export interface Unaccounted {
  readonly recommendation: string;
  readonly placeholder: string;
  readonly value: string;
}

/** Numbers and dates in the summary and the Found block of all findings that neither record nor computation accounts for. */
export function unaccounted(decision: Decision, record: readonly Resource[]): readonly Unaccounted[] {
  const explained = decision.explain();
  const written = stringsOf(record);
  return decision.judgements.flatMap(({ active, finding }) => {
    const { id } = active.rule;
    const facts = explained.find(({ recommendation }) => recommendation === id)?.facts ?? [];
    const known = new Set([
      ...facts.flatMap(({ evidence = [] }) => evidence).flatMap(numbersOf),
      ...Object.values(active.parameters).flatMap(parameterNumbers),
    ]);
    return recommendationsOf(finding).flatMap((one) =>
      placeholdersOf(active.recommendation, one)
        .filter((placeholder) => !isComputed(id, placeholder))
        .map((placeholder) => ({ placeholder, value: String(one.values[placeholder]) }))
        .filter(({ value }) => !isAccountedFor(value, known, written))
        .map((missing) => ({ recommendation: id, ...missing })),
    );
  });
}

/** Placeholders that the summary and the Found lines of this card use. */
function placeholdersOf({ card }: Recommendation, finding: Recommend): readonly string[] {
  const templates = [
    card.variants[finding.variant]?.summary ?? '',
    ...finding.found.map((key) => card.found[key] ?? ''),
  ];
  const keys = templates.flatMap((text) => [...text.matchAll(/\{([a-z]\w*)\}/gi)].map(([, key = '']) => key));
  return [...new Set(keys)];
}

function isComputed(recommendation: string, placeholder: string): boolean {
  return [COMPUTED['*'], COMPUTED[recommendation]].some(
    (table) => table !== undefined && placeholder in table,
  );
}

/** Not the digits of a name, such as 25-OH vitamin D or D3. */
const NUMBER = /(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.]|-[A-Za-z])/g;
const DATE = /\b\d{4}-\d\d(?:-\d\d)?\b/g;

function isAccountedFor(value: string, known: ReadonlySet<string>, written: readonly string[]): boolean {
  if (known.has(value)) return true;
  const dates = value.match(DATE) ?? [];
  const numbers = value.replace(DATE, '').match(NUMBER) ?? [];
  return (
    dates.every((date) => written.some((text) => text.startsWith(date))) &&
    numbers.every(
      (number) => known.has(String(Number(number))) || written.some((text) => text.includes(number)),
    )
  );
}

/** A value as sent and as used, also rounded to one to three decimals and cut to one (T-scores, G9). */
function numbersOf({ sent, used }: ExplainedEvidence): readonly string[] {
  return [sent?.value, used?.value].flatMap((value) => {
    if (typeof value !== 'number') return value === undefined ? [] : [value];
    const cut = Math.trunc(Number((value * 10).toPrecision(12))) / 10;
    return [value, ...[3, 2, 1].map((decimals) => Number(value.toFixed(decimals))), cut].map((number) =>
      String(number + 0),
    );
  });
}

function parameterNumbers(parameter: unknown): readonly string[] {
  if (typeof parameter === 'number') return [String(parameter)];
  if (typeof parameter !== 'object' || parameter === null) return [];
  return Object.values(parameter).flatMap(parameterNumbers);
}

/** All texts of the record: dates, drug names with their strengths. */
function stringsOf(json: unknown): readonly string[] {
  if (typeof json === 'string') return [json];
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(stringsOf) : [];
}
