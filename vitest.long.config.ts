import { defineConfig, mergeConfig } from 'vitest/config'
import ordinary from './vitest.config.ts'

/** Tests that take minutes and are run by hand: `npx vitest run --config vitest.long.config.ts`. */
export default mergeConfig(
  { ...ordinary, test: { ...ordinary.test, exclude: [], include: [] } },
  defineConfig({ test: { include: ['test/long/**/*.test.ts'], testTimeout: 3_600_000, hookTimeout: 3_600_000 } }),
)
