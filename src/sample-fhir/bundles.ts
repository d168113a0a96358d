/**
 * The sample patients of fixtures/ as one FHIR server would hold them: unique ids, references that fit, names that can be shown.
 *
 * What is changed on the way in, and only that (docs/sandbox.md tells it to the reader):
 * - Our own Bundles all call their patient `example`: it is served under the name of its file. An id that an earlier Bundle has taken
 *   gets a number. `meta.source` says which file and id a resource comes from, and references follow.
 * - Our own Bundles are moved in time: they show today what they showed on the day that their `expected.json` names. Published ones
 *   keep their dates.
 * - A Patient without a name gets one made of the file's name, because the public sandbox cannot show one without.
 * - Draft orders are left out: nobody has signed them, so they are not on record.
 */
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isoDay, parseDay, readFhirDate } from '../facts/fhir-date.ts';
import { isResource, type Resource } from '../facts/record.ts';
import { isJsonObject } from '../json.ts';

export interface SampleRecord {
  /** By resource type, in the order of the files. */
  readonly byType: ReadonlyMap<string, readonly Resource[]>;
  /** By `Type/id`. */
  readonly byReference: ReadonlyMap<string, Resource>;
}

/** Read first, so that a list of patients begins with those made for trying, and that their ids stay as they are. */
const FIRST_FOLDER = 'sandbox';
/** Published patients: their dates are theirs. */
const PUBLISHED_FOLDER = 'public';
/** What all our own Bundles call their patient. */
const SHARED_ID = 'example';

/**
 * Reads every Bundle below a folder of folders, one after the other, so that hook calls are answered in between.
 *
 * @param folder such as fixtures/patients/; none there gives an empty record.
 * @param today `YYYY-MM-DD`.
 */
export async function readSamples(folder: URL, today: string): Promise<SampleRecord> {
  const byReference = new Map<string, Resource>();
  for (const { name, file, asOf } of await listFiles(folder)) {
    const bundle = await readJson(new URL(`${name}/${file}`, folder));
    const days = asOf === undefined || name === PUBLISHED_FOLDER ? 0 : parseDay(today) - parseDay(asOf);
    for (const resource of served(bundle, `${name}/${file}`, byReference)) {
      const shown = days === 0 ? resource : (moved(resource, days) as Resource);
      byReference.set(`${shown.resourceType}/${String(shown.id)}`, shown);
    }
  }
  return { byReference, byType: Map.groupBy(byReference.values(), ({ resourceType }) => resourceType) };
}

interface SampleFile {
  readonly name: string;
  readonly file: string;
  readonly asOf?: string;
}

async function listFiles(folder: URL): Promise<readonly SampleFile[]> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  const inOrder = [...names].sort(
    (a, b) => Number(b === FIRST_FOLDER) - Number(a === FIRST_FOLDER) || a.localeCompare(b),
  );
  const files = await Promise.all(inOrder.map((name) => listFolder(folder, name)));
  return files.flat();
}

async function listFolder(folder: URL, name: string): Promise<readonly SampleFile[]> {
  const files: readonly string[] = await readdir(new URL(`${name}/`, folder)).catch(() => []);
  const expected = files.includes('expected.json')
    ? await readJson(new URL(`${name}/expected.json`, folder))
    : {};
  return files
    .filter((file) => /\.json(\.gz)?$/.test(file) && file !== 'expected.json')
    .sort()
    .map((file) => ({ name, file, ...asOfIn(expected, file) }));
}

function asOfIn(expected: unknown, file: string): { readonly asOf?: string } {
  const one = isJsonObject(expected) ? expected[file] : undefined;
  return isJsonObject(one) && typeof one['asOf'] === 'string' ? { asOf: one['asOf'] } : {};
}

async function readJson(file: URL): Promise<unknown> {
  const bytes = await readFile(file);
  return JSON.parse((file.pathname.endsWith('.gz') ? await unzip(bytes) : bytes).toString('utf8')) as unknown;
}

const unzip = promisify(gunzip);

interface Entry {
  readonly resource: Resource;
  /** Its id, or that of its fullUrl where it has none. */
  readonly id: string;
  readonly fullUrl?: string;
}

