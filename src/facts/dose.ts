/**
 * Dose arithmetic: the amount a day of one medication entry. Nothing is guessed: what is not plainly stated is null.
 *
 * Read are the dose (doseQuantity, doseRange), how often (repeat, the codes BID, TID, ...), the strength in the drug's name or in a
 * Medication's ingredient, and one-line instructions of the small grammar in cards/definitions.yaml (`dose`).
 *
 * @see https://hl7.org/fhir/R4/datatypes.html#Timing; https://hl7.org/fhir/R4/dosage.html; clarifications R05, R20
 */
import { isJsonObject } from '../json.ts';
import type { Chart } from './chart.ts';
import { textsOf } from './concepts.ts';
import {
  exactly,
  massesIn,
  readSig,
  sum,
  times,
  unitNamed,
  type Amount,
  type DoseKind,
  type DoseUnit,
  type Span,
  type Stated,
} from './dose-text.ts';
import { timesPerDay } from './dose-timing.ts';
import { daysPer, refillsOf, type DrugEntry } from './medications.ts';
import { significant } from './ucum.ts';
import { patternOf } from './pattern.ts';

export interface DailyDose {
  readonly in: DoseKind;
  readonly perDay: Span;
}

type Dosage = Readonly<Record<string, unknown>>;

/**
 * The amount a day that an entry's instructions ask for.
 *
 * @returns null without an instruction, when one is as needed, tapered or unreadable, when data and sentence contradict each
 * other, and when several instructions are not plainly taken together.
 */
export function dailyDose({ dosages }: DrugEntry, chart: Chart): DailyDose | null {
  if (dosages.length > 1 && !areTakenTogether(dosages)) return null;
  const doses = dosages.map((dosage) => dailyDoseOf(dosage, chart));
  const [first] = doses;
  if (first == null) return null;
  const same = doses.filter((dose) => dose?.in === first.in).filter((dose) => dose !== null);
  return same.length === doses.length
    ? { in: first.in, perDay: sum(same.map(({ perDay }) => perDay)) }
    : null;
}

/** The same in mg: a mass as stated, pieces times their strength. */
export function mgPerDay(entry: DrugEntry, concept: string, chart: Chart): Span | null {
  const dose = dailyDose(entry, chart);
  if (dose === null || dose.in === 'mg') return dose?.perDay ?? null;
  const strength = strengthMg(entry, concept, chart);
  return strength === null ? null : times(dose.perDay, exactly(strength));
}

/** Taken only when needed, by the element or by the words of an instruction. */
export function isAsNeeded({ dosages }: DrugEntry, chart: Chart): boolean {
  const words = patternOf(chart.definitions.dose.asNeededPattern);
  return dosages.some(
    (dosage) =>
      dosage['asNeededBoolean'] === true ||
      dosage['asNeededCodeableConcept'] !== undefined ||
      instructionTexts(dosage).some((text) => words.test(text)),
  );
}

function dailyDoseOf(dosage: Dosage, chart: Chart): DailyDose | null {
  const { asNeededPattern, variesPattern } = chart.definitions.dose;
  const irregular = patternOf(`${asNeededPattern}|${variesPattern}`);
  if (dosage['asNeededBoolean'] === true || dosage['asNeededCodeableConcept'] !== undefined) return null;
  if (instructionTexts(dosage).some((text) => irregular.test(text))) return null;
  const sig = readSig(dosage['text'], chart);
  const amount = agreed(amountOf(dosage, chart), sig?.amount, isSameAmount);
  const perDay = agreed(timesPerDay(dosage['timing'], chart), sig?.perDay, isSameSpan);
  if (amount === null || perDay === null) return null;
  const total = times(amount.each, perDay);
  return isUsable(total) ? { in: amount.in, perDay: total } : null;
}

/** What the data say, or the sentence where the data are silent; null when one is unreadable or they contradict each other. */
function agreed<T extends object>(
  data: Stated<T>,
  sentence: T | undefined,
  isSame: (a: T, b: T) => boolean,
): T | null {
  if (data === 'unreadable') return null;
  if (data === 'none') return sentence ?? null;
  return sentence === undefined || isSame(data, sentence) ? data : null;
}

/** A mass and a count of tablets do not contradict each other. */
function isSameAmount(a: Amount, b: Amount): boolean {
  return a.in !== b.in || isSameSpan(a.each, b.each);
}

function isSameSpan(a: Span, b: Span): boolean {
  return a.low === b.low && a.high === b.high;
}

/** Text, patient instruction and additional instructions, cut to what a sentence needs. */
function instructionTexts(dosage: Dosage): readonly string[] {
  const additional: readonly unknown[] = Array.isArray(dosage['additionalInstruction'])
    ? dosage['additionalInstruction']
    : [];
  return [dosage['text'], dosage['patientInstruction'], ...additional.slice(0, 20).flatMap(textsOf)]
    .filter((text) => typeof text === 'string')
    .map((text) => text.slice(0, 500));
}

