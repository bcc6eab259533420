// Node 24 strips the types itself, so there is no transform: what runs in a test is the source as it stands.
const common = { transform: {}, testEnvironment: 'node', extensionsToTreatAsEsm: ['.ts'] };

export default {
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/__tests__/unit/**/*.test.ts'] },
    { ...common, displayName: 'e2e', testMatch: ['<rootDir>/__tests__/e2e/**/*.test.ts'] },
  ],
};
