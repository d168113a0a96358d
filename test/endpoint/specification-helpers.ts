/**
 * What the specification tests share: patients in clinical words, the service behind its endpoint, and the comparison of an
 * answer with what the clinical specification says.
 *
 * Patients are served by a FHIR server and the templates filled as an EHR does. The evaluation date is 2026-01-15.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import type { Resource } from '../../src/facts/record.ts';
import { cdsResponseSchema, type Card } from '../../src/hooks/card.ts';
import type { CdsService } from '../../src/hooks/discovery.ts';
import type { PolicyFile } from '../../src/knowledge/policy.ts';
import { RULES } from '../../src/rules/index.ts';
import {
  bloodPressure,
  coded,
  condition,
  lab,
  ldl,
  man,
  order,
  patient,
  policyOf,
  TODAY,
  vitaminD,
} from '../build-record.ts';
import { startFhirServer, type LoopbackFhirServer } from '../gather/loopback-fhir-server.ts';
import { fillPrefetch, hookRequest, startService, topics, type TestService } from './ehr.ts';
import { expectValidR4 } from './valid-r4.ts';

export const R01 = 'romosozumab-mi-stroke-order';
export const R02 = 'antiresorptive-hypocalcemia-order';
export const R03 = 'serm-vte-stroke-order';
export const R04 = 'bisphosphonate-renal-order';
export const R05 = 'calcium-supplement-order';
export const R06 = 'mineral-metabolism-workup';
export const R07 = 'hip-fracture-cv-evaluation';
export const R08 = 'fracture-osteoporosis-treatment-gap';
export const R09 = 'vitamin-d-level-missing';
export const R10 = 'vitamin-d-low-result';
export const R11 = 'low-bmd-cv-risk-check';
export const R12 = 'blood-pressure-bone-heart';
export const R13 = 'severe-ldl-low-bmd';
export const R14 = 'ckd-mbd-monitoring';
export const R15 = 'dxa-screening-due';
export const R16 = 'dxa-repeat-due';
export const R17 = 'lipid-panel-overdue';
export const R18 = 'prevent-risk-low-bmd';
export const R19 = 'diabetes-bone-risk';
export const R20 = 'glucocorticoid-bone-heart';
export const R21 = 'hormone-deprivation-bone-heart';
export const R22 = 'low-testosterone-bone-heart';
export const R23 = 'hscrp-risk-enhancer';
export const R24 = 'crp-acute-inflammation';
export const R25 = 'cac-low-bmd';
export const R26 = 'smoking-cessation-bone-heart';
/** The merged card of what exceeds `maxCards`. */
export const MORE = 'more-recommendations';

export const CLOSING = 'Association, not proof of cause. Clinical judgement applies.';

/** OR-std of rules.md 0.4. */
export const STANDARD = [
  'action-completed',
  'indication-order-exists',
  'patient-ineligible',
  'action-not-priority',
  'need-more-info',
  'patient-refuses',
  'limited-time',
];
/** OR-safe of rules.md 0.4. */
export const SAFE = [
  'risk-benefit-ratio',
  'expert-contradicts',
  'mitigate-risk-negative-outcome',
  'patient-ineligible',
  'prefers-alternative',
  'does-not-align-latest-evidence',
];

export type Extra = Readonly<Record<string, unknown>>;
export type PolicyName = 'guideline' | 'article' | 'capped' | 'EU' | 'UK' | 'AU';
export type Prefetch = Readonly<Record<string, unknown>>;

