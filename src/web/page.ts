/**
 * The frame of every operator page: document, navigation, security headers.
 *
 * All URLs are relative, so that a page works below any path of BASE_URL, behind a proxy and on ADMIN_PORT.
 */
import type { RequestHandler, Response } from 'express';
import { html, type Html } from './html.ts';

export interface PageContent {
  /** Of this page; the product's name is added. */
  readonly title: string;
  /** Which entry of the navigation is this page. */
  readonly current: 'workbench' | 'recommendations' | 'insights';
  /** What stands in `<main>`; its first heading is an `<h1>`. */
  readonly main: Html;
  /** Browser modules by file name without ending: `workbench` is src/web/browser/workbench.ts. */
  readonly scripts?: readonly string[];
  /** Style sheets beside the common one, by file name without ending: `workbench` is src/web/assets/workbench.css. */
  readonly styles?: readonly string[];
  /** How many path segments the page lies below the root of the pages: 0 for `/` and `/insights`, 1 for `/recommendations/x`. */
  readonly depth?: number;
}

const NAVIGATION = [
  { id: 'workbench', label: 'Workbench', path: '' },
  { id: 'recommendations', label: 'Recommendations', path: 'recommendations' },
  { id: 'insights', label: 'Insights', path: 'insights' },
] as const;

/** The whole document. */
export function page({ title, current, main, scripts = [], styles = [], depth = 0 }: PageContent): Html {
  const root = depth === 0 ? './' : '../'.repeat(depth);
  const links = NAVIGATION.map(
    ({ id, label, path }) =>
      html`<a href="${root}${path}" ${id === current && html`aria-current="page"`}>${label}</a>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · bone-heart-cds</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${root}assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${root}assets/operator.css" />
        ${styles.map((name) => html`<link rel="stylesheet" href="${root}assets/${name}.css" />`)}
        ${scripts.map((name) => html`<script type="module" src="${root}assets/${name}.js"></script>`)}
      </head>
      <body class="page-${current}">
        <a class="skip-link" href="#main">Skip to content</a>
        <header class="site-header">
          <p class="brand">
            <img src="${root}assets/icon.svg" alt="" width="28" height="28" /> bone-heart-cds
          </p>
          <nav aria-label="Pages">${links}</nav>
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <footer class="site-footer">
          <p>
            Not a medical device. The recommendations are drafts that no physician has signed off. Nobody is
            authenticated on these pages: keep them inside.
          </p>
        </footer>
      </body>
    </html>`;
}

export function sendPage(res: Response, content: PageContent, status = 200): void {
  res.status(status).type('text/html; charset=utf-8').send(page(content).markup);
}

/** Nothing but our own files; no inline script or style; in nobody's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** First step of every operator route. Pages of other origins may neither read nor embed what is here, whatever CORS_ORIGINS says. */
export const operatorHeaders: RequestHandler = (_req, res, next) => {
  for (const name of res.getHeaderNames()) if (name.startsWith('access-control-')) res.removeHeader(name);
  res.set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  next();
};
