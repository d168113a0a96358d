/** Runs the checks against one service host, in the order of the catalogue, and collects a row for each. */
import { setTimeout as pause } from 'node:timers/promises';
import type { JsonObject } from '../json.ts';
import { CannotCheck, isSuccess, statusOf, type Bench } from './bench.ts';
import { CATALOGUE, type Group } from './catalogue.ts';
import { notChecked, problem, type Check, type Level, type Verdict } from './check.ts';
import { callable, type Discovered } from './checks/discovery.ts';
import { hasEndpoint, openFeedback } from './checks/feedback.ts';
import { NO_IDENTITY } from './checks/tokens.ts';
import type { Exchange } from './exchange.ts';
import { UsageError } from './options.ts';
import { createServiceBench, tryValidCall, type Listed, type ServiceBench } from './service-bench.ts';

export interface Row {
  readonly id: string;
  readonly level: Level;
  readonly title: string;
  readonly group: string;
  /** One for each service, or one for the whole run. */
  readonly verdicts: readonly { readonly service?: string; readonly verdict: Verdict }[];
}

export interface Examination {
  readonly rows: readonly Row[];
  readonly services: readonly Listed[];
  /** Sentences for the reader beside the rows. */
  readonly notes: readonly string[];
  /** Whether the service wants tokens and the doctor has none. */
  readonly lacksIdentity: boolean;
}

/** The service could not be reached at all. */
export class Unreachable extends Error {}

/** A host with many services is sampled: each takes about a hundred calls. */
const MOST_SERVICES = 12;

type AnyCheck = Check<never>;

/**
 * @param samples hook requests of the user's by hook.
 * @throws Unreachable when discovery gets no answer; UsageError when a wanted service is not listed.
 */
export async function examine(
  bench: Bench,
  samples: ReadonlyMap<string, JsonObject>,
  onProgress: (text: string) => void,
): Promise<Examination> {
  requireRows(bench.options.only);
  const found = await discover(bench);
  const { services, notes } = chosen(found.exchange, bench);
  const rows = new Rows(bench.options.only);

  await rows.run(onGroup('discovery'), found);
  for (const listed of services) await rows.run(onGroup('listed'), listed, listed.id);

  const benches: ServiceBench[] = [];
  for (const listed of services) {
    onProgress(`${listed.id}: a valid call`);
    const service = createServiceBench(bench, listed, samples.get(listed.hook));
    const isOver = await firstCall(service);
    benches.push(service);
    await rows.run(onGroup('called'), service, listed.id, isOver);
  }

  const [subject] = [...benches.filter(isUsable), ...benches];
  onProgress('tokens');
  if (subject === undefined) rows.skip(onGroup('token'), 'there is no service to call');
  else await rows.run(onGroup('token'), subject, subject.id);

  for (const service of benches) {
    onProgress(`${service.id}: requests, data, FHIR server`);
    const reason = isUsable(service) ? undefined : 'the valid call was not answered with 200 (R-1)';
    await rows.run(onGroup('valid'), service, service.id, reason);
    onProgress(`${service.id}: feedback`);
    await feedback(rows, service, reason);
  }
  if (benches.length === 0) {
    for (const group of CATALOGUE.filter(({ on }) => on !== 'discovery' && on !== 'end'))
      rows.skip(group, 'there is no service to call');
  }
  onProgress('every answer that came');
  await rows.run(onGroup('end'), bench);
  const lacksIdentity = bench.auth === 'required' && bench.identity === undefined;
  const silent = benches.filter((service) => !isUsable(service)).map(({ id }) => id);
  if (silent.length > 0)
    notes.push(
      `most rows were not checked at ${silent.join(', ')}: the valid call was not answered with 200`,
    );
  return {
    rows: rows.list(),
    services,
    notes: lacksIdentity ? [...notes, NO_IDENTITY] : notes,
    lacksIdentity,
  };
}

/** A wrong prefix must not look like a good report. */
function requireRows(only: readonly string[]): void {
  const ids = CATALOGUE.flatMap(({ checks }) => checks as readonly AnyCheck[]).map(({ id }) => id);
  const [wrong] = only.filter((prefix) => !ids.some((id) => new Rows([prefix]).isWanted(id)));
  if (wrong !== undefined)
    throw new UsageError(`--only ${wrong}: no row begins so; docs/doctor-rows.md lists them`);
}

function onGroup(on: Group['on']): Group[] {
  return CATALOGUE.filter((group) => group.on === on);
}

function isUsable({ valid }: ServiceBench): boolean {
  return valid !== undefined && statusOf(valid) === 200;
}

async function discover(bench: Bench): Promise<Discovered> {
  const call = { path: '/cds-services', method: 'GET', what: 'discovery' } as const;
  const withoutToken = await bench.send({ ...call, token: 'none' });
  if (withoutToken.received === undefined) throw new Unreachable(withoutToken.failure ?? 'no answer');
  const wantsToken = [401, 403].includes(statusOf(withoutToken) ?? 0) && bench.identity !== undefined;
  const exchange = wantsToken
    ? await bench.send({ ...call, what: 'discovery with a token', token: {} })
    : withoutToken;
  return { bench, exchange, withoutToken };
}