export interface Case {
  readonly name: string;
  readonly record: readonly Resource[];
  /** Recommendation id -> indicator; the whole answer, or all of it that `about` names. */
  readonly cards: Readonly<Record<string, string>>;
  /** The recommendations that are compared; all of them when absent. */
  readonly about?: readonly string[];
  readonly hook?: 'order-select' | 'order-sign' | 'encounter-discharge';
  readonly policy?: PolicyName;
  readonly drafts?: readonly Resource[];
  /** Ids of the selected drafts; all of them when absent. */
  readonly selections?: readonly string[];
  /** Context encounter; it is in the record under this id. */
  readonly encounterId?: string;
  /** Prefetch keys that the EHR does not send: a key, or a code of the query. */
  readonly without?: readonly string[];
  /** Prefetch values as another EHR would send them. */
  readonly prefetch?: (filled: Prefetch, keysOf: (code: string) => readonly string[]) => Prefetch;
  /** Words of the first card that is compared. */
  readonly summary?: string | RegExp;
  readonly detail?: RegExp;
  readonly detailWithout?: RegExp;
  /** A drug, or the article's "everyone", is the trigger: R4 has no reason that could name it. */
  readonly triggeredByDrug?: true;
  readonly today?: string;
  /** Labels of the suggestions of the first card that is compared. */
  readonly suggests?: readonly string[];
  /** Codes of the orders that it suggests: all of them, in any order. */
  readonly orders?: readonly string[];
  /** Codes among the orders that it suggests. */
  readonly ordersWith?: readonly string[];
  /** Codes that it must not suggest. */
  readonly ordersWithout?: readonly string[];
  /** Whether it offers to remove the draft. */
  readonly removes?: boolean;
}

/** A calendar date before the evaluation date; months first, clamped to the month's end, then days. */
export function ago({ months = 0, days = 0 }: { months?: number; days?: number }): string {
  const [year = 0, month = 1, day = 1] = TODAY.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 - months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(day, last) - days);
  return first.toISOString().slice(0, 10);
}
export const months = (n: number): string => ago({ months: n });
/** One day more than n months ago. */
export const over = (n: number): string => ago({ months: n, days: 1 });
export const days = (n: number): string => ago({ days: n });

export const icd = (code: string, onset?: string, extra: Extra = {}): Resource =>
  condition('icd10cm', code, { ...(onset === undefined ? {} : { onsetDateTime: onset }), ...extra });
export const snomed = (code: string, onset?: string, extra: Extra = {}): Resource =>
  condition('snomed', code, { ...(onset === undefined ? {} : { onsetDateTime: onset }), ...extra });
export const recorded = (date: string): Extra => ({ recordedDate: date });
export const stopped = (authoredOn: string): Extra => ({ status: 'stopped', authoredOn });

/** An Observation without a value, for `extra`: the reason stands in its place. */
export const noValue = (reason: string): Extra => ({
  valueQuantity: undefined,
  dataAbsentReason: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: reason }],
  },
});

/** An Observation whose value is a code. */
export const codedValue = (loinc: string, snomedCode: string, date: string, extra: Extra = {}): Resource => ({
  ...lab(loinc, 0, '1', date),
  valueQuantity: undefined,
  valueCodeableConcept: coded('snomed', snomedCode),
  ...extra,
});
export const currentSmoker = (date: string): Resource => codedValue('72166-2', '449868002', date);
export const formerSmoker = (date: string): Resource => codedValue('72166-2', '8517006', date);
export const neverSmoker = (date: string): Resource => codedValue('72166-2', '266919005', date);

export const woman = (age: number, extra: Extra = {}): Resource => patient(age, extra);
export const male = (age: number, extra: Extra = {}): Resource => patient(age, { ...man, ...extra });

/** Lipids and blood pressure on file, so that R11 and R17 have nothing to say. */
export const current = [ldl(100), bloodPressure(120, 70)];
/** The same and a vitamin D level, so that R09 and R10 have nothing to say either. */
export const settled = [...current, vitaminD(40)];

export const hip = (onset: string, extra: Extra = {}): Resource => icd('S72.001A', onset, extra);
/** A referral, by default to endocrinology. */
export const referral = (date: string, extra: Extra = {}, code = '306278007'): Resource =>
  order(coded('snomed', code), { authoredOn: date, ...extra });

export function encounter(code: string, extra: Extra = {}): Resource {
  return {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code },
    subject: { reference: 'Patient/p1' },
    ...extra,
  };
}

/** A draft MedicationRequest by text or CodeableConcept. */
export function draftOf(medication: string | Extra, extra: Extra = {}): Resource {
  return {
    resourceType: 'MedicationRequest',
    id: 'draft-1',
    status: 'draft',
    intent: 'order',
    subject: { reference: 'Patient/p1' },
    medicationCodeableConcept: typeof medication === 'string' ? { text: medication } : medication,
    ...extra,
  };
}

/** The first page of a list that has more; nobody can fetch the rest. */
export function cutOff(bundle: unknown): unknown {
  return {
    ...(bundle as object),
    link: [{ relation: 'next', url: 'https://ehr.example.org/next' }],
  };
}
export const OUTCOME = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'error', code: 'forbidden' }],
};

