const common = {
  testEnvironment: 'node',
  transform: { '^.+\\.tsx?$': 'ts-jest' },
};

module.exports = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/tests/{unit,infrastructure,lambda,local}/**/*.test.ts?(x)'],
    },
    { ...common, displayName: 'judges', testMatch: ['<rootDir>/tests/judges/**/*.test.ts'] },
    { ...common, displayName: 'end-to-end', testMatch: ['<rootDir>/tests/end-to-end/**/*.test.ts'] },
  ],
};