/** The dose of one administration. Ordered and calculated doses may stand side by side; they must be the same. */
function amountOf(dosage: Dosage, chart: Chart): Stated<Amount> {
  const rates = objects(dosage['doseAndRate']).filter(
    (rate) => rate['doseQuantity'] !== undefined || rate['doseRange'] !== undefined,
  );
  if (rates.length === 0) return dosage['doseAndRate'] === undefined ? 'none' : 'unreadable';
  const amounts = rates.slice(0, 20).map((rate) => rateAmount(rate, chart));
  const [first] = amounts;
  if (first == null) return 'unreadable';
  const same = amounts.every(
    (one) => one !== null && one.in === first.in && isSameSpan(one.each, first.each),
  );
  return same ? first : 'unreadable';
}

function rateAmount({ doseQuantity, doseRange }: Dosage, chart: Chart): Amount | null {
  if (isJsonObject(doseQuantity))
    return doseRange === undefined ? fromQuantities(doseQuantity, doseQuantity, chart) : null;
  if (!isJsonObject(doseRange) || !isJsonObject(doseRange['low']) || !isJsonObject(doseRange['high']))
    return null;
  return fromQuantities(doseRange['low'], doseRange['high'], chart);
}

function fromQuantities(low: Dosage, high: Dosage, chart: Chart): Amount | null {
  const [a, b] = [doseUnit(low, chart), doseUnit(high, chart)];
  if (a === null || b === null || a.in !== b.in) return null;
  const [from, to] = [low['value'], high['value']];
  if (typeof from !== 'number' || typeof to !== 'number') return null;
  if (low['comparator'] !== undefined || high['comparator'] !== undefined) return null;
  const each = { low: significant(from * a.factor), high: significant(to * b.factor) };
  return isUsable(each) ? { in: a.in, each } : null;
}

/** By code and label; where both are readable they must agree. A dose without a unit may be mg or tablets: unreadable. */
function doseUnit({ code, unit }: Dosage, chart: Chart): DoseUnit | null {
  const units = [code, unit].map((name) => unitNamed(name, chart)).filter((one) => one !== null);
  const [first, second] = units;
  if (first === undefined) return null;
  return second === undefined || (second.in === first.in && second.factor === first.factor) ? first : null;
}

/** Above zero, finite and in order. */
function isUsable({ low, high }: Span): boolean {
  return low > 0 && high >= low && Number.isFinite(high);
}

/**
 * Several instructions of one entry are plainly taken together when they share one stated sequence number, or when none has
 * one and each names its own times of day or days of the week. Other lists may be steps, alternatives or copies.
 *
 * @see https://hl7.org/fhir/R4/dosage-definitions.html#Dosage.sequence
 */
function areTakenTogether(dosages: readonly Dosage[]): boolean {
  const [first, ...others] = dosages;
  if (first === undefined || dosages.length > 10) return false;
  if (new Set(dosages.map((dosage) => JSON.stringify(boundsOf(dosage)))).size > 1) return false;
  const sequence = first['sequence'];
  if (!others.every((other) => other['sequence'] === sequence)) return false;
  const moments = dosages.map(momentsOf);
  const named = moments.flat();
  if (moments.every((own) => own.length > 0)) return new Set(named).size === named.length;
  return (
    typeof sequence === 'number' && new Set(dosages.map((one) => JSON.stringify(one))).size === dosages.length
  );
}

function repeatOf(dosage: Dosage): Dosage {
  const timing = isJsonObject(dosage['timing']) ? dosage['timing'] : {};
  return isJsonObject(timing['repeat']) ? timing['repeat'] : {};
}

function boundsOf(dosage: Dosage): unknown {
  const { boundsPeriod, boundsDuration, boundsRange } = repeatOf(dosage);
  return [boundsPeriod, boundsDuration, boundsRange];
}