/** The resources of one Bundle under ids that are free, with references that follow. */
function served(bundle: unknown, path: string, taken: ReadonlyMap<string, unknown>): readonly Resource[] {
  const given = isJsonObject(bundle) && Array.isArray(bundle['entry']) ? bundle['entry'] : [];
  const entries = given.flatMap(readEntry).filter(({ resource }) => !isDraft(resource));
  const own = new Set<string>();
  const renamed = new Map<string, string>();
  const withIds = entries.map((entry) => {
    const { resourceType } = entry.resource;
    const id = freeId(resourceType, wantedId(entry, path), (one) => taken.has(one) || own.has(one));
    own.add(`${resourceType}/${id}`);
    for (const name of namesOf(entry)) renamed.set(name, `${resourceType}/${id}`);
    return { ...entry, newId: id };
  });
  return withIds.map(({ resource, id, newId }) => {
    const { meta, ...rest } = resource;
    const source = `https://bone-heart-cds.org/fixtures/patients/${path}#${id}`;
    const shown = withReferences(rest, renamed) as Resource;
    return { ...named(shown, path), id: newId, meta: { ...(isJsonObject(meta) ? meta : {}), source } };
  });
}

function readEntry(entry: unknown): Entry[] {
  if (!isJsonObject(entry) || !isResource(entry['resource'])) return [];
  const { resource } = entry;
  const fullUrl = typeof entry['fullUrl'] === 'string' ? entry['fullUrl'] : undefined;
  const id = typeof resource.id === 'string' ? resource.id : /[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl ?? '')?.[0];
  return id === undefined ? [] : [{ resource, id, ...(fullUrl === undefined ? {} : { fullUrl }) }];
}

function isDraft({ status, intent }: Resource): boolean {
  return status === 'draft' && typeof intent === 'string';
}

function wantedId({ resource, id }: Entry, path: string): string {
  return resource.resourceType === 'Patient' && id === SHARED_ID ? stemOf(path) : id;
}

function stemOf(path: string): string {
  return (path.split('/').at(-1) ?? path).replace(/\.json(\.gz)?$/, '');
}

function freeId(type: string, wanted: string, isTaken: (reference: string) => boolean): string {
  const base = wanted.slice(0, 60);
  let id = base;
  for (let number = 2; isTaken(`${type}/${id}`); number += 1) id = `${base}-${String(number)}`;
  return id;
}

/** What a reference to this entry may say. */
function namesOf({ resource, id, fullUrl }: Entry): readonly string[] {
  const plain = `${resource.resourceType}/${id}`;
  return [plain, `/${plain}`, `urn:uuid:${id}`, ...(fullUrl === undefined ? [] : [fullUrl])];
}

function withReferences(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, renamed));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'reference' && typeof member === 'string'
        ? (renamed.get(member) ?? member)
        : withReferences(member, renamed),
    ]),
  );
}

function named(resource: Resource, path: string): Resource {
  if (resource.resourceType !== 'Patient' || hasName(resource['name'])) return resource;
  const words = stemOf(path).replaceAll('-', ' ').trim();
  return { ...resource, name: [{ use: 'anonymous', family: 'Sample', given: [words] }] };
}

/** The sandbox reads `name[0].given` and `family`. */
function hasName(names: unknown): boolean {
  const first: unknown = Array.isArray(names) ? names[0] : undefined;
  return isJsonObject(first) && Array.isArray(first['given']) && typeof first['family'] === 'string';
}

/** Strings in whose place no date may stand, though they look like one: a code, a value, a name. */
const NOT_DATES: ReadonlySet<string> = new Set([
  'code',
  'display',
  'text',
  'value',
  'valueString',
  'id',
  'div',
]);

/** The same value with every date moved by whole days; the precision stays as it was. */
function moved(value: unknown, days: number, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, days, key));
  if (isJsonObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, moved(member, days, name)]),
    );
  return typeof value === 'string' && !NOT_DATES.has(key) ? movedDate(value, days) : value;
}

/** A month or a year moves as its middle does. */
function movedDate(text: string, days: number): string {
  const found = readFhirDate(text);
  if (found === null) return text;
  const date = isoDay(Math.floor((found.first + found.last) / 2) + days);
  return `${date.slice(0, found.text.length)}${text.slice(10)}`;
}
