/** Every check, in the order of the report. docs/doctor.md has the same list, generated from this one. */
import type { Bench } from './bench.ts';
import type { Check } from './check.ts';
import { ANSWER_CHECKS } from './checks/cards.ts';
import { DATA_CHECKS } from './checks/data.ts';
import { DISCOVERY_CHECKS, type Discovered } from './checks/discovery.ts';
import { FEEDBACK_CHECKS, type FeedbackBench } from './checks/feedback.ts';
import { FHIR_CHECKS } from './checks/fhir.ts';
import { REQUEST_CHECKS } from './checks/request.ts';
import { TEMPLATE_CHECKS } from './checks/templates.ts';
import { TOKEN_CHECKS } from './checks/tokens.ts';
import { RUN_CHECKS, SERVICE_TRANSPORT_CHECKS } from './checks/transport.ts';
import { VALID_CALL_CHECKS } from './checks/valid-call.ts';
import type { Listed, ServiceBench } from './service-bench.ts';

/** What a check is run on, and when: `discovery` once, `listed` without a call, `token` for one service, `end` when all calls are done. */
export type Group = { readonly title: string } & (
  | { readonly on: 'discovery'; readonly checks: readonly Check<Discovered>[] }
  | { readonly on: 'listed'; readonly checks: readonly Check<Listed>[] }
  | { readonly on: 'called' | 'valid' | 'token'; readonly checks: readonly Check<ServiceBench>[] }
  | { readonly on: 'feedback'; readonly checks: readonly Check<FeedbackBench>[] }
  | { readonly on: 'end'; readonly checks: readonly Check<Bench>[] }
);

export const CATALOGUE: readonly Group[] = [
  { title: 'Discovery', on: 'discovery', checks: DISCOVERY_CHECKS },
  { title: 'Prefetch templates', on: 'listed', checks: TEMPLATE_CHECKS },
  { title: 'A valid call', on: 'called', checks: VALID_CALL_CHECKS },
  { title: 'Tokens of the client', on: 'token', checks: TOKEN_CHECKS },
  { title: 'Wrong and unusual requests', on: 'valid', checks: REQUEST_CHECKS },
  { title: 'Missing, empty and failed data', on: 'valid', checks: DATA_CHECKS },
  { title: 'FHIR server and access token', on: 'valid', checks: FHIR_CHECKS },
  { title: 'Browsers, speed, hostile text', on: 'valid', checks: SERVICE_TRANSPORT_CHECKS },
  { title: 'Feedback', on: 'feedback', checks: FEEDBACK_CHECKS },
  { title: 'Every answer that came', on: 'end', checks: [...RUN_CHECKS, ...ANSWER_CHECKS] },
];
