import { type Kysely, sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { day } from '../../src/kernel/dates.ts'
import { type Sizes, shrunk } from '../../src/seeding/big-county/sizes.ts'
import { crawl } from '../support/crawl.ts'
import { generatedCounty } from '../support/generated-county.ts'
import { listen, withoutIndex } from '../support/plans.ts'
import { serve } from '../support/served.ts'

// The rest of test/seeding/big-county.test.ts: what takes most of its time.

const today = day('2026-11-25')

/** Tables that get more rows with every meeting, plan or document. */
const growing = [
  'meeting',
  'agenda_item',
  'agenda_item_presenter',
  'agenda_item_matter',
  'agenda_item_document',
  'agenda_item_statement',
  'attendance',
  'decision',
  'effect',
  'register_change',
  'minutes_filing',
  'minutes_version',
  'minutes_note',
  'membership',
  'plan',
  'plan_area',
  'plan_section',
  'strategic_direction',
  'activity',
  'milestone',
  'follow_up',
  'document',
  'document_version',
  'document_party',
  'document_matter',
  'party_position',
  'attachment',
  'file',
  'file_text',
  'assignment',
  'timeline_entry',
  'audit_event',
  'provenance',
  'provenance_source',
  'source',
  'row_modified',
  'search_entry',
  'search_word',
  'person',
  'newsletter',
  'link',
]

describe('the big county, a hundred times smaller', () => {
  let db: Kysely<Database>
  beforeAll(async () => {
    db = await generatedCounty(shrunk(100), today)
  })

  test('no page reads the whole of a table that grows, whatever it is asked', async () => {
    const served = await serve({ db, today })
    const kinds = new Map<string, number>()
    const { asked, stop } = listen()
    // Some of each kind: the statements of the others are the same.
    await crawl(served, (url) => {
      const [path = '', query = ''] = url.split('?')
      const [room, ...names] = path.split('/').slice(1)
      const kind = `${room} ${names.map((name, place) => place % 2 && name)} ${[...new URLSearchParams(query).keys()].toSorted()}`
      const seen = kinds.get(kind) ?? 0
      kinds.set(kind, seen + 1)
      // Files hold whole registers.
      return seen >= (query === '' ? 2 : 1) || /\.(pdf|xlsx)$/.test(path) || (room === 'api' && path.endsWith('.csv'))
    })
    const lists = [...kinds.keys()].flatMap((kind) => /^api [^ ,]*,([a-z-]+) $/.exec(kind)?.[1] ?? [])
    expect(lists).toContain('decisions')
    for (const list of lists) {
      const { status } = await fetch(`${served.server}/api/v1/${list}?limit=7&offset=14`)
      if (list !== 'discharge-days') expect(status, list).toBe(200)
    }
    // No page links to the sitemap; the others are what subscribers ask for every hour.
    for (const path of [
      '/sitemap.xml',
      '/kalender.ics',
      '/flode.atom',
      '/beslut/flode.atom',
      '/nyhetsbrev/flode.atom',
    ]) {
      expect((await fetch(served.server + path)).status, path).toBe(200)
    }
    stop()
    await served.close()
    expect(asked.size).toBeGreaterThan(150)
    const faults: string[] = []
    for (const one of asked.values()) {
      for (const { table, text } of await withoutIndex(db, one)) {
        if (growing.includes(table)) faults.push(`${one.page}: ${text} in ${one.text.slice(0, 300)}`)
      }
    }
    expect(faults).toEqual([])
  })

  test('a statement that no index helps is seen', async () => {
    const text = 'select count(*) from attendance where title like $1'
    expect(await withoutIndex(db, { text, values: ['%chef'], page: '' })).toMatchObject([{ table: 'attendance' }])
    const byId = 'select title from attendance where id = $1'
    expect(await withoutIndex(db, { text: byId, values: [1], page: '' })).toEqual([])
  })
})

describe('the same county every time', () => {
  const tiny: Sizes = {
    years: 1,
    bodies: 4,
    meetings: 8,
    items: 70,
    decisions: 50,
    activities: 20,
    documents: 8,
    matters: 3,
    persons: 60,
  }

  /** What the registers say, without ids and times. */
  async function says(db: Kysely<Database>): Promise<unknown> {
    const { rows } = await sql`
      select
        (select json_agg(row(d.slug, d.title, d.clause, d.decided_on) order by d.slug) from decision d) as decisions,
        (select json_agg(row(i.number, i.title, i.body_text) order by m.slug, i.number)
          from agenda_item i join meeting m on m.id = i.meeting_id) as items,
        (select json_agg(row(b.slug, p.slug, m.role, m.valid) order by b.slug, p.slug, m.valid) from membership m
          join body b on b.id = m.body_id join person p on p.id = m.person_id) as memberships,
        (select json_agg(t.content order by t.content) from file_text t) as files
    `.execute(db)
    return rows[0]
  }

  test('for the same seed; another seed gives another', async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map(async (seed) => says(await generatedCounty(tiny, today, seed))),
    )
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })
})
