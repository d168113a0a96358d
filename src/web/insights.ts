/** The insights for those who govern and run the service: a page, and the same as JSON and CSV. */
import express, { type Response, type Router } from 'express';
import { at, methodNotAllowed } from '../http/route.ts';
import type { Policy } from '../knowledge/policy.ts';
import { StoreError } from '../store/contract.ts';
import type { Memory } from '../store/memory.ts';
import { insightsCsv } from './insights-csv.ts';
import { filterOf, insightsOf } from './insights-data.ts';
import { insightsPage, problemPage, type FormParts } from './insights-page.ts';
import { readQuestion, type Asked } from './insights-question.ts';
import type { Insights } from './insights-schema.ts';
import { formatOf, refuseFormat, searchPart, type Format } from './negotiate.ts';
import { sendPage } from './page.ts';

const FRAME = {
  title: 'Insights',
  current: 'insights',
  scripts: ['open-for-print'],
  styles: ['governance'],
} as const;
const FORMATS = ['html', 'json', 'csv'] as const;

export interface InsightsDeps {
  readonly policy: Policy;
  readonly memory: Pick<Memory, 'insights' | 'counts'>;
  readonly retentionDays: number;
  readonly now: () => Date;
}

interface Answer {
  readonly status: number;
  readonly format: Format;
  readonly form: FormParts;
}

/**
 * `/insights`: 400 for a question that cannot be asked, 406 for a form that is not offered, 503 when the store cannot count.
 */
export function insightsRoutes(deps: InsightsDeps): Router {
  const services = [...deps.policy.services.keys()];
  const router = express.Router({ caseSensitive: true, strict: true });
  at(router, '/insights')
    .get(async function sendInsights(req, res) {
      const format = formatOf(req, FORMATS);
      if (format === null) {
        refuseFormat(res, FORMATS);
        return;
      }
      const asked = readQuestion(searchPart(req), services, deps.now().toISOString().slice(0, 10));
      const form = { question: asked.question, clients: [], services, problems: asked.problems };
      if (asked.problems.length > 0) {
        sendProblem(res, 'This cannot be counted', { status: 400, format, form });
        return;
      }
      await answer(deps, asked, { status: 200, format, form }, res);
    })
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));
  return router;
}

async function answer(
  deps: InsightsDeps,
  { question }: Asked,
  { format, form }: Answer,
  res: Response,
): Promise<void> {
  const { policy, memory, retentionDays } = deps;
  try {
    const counts = await memory.insights(filterOf(question, policy));
    const insights = insightsOf({ question, counts, policy, retentionDays, process: memory.counts });
    send(res, insights, { status: 200, format, form: { ...form, clients: counts.clients } });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const problems = [
      'The store does not answer, has too much to do, or took too long. Hook calls are answered all the same. Try a shorter time, or again in a minute; /readyz says whether decisions are being kept.',
    ];
    res.set('Retry-After', '30');
    sendProblem(res, 'The store cannot count now', { status: 503, format, form: { ...form, problems } });
  }
}

function send(res: Response, insights: Insights, { format, form }: Answer): void {
  res.vary('Accept');
  if (format === 'json') res.json(insights);
  else if (format === 'csv')
    res
      .type('text/csv')
      .set(
        'Content-Disposition',
        `attachment; filename="insights-${insights.range.from}-${insights.range.to}.csv"`,
      )
      .send(insightsCsv(insights));
  else sendPage(res, { main: insightsPage(insights, form), ...FRAME });
}

function sendProblem(res: Response, title: string, { status, format, form }: Answer): void {
  const { problems } = form;
  res.vary('Accept').status(status);
  if (format === 'json') res.json({ problems });
  else if (format === 'csv') res.type('text/plain').send(`${problems.join('\n')}\n`);
  else sendPage(res, { main: problemPage(title, form), ...FRAME }, status);
}
