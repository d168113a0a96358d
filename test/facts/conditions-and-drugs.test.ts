import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { condition as conditionFact, conditionEver } from '../../src/facts/conditions.ts';
import { glucocorticoid } from '../../src/facts/glucocorticoid.ts';
import { onDrug, type DrugUse } from '../../src/facts/medications.ts';
import { hasOrder, isOrdered, isReferred } from '../../src/facts/orders.ts';
import type { Resource } from '../../src/facts/record.ts';
import { smoking } from '../../src/facts/smoking.ts';
import { exclusion } from '../../src/rules/exclusions.ts';
import {
  clinicalStatus,
  coded,
  condition,
  daily,
  drug,
  guideline,
  lab,
  man,
  order,
  patient,
  statement,
  verificationStatus,
  vitaminD,
} from '../build-record.ts';
import { chartOf, reading, type Setting } from './chart-of.ts';

type Extra = Readonly<Record<string, unknown>>;

describe('conditions: active, ever, and the date of the event (G3-G5)', () => {
  const diabetes = (extra: Extra = {}): Resource => condition('icd10cm', 'E11.9', extra);
  const state = (resource: Resource, concept: string): string =>
    conditionFact(chartOf([resource]), concept).state;
  test.each<[string, Extra, string]>([
    ['active', {}, 'known'],
    ['recurrence', clinicalStatus('recurrence'), 'known'],
    ['no clinical status', { clinicalStatus: undefined }, 'known'],
    ['no verification', { verificationStatus: undefined }, 'known'],
    ['resolved', clinicalStatus('resolved'), 'absent'],
    ['inactive', clinicalStatus('inactive'), 'absent'],
    ['refuted', verificationStatus('refuted'), 'absent'],
    ['unconfirmed', verificationStatus('unconfirmed'), 'absent'],
    ['provisional', verificationStatus('provisional'), 'absent'],
    ['differential', verificationStatus('differential'), 'absent'],
    ['active with an abatement today', { abatementDateTime: '2026-01-15' }, 'absent'],
    ['abatement tomorrow', { abatementDateTime: '2026-01-16' }, 'known'],
    ['abatement in words', { abatementString: 'last year' }, 'absent'],
    ['ended period', { abatementPeriod: { end: '2020-01-01' } }, 'absent'],
    ['family history', { category: [{ coding: [{ code: 'family-history' }] }] }, 'absent'],
    ['before birth', { onsetDateTime: '1900-01-01' }, 'absent'],
  ])('diabetes, %s: %s', (_, extra, expected) => {
    expect(state(diabetes(extra), 'diabetesAny')).toBe(expected);
  });
  test.each(['resolved', 'inactive'])('a heart attack counts for ever: %s', (status) => {
    expect(state(condition('icd10cm', 'I21.9', clinicalStatus(status)), 'myocardialInfarction')).toBe(
      'known',
    );
  });
  test('prediabetes is not diabetes', () => {
    expect(state(condition('icd10cm', 'R73.03'), 'diabetesAny')).toBe('absent');
  });
  test.each(['I25.3', 'G45.4'])('%s is excluded from its concept and so from ASCVD', (code) => {
    expect(state(condition('icd10cm', code), 'ascvd')).toBe('absent');
  });
  test('ICD codes without a dot are the same codes', () => {
    expect(state(condition('icd10cm', 'I219'), 'myocardialInfarction')).toBe('known');
  });
  const event = (resource: Resource, concept: string, ...others: readonly Resource[]): string => {
    const fact = conditionEver(chartOf([resource, ...others]), concept);
    const first = fact.state === 'known' ? fact.value[0] : undefined;
    return first === undefined ? fact.state : `${first.event?.kind ?? '-'} ${first.event?.date.text ?? '-'}`;
  };
  const infarct = (extra: Extra): Resource => condition('icd10cm', 'I21.9', extra);
  test.each<[string, Extra, string]>([
    [
      'onset before recorded',
      { onsetDateTime: '2025-01-01', recordedDate: '2025-02-01' },
      'onset 2025-01-01',
    ],
    [
      'start of the onset period',
      { onsetPeriod: { start: '2025-01-02', end: '2025-01-09' } },
      'onset 2025-01-02',
    ],
    ['recorded', { recordedDate: '2025-02-01' }, 'recorded 2025-02-01'],
    ['onset as an age', { onsetAge: { value: 60 }, recordedDate: '2025-02-01' }, '- -'],
    ['onset as text', { onsetString: 'long ago', recordedDate: '2025-02-01' }, '- -'],
    ['impossible onset', { onsetDateTime: '2025-02-30', recordedDate: '2025-02-01' }, '- -'],
    ['the linked encounter', { encounter: { reference: 'Encounter/e' } }, 'encounter 2025-03-01'],
  ])('%s', (_, extra, expected) => {
    const encounter = { resourceType: 'Encounter', id: 'e', period: { start: '2025-03-01T10:00:00Z' } };
    expect(event(infarct(extra), 'myocardialInfarction', encounter)).toBe(expected);
  });
  test.each([
    ['icd10cm', 'I25.2', 'myocardialInfarction'],
    ['snomed', '1755008', 'myocardialInfarction'],
    ['snomed', '399211009', 'myocardialInfarction'],
    ['icd10cm', 'Z86.73', 'stroke'],
    ['icd10cm', 'I69.354', 'stroke'],
    ['icd10cm', 'Z86.711', 'venousThromboembolism'],
    ['icd10cm', 'Z87.310', 'fragilityFracture'],
    ['icd10cm', 'S72.001D', 'hipFracture'],
    ['icd10cm', 'M80.08XS', 'fragilityFracture'],
  ] as const)('history code %s %s: the recorded date is not the event', (system, code, concept) => {
    expect(event(condition(system, code, { recordedDate: '2026-01-14' }), concept)).toBe('- -');
    expect(event(condition(system, code, { onsetDateTime: '2025-05-05' }), concept)).toBe('onset 2025-05-05');
  });
});

