import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** From the ground up. Rooms on the same floor do not import each other; everybody imports only what is below. */
const floors: readonly (readonly string[])[] = [
  ['kernel'],
  ['config.ts', 'ticks.ts'],
  ['db'],
  ['audit'],
  ['effects', 'mail', 'backup'],
  ['http'],
  ['accounts', 'history', 'organisations', 'bodies', 'documents', 'matters', 'catalogues'],
  ['discharge-days', 'action-plans', 'assignments', 'change-proposals'],
  ['decisions'],
  ['meetings'],
  ['effect-handlers.ts'],
  ['overviews', 'open-data', 'corrections', 'search', 'imports', 'feeds', 'links', 'reports', 'pdf', 'seeding'],
  ['app.ts', 'start.ts'],
  ['doctor.ts', 'exit.ts'],
  ['serve.ts'],
  ['main.ts', 'cli.ts'],
]

type Import = { from: string; to: string }

const files = globSync('**/*.ts', { cwd: src }).sort()
const sources = new Map(files.map((file) => [file, withoutComments(readFileSync(join(src, file), 'utf8'))]))

/** Imports of our own files, types included; `declare module` counts too. */
const ours: Import[] = [...sources].flatMap(([from, source]) =>
  [...source.matchAll(/(?:\bfrom|\bimport|\bmodule|\bimport\()\s*\(?'(\.{1,2}\/[^']+)'/g)].map(([, path = '']) => ({
    from,
    to: relative(src, resolve(src, dirname(from), path)),
  })),
)

const packagesOf = (source: string) =>
  [...source.matchAll(/^(?:import|export|\}).*\bfrom '([^.'][^']*)'|^import '([^.'][^']*)'/gm)].map(
    ([, from, alone]) => from ?? alone ?? '',
  )

const roomOf = (file: string) => file.split('/')[0] ?? file
const floorOf = (file: string) => floors.findIndex((floor) => floor.includes(roomOf(file)))
const say = ({ from, to }: Import) => `${from} imports ${to}`

describe('the house', () => {
  test('every room has a floor', () => {
    expect(files.filter((file) => floorOf(file) === -1)).toEqual([])
  })

  test('imports lead down, never up or to a room on the same floor', () => {
    const wrong = ours.filter(({ from, to }) => roomOf(from) !== roomOf(to) && floorOf(to) >= floorOf(from))
    expect(wrong.map(say)).toEqual([])
  })

  test('files do not import each other in circles', () => {
    const next = Map.groupBy(ours, ({ from }) => from)
    const circleFrom = (file: string, path: readonly string[]): string | null => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ')
      if (clear.has(file)) return null
      for (const { to } of next.get(file) ?? []) {
        const circle = circleFrom(to, [...path, file])
        if (circle) return circle
      }
      clear.add(file)
      return null
    }
    const clear = new Set<string>()
    expect(files.map((file) => circleFrom(file, [])).filter(Boolean)).toEqual([])
  })

  test('every import of ours leads to a file', () => {
    expect(ours.filter(({ to }) => !sources.has(to)).map(say)).toEqual([])
  })

  test('the kernel is pure: it reads no file, network, clock or environment, and knows luxon and markdown-it alone', () => {
    for (const [file, source] of sources) {
      if (roomOf(file) !== 'kernel') continue
      expect([file, packagesOf(source).filter((name) => !['luxon', 'markdown-it'].includes(name))]).toEqual([file, []])
      expect([file, source.match(/process\.|Date\.now|Math\.random|fetch\(/g)]).toEqual([file, null])
    }
  })

  test('rules decide without asking: no room’s rules.ts reads or writes', () => {
    for (const [file, source] of sources) {
      if (!file.endsWith('/rules.ts')) continue
      expect([file, packagesOf(source)]).toEqual([file, []])
      expect([file, source.match(/\b(trx|Reader|Work)\b|new Date\(/g)]).toEqual([file, null])
    }
  })

  test.each([
    ['luxon is used in kernel/dates.ts alone', 'luxon', /^kernel\/dates\.ts$/],
    ['fp() is used on the http floor alone, so that rooms stay apart', 'fastify-plugin', /^http\//],
    ['templates are rendered by http/view.ts alone', 'eta', /^http\/view\.ts$/],
  ])('%s', (_rule, name, where) => {
    const users = [...sources].filter(([, source]) => packagesOf(source).includes(name)).map(([file]) => file)
    expect(users.filter((file) => !where.test(file))).toEqual([])
  })

  test('nobody asks the pool inside a transaction, which can dead-lock it', () => {
    const asked = [...sources].flatMap(([file, source]) =>
      callsOf(source, /\bchange\(/g)
        .map(({ text, line }) => ({ line, inside: text.slice(text.indexOf('=>')) }))
        .filter(({ inside }) => /(?<![.\w])(db|room\.db|app\.db)\b(?!:)/.test(inside))
        .map(({ line }) => `${file}:${line}`),
    )
    expect(asked).toEqual([])
  })

  test('what writes takes Work: a changes.ts knows no database of its own', () => {
    const wrong = [...sources]
      .filter(([file, source]) => file.endsWith('/changes.ts') && /\bKysely</.test(source))
      .map(([file]) => file)
    expect(wrong).toEqual([])
  })

  test('today is handed in: no room asks the clock what day it is', () => {
    const place = (name: string) => floors.findIndex((floor) => floor.includes(name))
    const rooms = floors.slice(place('http') + 1, place('app.ts')).flat()
    const asking = [...sources]
      .filter(([file, source]) => rooms.includes(roomOf(file)) && /stockholmToday\(\)|Date\.now\(/.test(source))
      .map(([file]) => file)
    expect(asking).toEqual([])
  })
})

/** Lines stay where they are. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/^\s*\/\/.*$/gm, '')
}

/** Every call with its whole text, brackets balanced. */
function callsOf(source: string, start: RegExp): { text: string; line: number }[] {
  return [...source.matchAll(start)].map(({ index, 0: opening }) => {
    let depth = 1
    let end = index + opening.length
    for (; end < source.length && depth > 0; end += 1) {
      if (source[end] === '(') depth += 1
      if (source[end] === ')') depth -= 1
    }
    return { text: source.slice(index, end), line: source.slice(0, index).split('\n').length }
  })
}
