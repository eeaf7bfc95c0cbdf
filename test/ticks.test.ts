import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

/** How V8 makes what process.nextTick makes for each call, after the collector has come by while there was none. */
function waysAfterCollection(first: string): string[] {
  const script = `
    const some = (done) => { for (let i = 0; i < 3_000; i += 1) process.nextTick(() => {}); setTimeout(done, 20) }
    const ways = () => %GetFeedback(process.nextTick)
      .filter((slot) => slot?.[0] === 'DefineKeyedOwnPropertyInLiteral').map((slot) => slot[1])
    import('./src/ticks.ts').then(({ keepTicksFast }) => {
      ${first}
      setTimeout(() => some(() => {
        for (let i = 0; i < 8; i += 1) gc()
        some(() => console.log(JSON.stringify(ways())))
      }), 20)
    })`
  const flags = ['--expose-gc', '--allow-natives-syntax', '--input-type=commonjs', '--eval', script]
  return JSON.parse(
    execFileSync(process.execPath, flags, { cwd: resolve(import.meta.dirname, '..'), encoding: 'utf8' }),
  )
}

test('what Node does for each answer stays as fast when the collector has come by', () => {
  expect(new Set(waysAfterCollection('keepTicksFast()'))).toEqual(new Set(['MONOMORPHIC']))
})

test('without our doing it does not: when this fails, src/ticks.ts is no longer needed', () => {
  expect(waysAfterCollection('')).toContain('MEGAMORPHIC')
})
