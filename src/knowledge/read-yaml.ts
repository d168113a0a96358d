/**
 * Reads a YAML or JSON file against a schema and reports every problem by path and line.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { isCollection, isNode, LineCounter, parseDocument, type Document } from 'yaml';
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
  { readonly value: T; lineOf(path: string): number } | { readonly problems: readonly Problem[] };

/**
 * @param file path, read as UTF-8.
 * @returns the checked value with a look-up from JSON pointer to line, or all problems (syntax, then schema).
 */
export function readYaml<S extends TSchema>(file: string, schema: S): Read<Static<S>> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return { problems: [{ path: '', line: 0, message: 'cannot be read' }] };
  }
  return parseYaml(source, schema);
}

export function parseYaml<S extends TSchema>(source: string, schema: S): Read<Static<S>> {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true, merge: false });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        path: '',
        line: lines.linePos(error.pos[0]).line,
        message: error.message.split('\n')[0] ?? error.code,
      })),
    };
  }
  const value: unknown = document.toJS({ maxAliasCount: 50 });
  const validate = validator(schema);
  const lineOf = (path: string): number => lineIn(document, lines, path);
  if (validate(value)) return { value: value as Static<S>, lineOf };
  return { problems: (validate.errors ?? []).filter(isTelling).map((error) => problemOf(error, lineOf)) };
}

function validator(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  const fresh = ajv.compile(schema);
  compiled.set(schema, fresh);
  return fresh;
}

/** "must match a schema in anyOf" only repeats what its branches say. */
function isTelling(error: ErrorObject): boolean {
  return error.keyword !== 'anyOf';
}

function problemOf(error: ErrorObject, lineOf: (path: string) => number): Problem {
  const params = error.params as Record<string, unknown>;
  const extra = params['additionalProperty'] ?? params['missingProperty'];
  const path =
    typeof extra === 'string' ? `${error.instancePath}/${escapePointer(extra)}` : error.instancePath;
  const allowed = Array.isArray(params['allowedValues']) ? `: ${params['allowedValues'].join(', ')}` : '';
  const expected = 'allowedValue' in params ? ` ${JSON.stringify(params['allowedValue'])}` : '';
  const message =
    error.keyword === 'additionalProperties'
      ? 'is not a known key'
      : error.keyword === 'required'
        ? 'is missing'
        : `${error.message ?? error.keyword}${allowed}${expected}`;
  return { path: path === '' ? '/' : path, line: lineOf(path), message };
}

function escapePointer(key: string): string {
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
