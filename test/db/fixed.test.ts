import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { fixed, fixedBy } from '../../src/db/fixed.ts'
import { kalmarDatabase } from '../support/database.ts'

const db = await kalmarDatabase()
const named = (slug: string) => [{ slug }]

describe('a question that is put together once', () => {
  let times = 0
  const bodyCalled = fixed((on, slug: string) => {
    times += 1
    return on.selectFrom('body').select('slug').where('slug', '=', slug)
  })

  test('is asked with the values of each time', async () => {
    expect(await bodyCalled(db, 'barn-och-unga')).toEqual(named('barn-och-unga'))
    expect(await bodyCalled(db, 'lansgemensam-ledning')).toEqual(named('lansgemensam-ledning'))
    expect(await bodyCalled(db, "ingen' or true --")).toEqual([])
    expect(times).toBe(1)
  })

  test('sees what the transaction that asks it has done', async () => {
    const trx = await db.startTransaction().execute()
    await sql`update body set short_name = 'Ännu inte' where slug = 'barn-och-unga'`.execute(trx)
    const shortName = fixed((on, slug: string) => on.selectFrom('body').select('short_name').where('slug', '=', slug))
    expect(await shortName(trx, 'barn-och-unga')).toEqual([{ short_name: 'Ännu inte' }])
    expect(await shortName(db, 'barn-och-unga')).not.toEqual([{ short_name: 'Ännu inte' }])
    await trx.rollback().execute()
  })

  test('takes a value in several places, and lists', async () => {
    const around = fixed((on, slugs: readonly string[], except: string) =>
      on
        .selectFrom('body')
        .select('slug')
        .where(sql<boolean>`slug = any(${slugs}::text[])`)
        .where('slug', '!=', except)
        .where(sql<boolean>`slug <> ${except}`),
    )
    expect(await around(db, ['barn-och-unga', 'lansgemensam-ledning'], 'barn-och-unga')).toEqual(
      named('lansgemensam-ledning'),
    )
  })

  test('is refused when a value has no place in it: then it would have been left out', async () => {
    const forgets = fixed((on, _slug: string) => on.selectFrom('body').select('slug'))
    await expect(forgets(db, 'barn-och-unga')).rejects.toThrow('value 1 is in no place')
    const decides = fixed((on, most: number) =>
      on
        .selectFrom('body')
        .select('slug')
        .$if(most > 1, (one) => one.limit(most)),
    )
    await expect(decides(db, 2)).rejects.toThrow('must not look at its values')
  })
})

test('a question with filters has the words of those that are given, each choice put together once', async () => {
  let times = 0
  const bodies = fixedBy((on, { slug, kind }: { slug?: string; kind?: string }) => {
    times += 1
    return on
      .selectFrom('body')
      .select('slug')
      .$if(slug !== undefined, (query) => query.where('slug', '=', slug as string))
      .$if(kind !== undefined, (query) => query.where(sql<boolean>`kind::text = ${kind}`))
  })
  const all = await bodies(db, {})
  expect(all.length).toBeGreaterThan(2)
  expect(await bodies(db, { slug: 'barn-och-unga' })).toEqual(named('barn-och-unga'))
  expect(await bodies(db, { slug: 'lansgemensam-ledning', kind: undefined as never })).toEqual(
    named('lansgemensam-ledning'),
  )
  expect(await bodies(db, { kind: 'ingen', slug: 'barn-och-unga' })).toEqual([])
  expect(await bodies(db, { slug: 'barn-och-unga', kind: 'ingen' })).toEqual([])
  expect(await bodies(db, {})).toEqual(all)
  expect(times).toBe(3)
})

test('a part of the filter that decides the words is looked at, each of its values put together once', async () => {
  let times = 0
  const bodies = fixedBy((on, { slug, most }: { slug?: string; most?: number }) => {
    times += 1
    return on
      .selectFrom('body')
      .select('slug')
      .$if(slug !== undefined, (query) => query.where('slug', '=', slug as string))
      .orderBy('slug')
      .limit(sql.lit(most === undefined ? 1 : most + 1))
  }, 'most')
  expect(await bodies(db, { most: 1 })).toHaveLength(2)
  expect(await bodies(db, { most: 2 })).toHaveLength(3)
  expect(await bodies(db, { most: 2, slug: 'barn-och-unga' })).toEqual(named('barn-och-unga'))
  expect(await bodies(db, { slug: 'lansgemensam-ledning', most: 2 })).toEqual(named('lansgemensam-ledning'))
  expect(await bodies(db, {})).toHaveLength(1)
  expect(await bodies(db, { most: 1 })).toHaveLength(2)
  expect(times).toBe(4)
})
