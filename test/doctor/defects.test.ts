/**
 * The doctor against a small right service, and against the same with one defect each: exactly the rows of that defect fail or warn.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { doctor } from '../../src/doctor/command.ts';
import type { Report } from '../../src/doctor/report.ts';
import { startDemo } from './demo-service.ts';

const MISSING = [
  'S-2.missing',
  'S-2.fhir-401',
  'S-2.fhir-403',
  'S-2.fhir-404',
  'S-2.fhir-500',
  'S-2.fhir-html',
  'S-2.fhir-hang',
];

interface Broken {
  /** A defect for each of several names; rows come from all of them together. */
  readonly defects: string;
  readonly rows: readonly string[];
  readonly args?: readonly string[];
}

const broken = (defects: string, rows: readonly string[], ...args: readonly string[]): Broken => ({
  defects,
  rows,
  args,
});

const OPEN: readonly Broken[] = [
  broken('', []),
  // discovery
  broken('redirect', ['D-1', 'D-2', 'D-13']),
  broken('no list', ['D-2']),
  broken('no description', ['D-3']),
  broken('no title', ['D-4']),
  broken('usageRequirements number', ['D-5']),
  broken('nested prefetch', ['D-6']),
  broken('empty prefetch', ['D-6', 'J-3']),
  broken('version R4', ['D-7']),
  broken('hookVersion 9', ['D-8']),
  broken('listed twice', ['D-9']),
  broken('fhirVersion', ['D-11']),
  broken('hook without domain', ['H-1']),
  // templates
  broken('bad token', ['P-1']),
  broken('token that the hook lacks', ['P-2']),
  broken('FHIRPath token', ['P-3']),
  broken('%key before its key', ['P-3', 'P-4']),
  broken('sort:desc', ['P-5']),
  // requests
  broken('any hookInstance', ['Q-1', 'Q-3']),
  broken('any hook', ['Q-2']),
  broken('any fhirServer', ['Q-6']),
  broken('any context', ['Q-7.required', 'Q-7.type', 'Q-8']),
  broken('fails without encounterId', ['Q-7.optional']),
  broken('closed schema', ['Q-9']),
  broken('500 on bad JSON', ['Q-10.json', 'Q-10.object', 'Q-10.feedback']),
  broken('takes any media type', ['Q-10.media-type']),
  broken('small bodies only', ['Q-10.large']),
  broken('any method', ['Q-10.method']),
  broken('strict drafts', ['Q-11']),
  broken('data of anybody', ['Q-12', 'P-12']),
  // data
  broken('500 on missing data', [...MISSING, 'P-6', 'P-9.value', 'P-13', 'P-13.garbage', 'F-4.redirect']),
  broken('400 on missing data', [...MISSING, 'P-6', 'P-9.value', 'P-13', 'F-4.redirect']),
  broken(
    'failed reads are no data',
    MISSING.filter((id) => id !== 'S-2.missing' && id !== 'S-2.fhir-404'),
  ),
  broken('waits for ever', ['S-2.fhir-hang']),
  broken('500 on null', ['P-8.null', 'P-8.every']),
  broken('asks again for null', ['P-8.query', 'P-10', 'P-9.query']),
  broken('500 on OperationOutcome', ['P-9.value']),
  broken('a card for none', []),
  broken('a card for none, an error is none', ['P-9.query']),
  broken('500 without entry', ['P-10', 'P-11.prefetch', 'P-13']),
  broken('500 on odd values', ['P-13.garbage']),
  // FHIR access
  broken('500 on FHIR errors', [...MISSING.slice(1), 'F-4.redirect']),
  broken('no token to FHIR', ['F-4.token']),
  broken('keeps the token', ['F-4.token'], '--only', 'F-4'),
  broken('uses the token later', ['F-5.late'], '--only', 'F-5'),
  broken('follows redirects', ['F-4.redirect']),
  broken('follows links anywhere', ['F-4.next']),
  broken('reads one page', ['P-11.pages']),
  broken('reads pages for ever, waits for ever', ['P-11.endless', 'S-2.fhir-hang']),
  broken('any fhirAuthorization', ['Q-5', 'F-2.missing', 'F-2.type']),
  broken('patient is required', ['F-3.absent']),
  broken('uses tokens of others', ['F-3.other']),
  broken('uses expired tokens', ['F-5.expired']),
  broken('asks beyond the scope', ['F-6.narrow']),
  broken('other cards when it fetches', ['F-7'], '--only', 'F-7'),
  broken('echoes the token', ['F-5.echo']),
  // answers
  broken('text/html', ['J-1']),
  broken('byte order mark', ['D-2', 'J-1']),
  broken('null member', ['J-3']),
  broken('empty FHIR list', ['J-4']),
  broken('slow', ['J-6'], '--only', 'J-6'),
  broken('204', [
    'P-6',
    'P-8.null',
    'P-8.every',
    'P-9.value',
    'P-9.entry',
    'P-11.prefetch',
    'P-12',
    'P-13',
    'F-6.narrow',
    'R-2',
  ]),
  broken('long summary', ['R-3']),
  broken('two lines', ['R-3']),
  broken('hard-stop', ['R-4']),
  broken('no source label', ['J-3', 'R-5']),
  broken('relative source URL', ['R-6']),
  broken('topic without system', ['R-7']),
  broken('HTML in detail', ['R-8.html']),
  broken('shows texts as they are', ['R-8.hostile', 'R-8.html']),
  broken('no uuid', ['R-9.uuid']),
  broken('one uuid for all', ['R-9.fresh']),
  broken('no selectionBehavior', ['R-10']),
  broken('reasons without display', ['R-11']),
  broken('suggestion without uuid', ['A-1.uuid']),
  broken('two are recommended', ['A-2']),
  broken('action of another type', ['A-5']),
  broken('action without description', ['A-6']),
  broken('create without resource', ['A-7']),
  broken('relative link', ['L-1']),
  broken('appContext on absolute', ['L-2']),
  broken('systemActions', ['Y-2']),
  broken('extension list', ['E-1']),
  broken('errors without OperationOutcome', ['S-4']),
  broken('stack trace', ['S-4.stack']),
  // browsers
  broken('no CORS', ['C-1.preflight', 'C-1.answers']),
  broken('CORS headers *', ['C-1.preflight']),
  broken('preflight needs a token', ['C-1.preflight']),
  broken('cookies for everybody', ['C-2']),
  // feedback
  broken('no feedback', []),
  broken('reason required', ['B-1', 'B-6.fraction', 'B-7.batch', 'B-8.unknown']),
  broken('one entry only', ['B-7.batch']),
  broken('takes any feedback', ['B-2', 'B-3', 'B-4.missing', 'B-5.empty', 'B-6.date', 'B-10.batch']),
  broken('echoes feedback', ['B-10.echo']),
];

