/** `doctor URL`: reads the options, starts the doctor's own servers, examines, reports, and closes everything. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject } from '../json.ts';
import { createBench, type Bench } from './bench.ts';
import { SYNTHETIC_NAME } from './chart.ts';
import { strangerKeySet } from './checks/tokens.ts';
import { examine, Unreachable } from './examine.ts';
import { createTransport } from './exchange.ts';
import { startFhirServer } from './fhir-server.ts';
import { startElsewhere } from './loopback.ts';
import { createMask, patientTexts, printable } from './mask.ts';
import { DOCTOR_USAGE, readOptions, UsageError, type DoctorOptions } from './options.ts';
import { asText, reportOf } from './report.ts';
import {
  makeKey,
  newKey,
  readKey,
  startKeyServer,
  type Identity,
  type KeyServer,
  type SigningKey,
} from './signer.ts';

export interface DoctorCommand {
  readonly args: readonly string[];
  readonly print: (text: string) => void;
  /** For what is not the report: problems of use, and progress on a terminal. */
  readonly printError: (text: string) => void;
  /** Colour and bold: on a terminal. */
  readonly colour: boolean;
  /** Told what is being done, when somebody watches. */
  readonly onProgress?: (text: string) => void;
}

/** @returns the exit status: 0 no SHALL row failed, 1 one did, 2 wrong use, unreachable, or tokens wanted and none given. */
export async function doctor({
  args,
  print,
  printError,
  colour,
  onProgress,
}: DoctorCommand): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === 'help') {
      print(`usage: ${DOCTOR_USAGE}`);
      return 0;
    }
    if ('makeKey' in options) {
      const jwk = await orUsage(makeKey(options.makeKey, options.kid));
      print(JSON.stringify({ keys: [jwk] }, null, 2));
      return 0;
    }
    return await run(options, { print, colour, ...(onProgress === undefined ? {} : { onProgress }) });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof Unreachable)) throw error;
    printError(`doctor: ${printable(error.message, 1000)}`);
    return 2;
  }
}

async function run(
  options: DoctorOptions,
  { print, colour, onProgress = () => undefined }: Pick<DoctorCommand, 'print' | 'colour' | 'onProgress'>,
): Promise<number> {
  const began = performance.now();
  const samples = readSamples(options.requestFiles);
  const keys = await orUsage(keysOf(options));
  const transport = createTransport(options.timeoutMs);
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(
    option: string,
    starting: Promise<T>,
  ): Promise<T> => {
    const server = await listening(option, starting);
    opened.push(server);
    return server;
  };
  let bench: Bench | undefined;
  try {
    const elsewhere = await open(
      'a free port',
      startElsewhere(() => strangerKeySet(bench)),
    );
    const keyServer = await open('--jwks-port', startKeyServer(options.jwksPort ?? 0));
    const fhir = await open(
      '--fhir-port',
      startFhirServer({ port: options.fhirPort, publicUrl: options.fhirUrl, elsewhere: elsewhere.url }),
    );
    keyServer.keys = keys === undefined ? [] : [keys.first, ...keys.others].map(({ publicJwk }) => publicJwk);
    const identity = keys === undefined ? undefined : identityOf(options, keys, keyServer);
    bench = createBench({
      options,
      transport,
      fhir,
      keyServer,
      elsewhere,
      identity,
      otherKeys: keys?.others ?? [],
      today: new Date(),
    });
    const examination = await unlessUnreachable(examine(bench, samples, onProgress), options);
    onProgress('');
    const report = reportOf(examination, {
      url: options.base,
      mask: createMask([
        SYNTHETIC_NAME,
        ...Object.values(options.headers),
        ...patientTexts([...samples.values()]),
      ]),
      requests: bench.exchanges.length,
      durationMs: performance.now() - began,
      showsAnswers: samples.size === 0,
      colour,
    });
    print(options.json ? JSON.stringify(report, null, 2) : asText(report, { colour }));
    if (report.summary.fail > 0) return 1;
    return examination.lacksIdentity ? 2 : 0;
  } finally {
    await transport.close();
    await Promise.all(opened.map((server) => server.close()));
  }
}

interface Keys {
  readonly iss: string;
  readonly first: SigningKey;
  readonly others: readonly SigningKey[];
}

/** A key file; or keys of this run alone, under kids that no earlier run has used, because services keep keys for a while. */
async function keysOf({ iss, keyFile, kid }: DoctorOptions): Promise<Keys | undefined> {
  if (iss === undefined) return undefined;
  if (keyFile !== undefined) return { iss, first: await readKey(keyFile, kid), others: [] };
  const run = randomUUID().slice(0, 8);
  return {
    iss,
    first: await newKey('ES384', kid ?? `doctor-es384-${run}`),
    others: [await newKey('RS384', `doctor-rs384-${run}`)],
  };
}

/** A jku is named where the doctor serves its keys, or the user says where they are. */
function identityOf(
  { tenant, jku, keyFile, jwksPort }: DoctorOptions,
  { iss, first }: Keys,
  keyServer: KeyServer,
): Identity {
  const own = keyFile === undefined || jwksPort !== undefined ? keyServer.jku : undefined;
  return { iss, tenant, jku: jku ?? own, key: first };
}

function readSamples(files: readonly string[]): Map<string, JsonObject> {
  return new Map(
    files.map((file) => {
      const content = readJson(file);
      if (!isJsonObject(content) || typeof content['hook'] !== 'string' || !isJsonObject(content['context']))
        throw new UsageError(`--request ${file} is no hook request: it needs hook and context`);
      const { prefetch } = content;
      if (prefetch !== undefined && !isJsonObject(prefetch))
        throw new UsageError(`--request ${file} has a prefetch that is no object`);
      return [content['hook'], { ...content, prefetch: prefetch ?? {} }];
    }),
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new UsageError(`--request ${file} cannot be read as JSON`);
  }
}

async function orUsage<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function listening<T>(option: string, starting: Promise<T>): Promise<T> {
  try {
    return await starting;
  } catch {
    throw new UsageError(`${option} is in use by another process, or may not be used`);
  }
}

async function unlessUnreachable<T>(examining: Promise<T>, { base }: DoctorOptions): Promise<T> {
  try {
    return await examining;
  } catch (error) {
    if (error instanceof Unreachable) throw new Unreachable(`${base}/cds-services: ${error.message}`);
    throw error;
  }
}
