/**
 * Orders: what is already asked for, referrals made, and the drafts of the hook context.
 *
 * @see rules.md 0.1 (already ordered); clarifications G19 (contact), G25 (order hooks)
 */
import { once, sourceOf, type Chart } from './chart.ts';
import { codingsOf, textsOf } from './concepts.ts';
import { absent, anyIn, anyOf, known, unknown, type Fact, type Tri } from './fact.ts';
import { addMonths, readFhirDate, type FhirDate } from './fhir-date.ts';
import { draftDrugs, drugEvidence, type DrugEntry } from './medications.ts';
import type { Resource } from './record.ts';
import { readSeries } from './results.ts';

export interface Order {
  readonly source: string;
  readonly status: unknown;
  readonly authored: FhirDate | null;
  readonly concepts: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly texts: readonly string[];
}

function orderEntries(chart: Chart): readonly Order[] {
  return once(chart, 'orders', () =>
    chart
      .resources('serviceRequests')
      .filter(isRequest)
      .map((resource) => readOrder(resource, chart)),
  );
}

function draftOrders(chart: Chart): readonly Order[] {
  return once(chart, 'draft orders', () =>
    chart.context.draftOrders.filter(isRequest).map((resource) => readOrder(resource, chart)),
  );
}

function isRequest(resource: Resource): boolean {
  return (
    resource.resourceType === 'ServiceRequest' &&
    resource['doNotPerform'] !== true &&
    resource['status'] !== 'entered-in-error'
  );
}

function readOrder(resource: Resource, chart: Chart): Order {
  const matches = chart.concepts.match(codingsOf(resource['code']));
  return {
    source: sourceOf(resource),
    status: resource['status'],
    authored: readFhirDate(resource['authoredOn']),
    concepts: new Set(matches.map(({ concept }) => concept)),
    roles: new Set(matches.flatMap(({ roles }) => roles)),
    texts: textsOf(resource['code']),
  };
}

/**
 * Is the test or study already ordered: an open request in the window, a draft of this hook call, or a pending result?
 *
 * An open request without a readable date counts: nobody can say that it was not ordered.
 */
export function isOrdered(chart: Chart, concepts: readonly string[], months: number): Tri {
  return anyOf(isOnOrder(chart, concepts, months), isDrafted(chart, concepts));
}

/** Is a test or study among the drafts of this call, selected or not? */
export function isDrafted(chart: Chart, concepts: readonly string[]): boolean {
  return draftOrders(chart).some((order) => isFor(order, concepts));
}

/** Is a drug among the drafts of this call, selected or not? */
export function isDrugDrafted(chart: Chart, concept: string): boolean {
  return draftDrugs(chart).some(({ matches }) => matches.has(concept));
}

/** The same, leaving out the drafts of this hook call: for a card about the timing of the draft itself. */
export function isOnOrder(chart: Chart, concepts: readonly string[], months: number): Tri {
  const open = orderEntries(chart).filter((order) => isFor(order, concepts) && isOpen(order, chart));
  const pending = concepts.flatMap((concept) => readSeries(chart, concept).pending);
  return anyIn([
    ...open.map(({ authored }) => isRecent(authored, chart, months)),
    // A preliminary result that nobody finished for years is no longer on its way.
    ...pending.map(({ date }) => isRecent(date ?? null, chart, months)),
    chart.coverage('serviceRequests').complete ? false : undefined,
  ]);
}

/** Written in the last `months` months, as far as the date tells; without one nobody can say that it was not. */
function isRecent(date: FhirDate | null, { today }: Chart, months: number): boolean {
  return date === null || date.last >= addMonths(today, -months);
}

function isFor({ concepts: own }: Order, concepts: readonly string[]): boolean {
  return concepts.some((concept) => own.has(concept));
}

function isOpen({ status }: Order, chart: Chart): boolean {
  return typeof status === 'string' && chart.definitions.orders.openStatuses.includes(status);
}

/** A referral (active or completed) of one of the roles, or with one of the words in its text, in the window. */
export function isReferred(
  chart: Chart,
  roles: readonly string[],
  words: RegExp | null,
  months: number,
): Tri {
  const statuses = chart.definitions.orders.contactStatuses;
  const found = orderEntries(chart)
    .filter(({ status }) => typeof status === 'string' && statuses.includes(status))
    .filter(
      (order) =>
        roles.some((role) => order.roles.has(role)) ||
        (words !== null && order.texts.some((text) => words.test(text))),
    )
    .map(({ authored }) => isRecent(authored, chart, months));
  return anyIn([...found, chart.coverage('serviceRequests').complete ? false : undefined]);
}

/** Orders of any status that carry one of the roles, or one of the words in their text. */
export function ordersFor(chart: Chart, roles: readonly string[], words: RegExp): readonly Order[] {
  return orderEntries(chart).filter(
    (order) => roles.some((role) => order.roles.has(role)) || order.texts.some((text) => words.test(text)),
  );
}

/** Orders of a concept (active or completed) in the window, for hospice and similar. */
export function hasOrder(chart: Chart, concept: string, months: number): Tri {
  const statuses = chart.definitions.orders.contactStatuses;
  const found = orderEntries(chart)
    .filter(
      ({ status, concepts }) =>
        concepts.has(concept) && typeof status === 'string' && statuses.includes(status),
    )
    .map(({ authored }) => isRecent(authored, chart, months));
  return anyIn([...found, chart.coverage('serviceRequests').complete ? false : undefined]);
}

/** A draft service request of one concept that this call speaks about: at order-select the selected ones only (G25). */
export function hasDraft(chart: Chart, concept: string): boolean {
  const selected = chart.context.draftOrders.filter((draft) => isRequest(draft) && isSelected(chart, draft));
  return selected.some((draft) => readOrder(draft, chart).concepts.has(concept));
}

/** By the id as the client wrote it: drafts may carry ids that are no FHIR ids. */
function isSelected({ context: { selections } }: Chart, { resourceType, id }: Resource): boolean {
  return selections === undefined || selections.includes(`${resourceType}/${String(id)}`);
}

/**
 * Draft medication orders of a concept that this call speaks about: order-select looks at `context.selections` only,
 * order-sign at all drafts (G25).
 *
 * @returns unknown when none is of the concept and one cannot be identified: no code of any concept, and no words.
 */
export function drafts(chart: Chart, concept: string): Fact<readonly DrugEntry[]> {
  const selected = draftDrugs(chart).filter(({ resource }) => isSelected(chart, resource));
  const found = selected.filter(({ matches }) => matches.has(concept));
  if (found.length > 0)
    return known(
      found,
      found.map((entry) => drugEvidence(entry, concept)),
    );
  const nameless = selected.filter(({ matches, texts }) => matches.size === 0 && texts.length === 0);
  return nameless.length === 0
    ? absent
    : unknown(
        'unreadable',
        nameless.map((entry) => drugEvidence(entry, concept)),
      );
}
