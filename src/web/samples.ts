/**
 * Sample patients for a first look: synthetic charts of fixtures/, moved in time and under a fresh id.
 *
 * Every date is moved by as many days as lie between the day the chart was written for and today, so that ages and intervals stay and
 * the real hooks, which know only today, can answer. The id is new each time: feedback on one look must not quiet the next.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { isoDay, parseDay } from '../facts/fhir-date.ts';

export interface Sample {
  readonly id: string;
  readonly hook: string;
  readonly title: string;
  /** What to look for. */
  readonly shows: string;
  /** Below fixtures/. */
  readonly file: string;
  /** The day the chart was written for. */
  readonly writtenFor: string;
}

const WRITTEN_FOR = '2026-01-15';

const ALL: readonly Sample[] = [
  {
    id: 'kidney',
    hook: 'patient-view',
    title: 'Chronic kidney disease stage 4, a long published record',
    shows: 'A course of eGFR, and laboratory monitoring that is due.',
    file: 'patients/public/ccare--cc-pat-mae.json.gz',
    writtenFor: '2019-01-03',
  },
  {
    id: 'borderline-risk',
    hook: 'patient-view',
    title: 'Woman, 62: low bone mass and everything for a risk estimate',
    shows: 'PREVENT risk, with the numbers it was computed from.',
    file: 'patients/prevent-risk-low-bmd/woman-62-borderline-risk.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'diabetes-osteopenia',
    hook: 'patient-view',
    title: 'Osteopenia and diabetes, lipids 13 months old',
    shows: 'A check that is overdue, and an order to accept.',
    file: 'patients/low-bmd-cv-risk-check/osteopenia-diabetes-panel-13-months-ago.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'hs-crp',
    hook: 'patient-view',
    title: 'Two hs-CRP results, 14 days apart',
    shows: 'A value against its thresholds; move them and see what changes.',
    file: 'patients/hscrp-risk-enhancer/hs-crp-2-4-and-3-5-14-days-apart.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'vitamin-d',
    hook: 'patient-view',
    title: '25-OH vitamin D of 18 ng/mL, no supplement',
    shows: 'A low result that nobody has acted on.',
    file: 'patients/vitamin-d-low-result/vitamin-d-18-no-supplement.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'smoking-unknown',
    hook: 'patient-view',
    title: 'Woman, 78: smoking was never recorded',
    shows: 'Silence: a risk is not computed from a guess. The trace says what is missing.',
    file: 'patients/prevent-risk-low-bmd/woman-78-smoking-never-recorded.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'long-record',
    hook: 'patient-view',
    title: 'Man, 68: diabetes and smoking, a long published record',
    shows: 'Several cards at once, from a chart nobody made for this service.',
    file: 'patients/public/ccare--va-pat-dan.json.gz',
    writtenFor: '2021-02-26',
  },
  {
    id: 'hip-fracture',
    hook: 'encounter-discharge',
    title: 'Going home after a hip fracture',
    shows: 'Treatment of bone and evaluation of the heart, before the patient leaves.',
    file: 'patients/fracture-osteoporosis-treatment-gap/hip-fracture-at-discharge.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'calcium-renewal',
    hook: 'order-select',
    title: 'Calcium 600 mg twice daily is being renewed',
    shows: 'Advice while the order is being chosen.',
    file: 'patients/calcium-supplement-order/renewal-of-600-twice-daily.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'romosozumab',
    hook: 'order-sign',
    title: 'Romosozumab seven months after a myocardial infarction',
    shows: 'A labelled hazard: critical, and it offers to take the draft away.',
    file: 'patients/romosozumab-mi-stroke-order/infarction-seven-months-ago.json',
    writtenFor: WRITTEN_FOR,
  },
  {
    id: 'zoledronic-acid',
    hook: 'order-sign',
    title: 'Zoledronic acid at a creatinine clearance of 34.9 mL/min',
    shows: 'A limit of the label, with weight, creatinine and age behind it.',
    file: 'patients/bisphosphonate-renal-order/zoledronic-acid-clearance-34-9.json',
    writtenFor: WRITTEN_FOR,
  },
];

const FIXTURES = new URL('../../fixtures/', import.meta.url);

/** The samples that this installation holds. */
export function samples(): readonly Sample[] {
  return ALL.filter(({ file }) => existsSync(new URL(file, FIXTURES)));
}

/**
 * The chart of a sample as if written today.
 *
 * @param today `YYYY-MM-DD`.
 * @param patientId takes the place of the chart's own.
 */
export async function readSample(
  { file, writtenFor }: Sample,
  today: string,
  patientId: string,
): Promise<unknown> {
  const bytes = await readFile(new URL(file, FIXTURES));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const days = parseDay(today) - parseDay(writtenFor);
  const content: unknown = JSON.parse(text, (key, value: unknown) =>
    typeof value === 'string' ? moved(key, value, days) : value,
  );
  const own = patientIdIn(text);
  return JSON.parse(
    JSON.stringify(content)
      .replaceAll(`"Patient/${own}"`, `"Patient/${patientId}"`)
      .replaceAll(`"${own}"`, `"${patientId}"`),
  ) as unknown;
}

function patientIdIn(text: string): string {
  const { entry = [] } = JSON.parse(text) as {
    entry?: { resource?: { resourceType?: string; id?: string } }[];
  };
  return entry.find(({ resource }) => resource?.resourceType === 'Patient')?.resource?.id ?? 'example';
}

const DAY = /^(\d{4}-\d{2}-\d{2})(T.*)?$/;
const MONTH = /^(\d{4}-\d{2})$/;
const YEAR = /^(\d{4})$/;
/** Elements whose value may be a month or a year alone; elsewhere four digits are no date. */
const DATED = /date|period|start|end|onset|abatement|effective|issued|authored|performed|occurrence/i;

/** A date moved by whole days; a month or a year by as many of those as the days come to. */
function moved(key: string, value: string, days: number): string {
  const [, day, time = ''] = DAY.exec(value) ?? [];
  try {
    if (day !== undefined) return isoDay(parseDay(day) + days) + time;
    if (!DATED.test(key)) return value;
    const [, month] = MONTH.exec(value) ?? [];
    if (month !== undefined) return isoDay(parseDay(`${month}-15`) + days).slice(0, 7);
    const [, year] = YEAR.exec(value) ?? [];
    return year === undefined ? value : isoDay(parseDay(`${year}-07-01`) + days).slice(0, 4);
  } catch {
    return value; // An impossible date of a real record stays as it is.
  }
}
