/**
 * Whether `url` lies inside the FHIR base, so that it may be requested with the client's token.
 *
 * Origin and path are compared as parsed, and the path on a segment boundary: a string prefix would let `https://ehr.example:444`
 * or `/fhirX` pass. Whatever the URL parser would silently rewrite (dot segments, backslashes, user info) is refused instead.
 *
 * @param base FHIR base URL, http or https, without query.
 * @param url absolute URL; a relative one is outside.
 * @returns false as well for anything that cannot be parsed.
 */
export function isInsideBase(base: string, url: string): boolean {
  const from = parseHttpUrl(base);
  const to = parseHttpUrl(url);
  if (from === undefined || to === undefined || to.origin !== from.origin) return false;
  const path = withoutTrailingSlash(from.pathname);
  return to.pathname === path || to.pathname.startsWith(`${path}/`);
}

/**
 * The FHIR base in the form in which paths are appended to it, or undefined when it cannot be a base.
 *
 * @see https://hl7.org/fhir/R4/http.html#general
 */
export function normalizeBase(base: string): string | undefined {
  const url = parseHttpUrl(base);
  if (url === undefined || url.search !== '' || url.hash !== '') return undefined;
  return url.origin + withoutTrailingSlash(url.pathname);
}

/**
 * The absolute URL of a Bundle link when it stays inside the base, else undefined.
 *
 * R4 has servers answer absolute links; some answer relative ones, which are read relative to the base.
 *
 * @see https://hl7.org/fhir/R4/http.html#paging
 */
export function resolveInsideBase(base: string, link: string): string | undefined {
  if (link === '' || isDeceptive(link)) return undefined;
  const url = URL.parse(link, `${base}/`)?.href;
  return url !== undefined && isInsideBase(base, url) ? url : undefined;
}

function parseHttpUrl(text: string): URL | undefined {
  const url = isDeceptive(text) ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (isMetadataHost(url.hostname)) return undefined;
  return url.username === '' && url.password === '' ? url : undefined;
}

/**
 * Addresses at which clouds hand their credentials to whoever asks from inside: link-local, and the few others that are documented. No
 * FHIR server lives there, so they are refused even in development.
 *
 * @param hostname as the URL parser gives it: IPv4 in dotted form however it was written, IPv6 in brackets.
 */
export function isMetadataHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  // ::ffff:169.254.x.y and 64:ff9b::169.254.x.y in the parser's spelling: IPv4 in the last 32 bits.
  const inIpv6 = /^\[(?:::ffff:|::|64:ff9b::)a9fe:[0-9a-f]{1,4}\]$/;
  return (
    /^169\.254\./.test(host) ||
    /^\[fe[89ab][0-9a-f]:/.test(host) ||
    inIpv6.test(host) ||
    METADATA_HOSTS.has(host)
  );
}

const METADATA_HOSTS: ReadonlySet<string> = new Set([
  '100.100.100.200',
  '[::ffff:6464:64c8]',
  '[fd00:ec2::254]',
  'metadata.google.internal',
  'metadata.goog',
]);

/**
 * Dot segments, plain or encoded, encoded slashes, backslashes, white space and user info: the parser removes or rewrites them, or the
 * server may decode them after our check.
 */
function isDeceptive(text: string): boolean {
  const [path = ''] = text.split(/[?#]/, 1);
  const dots = path.split('/').some((segment) => segment === '.' || segment === '..');
  return dots || path.includes('@') || /%(2e|2f|5c|25)|\\/i.test(path) || /[^\x21-\x7e]/.test(text);
}

function withoutTrailingSlash(path: string): string {
  // From the first slash of a run only: else each slash of a long run would be a start of its own.
  return path.replace(/(?<!\/)\/+$/, '');
}
