/** Concepts as ValueSets: the codes that are matched at this site, no more. */
import type { Concept, ConceptExclusion, ConceptRow } from '../facts/concepts.ts';
import {
  canonical,
  CANONICAL_BASE,
  filled,
  idOf,
  nameOf,
  PUBLISHER,
  type FhirResource,
} from './canonical.ts';

/** Code systems whose owners allow codes here, but no names (NOTICE). */
const CODES_ONLY: ReadonlySet<string> = new Set([
  'http://www.whocc.no/atc',
  'http://hl7.org/fhir/sid/icd-10',
]);

/** Terms that travel with a list (NOTICE). */
const TERMS: Readonly<Record<string, string>> = {
  'http://loinc.org':
    'This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at http://loinc.org/license.',
  'http://snomed.info/sct':
    'SNOMED CT is copyright (c) SNOMED International; use outside member countries and free uses needs an affiliate licence.',
  'http://www.nlm.nih.gov/research/umls/rxnorm':
    'RxNorm: publicly available data of the U.S. National Library of Medicine, which does not endorse this product.',
  'http://hl7.org/fhir/sid/icd-10': 'ICD-10 is copyright (c) World Health Organization.',
  'http://www.whocc.no/atc':
    'ATC is copyright (c) WHO Collaborating Centre for Drug Statistics Methodology; commercial redistribution is not permitted by its owner.',
};

/** Whether a concept has codes to export; one that is recognised by text alone has none. */
export function hasCodes({ codes, includes = [] }: Concept): boolean {
  return includes.length > 0 || codes.some(isListed);
}

/** A code from memory is never matched; one that needs another active problem cannot be said in a ValueSet. */
function isListed({ verification, requires }: ConceptRow): boolean {
  return verification !== 'none' && requires === undefined;
}

/**
 * The ValueSet of a concept.
 *
 * A prefix match is a `regex` filter on the code: `is-a` would need a server that knows the hierarchy. What a ValueSet cannot say
 * (text patterns, codes that count only beside another problem) is told in the description.
 */
export function valueSet(concept: Concept, version: string): FhirResource {
  const id = idOf(concept.id);
  const rows = concept.codes.filter(isListed);
  const parents = (concept.includes ?? []).map((one) => canonical('ValueSet', idOf(one)));
  const systems = [...new Set([...rows, ...(concept.exclude ?? [])].map(({ system }) => system))];
  const terms = systems.flatMap((system) => TERMS[system] ?? []);
  return filled({
    resourceType: 'ValueSet' as const,
    id,
    url: canonical('ValueSet', id),
    version,
    name: nameOf(id),
    title: concept.title,
    status: 'draft' as const,
    publisher: PUBLISHER,
    description: describe(concept),
    copyright: terms.length === 0 ? undefined : terms.join(' '),
    compose: filled({
      include: [...parents.map((one) => ({ valueSet: [one] })), ...partsOf(rows)],
      exclude: partsOf(concept.exclude ?? []),
    }),
  });
}

function describe({ title, codes, textPatterns = [], exclude = [] }: Concept): string {
  const conditional = codes.filter(({ requires }) => requires !== undefined).length;
  return [
    `Codes by which bone-heart-cds recognises: ${title}.`,
    ...(textPatterns.length === 0 ? [] : ['It is also recognised by text, which is not part of this list.']),
    ...(conditional === 0
      ? []
      : [`${String(conditional)} codes that count only beside another problem are left out.`]),
    ...(exclude.some(({ unless }) => unless !== undefined)
      ? ['Some excluded codes count when another problem is active; here they are always excluded.']
      : []),
  ].join(' ');
}

type Row = ConceptRow | ConceptExclusion;

/** One part for the exact codes of each system, one for each prefix: filters of one part would all have to hold. */
function partsOf(rows: readonly Row[]): object[] {
  const systems = [...new Set(rows.map(({ system }) => system))];
  return systems.flatMap((system) => {
    const own = rows.filter((row) => row.system === system);
    const exact = new Map(own.filter(({ match }) => match === undefined).map((row) => [row.code, row]));
    const prefixes = [...new Set(own.filter(({ match }) => match === 'prefix').map(({ code }) => code))];
    return [
      ...(exact.size === 0 ? [] : [{ system, concept: [...exact.values()].map(conceptOf) }]),
      ...prefixes.map((code) => ({
        system,
        filter: [{ property: 'code', op: 'regex', value: `${code.replaceAll('.', '\\.')}.*` }],
      })),
    ];
  });
}

function conceptOf(row: Row): object {
  const named = 'display' in row && !CODES_ONLY.has(row.system);
  const unverified = 'verification' in row && /^(single-source|component-only)$/.test(row.verification);
  return {
    // Such a code may widen an exclusion or a warning and never makes a reminder fire.
    ...(unverified
      ? {
          extension: [
            { url: `${CANONICAL_BASE}/StructureDefinition/code-verification`, valueCode: row.verification },
          ],
        }
      : {}),
    code: row.code,
    ...(named ? { display: row.display } : {}),
  };
}
