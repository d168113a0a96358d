/** How a card names the inputs of PREVENT: every value with date and method, every default, every placeholder. */
import { showQuantity } from '../facts/quantity.ts';
import type { SmokingStatus } from '../facts/smoking.ts';
import { significant } from '../facts/ucum.ts';
import type { Body, Egfr, PreventFacts, PreventReadings } from './prevent-inputs.ts';

/** Lines of a card's Found block that name each value with date and method. */
export function inputLines(facts: PreventFacts, readings: PreventReadings): readonly string[] {
  const { systolic, eGfr, smoking, body } = readings;
  return [
    'person',
    'lipids',
    ...(systolic.state !== 'known' ? [] : [systolic.value.days > 1 ? 'pressureMean' : 'pressureDay']),
    ...(eGfr.state !== 'known' ? [] : [eGfr.value.kind]),
    ...(smoking.state !== 'known' ? [] : [smokingLine(smoking.value)]),
    ...(facts.diabetesForRisk.state === 'known' ? ['diabetes'] : []),
    ...(facts.bloodPressureTreatment.state === 'known' ? ['pressureTreated'] : []),
    ...(body.state !== 'known' ? [] : [body.value.kind]),
  ];
}

function smokingLine({ current, isObserved }: SmokingStatus): string {
  if (!isObserved) return 'smokerDiagnosis';
  return current ? 'smoker' : 'nonSmoker';
}

/** Lines for the defaults: what was looked for, not found, and so entered as no. */
export function defaultLines(facts: PreventFacts): readonly string[] {
  return [
    ...(facts.diabetesForRisk.state === 'absent' ? ['noDiabetes'] : []),
    ...(facts.bloodPressureTreatment.state === 'absent' ? ['noPressureTreatment'] : []),
    ...(facts.statins.state === 'absent' ? ['noStatin'] : []),
  ];
}

/** Placeholders of the lines above, as far as there is something to show. */
export function inputValues(
  facts: PreventFacts,
  { total, hdl, systolic, eGfr, smoking, body }: PreventReadings,
): Readonly<Record<string, string | number>> {
  const { age, sex } = facts;
  return {
    ...(age.state === 'known' && sex.state === 'known' ? { years: age.value.min, sex: sex.value } : {}),
    ...(total.state === 'known'
      ? { total: showQuantity(total.value.quantity), totalDate: total.value.date.text }
      : {}),
    ...(hdl.state === 'known' ? { hdl: showQuantity(hdl.value.quantity), hdlDate: hdl.value.date.text } : {}),
    ...(systolic.state === 'known'
      ? {
          systolic: systolic.value.value,
          systolicDate: systolic.value.date.text,
          ...(systolic.value.days > 1 ? { days: systolic.value.days } : {}),
        }
      : {}),
    ...(eGfr.state === 'known' ? eGfrValues(eGfr.value) : {}),
    ...(smoking.state === 'known' && smoking.value.isObserved && smoking.value.date !== null
      ? { smokingDate: smoking.value.date.text }
      : {}),
    ...(body.state === 'known' ? bodyValues(body.value) : {}),
  };
}

function eGfrValues({ value, kind, result }: Egfr): Readonly<Record<string, string | number>> {
  return {
    eGfr: value,
    eGfrDate: result.date.text,
    ...(kind === 'eGfrComputed' ? { creatinine: showQuantity(result.quantity) } : {}),
  };
}

function bodyValues({ value, kind, sources }: Body): Readonly<Record<string, string | number>> {
  const [first, second] = sources;
  // Cut, not rounded: 39.96 must not read as 40.0, which is out of range.
  const bmi = (Math.trunc(significant(value * 10)) / 10).toFixed(1);
  if (first === undefined) return {};
  if (kind === 'bodyMassIndex' || second === undefined) return { bmi, bmiDate: first.date.text };
  return {
    bmi,
    weight: showQuantity(first.quantity),
    weightDate: first.date.text,
    height: showQuantity(second.quantity),
    heightDate: second.date.text,
  };
}
