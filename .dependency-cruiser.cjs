/** Imports point one way: main -> http -> gather, decide, store -> render, rules -> facts; hooks and errors lie below all. */
const core =
  '^src/(facts|rules|risk|decide\\.ts|render\\.ts|render-profile\\.ts|plain-text\\.ts|explain\\.ts)';
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment:
        'facts, rules, risk, decide and render import no package and no Node module (ucum.ts wraps the one library).',
      severity: 'error',
      from: { path: core, pathNot: '^src/facts/ucum\\.ts$' },
      to: { dependencyTypesNot: ['local', 'type-only'], pathNot: '^src/' },
    },
    {
      name: 'core-knows-no-outside',
      severity: 'error',
      from: { path: core },
      to: { path: '^src/(http|gather|config\\.ts|main\\.ts|replay\\.ts)' },
    },
    {
      name: 'facts-know-no-rules',
      severity: 'error',
      from: { path: '^src/facts' },
      to: { path: '^src/(rules|risk|decide|render)', pathNot: '^src/risk' },
    },
    {
      name: 'rules-do-not-render',
      severity: 'error',
      from: { path: '^src/rules' },
      to: { path: '^src/(decide|render)' },
    },
    {
      name: 'gather-knows-no-http',
      severity: 'error',
      from: { path: '^src/gather' },
      to: { path: '^src/(http|main|decide|render|rules)' },
    },
    {
      name: 'hooks-lie-below',
      severity: 'error',
      from: { path: '^src/hooks' },
      to: { path: '^src/(?!hooks|errors)' },
    },
    {
      name: 'client-runs-anywhere',
      comment:
        'The client of an EHR runs in a browser: jose and fetch, nothing of Node or of the service; wire types as types only.',
      severity: 'error',
      from: { path: '^src/client' },
      to: { pathNot: '^(src/(client/|json\\.ts$|hooks/)|node_modules/jose/)' },
    },
    {
      name: 'client-loads-no-schema',
      severity: 'error',
      from: { path: '^src/client' },
      to: { path: '^src/hooks', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-is-for-others',
      comment: 'Only the doctor, which plays an EHR, uses parts of it.',
      severity: 'error',
      from: { path: '^src/(?!client|doctor)' },
      to: { path: '^src/client' },
    },
    {
      name: 'errors-and-json-lie-below',
      severity: 'error',
      from: { path: '^src/(errors|json)' },
      to: { path: '^src/' },
    },
    {
      name: 'sample-patients-apart',
      comment: 'Only the service loads them, at the first request for them, and never in production.',
      severity: 'error',
      from: { pathNot: '^src/(sample-fhir/|service\\.ts$)' },
      to: { path: '^src/sample-fhir/' },
    },
    {
      name: 'one-fhir-client-adapter',
      severity: 'error',
      from: { pathNot: '^src/gather/fhir-client\\.ts$' },
      to: { path: 'fhir-kit-client' },
    },
    {
      name: 'one-ucum-wrapper',
      severity: 'error',
      from: { pathNot: '^src/facts/ucum\\.ts$' },
      to: { path: 'ucum-lhc' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
