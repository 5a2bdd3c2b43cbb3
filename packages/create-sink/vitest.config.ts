import { packageTests } from '../../vitest.shared.ts'

/** The TypeScript template is a working package as it stands: its own test runs here too. */
export default packageTests(import.meta.url, ['src/**/*.test.ts', 'test/**/*.test.ts', 'template/typescript/test/**/*.test.ts'])
