/**
 * The workbench: a chart or a hook request, judged by `decide`, with its trace, and with other parameter values to try.
 *
 * What is sent here is judged and forgotten: no store, no network, no log of it. Cards that can take feedback come from the real hook,
 * which the page calls itself where it may (development without authentication, evaluation date today).
 */
import { randomUUID } from 'node:crypto';
import express, { type RequestHandler, type Router } from 'express';
import { decide } from '../decide.ts';
import { ServiceError } from '../errors.ts';
import { parseDay } from '../facts/fhir-date.ts';
import { readJsonBody, requireJson } from '../http/body.ts';
import { limitLoad } from '../http/limits.ts';
import { at, methodNotAllowed } from '../http/route.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { withParameters, type ActiveRecommendation, type Policy } from '../knowledge/policy.ts';
import { withUuids } from '../render.ts';
import { caseOfBundle, caseOfRequest, isBundle, type Case } from '../saved-case.ts';
import { hookRequestOfCase } from './hook-request.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { sendPage } from './page.ts';
import { readSample, samples } from './samples.ts';
import { workbenchMain } from './workbench-page.ts';

type WorkbenchDeps = Pick<OperatorDeps, 'config' | 'policy' | 'today' | 'canCallHooks'>;

export function workbenchRoutes(deps: WorkbenchDeps): Router {
  const router = express.Router({ caseSensitive: true });
  const { maxBodyBytes } = deps.config;
  at(router, '/').get(workbenchPage(deps)).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  at(router, '/workbench/samples/:id').get(sendSample(deps)).all(methodNotAllowed('GET, HEAD, OPTIONS'));
  at(router, '/workbench/evaluate')
    .post(limitLoad(maxBodyBytes), requireJson, ...readJsonBody(maxBodyBytes), evaluate(deps))
    .all(methodNotAllowed('POST, OPTIONS'));
  return router;
}

function workbenchPage({ config, policy, today, canCallHooks }: WorkbenchDeps): RequestHandler {
  return function sendWorkbench(req, res) {
    // Below a path of BASE_URL, relative links need the slash at the end.
    if (!req.originalUrl.endsWith('/')) {
      res.redirect(308, `${req.originalUrl.split('/').at(-1) ?? ''}/`);
      return;
    }
    const services = [...policy.services.values()].map(({ definition }) => definition);
    sendPage(res, {
      title: 'Workbench',
      current: 'workbench',
      main: workbenchMain({
        samples: samples(),
        services,
        today: today(),
        canCallHooks,
        baseUrl: config.baseUrl,
      }),
      scripts: ['workbench'],
      styles: ['workbench'],
    });
  };
}

function sendSample({ today }: WorkbenchDeps): RequestHandler<{ id: string }> {
  return async function answerSample(req, res) {
    const sample = samples().find(({ id }) => id === req.params.id);
    if (sample === undefined) throw new ServiceError('ERR_NOT_FOUND', 'no such sample');
    res.json(await readSample(sample, today(), `sample-${randomUUID().slice(0, 8)}`));
  };
}

/** What the page asks: `content` is a hook request or a Bundle. */
interface Question {
  readonly content: JsonObject;
  /** For a Bundle; a request names its own. */
  readonly hook: string;
  readonly asOf: string;
  readonly changes: unknown;
}

function evaluate({ policy, today }: WorkbenchDeps): RequestHandler {
  return async function answerQuestion(req, res) {
    const { content, hook, asOf, changes } = questionOf(req.body, today());
    const tried = changes === undefined ? policy : withParameters(policy, changes);
    const one = isBundle(content)
      ? withEncounter(caseOfBundle(content, hook, tried))
      : await caseOfRequest(content, tried);
    const { plan, record, context } = one;
    const decision = decide(plan.definition.id, record, context, tried, asOf);
    const { id: service, title } = plan.definition;
    res.json({
      service,
      title,
      hook: plan.definition.hook,
      asOf,
      request: requestOf(content, one),
      response: { cards: withUuids(decision.cards, randomUUID) },
      explanation: { recommendations: decision.explain() },
      recommendations: siteValues(policy, service),
      words: wordsOf(policy),
    });
  };
}

/** @throws ServiceError ERR_BAD_REQUEST with the pointer of what is wrong. */
function questionOf(body: unknown, today: string): Question {
  const { content, hook = 'patient-view', asOf = today, parameters } = isJsonObject(body) ? body : {};
  if (!isJsonObject(content)) throw badField('/content');
  if (typeof hook !== 'string') throw badField('/hook');
  if (typeof asOf !== 'string' || !isDay(asOf)) throw badField('/asOf');
  return { content, hook, asOf, changes: parameters };
}

function badField(pointer: string): ServiceError {
  return new ServiceError('ERR_BAD_REQUEST', `field ${pointer}`, { pointers: [pointer] });
}

function isDay(text: string): boolean {
  try {
    parseDay(text);
    return true;
  } catch {
    return false;
  }
}

function requestOf(content: JsonObject, one: Case): object {
  return isBundle(content) ? hookRequestOfCase(one, randomUUID()) : content;
}

/** The hook of a discharge must name an encounter; a chart that holds none gets a name that says so. */
function withEncounter(one: Case): Case {
  return one.plan.definition.hook === 'encounter-discharge'
    ? { ...one, context: { ...one.context, encounterId: 'not-in-the-chart' } }
    : one;
}

/** What the site runs with, for the controls beside each recommendation. */
function siteValues(policy: Policy, service: string): readonly object[] {
  return (policy.services.get(service)?.recommendations ?? []).map(
    ({ recommendation, parameters, mode }: ActiveRecommendation) => ({
      id: recommendation.id,
      specification: recommendation.specification,
      title: recommendation.title,
      question: recommendation.question,
      mode,
      parameters: Object.entries(parameters).map(([name, value]) => ({
        name,
        unit: recommendation.parameters[name]?.unit ?? '',
        why: recommendation.parameters[name]?.why,
        ...(typeof value === 'object' ? { value: value.value, si: value.si } : { value }),
      })),
    }),
  );
}

/** Words for what the trace names by keys. */
function wordsOf({ knowledge: { concepts, definitions } }: Policy): object {
  const { factTitles, unknownReasons, unusableReasons } = definitions;
  const measured = concepts.filter(({ units }) => units !== undefined);
  // Without what tells the laboratory's methods and materials apart.
  const short = (title: string): string => title.replace(/,? \(.*|, serum.*/, '');
  const conceptTitles = Object.fromEntries(measured.map(({ id, title }) => [id, short(title)]));
  return { factTitles, conceptTitles, unknownReasons, unusableReasons };
}
