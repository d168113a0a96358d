/** Which form of a page is asked for, and how each is sent. */
import type { Request, Response } from 'express';
import { onceEach } from './query-string.ts';

const MEDIA_TYPES = {
  html: 'text/html',
  json: 'application/json',
  csv: 'text/csv',
} as const;
export type Format = keyof typeof MEDIA_TYPES;

/**
 * `?format=` when it is given, else what Accept prefers; the first of `formats` when the client has no preference.
 *
 * @returns null when nothing that is asked for is offered.
 */
export function formatOf(req: Request, formats: readonly Format[]): Format | null {
  const { format } = onceEach(searchPart(req), ['format']).values;
  if (format !== undefined) return formats.find((one) => one === format) ?? null;
  const chosen = req.accepts(formats.map((one) => MEDIA_TYPES[one]));
  return formats.find((one) => MEDIA_TYPES[one] === chosen) ?? null;
}

/** The query string of a request: Express does not parse it here. */
export function searchPart({ url }: Pick<Request, 'url'>): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

/** 406 for an Accept or a format that is not offered, in words that anything can read. */
export function refuseFormat(res: Response, formats: readonly Format[]): void {
  const offered = formats.map((one) => MEDIA_TYPES[one]).join(', ');
  res.vary('Accept').status(406).type('text/plain').send(`This page is offered as ${offered}.\n`);
}
