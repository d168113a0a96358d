/** Age, sex, death, menopause: what the Patient resource and a few Conditions say about the person. */
import { once, sourceOf, type Chart } from './chart.ts';
import { conditionEver } from './conditions.ts';
import { absent, anyIn, known, not, unknown, type Evidence, type Fact, type Tri } from './fact.ts';
import { ageOn, type Age, type Day } from './fhir-date.ts';

export type Sex = 'female' | 'male';

/** Completed years at evaluation; a range when birthDate is partial. Absent without a readable birthDate. */
export function age(chart: Chart): Fact<Age> {
  if (chart.birth === null) return chart.patient['birthDate'] === undefined ? absent : unknown('unreadable');
  const value = ageOn(chart.birth, chart.today);
  if (value.max < 0) return unknown('unreadable');
  const used = { value: value.min === value.max ? value.min : `${value.min}-${value.max}`, unit: 'a' };
  return known(value, [{ source: sourceOf(chart.patient), what: 'age', used }]);
}

/** Patient.gender, when it is female or male; `other`, `unknown` and nothing are unknown (clarifications G8). */
export function sex(chart: Chart): Fact<Sex> {
  const gender = chart.patient['gender'];
  if (gender !== 'female' && gender !== 'male') return gender === undefined ? absent : unknown('ambiguous');
  return known(gender, [{ source: sourceOf(chart.patient), what: 'sex', used: { value: gender } }]);
}

export function isSex(sex: Fact<Sex>, wanted: Sex): Tri {
  return sex.state === 'known' ? sex.value === wanted : undefined;
}

/** At least `years` completed years? Undefined when the birth date does not settle it. */
export function isAtLeastAge(age: Fact<Age>, years: number): Tri {
  if (age.state !== 'known') return undefined;
  if (age.value.min >= years) return true;
  return age.value.max < years ? false : undefined;
}

/** Age on another day, e.g. of a scan; null without birthDate. */
export function ageAt(chart: Chart, day: Day): Fact<Age> {
  return chart.birth === null ? absent : known(ageOn(chart.birth, day), []);
}

export function isDeceased(chart: Chart): boolean {
  const { deceasedBoolean, deceasedDateTime } = chart.patient;
  return deceasedBoolean === true || (deceasedDateTime !== undefined && deceasedDateTime !== null);
}

/**
 * Evidence of menopause (G8): a menopause code (N95.1 only from age 45), premature menopause, or both ovaries removed.
 *
 * @returns false when a complete problem list has no such entry: that is "no evidence", not "premenopausal".
 */
export function menopauseEvidence(chart: Chart): Tri {
  return once(chart, 'menopauseEvidence', () => {
    const fact = conditionEver(chart, 'menopausalStatus');
    const years = chart.definitions.tScore.perimenopauseFromAgeYears;
    const codes =
      fact.state === 'known'
        ? anyIn(
            fact.value.map((entry) =>
              entry.matches.has('perimenopause') ? isAtLeastAge(age(chart), years) : true,
            ),
          )
        : fact.state === 'absent'
          ? false
          : undefined;
    const others = ['prematureMenopause', 'bilateralOophorectomy'].map((concept) => {
      const found = conditionEver(chart, concept);
      return found.state === 'unknown' ? undefined : found.state === 'known';
    });
    return anyIn([codes, ...others]);
  });
}

function menopauseEntries(chart: Chart): readonly Evidence[] {
  const facts = ['menopausalStatus', 'prematureMenopause', 'bilateralOophorectomy'].map((concept) =>
    conditionEver(chart, concept),
  );
  return facts.flatMap((fact) => (fact.state === 'known' ? fact.evidence : []));
}

/** Post-menopausal: evidence, or inferred from age 55 (G8). `inferred` is said on the card. */
export function postmenopausal(chart: Chart): Fact<{ readonly inferred: boolean }> {
  if (isSex(sex(chart), 'male') === true) return absent;
  const evidence = menopauseEvidence(chart);
  if (evidence === true) return known({ inferred: false }, menopauseEntries(chart));
  const byAge = isAtLeastAge(age(chart), chart.definitions.tScore.inferredPostmenopausalAgeYears);
  if (byAge === true) return known({ inferred: true }, []);
  if (evidence === undefined || byAge === undefined) return unknown('ambiguous');
  const mayBe = isAtLeastAge(age(chart), chart.definitions.tScore.knownPremenopausalBelowAgeYears);
  return mayBe === false ? absent : unknown('ambiguous');
}

/** Premature menopause (G8): its own code, or both ovaries removed with an onset before 45. */
export function prematureMenopause(chart: Chart): Fact<readonly string[]> {
  const fact = conditionEver(chart, 'prematureMenopause');
  if (fact.state !== 'known') return fact;
  const limit = chart.definitions.tScore.prematureMenopauseBelowAgeYears;
  const states = fact.value.map((entry): Tri => {
    if (!entry.matches.has('bilateralOophorectomy')) return true;
    // The day an entry was written down says nothing about the age at the operation.
    if (entry.event === null || entry.event.kind === 'recorded') return false;
    const { first, last } = entry.event.date;
    const [atFirst, atLast] = [first, last].map((day) => isAtLeastAge(ageAt(chart, day), limit));
    return atFirst === atLast ? not(atFirst) : undefined;
  });
  const verdict = anyIn(states);
  if (verdict === true)
    return known(
      fact.value.map(({ source }) => source),
      fact.evidence,
    );
  return verdict === false ? absent : unknown('ambiguous');
}
