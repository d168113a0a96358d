/** Parameters of a GET form. Pure. */

export interface Parameters {
  /** Trimmed; a field that was left empty is not there. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** Names that were given twice: which of the two was meant is not guessed. */
  readonly problems: readonly string[];
}

/** @param names that are read; others are ignored, as links from elsewhere may carry some. */
export function onceEach(search: string, names: readonly string[]): Parameters {
  const sent = new URLSearchParams(search);
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const name of names) {
    const all = sent.getAll(name);
    if (all.length > 1)
      problems.push(`The parameter ${name} was given ${String(all.length)} times; give it once.`);
    const value = all[0]?.trim() ?? '';
    if (all.length === 1 && value !== '') values[name] = value;
  }
  return { values, problems };
}
