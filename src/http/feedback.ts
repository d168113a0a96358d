/**
 * Feedback of clients: checked as a whole, kept as a whole, durable before the 200.
 *
 * @see https://cds-hooks.hl7.org/2.0/#feedback
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { RequestHandler } from 'express';
import { ServiceError } from '../errors.ts';
import { feedbackSchema, type FeedbackEntry, type FeedbackRequest } from '../hooks/feedback.ts';
import type { FeedbackRecord } from '../store/contract.ts';
import { callOf, clientName } from './call.ts';
import type { AppDeps } from './deps.ts';
import { pointerOf } from './validate.ts';

const ajv = new Ajv({ strict: true, allErrors: false, validateSchema: false });
let compiled: ValidateFunction<FeedbackRequest> | undefined;

/** Answers 200 with no body once the batch is durable; 400 when any entry is wrong; 503 when it cannot be kept. */
export function receiveFeedback({ keepFeedback }: AppDeps): RequestHandler {
  return async function keep(req, res) {
    const client = clientName(callOf(req));
    await keepFeedback(feedbackOf(req.body).map((entry) => ({ ...entry, client })));
    res.set('Cache-Control', 'no-store').status(200).end();
  };
}

/** @throws ServiceError ERR_BAD_REQUEST with the pointer of the first field that is missing or wrong. */
export function feedbackOf(body: unknown): readonly Omit<FeedbackRecord, 'isKnown' | 'client'>[] {
  compiled ??= ajv.compile<FeedbackRequest>(feedbackSchema);
  if (!compiled(body)) throw badField(pointerOf(compiled.errors?.[0]));
  return body.feedback.map((entry, index) => recordOf(entry, `/feedback/${String(index)}`));
}

function recordOf(entry: FeedbackEntry, pointer: string): Omit<FeedbackRecord, 'isKnown' | 'client'> {
  const suggestions = [...new Set((entry.acceptedSuggestions ?? []).map(({ id }) => id))];
  // cds-fb-2: accepted means that at least one suggestion was.
  if (entry.outcome === 'accepted' && suggestions.length === 0)
    throw badField(`${pointer}/acceptedSuggestions`);
  const { reason, userComment } = entry.overrideReason ?? {};
  if (entry.overrideReason !== undefined && reason === undefined && userComment === undefined)
    throw badField(`${pointer}/overrideReason`);
  return {
    card: entry.card,
    outcome: entry.outcome,
    outcomeTimestamp: utc(entry.outcomeTimestamp, `${pointer}/outcomeTimestamp`),
    acceptedSuggestions: entry.outcome === 'accepted' ? suggestions : [],
    ...(reason === undefined ? {} : { reason }),
    ...(userComment === undefined ? {} : { comment: userComment }),
  };
}

/** The same moment in UTC: an offset is valid RFC 3339 and is accepted. */
function utc(text: string, pointer: string): string {
  const time = Date.parse(text);
  // Date.parse takes 30 February for 1 or 2 March: the day must come back as it was written.
  const [, day] = /^\d{4}-\d{2}-(\d{2})/.exec(text) ?? [];
  const atMidnight = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(time) || Number.isNaN(atMidnight.getTime()) || atMidnight.getUTCDate() !== Number(day))
    throw badField(pointer);
  return new Date(time).toISOString();
}

function badField(pointer: string): ServiceError {
  return new ServiceError('ERR_BAD_REQUEST', `field ${pointer}`, { pointers: [pointer] });
}
