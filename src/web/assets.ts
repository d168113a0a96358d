/**
 * Files of the pages: src/web/assets/* as they are, and the browser modules of src/web/browser.
 *
 * A checkout holds the modules as TypeScript, whose types are taken out at the first request; a build holds them as JavaScript. Only what
 * these two folders held at the first request is served: no path of a caller is ever joined to a folder.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { RequestHandler } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  js: 'text/javascript; charset=utf-8',
};

interface Asset {
  readonly type: string;
  /** Read once, then kept. */
  readonly content: () => Promise<string>;
}

/** Serves `/assets/:name`; what is not one of our files is left to the next handler. */
export function serveAssets(): RequestHandler<{ name: string }> {
  const assets = new Map([...filesIn('./assets/'), ...modulesIn('./browser/')]);
  return async function sendAsset(req, res, next) {
    const asset = assets.get(req.params.name);
    if (asset === undefined) {
      next();
      return;
    }
    res.type(asset.type).send(await asset.content());
  };
}

function filesIn(folder: string): (readonly [string, Asset])[] {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url).flatMap((name) => {
    const type = TYPES[name.split('.').at(-1) ?? ''];
    const content = once(() => readFile(new URL(name, url), 'utf8'));
    return type === undefined ? [] : [[name, { type, content }] as const];
  });
}

function modulesIn(folder: string): (readonly [string, Asset])[] {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url).flatMap((name) => {
    const [, base = '', ending] = /^([\w-]+)\.(ts|js)$/.exec(name) ?? [];
    if (ending === undefined) return [];
    const content = once(async () => {
      const source = await readFile(new URL(name, url), 'utf8');
      return ending === 'ts' ? toJavaScript(source) : source;
    });
    return [[`${base}.js`, { type: TYPES['js'] ?? '', content }] as const];
  });
}

/** Types out; imports of neighbours name the `.js` under which they are served. */
function toJavaScript(source: string): string {
  return stripTypeScriptTypes(source).replace(/(from\s+'\.\/[\w-]+)\.ts'/g, "$1.js'");
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
