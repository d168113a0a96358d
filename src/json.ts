export type JsonObject = Readonly<Record<string, unknown>>;

/** True for a JSON object; arrays, null and primitives are not objects here. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
