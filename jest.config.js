/** Node strips the types itself; Jest does the same, so tests run exactly the code that production runs. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.js' },
  coverageProvider: 'babel',
  collectCoverageFrom: ['src/**/*.ts'],
  // Jest leaves one core of two idle by default.
  maxWorkers: '100%',
  // A hang is a failure; a slow shared machine is not.
  testTimeout: 60_000,
};
