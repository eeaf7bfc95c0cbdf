import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { configDefaults, defineConfig } from 'vitest/config'
import { SlowestFirst } from './test/support/slowest-first.ts'

// What Node has compiled once is not compiled again by each of the hundred processes that the tests start.
// Beside the packages, and good for a copy of the checkout with its own copy: test/support/process.ts.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/portal-test')
process.env.NODE_COMPILE_CACHE_PORTABLE = '1'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // By hand, with vitest.long.config.ts.
    exclude: [...configDefaults.exclude, 'test/long/**'],
    globalSetup: 'test/support/global-setup.ts',
    setupFiles: 'test/support/after-each-file.ts',
    pool: 'forks',
    // With more, a machine of two processors takes longer; with as many as four, a larger one is done sooner.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism())),
    // Files of one worker share what they import, which is half the time of most; each has a database of its own.
    isolate: false,
    sequence: { sequencer: SlowestFirst },
    // Long, since somebody else may be using the machine: what hangs is found all the same.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
