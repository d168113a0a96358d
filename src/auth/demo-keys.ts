/**
 * Keys whose private half anybody can read: whoever trusts one in production trusts everybody.
 *
 * The public CDS Hooks sandbox, the Inferno test kits (their default key set) and the key that jwt.io shows.
 */
import type { JWK } from 'jose';

const DEMO_ISSUERS: ReadonlySet<string> = new Set(['https://sandbox.cds-hooks.org']);

const DEMO_HOSTS: ReadonlySet<string> = new Set(['sandbox.cds-hooks.org', 'inferno.healthit.gov']);

const DEMO_KIDS: ReadonlySet<string> = new Set([
  '44823f3d-0b01-4a6c-a80e-b9d3e8a7226f',
  'd9cd3c4f-eb08-4304-b973-44f352fd2ca2',
  '4b49a739d1eb115b3225f4cf9beb6d1b',
  'b41528b6f37a9500edb8a905a595bdd7',
]);

/** Beginnings of `x` or `n`: the same key under another kid. */
const DEMO_NUMBERS = [
  'JQKTsV6PT5Szf4QtDA1qrs0EJ1pbimQmM2SKvzOlIAqlph3h1OHmZ2i7MXahIF2C',
  'vjbIzTqiY8K8zApeNng5ekNNIxJfXAue9BjoMrZ9Qy9m7yIA-tf6muEupEXWhq70',
  'u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_Iz',
] as const;

export function isDemoKey({ kid, x, n }: JWK): boolean {
  const number = x ?? n ?? '';
  return DEMO_KIDS.has(kid ?? '') || DEMO_NUMBERS.some((start) => number.startsWith(start));
}

/** Whether an issuer or key server belongs to a public test tool. */
export function isDemoClient({ iss, jku }: { readonly iss: string; readonly jku?: string }): boolean {
  const host = URL.parse(jku ?? '')?.hostname ?? '';
  return DEMO_ISSUERS.has(iss.replace(/\/$/, '')) || DEMO_HOSTS.has(host);
}