let running: Record<PolicyName, TestService>;
let services: readonly CdsService[];
let fhir: LoopbackFhirServer;
/** What the FHIR server holds; each case replaces it. */
const store: Resource[] = [];
const validate = new Ajv({ strict: true }).compile(cdsResponseSchema);

/** Starts the services before the tests of a file and stops them after; with `only`, the other recommendations are off. */
export function useServices(only: readonly string[] = RULES.map(({ id }) => id)): void {
  const others = RULES.filter(({ id }) => !only.includes(id)).map(({ id }) => [id, { mode: 'off' }] as const);
  const more: PolicyFile = { recommendations: Object.fromEntries(others) };
  beforeAll(async () => {
    const start = (file: PolicyFile): Promise<TestService> => startService(policyOf({ ...more, ...file }));
    running = {
      guideline: await start({ maxCards: 20 }),
      article: await start({ maxCards: 20, preset: 'article' }),
      capped: await start({}),
      EU: await start({ region: 'EU' }),
      UK: await start({ region: 'UK' }),
      AU: await start({ region: 'AU' }),
    };
    services = await running.guideline.discovery();
    fhir = await startFhirServer(store);
  });
  afterAll(async () => {
    for (const service of Object.values(running)) await service.close();
    await fhir.close();
  });
}

/** All cards of the answer, whatever `about` says. */
export async function cardsOf(one: Case): Promise<readonly Card[]> {
  store.splice(0, store.length, ...one.record);
  const hook = one.hook ?? 'patient-view';
  const listed = services.find((service) => service.hook === hook);
  if (listed === undefined) throw new Error(`no service for ${hook}`);
  const named: Record<string, string> = {
    patientId: 'p1',
    ...(one.encounterId === undefined ? {} : { encounterId: one.encounterId }),
  };
  const keysOf = (code: string): readonly string[] =>
    Object.entries(listed.prefetch ?? {}).flatMap(([key, template]) =>
      key === code || new RegExp(`\\|${code}(?:,|&|$)`).test(template) ? [key] : [],
    );
  const left = new Set((one.without ?? []).flatMap(keysOf));
  const filled = Object.fromEntries(
    Object.entries(await fillPrefetch(listed, named, fhir.url)).filter(([key]) => !left.has(key)),
  );
  const prefetch = one.prefetch === undefined ? filled : one.prefetch(filled, keysOf);
  const request = hookRequest(hook, 'p1', { prefetch, context: { ...named, ...orderContext(one) } });
  const service = running[one.policy ?? 'guideline'];
  service.setToday(one.today ?? TODAY);
  const { status, body } = await service.call(listed.id, request);
  expect(status).toBe(200);
  expect(validate(body)).toBe(true);
  return body.cards;
}

function orderContext({ hook, drafts = [], selections }: Case): Extra {
  if (hook === 'encounter-discharge') return { encounterId: 'e1' };
  if (hook === undefined) return {};
  const draftOrders = { resourceType: 'Bundle', entry: drafts.map((resource) => ({ resource })) };
  const ids = drafts.map(({ resourceType, id }) => `${resourceType}/${String(id)}`);
  return { draftOrders, ...(hook === 'order-select' ? { selections: selections ?? ids } : {}) };
}

/** The cards of the recommendations that a case is about. */
export function comparedOf({ about }: Case, cards: readonly Card[]): readonly Card[] {
  return about === undefined ? cards : cards.filter((card) => about.includes(topicOf(card)));
}

export const topicOf = ({ source }: Card): string => source.topic?.code ?? '';

/** Codes of the orders that a card suggests. */
export function orderedCodes(card: Card | undefined): readonly string[] {
  return (card?.suggestions ?? []).flatMap(({ actions = [] }) =>
    actions.flatMap((action) => {
      if (action.type === 'delete') return [];
      const { code } = action.resource as unknown as { code?: { coding?: { code?: string }[] } };
      return code?.coding?.[0]?.code ?? [];
    }),
  );
}

/** Ids of the drafts that a card offers to remove. */
export function removedDrafts(card: Card | undefined): readonly string[] {
  return (card?.suggestions ?? []).flatMap(({ actions = [] }) =>
    actions.flatMap((action) => (action.type === 'delete' ? [action.resourceId] : [])),
  );
}

