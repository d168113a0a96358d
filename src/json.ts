export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object; arrays, null and primitives are not objects here. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
/** Takes the one bit away by which `{` and `}` differ from `[` and `]`. */
const BRACE_AS_LIST = 0xdf;

/**
 * Whether lists and objects are nested deeper than `limit`, brackets in strings not counted.
 *
 * A scan of the bytes before anything is built: JSON.parse takes seconds over millions of levels. In UTF-8 these six
 * bytes are never part of another character. One loop without calls, because it runs over every byte of every request.
 */
export function isDeeperThan(limit: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  let depth = 0;
  let index = 0;
  while (index < length) {
    const byte = bytes[index] ?? 0;
    index += 1;
    if (byte === QUOTE) {
      while (index < length) {
        const inside = bytes[index] ?? 0;
        index += 1;
        if (inside === QUOTE) break;
        if (inside === BACKSLASH) index += 1;
      }
    } else if (byte >= OPEN_LIST) {
      const bracket = byte & BRACE_AS_LIST;
      if (bracket === OPEN_LIST) {
        depth += 1;
        if (depth > limit) return true;
      } else if (bracket === CLOSE_LIST) depth -= 1;
    }
  }
  return false;
}
