/** The catalogue of recommendations for clinical governance: pages, and the same as JSON. */
import express, { type Router } from 'express';
import { at, methodNotAllowed } from '../http/route.ts';
import type { Policy } from '../knowledge/policy.ts';
import { catalogueOf } from './catalogue-data.ts';
import { filtered, readFilter } from './catalogue-filter.ts';
import { entryPage, fullPage, listPage, unknownPage } from './catalogue-page.ts';
import { formatOf, refuseFormat, searchPart } from './negotiate.ts';
import { sendPage } from './page.ts';

const FRAME = { current: 'recommendations', scripts: ['catalogue'], styles: ['governance'] } as const;
const FORMATS = ['html', 'json'] as const;

/**
 * `/recommendations` and `/recommendations/<id>`.
 *
 * 400 for a filter that cannot be used (the page then shows all), 404 for an unknown id, 406 for a form that is not offered.
 */
export function catalogueRoutes({ policy }: { readonly policy: Policy }): Router {
  const catalogue = catalogueOf(policy);
  const byId = new Map(catalogue.recommendations.map((one) => [one.id, one]));
  const router = express.Router({ caseSensitive: true, strict: true });

  at(router, '/recommendations')
    .get(function sendList(req, res) {
      const format = formatOf(req, FORMATS);
      if (format === null) {
        refuseFormat(res, FORMATS);
        return;
      }
      const { filter, isFull, problems } = readFilter(searchPart(req));
      const found = filtered(catalogue.recommendations, filter);
      const status = problems.length === 0 ? 200 : 400;
      res.vary('Accept').status(status);
      if (format === 'json') {
        res.json(problems.length === 0 ? { ...catalogue, recommendations: found } : { problems });
        return;
      }
      const parts = { catalogue, found, filter, problems };
      const main = isFull ? fullPage(parts) : listPage(parts);
      sendPage(res, { title: 'Recommendations', main, ...FRAME }, status);
    })
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  // Links on the page are relative to its address without the slash.
  at(router, '/recommendations/').get((_req, res) => {
    res.redirect(308, '../recommendations');
  });

  at(router, '/recommendations/:id')
    .get(function sendOne(req, res) {
      const format = formatOf(req, FORMATS);
      if (format === null) {
        refuseFormat(res, FORMATS);
        return;
      }
      const entry = byId.get(req.params.id);
      const status = entry === undefined ? 404 : 200;
      res.vary('Accept').status(status);
      if (format === 'json') {
        res.json(entry ?? { problems: ['There is no recommendation of this id.'] });
        return;
      }
      const title = entry?.title ?? 'No such recommendation';
      const main = entry === undefined ? unknownPage(catalogue.recommendations) : entryPage(entry, catalogue);
      sendPage(res, { title, main, ...FRAME, depth: 1 }, status);
    })
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));
  return router;
}
