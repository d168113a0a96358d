/** A chart from a few resources, and one-line readings of facts, for the tests of src/facts. */
import { buildChart, type Chart } from '../../src/facts/chart.ts';
import type { Absent, Unknown } from '../../src/facts/fact.ts';
import { parseDay, readFhirDate, type FhirDate } from '../../src/facts/fhir-date.ts';
import type { Resource } from '../../src/facts/record.ts';
import { deepFreeze } from '../../src/knowledge/load.ts';
import type { Policy } from '../../src/knowledge/policy.ts';
import { contextOf, guideline, patient, recordOf, TODAY, type Gaps } from '../build-record.ts';

export const today = parseDay(TODAY);
export const definitions = guideline.knowledge.definitions;

export interface Setting extends Gaps {
  readonly policy?: Policy;
  readonly drafts?: readonly Resource[];
  readonly selections?: readonly string[];
}

/** Without a Patient among the resources: a woman of 66. Inputs are frozen, so a fact that changes them fails. */
export function chartOf(resources: readonly Resource[], setting: Setting = {}): Chart {
  const policy = setting.policy ?? guideline;
  const all = resources.some(({ resourceType }) => resourceType === 'Patient')
    ? resources
    : [patient(66), ...resources];
  const record = deepFreeze(recordOf(all, setting, policy));
  return buildChart(record, contextOf(setting.drafts, setting.selections), today, {
    concepts: policy.concepts,
    definitions: policy.knowledge.definitions,
    observationStatuses: policy.observationStatuses,
    queryOf: policy.queryOf,
  });
}

/** `absent`, or `unknown: ` and the reason. */
export function reading(fact: Absent | Unknown): string {
  return fact.state === 'absent' ? 'absent' : `unknown: ${fact.reason}`;
}

export function fhirDate(text: string): FhirDate {
  const date = readFhirDate(text);
  if (date === null) throw new Error(`not a date: ${text}`);
  return date;
}