/** Times of day, or days of the week without them, that an instruction claims for itself. */
function momentsOf(dosage: Dosage): readonly string[] {
  const { when, timeOfDay, dayOfWeek } = repeatOf(dosage);
  const [moments, days] = [[when, timeOfDay].flatMap(strings), strings(dayOfWeek)];
  return moments.length > 0 && days.length > 0 ? [] : [...moments, ...days];
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function objects(value: unknown): readonly Dosage[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/**
 * Strength of one piece in mg, of the ingredient of a concept: from the Medication's ingredient, else the only mass in the
 * drug's names. Null when there are several, or when the two differ.
 */
export function strengthMg(entry: DrugEntry, concept: string, chart: Chart): number | null {
  const masses = [...new Set(entry.texts.flatMap((text) => massesIn(text, chart)))];
  const own = entry.ingredients.filter(({ codings, texts }) =>
    chart.concepts.matchDrug(codings, texts).some((match) => match.concept === concept),
  );
  const stated = [...new Set(own.map((one) => strengthOf(one.strength, chart)).filter((mg) => mg !== null))];
  const [byIngredient, ...moreIngredients] = stated;
  const [byName, ...moreNames] = masses;
  if (moreIngredients.length > 0) return null;
  if (byIngredient !== undefined)
    return masses.length === 0 || masses.includes(byIngredient) ? byIngredient : null;
  return byName !== undefined && moreNames.length === 0 ? byName : null;
}

/** An ingredient's strength as mg for one piece; null per mL, per dose of a spray, or without a mass. */
export function strengthOf(strength: unknown, chart: Chart): number | null {
  if (!isJsonObject(strength) || !isJsonObject(strength['numerator'])) return null;
  const { denominator } = strength;
  const whole = isJsonObject(denominator) ? denominator : { value: 1, unit: '1' };
  const unit =
    whole['unit'] === undefined && whole['code'] === undefined ? { in: 'pieces' } : doseUnit(whole, chart);
  const amount = fromQuantities(strength['numerator'], strength['numerator'], chart);
  if (unit?.in !== 'pieces' || amount?.in !== 'mg' || whole['value'] !== 1) return null;
  return amount.each.low;
}

/**
 * The same drug in the same strength: a name in common, or a code in common unless the names give different strengths (a code
 * may be that of the ingredient).
 */
export function isSameDrug(a: DrugEntry, b: DrugEntry, chart: Chart): boolean {
  const names = ({ texts }: DrugEntry): readonly string[] =>
    texts.map((text) => text.toLowerCase().replace(/\s+/g, ' '));
  if (haveCommon(names(a), names(b))) return true;
  const codes = ({ codings }: DrugEntry): readonly string[] =>
    codings.map(({ system, code }) => `${system}|${code}`);
  const [own, other] = [a, b].map(({ texts }) => texts.flatMap((text) => massesIn(text, chart)));
  const sameStrength = !own?.length || !other?.length || haveCommon(own, other);
  return sameStrength && haveCommon(codes(a), codes(b));
}

function haveCommon<T>(some: readonly T[], others: readonly T[]): boolean {
  const own = new Set(some);
  return others.some((one) => own.has(one));
}

/**
 * Days of supply with all refills: as stated, else the dispensed pieces at the stated dose, of a range the higher one, so that
 * no day is counted too many. Null when neither is plainly stated.
 *
 * @param concept whose strength turns a dose in mg into pieces; null where a strength may be read in two ways (calcium salts).
 */
export function suppliedDays(entry: DrugEntry, concept: string | null, chart: Chart): number | null {
  if (entry.supplyDays !== null) return entry.supplyDays;
  const dispense = entry.resource['dispenseRequest'];
  const quantity = isJsonObject(dispense) ? dispense['quantity'] : undefined;
  if (!isJsonObject(dispense) || !isJsonObject(quantity) || typeof quantity['value'] !== 'number')
    return null;
  if (doseUnit(quantity, chart)?.in !== 'pieces' || quantity['comparator'] !== undefined) return null;
  const perDay = piecesPerDay(entry, concept, chart);
  const days = perDay === null ? NaN : (quantity['value'] / perDay) * (1 + refillsOf(dispense));
  return days > 0 && Number.isFinite(days) ? significant(days) : null;
}

function piecesPerDay(entry: DrugEntry, concept: string | null, chart: Chart): number | null {
  const dose = dailyDose(entry, chart);
  if (dose === null || dose.in === 'pieces') return dose?.perDay.high ?? null;
  const strength = concept === null ? null : strengthMg(entry, concept, chart);
  return strength === null ? null : dose.perDay.high / strength;
}

/** Days that an entry is meant to last: its supply with all refills, else its stated period or duration; null when not stated. */
export function courseDays(entry: DrugEntry, concept: string | null, chart: Chart): number | null {
  const { start, end, dosages } = entry;
  const supply = suppliedDays(entry, concept, chart);
  if (supply !== null) return supply;
  if (start !== null && end !== null) return end.last + 1 - start.first;
  const [days, ...others] = dosages.map((dosage) => durationDays(repeatOf(dosage)['boundsDuration'], chart));
  return days !== undefined && others.length === 0 ? days : null;
}

function durationDays(duration: unknown, chart: Chart): number | null {
  if (!isJsonObject(duration)) return null;
  const { value, code, unit } = duration;
  const perUnit = daysPer(code ?? unit, chart);
  return typeof value === 'number' && value > 0 && perUnit !== null ? value * perUnit : null;
}
