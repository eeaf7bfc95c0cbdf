import { tmpdir } from 'node:os'
import { defineConfig, mergeConfig } from 'vitest/config'
import ordinary from './vitest.config.ts'

// A big county in memory would take the memory from what is tested.
process.env.TEST_FOLDER ??= tmpdir()

/** How long each part is here, unless the environment says otherwise. */
const long = {
  KILLS: '200',
  FUZZ_REQUESTS: '100000',
  FUZZ: '20000',
  GUESSES: '10000',
  SOAK_SECONDS: '600',
  EVERY_PAGE: '1',
}

/** Tests that take minutes to hours and are run by hand, one file after the other: `npm run test:long`. See docs/TESTING.md. */
export default mergeConfig(
  { ...ordinary, test: { ...ordinary.test, exclude: [], include: [] } },
  defineConfig({
    test: {
      include: ['test/long/**/*.test.ts', 'test/browser/crawl.test.ts', 'test/accounts/sign-in.test.ts'],
      env: Object.fromEntries(Object.entries(long).map(([name, value]) => [name, process.env[name] ?? value])),
      fileParallelism: false,
      testTimeout: 3_600_000,
      hookTimeout: 3_600_000,
    },
  }),
)
