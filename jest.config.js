const common = {
  testEnvironment: 'node',
  // Jest lists all files that it finds there before its first test.
  roots: ['environments', 'modules', 'monitoring-lambda', 'local', 'scripts', 'tests'].map(
    (name) => `<rootDir>/${name}`,
  ),
  transform: { '^.+\\.tsx?$': 'ts-jest' },
};

/** Stacks that several files look at are synthesized once. */
const synthesizing = {
  globalSetup: '<rootDir>/tests/infrastructure/set-up.ts',
  globalTeardown: '<rootDir>/tests/infrastructure/tear-down.ts',
};

module.exports = {
  // No test is about time: what takes seconds here takes a minute on a machine with other work.
  testTimeout: 10 * 60_000,
  testSequencer: '<rootDir>/tests/end-to-end/sequencer.js',
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/tests/{unit,infrastructure,lambda,local}/**/*.test.ts?(x)'],
      ...synthesizing,
    },
    { ...common, displayName: 'integration', testMatch: ['<rootDir>/tests/integration/**/*.test.ts'] },
    {
      ...common,
      displayName: 'judges',
      testMatch: ['<rootDir>/tests/judges/**/*.test.ts'],
      ...synthesizing,
    },
    { ...common, displayName: 'delivery', testMatch: ['<rootDir>/tests/delivery/**/*.test.ts'] },
    {
      ...common,
      displayName: 'end-to-end',
      testMatch: ['<rootDir>/tests/end-to-end/**/*.test.ts'],
      // An account into which `npm start` has deployed.
      globalSetup: '<rootDir>/tests/end-to-end/set-up.ts',
      globalTeardown: '<rootDir>/tests/end-to-end/tear-down.ts',
    },
  ],
};
