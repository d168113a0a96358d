/** Draft orders of the order hooks, and the subjects that a chart should be about when one of them is written. */
import fc from 'fast-check';
import type { Resource } from '../../src/facts/record.ts';
import { drug, order } from '../build-record.ts';
import { codedAs, inPercent, weighted } from './entries.ts';
import type { TopicName } from './topics.ts';

export interface Drafts {
  readonly resources: readonly Resource[];
  readonly topics: readonly TopicName[];
}

interface DraftDrug {
  readonly name: string;
  /** Daily doses in mg. */
  readonly doses?: readonly number[];
  readonly topics: readonly TopicName[];
}

const DRUGS: readonly DraftDrug[] = [
  { name: 'romosozumab 105 MG/1.17 ML Prefilled Syringe', topics: ['events', 'earlierCourse'] },
  { name: 'Evenity', topics: ['events', 'circulation', 'diabetes', 'smoking'] },
  { name: 'Denosumab 60 MG/ML Prefilled Syringe', topics: ['minerals', 'kidney', 'vitaminD'] },
  { name: 'Xgeva 120 MG Injection', topics: ['minerals', 'kidney', 'vitaminD'] },
  { name: 'Zoledronic acid 5 MG in 100 ML', topics: ['kidney', 'minerals'] },
  { name: 'Zometa 4 MG Injection', topics: ['kidney', 'minerals'] },
  { name: 'Alendronic acid 70 MG Oral Tablet', topics: ['kidney'] },
  { name: 'Risedronate 35 MG Oral Tablet', topics: ['kidney'] },
  { name: 'Ibandronate 150 MG Oral Tablet', topics: ['kidney'] },
  { name: 'Raloxifene 60 MG Oral Tablet', topics: ['events', 'women', 'smoking'] },
  { name: 'Duavee 20 MG / 0.45 MG Oral Tablet', topics: ['events', 'women'] },
  {
    name: 'Calcium carbonate 1250 MG Oral Tablet',
    doses: [1250, 2500, 5000, 6250],
    topics: ['minerals', 'vitaminD'],
  },
  { name: 'Caltrate 600+D', doses: [600, 1200], topics: ['minerals'] },
  { name: 'Calcium citrate 950 MG Oral Tablet', doses: [950, 4750], topics: ['minerals', 'vitaminD'] },
  { name: 'Prednisone 5 MG Oral Tablet', doses: [2.4, 2.5, 7.5], topics: ['glucocorticoid', 'bone'] },
  { name: 'Letrozole 2.5 MG Oral Tablet', topics: ['hormones', 'bone'] },
  { name: 'Leuprolide 22.5 MG Injection', topics: ['hormones', 'bone'] },
  { name: 'Testosterone 1 % Transdermal Gel', topics: ['testosterone', 'earlierCourse', 'fracture'] },
  { name: 'Pioglitazone 30 MG Oral Tablet', topics: ['diabetes', 'fracture', 'bone'] },
  { name: 'Amoxicillin 500 MG Oral Capsule', topics: [] },
];

const ORDERS = ['loinc 30522-7', 'loinc 38268-9', 'loinc 24331-1', 'loinc 62292-8', 'loinc 17861-6'] as const;

interface Draft {
  readonly resource: Resource;
  readonly topics: readonly TopicName[];
}

/** Up to three drafts, dated on the evaluation date; with most of them a subject that they touch. */
export function draftsOf(today: string): fc.Arbitrary<Drafts> {
  const one = fc.oneof(
    { weight: 4, arbitrary: draftDrug(today) },
    { weight: 1, arbitrary: draftOrder(today) },
  );
  return fc.array(one, { minLength: 0, maxLength: 3 }).map((drafts) => ({
    resources: drafts.map(({ resource }) => resource),
    topics: drafts.flatMap(({ topics }) => topics),
  }));
}

function draftDrug(today: string): fc.Arbitrary<Draft> {
  return fc
    .record({
      drug: fc.constantFrom(...DRUGS),
      dose: fc.nat({ max: 3 }),
      frequency: weighted<number>([
        [3, 1],
        [1, 2],
      ]),
      supply: inPercent(60, fc.constantFrom(10, 30, 90, 91, 120)),
      topic: inPercent(70, fc.nat({ max: 3 })),
    })
    .map(({ drug: { name, doses = [], topics }, dose, frequency, supply, topic }) => {
      const mg = doses[dose % Math.max(1, doses.length)];
      const resource = drug(name, {
        status: 'draft',
        authoredOn: today,
        ...(mg === undefined ? {} : { dosageInstruction: [dosage(mg, frequency)] }),
        ...(supply === undefined
          ? {}
          : { dispenseRequest: { expectedSupplyDuration: { value: supply, unit: 'd', code: 'd' } } }),
      });
      const about = topic === undefined ? undefined : topics[topic % Math.max(1, topics.length)];
      return { resource, topics: about === undefined ? [] : [about] };
    });
}

function dosage(mg: number, frequency: number): object {
  return {
    doseAndRate: [{ doseQuantity: { value: mg, unit: 'mg', code: 'mg' } }],
    timing: { repeat: { frequency, period: 1, periodUnit: 'd' } },
  };
}

function draftOrder(today: string): fc.Arbitrary<Draft> {
  return fc.constantFrom(...ORDERS).map((code) => ({
    resource: order(codedAs(code), { status: 'draft', authoredOn: today }),
    topics: code === 'loinc 30522-7' ? ['inflammation'] : [],
  }));
}