/** With a client whose keys are at the doctor's key server. */
const TRUSTING: readonly Broken[] = [
  broken('', []),
  broken('kid is optional', ['X-2.kid']),
  broken('any issuer', ['X-3.claims', 'X-3.issuer']),
  broken('any audience', ['X-3.claims', 'X-4.other', 'B-1.token']),
  broken('aud is no list', ['X-4.list']),
  broken('does not verify', ['X-4.key', 'X-4.changed', 'X-8']),
  broken('takes alg none', ['X-5']),
  broken('ES384 only', ['X-6']),
  broken('fetches any jku', ['X-7']),
  broken('takes the key of the header', ['X-8']),
  broken('asks for each kid', ['X-9.flood']),
  broken('needs the key server each time', ['X-9.down']),
  broken('replay', ['X-10.replay', 'X-10.race']),
  broken('does not look at time', ['X-11.expired', 'X-11.issued', 'X-11.long']),
  broken('any tenant', ['X-12'], '--tenant', 'north'),
  broken('says why', ['S-5']),
  broken('no WWW-Authenticate', ['S-5']),
  broken('open feedback', ['B-1.token']),
  broken('any fhirServer of a client', ['F-8']),
];

interface Run {
  readonly status: number;
  readonly report: Report;
  readonly text: string;
}

async function examine({ defects, args = [] }: Broken, isTrusting: boolean): Promise<Run> {
  const demo = await startDemo({
    defects: defects === '' ? [] : defects.split(', '),
    ...(isTrusting ? { client: { iss: 'https://doctor.example.org' } } : {}),
  });
  const identity = isTrusting ? ['--iss', 'https://doctor.example.org'] : [];
  let text = '';
  const status = await doctor({
    args: [demo.url, '--json', '--timeout', '5', ...identity, ...args],
    print: (line) => (text += line),
    printError: (line) => (text += line),
    colour: false,
  });
  await demo.close();
  return { status, report: JSON.parse(text) as Report, text };
}

const rowsOf = ({ report }: Run, ...results: readonly string[]): string[] =>
  report.rows.filter(({ result }) => results.includes(result)).map(({ id }) => id);

/** Most of a run is waiting for servers that do not answer: several go on side by side. */
async function examineAll(list: readonly Broken[], isTrusting: boolean): Promise<ReadonlyMap<Broken, Run>> {
  const runs = new Map<Broken, Run>();
  const queue = [...list];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      runs.set(next, await examine(next, isTrusting));
  };
  await Promise.all([1, 2, 3, 4, 5, 6].map(work));
  return runs;
}

describe.each([
  ['a service that authenticates nobody', OPEN, false],
  ['a service that trusts the doctor', TRUSTING, true],
] as const)('%s', (_, list, isTrusting) => {
  let runs: ReadonlyMap<Broken, Run>;
  beforeAll(async () => {
    runs = await examineAll(list, isTrusting);
  }, 300_000);

  const runOf = (one: Broken): Run => {
    const run = runs.get(one);
    if (run === undefined) throw new Error('not run');
    return run;
  };

  test.each(list.map((one) => [one.defects === '' ? 'nothing wrong' : one.defects, one] as const))(
    '%s',
    (_name, one) => {
      expect(rowsOf(runOf(one), 'fail', 'warning').sort()).toEqual([...one.rows].sort());
    },
  );

  test('the exit status is 1 exactly when a SHALL row failed', () => {
    for (const run of runs.values()) expect(run.status).toBe(rowsOf(run, 'fail').length > 0 ? 1 : 0);
  });

  test('each problem that a call showed tells what was sent and what came back', () => {
    const problems = [...runs.values()].flatMap(({ report }) =>
      report.rows.flatMap((row) => row.problems ?? []),
    );
    expect(problems.length).toBeGreaterThan(10);
    for (const { sent, received, failure } of problems.filter((one) => one.sent !== undefined)) {
      expect(sent?.what).not.toBe('');
      expect(received !== undefined || failure !== undefined).toBe(true);
    }
  });

  test('no token and no name of a patient is in any report', () => {
    for (const { text } of runs.values()) expect(text).not.toMatch(/eyJ|doctor-access-|Doctor-Test/);
  });
});

test('nothing is called passed that was not checked: without authentication no token row passes', async () => {
  const run = await examine(broken('', []), false);
  expect(rowsOf(run, 'pass').filter((id) => id.startsWith('X-'))).toEqual([]);
  const reasons = run.report.rows
    .filter(({ id }) => id.startsWith('X-'))
    .map(({ notChecked }) => notChecked?.[0]?.reason);
  expect(new Set(reasons)).toEqual(new Set(['service accepts calls without token']));
});
