/**
 * What may be printed: no token, no header of the user's, no text of a patient, and nothing that moves a terminal's cursor.
 *
 * A service under test may be hostile or careless: what it answers is data.
 */
import { isJsonObject } from '../json.ts';

export type Mask = (text: string) => string;

const HIDDEN = '***';
/** JSON Web Tokens wherever they stand, bearer values, and the access tokens that the doctor makes. */
const TOKENS = /eyJ[\w-]{6,}(?:\.[\w-]*){0,2}|(bearer )\s*[\w.~+/=-]+|doctor-access-[\w-]+/gi;

/**
 * @param secrets texts that are never shown: values of extra headers, names and ids of a patient from a request file.
 */
export function createMask(secrets: readonly string[]): Mask {
  const known = [...new Set(secrets)].filter((text) => text.length > 2).sort((a, b) => b.length - a.length);
  return (text) =>
    known
      .reduce((masked, secret) => masked.replaceAll(secret, HIDDEN), text)
      .replace(TOKENS, (_, scheme: string | undefined) => `${scheme ?? ''}${HIDDEN}`);
}

/** One line of printable text of at most `length` characters: control and format characters become a dot. */
export function printable(text: string, length = 300): string {
  const line = text
    .slice(0, length * 4)
    .replace(/\s+/g, ' ')
    .trim();
  const shown = line
    .slice(0, length)
    .toWellFormed()
    .replace(/[\p{C}\u2028\u2029]/gu, '·');
  return shown.length < line.length ? `${shown} …` : shown;
}

const PERSONAL: ReadonlySet<string> = new Set(['Patient', 'RelatedPerson', 'Person']);

/** Every text of the person resources in `value`, and the ids of the hook's context: what identifies the patient of a request file. */
export function patientTexts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(patientTexts);
  if (!isJsonObject(value)) return [];
  const isPersonal = typeof value.resourceType === 'string' && PERSONAL.has(value.resourceType);
  if (isPersonal) return leaves({ ...value, resourceType: undefined, gender: undefined });
  return Object.entries(value).flatMap(([key, member]) =>
    ['patientId', 'encounterId', 'userId', 'display', 'text', 'div'].includes(key)
      ? leaves(member)
      : patientTexts(member),
  );
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(leaves);
}
