/** The addresses that a client is given: https, or http to the same machine. */
import { ClientError } from './client-error.ts';

/**
 * The URL without a slash at its end.
 *
 * @param name of the option, for the message.
 * @throws ClientError `ERR_OPTIONS`; the message does not show the URL, which may hold a password.
 */
export function baseUrl(text: unknown, name: string, allowPlainHttp: boolean): string {
  const url = typeof text === 'string' ? parsed(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw wrong(name, 'must be an absolute http or https URL');
  if (url.username !== '' || url.password !== '') throw wrong(name, 'must not hold a user name or password');
  if (url.search !== '' || url.hash !== '') throw wrong(name, 'must not hold a query or fragment');
  if (url.protocol === 'http:' && !allowPlainHttp && !isLoopback(url.hostname))
    throw wrong(name, 'must be https: patient data travels there (allowPlainHttp is for a private network)');
  return withoutEndSlashes(url.href);
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** By hand: a pattern would look at a long row of slashes once for each of them. */
function withoutEndSlashes(text: string): string {
  let { length } = text;
  while (text[length - 1] === '/') length -= 1;
  return text.slice(0, length);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function wrong(name: string, rule: string): ClientError {
  return new ClientError('ERR_OPTIONS', `${name} ${rule}`);
}
