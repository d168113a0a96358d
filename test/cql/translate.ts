/**
 * CQL to ELM, in memory: the CQL files beside this one, the FHIR model of the execution package, our System model.
 *
 * The translator has no file for the System model, and needs a unit service only to accept the calendar units of the dates.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CqlTranslator,
  createLibrarySourceProvider,
  createModelInfoProvider,
  createUcumService,
  LibraryManager,
  ModelManager,
  stringAsSource,
} from '@cqframework/cql/cql-to-elm';

const folder = fileURLToPath(new URL('.', import.meta.url));
const fhirPackage = dirname(createRequire(import.meta.url).resolve('cql-exec-fhir/package.json'));

const MODELS: Readonly<Record<string, string>> = {
  System: join(folder, 'system-modelinfo.xml'),
  FHIR: join(fhirPackage, 'lib/modelInfos/fhir-modelinfo-4.0.1.xml'),
};

export type Elm = { readonly library: { readonly annotation?: readonly Annotation[] } };
interface Annotation {
  readonly type: string;
  readonly errorSeverity?: string;
  readonly message?: string;
  readonly libraryId?: string;
  readonly startLine?: number;
}

/** ELM of each named library; throws with every error of the translator and its line. */
export function translate(names: readonly string[]): readonly Elm[] {
  const models = new ModelManager();
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => {
      const path = MODELS[id];
      return path === undefined ? null : source(path);
    }),
  );
  const noConversion = (): never => {
    throw new Error('the CQL of this check converts no quantities');
  };
  const units: unknown = createUcumService(noConversion, () => null, noConversion, noConversion);
  const libraries = new LibraryManager(models, undefined, undefined, units);
  libraries.librarySourceLoader.registerProvider(
    createLibrarySourceProvider((id) => (names.includes(id) ? source(join(folder, `${id}.cql`)) : null)),
  );
  return names.map((name) => {
    const text = readFileSync(join(folder, `${name}.cql`), 'utf8');
    const elm = JSON.parse(CqlTranslator.fromText(text, libraries).toJson()) as Elm;
    const errors = (elm.library.annotation ?? []).filter(({ errorSeverity }) => errorSeverity === 'error');
    if (errors.length > 0)
      throw new Error(
        errors
          .map(
            ({ libraryId, startLine, message }) =>
              `${libraryId ?? name}.cql:${String(startLine)} ${message ?? ''}`,
          )
          .join('\n'),
      );
    return elm;
  });
}

function source(path: string): unknown {
  return stringAsSource(readFileSync(path, 'utf8'));
}