/** One test for each row; `shared` stands for what all rows have in common. */
export function cases(rows: readonly Case[], shared: Partial<Case> = {}): void {
  test.each(rows.map((row): Case => ({ ...shared, ...row })))('$name', async (one) => {
    const cards = await cardsOf(one);
    const compared = comparedOf(one, cards);
    expect(topics(compared)).toEqual(one.cards);
    for (const card of cards) expectConvention(card, mayLackReason(one, card));
    expectWords(one, compared[0]);
    expectSuggestions(one, compared[0]);
  });
}

function mayLackReason({ triggeredByDrug, policy, about }: Case, card: Card): boolean {
  return triggeredByDrug === true || policy === 'article' || about?.includes(topicOf(card)) === false;
}

function expectWords({ summary, detail, detailWithout }: Case, card: Card | undefined): void {
  if (summary !== undefined) expect(card?.summary).toMatch(summary);
  if (detail !== undefined) expect(card?.detail).toMatch(detail);
  if (detailWithout !== undefined) expect(card?.detail).not.toMatch(detailWithout);
}

function expectSuggestions(one: Case, card: Card | undefined): void {
  const ordered = orderedCodes(card);
  if (one.suggests !== undefined) {
    expect((card?.suggestions ?? []).map(({ label }) => label)).toEqual(one.suggests);
  }
  if (one.orders !== undefined) expect([...ordered].sort()).toEqual([...one.orders].sort());
  if (one.ordersWith !== undefined) expect(ordered).toEqual(expect.arrayContaining([...one.ordersWith]));
  for (const code of one.ordersWithout ?? []) expect(ordered).not.toContain(code);
  if (one.removes !== undefined) expect(removedDrafts(card).length > 0).toBe(one.removes);
}

const ORDER_CATEGORIES = ['108252007', '363679005', '409063005', '3457005'];
/** What no clinician should read. */
export const NONSENSE = /[{}]|\bundefined\b|\bnull\b|\bNaN\b|\bInfinity\b|\[object/;

/** rules.md 0.4, on every card of every case. */
export function expectConvention(card: Card, isWithoutReason: boolean): void {
  expect(card.summary.length).toBeLessThan(140);
  expect(card.summary).not.toMatch(NONSENSE);
  expect(card.source.label).toMatch(/\S/);
  expect(card.source.topic?.system).toBe('https://bone-heart-cds.org/CodeSystem/recommendation');
  expect(card.detail).not.toMatch(NONSENSE);
  if (card.source.topic?.code === MORE || card.summary.startsWith('Could not check before signing')) return;
  expect(card.source.label).toMatch(/\d{4}|label/);
  expect(card.detail).toMatch(
    /\*\*Found\*\*[^]*\*\*Why\*\*[^]*\*\*Not found \/ could not check\*\*[^]*\*\*Sources and limits\*\*/,
  );
  expect(card.detail?.trimEnd().endsWith(CLOSING)).toBe(true);
  expect(card.overrideReasons?.length).toBeGreaterThan(4);
  for (const { url } of card.links ?? []) expect(url).toMatch(/^https:\/\//);
  expectValidR4(card);
  for (const { actions = [] } of card.suggestions ?? []) {
    for (const action of actions) {
      if (action.type === 'delete') expect(card.indicator).toMatch(/warning|critical/);
      else expectOrder(action.resource, card.source.topic?.code ?? '', isWithoutReason);
    }
  }
}

function expectOrder(resource: Extra, recommendation: string, isWithoutReason: boolean): void {
  expect(resource).toMatchObject({
    resourceType: 'ServiceRequest',
    status: 'draft',
    intent: 'proposal',
    priority: 'routine',
    subject: { reference: expect.stringMatching(/^Patient\/.+/) },
    requester: { reference: 'Practitioner/d1' },
    occurrencePeriod: { start: expect.any(String), end: expect.any(String) },
    note: [{ text: expect.stringMatching(`^Suggested by bone-heart CDS, rule ${recommendation} v0\\.1`) }],
  });
  const [category] = resource['category'] as { coding: { code: string }[] }[];
  expect(ORDER_CATEGORIES).toContain(category?.coding[0]?.code);
  if (!isWithoutReason) expect('reasonCode' in resource || 'reasonReference' in resource).toBe(true);
}
