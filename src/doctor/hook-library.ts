/**
 * The hooks of the CDS Hooks library: the context of each, and which of its fields may be prefetch tokens.
 *
 * @see https://cds-hooks.hl7.org/hooks/ (version 1.0.1 of the library, and its drafts)
 */
import type { Chart } from './chart.ts';
import type { JsonObject } from '../json.ts';

export interface Hook {
  readonly version: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const PLAIN = { required: ['userId', 'patientId'], optional: ['encounterId'] } as const;
const ENCOUNTER = { required: ['userId', 'patientId', 'encounterId'], optional: [] } as const;

export const HOOKS: Readonly<Record<string, Hook>> = {
  'patient-view': { version: '1.0', ...PLAIN },
  'order-select': {
    version: '1.0',
    required: ['userId', 'patientId', 'selections', 'draftOrders'],
    optional: ['encounterId'],
  },
  'order-sign': {
    version: '1.0',
    required: ['userId', 'patientId', 'draftOrders'],
    optional: ['encounterId'],
  },
  'order-dispatch': {
    version: '1.1',
    required: ['patientId', 'dispatchedOrders', 'performer'],
    optional: ['fulfillmentTasks'],
  },
  'encounter-start': { version: '1.0', ...ENCOUNTER },
  'encounter-discharge': { version: '1.0', ...ENCOUNTER },
  'appointment-book': {
    version: '1.0',
    required: ['userId', 'patientId', 'appointments'],
    optional: ['encounterId'],
  },
  'problem-list-item-create': {
    version: '0.1.0',
    required: ['userId', 'patientId', 'conditions'],
    optional: ['encounterId'],
  },
  'allergyintolerance-create': {
    version: '0.1.0',
    required: ['userId', 'patientId', 'allergyIntolerance'],
    optional: ['encounterId'],
  },
  'medication-refill': {
    version: '0.1.0',
    required: ['patientId', 'medications'],
    optional: ['userId', 'encounterId'],
  },
  'medication-verify': {
    version: '0.1.0',
    required: ['userId', 'patientId', 'medication'],
    optional: ['encounterId'],
  },
  'medication-prescribe': {
    version: '1.0',
    required: ['userId', 'patientId', 'medications'],
    optional: ['encounterId'],
  },
  'order-review': { version: '1.0', required: ['userId', 'patientId', 'orders'], optional: ['encounterId'] },
};

/** Fields that are plain values; the others hold resources and are no prefetch tokens. */
const TOKEN_FIELDS: ReadonlySet<string> = new Set([
  'userId',
  'patientId',
  'encounterId',
  'dispatchedOrders',
  'performer',
]);

export function hookOf(name: string): Hook | undefined {
  return Object.hasOwn(HOOKS, name) ? HOOKS[name] : undefined;
}

export function isPrefetchToken(hook: Hook, field: string): boolean {
  return TOKEN_FIELDS.has(field) && [...hook.required, ...hook.optional].includes(field);
}

/** Context fields that hold orders which the user is still writing. */
export const DRAFT_FIELDS = ['draftOrders', 'medications', 'orders', 'appointments'] as const;

/**
 * A sensible context for a hook: every required and optional field. For a hook that the library does not know, user, patient and
 * encounter, and a made-up id for each further field that a prefetch template names.
 */
export function contextFor(hook: string, chart: Chart, tokenFields: readonly string[]): JsonObject {
  const known = hookOf(hook);
  const fields =
    known === undefined
      ? ['userId', 'patientId', 'encounterId', ...tokenFields]
      : [...known.required, ...known.optional];
  return Object.fromEntries([...new Set(fields)].map((field) => [field, valueOf(field, chart)]));
}

function valueOf(field: string, { ids, drafts, appointment, problem, allergy }: Chart): unknown {
  const values: Readonly<Record<string, unknown>> = {
    userId: `Practitioner/${ids.practitioner}`,
    patientId: ids.patient,
    encounterId: ids.encounter,
    selections: drafts.slice(0, 1).map((one) => `${String(one['resourceType'])}/${String(one['id'])}`),
    draftOrders: bundleOf(drafts),
    orders: bundleOf(drafts),
    medications: bundleOf(drafts.slice(0, 1)),
    medication: { ...drafts[0], status: 'active' },
    dispatchedOrders: drafts.slice(1, 2).map((one) => `${String(one['resourceType'])}/${String(one['id'])}`),
    performer: `Organization/${ids.practitioner}`,
    fulfillmentTasks: [{ resourceType: 'Task', id: 'doctor-task', status: 'requested', intent: 'order' }],
    appointments: bundleOf([appointment]),
    conditions: bundleOf([problem]),
    allergyIntolerance: allergy,
  };
  return Object.hasOwn(values, field) ? values[field] : `doctor-${field.toLowerCase()}`;
}

function bundleOf(resources: readonly JsonObject[]): JsonObject {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  };
}