describe('global exclusions of reminders (0.2, G12-G14)', () => {
  const of = (
    resources: readonly Resource[],
    setting: Setting = {},
    hook: 'patient-view' | 'encounter-discharge' = 'patient-view',
  ): string => {
    const found = exclusion(chartOf(resources, setting), 'reminder', hook, []);
    return found === null ? 'none' : `${found.name}${found.holds === undefined ? ' ?' : ''}`;
  };
  const pregnant = (extra: Extra = {}): Resource => condition('icd10cm', 'Z33.1', extra);
  const status = (value: string, date: string): Resource =>
    lab('82810-3', 0, '1', date, { valueQuantity: undefined, valueCodeableConcept: coded('snomed', value) });
  const encounter = (code: unknown): Resource => ({ resourceType: 'Encounter', id: 'e', class: { code } });
  const hospice = coded('snomed', '385763009');
  test.each<[string, readonly Resource[], string]>([
    ['woman of 66', [patient(66)], 'none'],
    ['18 today', [patient(18)], 'none'],
    ['18 tomorrow', [patient(18, { birthDate: '2008-01-16' })], 'age'],
    ['no birth date', [patient(66, { birthDate: undefined })], 'age'],
    ['birth year 2008: 17 or 18', [patient(18, { birthDate: '2008' })], '?'],
    ['died', [patient(66, { deceasedDateTime: '2025-01-01' })], 'deceased'],
    ['not dead', [patient(66, { deceasedBoolean: false })], 'none'],
    ['inpatient', [patient(66), encounter('IMP')], 'inpatient'],
    ['emergency', [patient(66), encounter('EMER')], 'inpatient'],
    ['ambulatory', [patient(66), encounter('AMB')], 'none'],
    ['class unreadable', [patient(66), encounter(7)], 'none'],
    ['hospice condition', [patient(66), condition('icd10cm', 'Z51.5')], 'hospice'],
    [
      'hospice order 12 months ago to the day',
      [patient(66), order(hospice, { authoredOn: '2025-01-15' })],
      'hospice',
    ],
    ['hospice order one day older', [patient(66), order(hospice, { authoredOn: '2025-01-14' })], 'none'],
    ['pregnant', [patient(40), pregnant({ onsetDateTime: '2025-10-01' })], 'pregnancy'],
    [
      'pregnant for 10 months to the day',
      [patient(40), pregnant({ onsetDateTime: '2025-03-15' })],
      'pregnancy',
    ],
    ['"pregnant" for longer', [patient(40), pregnant({ onsetDateTime: '2025-03-14' })], 'none'],
    ['recorded only', [patient(40), pregnant({ recordedDate: '2025-10-01' })], 'pregnancy'],
    ['55 years', [patient(55), pregnant({ recordedDate: '2025-10-01' })], 'pregnancy'],
    ['56 years', [patient(56), pregnant({ recordedDate: '2025-10-01' })], 'none'],
    ['man', [patient(40, man), pregnant({ recordedDate: '2025-10-01' })], 'none'],
    ['positive status', [patient(40), status('77386006', '2025-10-01')], 'pregnancy'],
    [
      'a later negative status',
      [patient(40), status('77386006', '2025-10-01'), status('60001007', '2025-12-01')],
      'none',
    ],
    ['old positive status', [patient(40), status('77386006', '2025-03-14')], 'none'],
  ])('%s: %s', (_, resources, expected) => {
    expect(of(resources)).toContain(expected);
    expect(of(resources.toReversed())).toContain(expected);
  });
  test('a search that failed leaves it open', () => {
    expect(of([patient(66)], { unknown: { conditions: 'failed' } })).toBe('hospice or palliative care ?');
    expect(of([patient(40)], { unknown: { socialHistory: 'failed' } })).toBe('pregnancy ?');
  });
  test('a discharge happens in hospital', () => {
    expect(of([patient(66), encounter('IMP')], {}, 'encounter-discharge')).toBe('none');
  });
});

