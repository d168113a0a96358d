/**
 * Patterns of cards/definitions.yaml, compiled once: there are some dozens of them, and a chart asks for them again and again.
 *
 * Without `g` and `y`: such a pattern keeps no place between two uses.
 */
const compiled = { '': new Map<string, RegExp>(), i: new Map<string, RegExp>() };

/** @param source of the knowledge, never of a record. */
export function patternOf(source: string, flags: '' | 'i' = 'i'): RegExp {
  const known = compiled[flags].get(source);
  if (known !== undefined) return known;
  const pattern = new RegExp(source, flags);
  compiled[flags].set(source, pattern);
  return pattern;
}
