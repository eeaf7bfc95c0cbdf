import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

/**
 * How V8 makes what process.nextTick makes for each call, after the collector has come by while there was none: one at a
 * time, for each of the ways. What V8 is compiling just then holds on to the shapes as well, so it comes by several times.
 */
function waysAfterCollections(first: string): string[] {
  const script = `
    const some = () => { for (let i = 0; i < 3_000; i += 1) process.nextTick(() => {}) }
    const pause = () => new Promise((done) => setTimeout(done, 20))
    const ways = () => %GetFeedback(process.nextTick)
      .filter((slot) => slot?.[0] === 'DefineKeyedOwnPropertyInLiteral').map((slot) => slot[1])
    const all = async () => {
      const { keepTicksFast } = await import('./src/ticks.ts')
      ${first}
      for (let times = 0; times < 25 && !(times > 0 && ways().includes('MEGAMORPHIC')); times += 1) {
        some()
        await pause()
        setTimeout(() => { for (let i = 0; i < 8; i += 1) gc() }, 10)
        await pause()
      }
      some()
      await pause()
      console.log(JSON.stringify(ways()))
    }
    all()`
  const flags = ['--expose-gc', '--allow-natives-syntax', '--input-type=commonjs', '--eval', script]
  return JSON.parse(
    execFileSync(process.execPath, flags, { cwd: resolve(import.meta.dirname, '..'), encoding: 'utf8' }),
  )
}

test('what Node does for each answer stays as fast when the collector has come by', () => {
  expect(new Set(waysAfterCollections('keepTicksFast()'))).toEqual(new Set(['MONOMORPHIC']))
})

test('without our doing it does not: when this fails, src/ticks.ts is no longer needed', () => {
  expect(waysAfterCollections('')).toContain('MEGAMORPHIC')
})
