/**
 * Reads a YAML or JSON file against a schema and reports every problem by path and line.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isCollection, isNode, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { Static, TSchema } from 'typebox';

// The schemas are ours and tests compile them with all checks; here each would run once, so start-up saves what it can.
const ajv = new Ajv({ allErrors: true, strict: true, validateSchema: false, code: { optimize: false } });
const compiled = new WeakMap<TSchema, ValidateFunction>();

export interface Problem {
  /** JSON pointer into the file. */
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Read<T> =
  | { readonly value: T; lineOf(path: string): number }
  | {
      readonly problems: readonly Problem[];
      /** What stands in the file, against the schema; undefined when it is no YAML. */
      readonly raw?: unknown;
      lineOf(path: string): number;
    };

/**
 * @param file path, read as UTF-8.
 * @returns the checked value with a look-up from JSON pointer to line, or all problems (syntax, then schema).
 */
export function readYaml<S extends TSchema>(file: string, schema: S): Read<Static<S>> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return { problems: [{ path: '', line: 0, message: 'cannot be read' }], lineOf: () => 0 };
  }
  return parseYaml(source, schema);
}

export function parseYaml<S extends TSchema>(source: string, schema: S): Read<Static<S>> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true, merge: false });
  const lineOf = (path: string): number => lineIn(document, lines, path);
  if (document.errors.length > 0) {
    return {
      lineOf,
      problems: document.errors.map((error) => ({
        path: '',
        line: lines.linePos(error.pos[0]).line,
        message: error.message.split('\n')[0] ?? error.code,
      })),
    };
  }
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 50 });
  } catch {
    const message = 'an alias names no anchor before it, or aliases grow too large';
    return { problems: [{ path: '', line: lineOfAlias(document, lines), message }], lineOf };
  }
  const validate = validator(schema);
  if (validate(raw)) return { value: raw as Static<S>, lineOf };
  const problems = joined(validate.errors ?? []).map((error) => problemOf(error, lineOf));
  return { problems, raw, lineOf };
}

/** Line of the first alias that names nothing, or else of the first alias. */
function lineOfAlias(document: Document, lines: LineCounter): number {
  const offsets: number[] = [];
  let broken: number | undefined;
  visit(document, {
    Alias(_, alias) {
      const offset = alias.range?.[0] ?? 0;
      offsets.push(offset);
      if (alias.resolve(document) === undefined) broken ??= offset;
    },
  });
  return lines.linePos(broken ?? offsets[0] ?? 0).line;
}

function validator(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const fresh = ajv.compile(schema);
  compiled.set(schema, fresh);
  return fresh;
}

/**
 * One error for each choice that nothing fits, in place of one per branch.
 *
 * A branch that got further than type and constant is the one that was meant: then its errors stand and the others go.
 */
function joined(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors
    .filter(({ keyword }) => keyword === 'anyOf')
    .reduce<ErrorObject[]>((left, choice) => joinChoice(left, choice), [...errors]);
}

function joinChoice(errors: readonly ErrorObject[], choice: ErrorObject): ErrorObject[] {
  const inChoice = (one: ErrorObject): boolean =>
    one.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    (one.instancePath === choice.instancePath || one.instancePath.startsWith(`${choice.instancePath}/`));
  const isShallow = (one: ErrorObject): boolean =>
    one.instancePath === choice.instancePath && (one.keyword === 'type' || one.keyword === 'const');
  const branches = errors.filter(inChoice);
  const rest = errors.filter((one) => one !== choice && !(inChoice(one) && isShallow(one)));
  if (branches.some((one) => !isShallow(one))) return rest;
  const constants = branches.filter(({ keyword }) => keyword === 'const').map(allowedValue);
  const types = branches.filter(({ keyword }) => keyword === 'type').map(({ params }) => String(params.type));
  const message =
    constants.length > 0 ? `must be one of ${constants.join(', ')}` : `must be ${types.join(' or ')}`;
  return errors.flatMap((one) =>
    one === choice ? [{ ...choice, message }] : rest.includes(one) ? [one] : [],
  );
}

function allowedValue({ params }: ErrorObject): string {
  return String(params.allowedValue);
}

function problemOf(error: ErrorObject, lineOf: (path: string) => number): Problem {
  const params = error.params as Record<string, unknown>;
  const extra = params['additionalProperty'] ?? params['missingProperty'];
  const path =
    typeof extra === 'string' ? `${error.instancePath}/${escapePointer(extra)}` : error.instancePath;
  const expected = 'allowedValue' in params ? ` ${JSON.stringify(params['allowedValue'])}` : '';
  const message =
    error.keyword === 'additionalProperties'
      ? 'is not a known key'
      : error.keyword === 'required'
        ? 'is missing'
        : `${error.message ?? error.keyword}${expected}`;
  return { path: path === '' ? '/' : path, line: lineOf(path), message };
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Line of the node at a JSON pointer, or of its nearest parent that exists. */
function lineIn(document: Document, lines: LineCounter, pointer: string): number {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (let length = path.length; length > 0; length--) {
    const part = path.slice(0, length);
    const parent = length === 1 ? document.contents : document.getIn(part.slice(0, -1), true);
    const keyed = isCollection(parent) ? parent.items.find((item) => keyOf(item) === part.at(-1)) : undefined;
    const node = keyNode(keyed) ?? document.getIn(part, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function keyNode(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'key' in item ? item.key : undefined;
}

function keyOf(item: unknown): string | undefined {
  const key = keyNode(item);
  return isNode(key) && 'value' in key ? String(key.value) : undefined;
}

/** `cards/x.yaml:12 /parameters/limit is missing` */
export function problemText(file: string, { line, path, message }: Problem): string {
  return `${file}:${line} ${path} ${message}`;
}