describe('on a drug (G6)', () => {
  const on = (resource: Resource, use: DrugUse, setting: Setting = {}): string =>
    onDrug(chartOf([resource], setting), 'statins', use).state;
  const statin = (extra: Extra = {}): Resource => drug('Atorvastatin 20 MG Oral Tablet', extra);
  const bounds = (end: string): Extra => ({
    dosageInstruction: [{ timing: { repeat: { boundsPeriod: { end } } } }],
  });
  const supply = (days: number): Extra => daily(20, days);
  test.each<[string, Resource, string, string]>([
    ['active', statin(), 'known', 'known'],
    ['15 months old to the day', statin({ authoredOn: '2024-10-15' }), 'known', 'known'],
    ['one day older', statin({ authoredOn: '2024-10-14' }), 'absent', 'known'],
    ['no authoredOn', statin({ authoredOn: undefined }), 'absent', 'known'],
    [
      'old, its end passed',
      statin({ authoredOn: '2023-01-01', ...bounds('2024-01-01') }),
      'absent',
      'absent',
    ],
    [
      'no authoredOn, its end passed',
      statin({ authoredOn: undefined, ...bounds('2024-01-01') }),
      'absent',
      'absent',
    ],
    ['old, its end to come', statin({ authoredOn: '2023-01-01', ...bounds('2026-06-01') }), 'known', 'known'],
    ['stopped', statin({ status: 'stopped' }), 'absent', 'absent'],
    ['on hold', statin({ status: 'on-hold' }), 'absent', 'unknown'],
    ['unknown status', statin({ status: 'unknown' }), 'absent', 'unknown'],
    ['completed, supply covers today', statin({ status: 'completed', ...supply(90) }), 'absent', 'known'],
    ['completed, supply used up', statin({ status: 'completed', ...supply(30) }), 'absent', 'absent'],
    ['do not perform', statin({ doNotPerform: true }), 'absent', 'absent'],
    ['entered in error', statin({ status: 'entered-in-error' }), 'absent', 'absent'],
    ['proposal', statin({ intent: 'proposal' }), 'absent', 'absent'],
    ['plan', statin({ intent: 'plan' }), 'known', 'known'],
    ['original order', statin({ intent: 'original-order' }), 'absent', 'known'],
    ['statement', statement('Atorvastatin 20 MG'), 'known', 'known'],
    [
      'statement that ended',
      statement('Atorvastatin 20 MG', { effectivePeriod: { end: '2025-12-31' } }),
      'absent',
      'absent',
    ],
    ['misspelt Simvistatin', drug('Simvistatin 10 MG'), 'known', 'known'],
    ['nystatin', drug('Nystatin 100 UNT/ML'), 'absent', 'absent'],
    ['zero-width space', drug('Ator\u200Bvastatin 20 MG'), 'known', 'known'],
    ['no name at all', drug({}), 'absent', 'unknown'],
    [
      'reference that leads nowhere',
      drug('x', { medicationCodeableConcept: undefined, medicationReference: { reference: 'Medication/7' } }),
      'absent',
      'unknown',
    ],
    [
      'contained medication',
      drug('x', {
        medicationCodeableConcept: undefined,
        medicationReference: { reference: '#m' },
        contained: [{ resourceType: 'Medication', id: 'm', code: { text: 'Atorvastatin 20 MG' } }],
      }),
      'known',
      'known',
    ],
    [
      'a supply unit named constructor',
      statin({ dispenseRequest: { expectedSupplyDuration: { value: 1, unit: 'constructor' } } }),
      'known',
      'known',
    ],
  ])('%s: hazard %s, gap %s', (_, resource, hazard, gap) => {
    expect([on(resource, 'hazard'), on(resource, 'gap')]).toEqual([hazard, gap]);
  });
  test('nothing found in a list that is cut off', () => {
    expect(
      on(statin({ status: 'stopped' }), 'gap', { incomplete: { medicationRequests: 'truncated' } }),
    ).toBe('unknown');
  });
});