function chosen(exchange: Exchange, { options }: Bench): { services: Listed[]; notes: string[] } {
  const listed = isSuccess(exchange) ? callable(exchange) : [];
  const wanted = options.services;
  const missing = wanted.filter((id) => !listed.some((one) => one.id === id));
  if (missing.length > 0) {
    const known = listed.map(({ id }) => id).join(', ');
    throw new UsageError(
      `discovery lists no service ${missing.join(', ')}${known === '' ? '' : `; it lists ${known}`}`,
    );
  }
  const services = wanted.length === 0 ? listed : listed.filter(({ id }) => wanted.includes(id));
  const notes =
    services.length > MOST_SERVICES
      ? [
          `${String(services.length)} services are listed; the first ${String(MOST_SERVICES)} were called (choose with --service)`,
        ]
      : [];
  return { services: services.slice(0, MOST_SERVICES), notes };
}

/** Milliseconds after which a service may ask a key server again that it has asked often. */
const COOL_DOWN_MS = 11_000;

/** Tries without a token, with one, and once more later. @returns why nothing can be called any more. */
async function firstCall(service: ServiceBench): Promise<string | undefined> {
  const { bench } = service;
  const isRefused = (): boolean =>
    [401, 403].includes(service.valid === undefined ? 0 : (statusOf(service.valid) ?? 0));
  try {
    await tryValidCall(service);
    if (isRefused() && bench.auth === 'open') {
      bench.auth = 'required';
      if (bench.identity !== undefined) await tryValidCall(service);
    }
    // Keys that are new in this run: a service that has just been asked about others may not look again at once.
    const isFirst = !bench.answers.some(({ exchange }) => statusOf(exchange) === 200);
    if (isRefused() && bench.identity?.jku !== undefined && isFirst && !waited.has(bench)) {
      waited.add(bench);
      await pause(COOL_DOWN_MS);
      await tryValidCall(service);
    }
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

const waited = new WeakSet<Bench>();

async function feedback(rows: Rows, service: ServiceBench, reason: string | undefined): Promise<void> {
  const groups = onGroup('feedback');
  const ids = groups.flatMap(({ checks }) => checks as readonly AnyCheck[]).map(({ id }) => id);
  if (reason !== undefined || !ids.some((id) => rows.isWanted(id))) {
    rows.skip(groups, reason ?? 'not wanted', service.id);
    return;
  }
  try {
    const opened = await openFeedback(service);
    const none = hasEndpoint(opened) ? undefined : 'the service has no feedback endpoint (optional)';
    await rows.run(groups, opened, service.id, none);
  } catch (error) {
    rows.skip(groups, reasonOf(error), service.id);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CannotCheck) return error.message;
  throw error;
}

/** Rows by check, filled as services are called. */
class Rows {
  private readonly rows = new Map<
    string,
    Row & { readonly verdicts: { service?: string; verdict: Verdict }[] }
  >();
  private readonly only: readonly string[];

  constructor(only: readonly string[]) {
    this.only = only;
  }

  /** `X-1` stands for itself and `X-1.none`, not for `X-10`. */
  isWanted(id: string): boolean {
    return (
      this.only.length === 0 ||
      this.only.some((prefix) => id === prefix || new RegExp(`^${escaped(prefix)}(?![0-9A-Za-z])`).test(id))
    );
  }

  /** @param reason why none of them can be run. */
  async run(
    groups: Group | readonly Group[],
    subject: unknown,
    service?: string,
    reason?: string,
  ): Promise<void> {
    for (const group of [groups].flat()) {
      for (const check of group.checks as readonly AnyCheck[]) {
        if (!this.isWanted(check.id)) continue;
        const verdict = reason === undefined ? await verdictOf(check, subject) : notChecked(reason);
        this.add(group, check, verdict, service);
      }
    }
  }

  skip(groups: Group | readonly Group[], reason: string, service?: string): void {
    for (const group of [groups].flat())
      for (const check of group.checks as readonly AnyCheck[])
        if (this.isWanted(check.id)) this.add(group, check, notChecked(reason), service);
  }

  /** In the order of the catalogue. */
  list(): Row[] {
    return CATALOGUE.flatMap(({ checks }) =>
      (checks as readonly AnyCheck[]).flatMap(({ id }) => this.rows.get(id) ?? []),
    );
  }

  private add(
    { title: group }: Group,
    { id, level, title }: AnyCheck,
    verdict: Verdict,
    service?: string,
  ): void {
    const row = this.rows.get(id) ?? { id, level, title, group, verdicts: [] };
    row.verdicts.push(service === undefined ? { verdict } : { service, verdict });
    this.rows.set(id, row);
  }
}

function escaped(text: string): string {
  return text.replace(/[^\w-]/g, '\\$&');
}

/** A check must not end the run: what it stumbles over in a strange answer is told as a problem of its own. */
async function verdictOf(check: AnyCheck, subject: unknown): Promise<Verdict> {
  try {
    return await check.run(subject as never);
  } catch (error) {
    if (error instanceof CannotCheck) return notChecked(error.message);
    if (error instanceof RangeError || error instanceof TypeError)
      return problem('the answers cannot be looked at: they are too strange for this check');
    throw error;
  }
}
