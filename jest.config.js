/** @type {import('jest').Config} */
export default {
  testEnvironment: './test/support/environment.js',
  roots: ['<rootDir>/test', '<rootDir>/client/test', '<rootDir>/dashboard/test'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // The page's own tests need no build of the client.
    '^dogmonitor-client$': '<rootDir>/client/src/index.ts',
    '^dogmonitor-client/(\\w+)$': '<rootDir>/client/src/$1.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
    '^.+\\.tsx$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', 'client/src/**/*.{ts,tsx}'],
  // Most of a test's time is spent waiting for real servers, so that even two cores run two files well.
  maxWorkers: 2,
  // Ends what hangs, and no more: how long a test takes is up to the machine. Nothing here is a promise of the product.
  testTimeout: 120_000,
};
