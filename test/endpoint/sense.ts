/** What no card may say about a patient, read from the resources without any of our facts. */
import type { Resource } from '../../src/facts/record.ts';
import type { Card } from '../../src/hooks/card.ts';
import { daily } from '../build-record.ts';
import {
  draftOf,
  NONSENSE,
  orderedCodes,
  R07,
  R08,
  R11,
  R13,
  R15,
  R16,
  R17,
  R18,
  R19,
  R22,
  R23,
  R25,
  topicOf,
} from './specification-helpers.ts';

const twiceDaily = {
  dosageInstruction: [
    {
      doseAndRate: [
        { doseQuantity: { value: 600, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' } },
      ],
      timing: { repeat: { frequency: 2, period: 1, periodUnit: 'd' } },
    },
  ],
};

/** Orders that a clinician may be about to sign. */
export const DRAFTS: Readonly<Record<string, Resource>> = {
  denosumab: draftOf('denosumab 60 MG/ML Prefilled Syringe [Prolia]'),
  zoledronate: draftOf('zoledronic acid 5 MG in 100 ML Injection [Reclast]'),
  raloxifene: draftOf('raloxifene 60 MG Oral Tablet'),
  alendronate: draftOf('alendronate 70 MG Oral Tablet'),
  calcium: draftOf('calcium carbonate 600 MG Oral Tablet', twiceDaily),
  prednisone: draftOf('prednisone 10 MG Oral Tablet', daily(10, 180)),
  letrozole: draftOf('letrozole 2.5 MG Oral Tablet', daily(2.5, 90)),
  leuprolide: draftOf('leuprolide acetate 22.5 MG Injection [Lupron Depot]'),
  testosterone: draftOf('testosterone cypionate 200 MG/ML Injection'),
  pioglitazone: draftOf('pioglitazone 30 MG Oral Tablet', daily(30, 90)),
  romosozumab: draftOf('romosozumab 105 MG/1.17 ML Prefilled Syringe [Evenity]'),
};

/** Youngest and oldest age of a recommendation that has limits. */
const AGES: Readonly<Record<string, readonly [number, number]>> = {
  [R07]: [50, 130],
  [R08]: [50, 130],
  [R11]: [40, 130],
  [R13]: [20, 130],
  [R15]: [50, 85],
  [R16]: [50, 85],
  [R17]: [40, 75],
  [R18]: [30, 79],
  [R19]: [50, 130],
  [R23]: [40, 75],
  [R25]: [40, 80],
};

type Json = Readonly<Record<string, unknown>>;

/** Sentences about what is wrong with the cards; none when all is well. */
export function nonsenseIn(resources: readonly Resource[], cards: readonly Card[], today: string): string[] {
  const patient = resources.find(({ resourceType }) => resourceType === 'Patient') ?? {
    resourceType: 'Patient',
  };
  const found = cards.flatMap((card) => [
    ...wordsOf(card).flatMap((text) =>
      NONSENSE.test(text) ? [`${topicOf(card)}: nonsense in "${cut(text)}"`] : [],
    ),
    ...scoresWithoutResult(resources, card),
    ...therapyDenied(resources, card),
    ...wrongAge(patient, card, today),
    ...wrongSex(patient, card),
  ]);
  if (cards.length > 0 && isDeceased(patient)) found.push('a card for someone who has died');
  const codes = cards.flatMap((card) => orderedCodes(card));
  const twice = codes.filter((code, index) => codes.indexOf(code) !== index);
  return [...found, ...twice.map((code) => `${code} is suggested twice`)];
}

/** Everything in a card that a clinician can read. */
function wordsOf({ summary, detail = '', suggestions = [], links = [] }: Card): readonly string[] {
  return [
    summary,
    detail,
    ...links.map(({ label }) => label),
    ...suggestions.flatMap(({ label, actions = [] }) => [
      label,
      ...actions.map(({ description }) => description),
    ]),
  ];
}

const cut = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

const T_SCORES = /3826[3-7]-\d|8094[3-8]-\d|80949-1|80950-9|8538[8-9]-\d|85390-3/;

/** A measured zero, or any T-score where none is on record. */
function scoresWithoutResult(resources: readonly Resource[], card: Card): string[] {
  const text = `${card.summary} ${card.detail ?? ''}`;
  const zero = /\b(CAC|BP|eGFR|LDL|hs-CRP|PTH|Calcium|Testosterone|25-OH vitamin D)( of)? 0(\.0)?\b/.exec(
    text,
  );
  const hasScore = resources.some(
    (one) =>
      one.resourceType === 'Observation' && T_SCORES.test(JSON.stringify([one['code'], one['component']])),
  );
  const invented = !hasScore && /\bT(-score)? [-−]?\d/.test(card.summary);
  return [
    ...(zero === null ? [] : [`${topicOf(card)}: "${zero[0]}"`]),
    ...(invented ? [`${topicOf(card)}: a T-score that nobody measured: ${card.summary}`] : []),
  ];
}

const DENIES =
  /no lipid therapy|lipid therapy not on file|statin not|not on a statin|no statin|secondary prevention therapy not seen/i;

/** "Not on a statin" for someone with a statin entry that is active. */
function therapyDenied(resources: readonly Resource[], card: Card): string[] {
  const isActiveStatin = (one: Resource): boolean =>
    ['MedicationRequest', 'MedicationStatement'].includes(one.resourceType) &&
    one['status'] === 'active' &&
    /(?<!ny)statin\b|lipitor|crestor|zocor/i.test(
      JSON.stringify([one['medicationCodeableConcept'], one['contained']]),
    );
  return DENIES.test(`${card.summary} ${card.detail ?? ''}`) && resources.some(isActiveStatin)
    ? [`${topicOf(card)}: lipid therapy denied with a statin on the list`]
    : [];
}

function wrongAge(patient: Resource, card: Card, today: string): string[] {
  const born = patient['birthDate'];
  if (typeof born !== 'string')
    return isOrderTime(card) ? [] : [`${topicOf(card)}: a reminder without a birth date`];
  const years =
    Number(today.slice(0, 4)) - Number(born.slice(0, 4)) - (today.slice(5) < born.slice(5) ? 1 : 0);
  const [from, to] = AGES[topicOf(card)] ?? [18, 130];
  return isOrderTime(card) || (years >= from && years <= to) ? [] : [`${topicOf(card)}: at ${years} years`];
}

/** A hazard of an order is said at any age. */
const isOrderTime = (card: Card): boolean => topicOf(card).endsWith('-order');

function wrongSex(patient: Resource, card: Card): string[] {
  const isWoman = patient['gender'] === 'female';
  const isMan = patient['gender'] === 'male';
  const isWrong =
    (topicOf(card) === R22 && !isMan) || (/\b[Ww]oman\b|[Pp]ost-menopausal/.test(card.summary) && !isWoman);
  return isWrong ? [`${topicOf(card)}: not for this sex`] : [];
}

export function isDeceased(patient: Json): boolean {
  return patient['deceasedBoolean'] === true || typeof patient['deceasedDateTime'] === 'string';
}