describe('long-term glucocorticoid (R20) and route (G7)', () => {
  function found(resources: readonly Resource[]): unknown {
    const fact = glucocorticoid(chartOf(resources));
    return fact.state === 'known' ? [fact.value.days, fact.value.mgPerDay] : reading(fact);
  }
  const pred = (mg: number, days: number, from: string, text = 'Prednisone 5 MG Oral Tablet'): Resource =>
    drug(text, { authoredOn: from, status: 'completed', ...daily(mg, days) });
  const tablets = (text: string, unit = 'tablet'): Resource =>
    drug(text, {
      authoredOn: '2025-07-01',
      ...daily(0, 100),
      dosageInstruction: [
        {
          doseAndRate: [{ doseQuantity: { value: 2, unit } }],
          timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
        },
      ],
    });
  const addison = condition('icd10cm', 'E27.1');
  test.each<[string, readonly Resource[], unknown]>([
    ['91 days at 2.5 mg', [pred(2.5, 91, '2025-07-01')], [91, 2.5]],
    ['90 days', [pred(5, 90, '2025-07-01')], 'absent'],
    ['below 2.5 mg', [pred(2.4, 91, '2025-07-01')], 'absent'],
    ['two courses, 30 days apart', [pred(5, 50, '2025-05-01'), pred(5, 50, '2025-07-20')], [100, 5]],
    ['two courses, 31 days apart', [pred(5, 50, '2025-05-01'), pred(5, 50, '2025-07-21')], 'absent'],
    [
      'methylprednisolone 4 mg is 5',
      [pred(4, 91, '2025-07-01', 'Methylprednisolone 4 MG Oral Tablet')],
      [91, 5],
    ],
    ['prednisolone 5 mg is 5', [pred(5, 91, '2025-07-01', 'Prednisolone 5 MG Oral Tablet')], [91, 5]],
    ['two tablets of 5 mg', [tablets('Prednisone 5 MG Oral Tablet')], [100, 10]],
    [
      '2 mL of a syrup is no count of tablets',
      [tablets('Prednisolone 5 MG/5 ML Oral Solution', 'mL')],
      [100, null],
    ],
    [
      'hydrocortisone 20 mg with Addison',
      [pred(20, 120, '2025-07-01', 'Hydrocortisone 20 MG Oral Tablet'), addison],
      'absent',
    ],
    ['unreadable dose with Addison', [tablets('Hydrocortisone Oral', 'mL'), addison], 'unknown: ambiguous'],
    [
      'active without supply for 91 days',
      [drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-10-16' })],
      [null, null],
    ],
    ['for 90 days', [drug('Prednisone 5 MG Oral Tablet', { authoredOn: '2025-10-17' })], 'absent'],
    [
      'as needed',
      [
        drug('Prednisone 5 MG Oral Tablet', {
          authoredOn: '2025-08-01',
          dosageInstruction: [{ asNeededBoolean: true }],
        }),
      ],
      'absent',
    ],
    [
      'a stated end after a week',
      [
        drug('Prednisone 5 MG Oral Tablet', {
          authoredOn: '2025-08-01',
          dosageInstruction: [
            { timing: { repeat: { boundsPeriod: { start: '2025-08-01', end: '2025-08-08' } } } },
          ],
        }),
      ],
      'absent',
    ],
    [
      'eye drops',
      [drug('Prednisolone acetate 1 % ophthalmic drops', { authoredOn: '2025-08-01' })],
      'absent',
    ],
    ['ointment', [drug('Hydrocortisone 2.5 % ointment', { authoredOn: '2025-08-01' })], 'absent'],
    ['a bare name: route unknown', [drug('Prednisone', { authoredOn: '2025-08-01' })], 'unknown: ambiguous'],
    [
      'a bare name taken orally',
      [drug('Prednisone', { authoredOn: '2025-08-01', dosageInstruction: [{ route: { text: 'Oral' } }] })],
      [null, null],
    ],
    [
      'subcutaneous is not cutaneous',
      [
        drug('Methylprednisolone 40 MG', {
          authoredOn: '2025-08-01',
          dosageInstruction: [{ route: { text: 'Subcutaneous' } }],
        }),
      ],
      [null, null],
    ],
  ])('%s', (_, resources, expected) => {
    expect(found(resources)).toEqual(expected);
    expect(found(resources.toReversed())).toEqual(expected);
  });
});

describe('smoking (R26)', () => {
  const observed = (code: string, date: string): Resource =>
    lab('72166-2', 0, '1', date, { valueQuantity: undefined, valueCodeableConcept: coded('snomed', code) });
  const [daily20, former, unknownIfEver] = ['449868002', '8517006', '266927001'];
  const dependence = (onsetDateTime: string, code = 'F17.210'): Resource =>
    condition('icd10cm', code, { onsetDateTime });
  test.each<[string, readonly Resource[], unknown]>([
    ['current', [observed(daily20, '2024-01-15')], true],
    ['the newest wins', [observed(daily20, '2024-01-15'), observed(former, '2025-12-15')], false],
    [
      'former last month, F17.210 from 2019',
      [observed(former, '2025-12-15'), dependence('2019-01-01')],
      false,
    ],
    [
      'same day: the observation first, whatever the hour',
      [observed(former, '2025-12-15'), dependence('2025-12-15T18:00:00Z')],
      false,
    ],
    ['remission is not smoking', [dependence('2025-01-01', 'F17.211')], 'absent'],
    [
      '"unknown if ever smoked" is not "does not smoke"',
      [observed(unknownIfEver, '2025-12-15')],
      'unknown: unreadable',
    ],
    ['nothing', [], 'absent'],
  ])('%s', (_, resources, expected) => {
    const fact = (list: readonly Resource[]): unknown => {
      const found = smoking(chartOf(list));
      return found.state === 'known' ? found.value.current : reading(found);
    };
    expect([fact(resources), fact(resources.toReversed())]).toEqual([expected, expected]);
  });
});

describe('already ordered (0.1) and referrals (G19)', () => {
  const test25 = coded('loinc', '62292-8');
  const ordered = (resources: readonly Resource[], setting: Setting = {}): unknown =>
    isOrdered(chartOf(resources, setting), ['vitaminD25OH'], 6);
  test.each<[string, readonly Resource[], boolean]>([
    ['six months ago to the day', [order(test25, { authoredOn: '2025-07-15' })], true],
    ['one day older', [order(test25, { authoredOn: '2025-07-14' })], false],
    ['undated', [order(test25, { authoredOn: undefined })], true],
    ['completed', [order(test25, { status: 'completed' })], false],
    ['on hold', [order(test25, { status: 'on-hold' })], true],
    ['do not perform', [order(test25, { doNotPerform: true })], false],
    [
      'a pending result',
      [vitaminD(0, '2026-01-10', 'ng/mL', { status: 'registered', valueQuantity: undefined })],
      true,
    ],
    ['a preliminary result of 2019', [vitaminD(20, '2019-01-10', 'ng/mL', { status: 'preliminary' })], false],
  ])('%s', (_, resources, expected) => {
    expect(ordered(resources)).toBe(expected);
  });
  test('drafts of this call count; a failed search leaves it open', () => {
    expect(ordered([], { drafts: [order(test25, { status: 'draft' })] })).toBe(true);
    expect(ordered([], { unknown: { serviceRequests: 'failed' } })).toBeUndefined();
  });
  test('referrals by role or words', () => {
    const referred = (code: Extra, extra: Extra = {}): unknown =>
      isReferred(chartOf([order(code, extra)]), ['endocrinology'], /bone health/i, 12);
    expect(referred(coded('snomed', '306278007'), { status: 'completed' })).toBe(true);
    expect(referred({ text: 'Bone health clinic' })).toBe(true);
    expect(referred({ text: 'Bone health clinic' }, { status: 'revoked' })).toBe(false);
    expect(hasOrder(chartOf([]), 'hospiceOrPalliative', 12)).toBe(false);
  });
});

interface Row {
  readonly text: string;
  readonly expected: readonly string[];
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly expectedIf?: Readonly<Record<string, unknown>>;
}
const rows = JSON.parse(
  readFileSync(new URL('../../fixtures/medication-texts.json', import.meta.url), 'utf8'),
) as readonly Row[];
const named = new Set(Object.keys(guideline.knowledge.definitions.concepts));
const withTexts = new Set(
  [...guideline.concepts.concepts.values()]
    .filter(
      ({ id, textPatterns, textConditional }) =>
        !named.has(id) && (textPatterns ?? textConditional) !== undefined,
    )
    .map(({ id }) => id),
);

describe('drug texts of the clinical specification', () => {
  test.each(rows)('$text', ({ text, expected, roles = {} }) => {
    const matches = guideline.concepts.matchDrug([], [text]).filter(({ concept }) => withTexts.has(concept));
    const plain = matches.filter(({ requires }) => requires === undefined);
    expect(plain.map(({ concept }) => concept).sort()).toEqual([...expected].sort());
    for (const [concept, own] of Object.entries(roles))
      expect(plain.find((one) => one.concept === concept)?.roles ?? []).toEqual(
        expect.arrayContaining([...[own].flat()]),
      );
  });
  test('loop diuretics count as antihypertensives only with hypertension', () => {
    const conditional = rows.filter(({ expectedIf }) => expectedIf !== undefined);
    expect(conditional.length).toBeGreaterThan(0);
    for (const { text } of conditional)
      expect(guideline.concepts.matchDrug([], [text]).some(({ requires }) => requires !== undefined)).toBe(
        true,
      );
  });
});
