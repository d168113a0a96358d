import { readFileSync } from 'node:fs';
import { isJsonObject } from './json.ts';

/** Version of this package, as package.json has it; the file lies beside src/ and beside dist/. */
export function packageVersion(): string {
  const read: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return isJsonObject(read) && typeof read['version'] === 'string' ? read['version'] : '0.0.0';
}
