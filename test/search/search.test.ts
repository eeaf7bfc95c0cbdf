import { Document, Packer, Paragraph } from 'docx'
import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { erasePerson } from '../../src/accounts/personal-data.ts'
import { change, type Work } from '../../src/audit/work.ts'
import type { Database } from '../../src/db/database.ts'
import type { MeetingState } from '../../src/db/schema.ts'
import { attachFile, detachFile, readUnreadFiles, storeFile } from '../../src/documents/files.ts'
import { minutesArePublic, publicStates } from '../../src/meetings/rules.ts'
import { addressOf } from '../../src/search/pages.ts'
import type { Hit } from '../../src/search/queries.ts'
import { fold } from '../../src/search/rules.ts'
import { kindNames } from '../../src/search/texts.ts'
import { kalmarDatabase, urlsOf } from '../support/database.ts'
import { idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'
import { textOf } from '../support/text.ts'
import { as, startWorkspace, type Who } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db)
afterAll(() => app.close())

const url = (q: string, more: Record<string, string> = {}) => `/sok?${new URLSearchParams({ q, ...more })}`

async function search(q: string, { who = null, ...more }: { who?: Who | null } & Record<string, string | null> = {}) {
  const { status, body, headers } = await as(app, who).get(url(q, more as Record<string, string>))
  expect(status).toBe(200)
  const main = body.slice(body.indexOf('<main'), body.indexOf('</main>'))
  return {
    body,
    main,
    headers,
    text: textOf(main),
    paths: [...main.matchAll(/class="link-list-title"><a href="([^"]+)"/g)].map(([, path = '']) => path),
  }
}

/** Writes in a transaction of its own, with something in the log. */
const write = <T>(act: (work: Work) => Promise<T>) =>
  change(db, testCoordinator, async (work) => {
    await work.record('meeting.registered', 'meeting/test')
    return await act(work)
  })

let made = 0
/** A meeting of the group for children in a state, with an item that has all kinds of text. */
async function newMeeting(state: MeetingState, words: { title: string; text: string; background: string }) {
  made += 1
  const slug = `2026-02-${String(made).padStart(2, '0')}-barn-och-unga`
  return await write(async (work) => {
    const provenance_id = await testProvenance(work)
    const meeting = await work.trx
      .insertInto('meeting')
      .values({
        slug,
        title: `Möte ${words.title}`,
        body_id: await idOf(work.trx, 'body', 'barn-och-unga'),
        held_on: slug.slice(0, 10),
        state,
        published_at: state === 'published' ? new Date() : null,
        provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const item = await work.trx
      .insertInto('agenda_item')
      .values({
        meeting_id: meeting.id,
        number: '1',
        position: 1,
        title: `Punkten ${words.title}`,
        kinds: ['information'],
        body_text: words.text,
        background: words.background,
        provenance_id,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return { slug, meeting: meeting.id, item: item.id }
  })
}

const docx = (text: string) => Packer.toBuffer(new Document({ sections: [{ children: [new Paragraph(text)] }] }))

describe('only what the reader may see', () => {
  test.each([
    ['mentioned', 'agnar'],
    ['planned', 'bladen'],
    ['called', 'dunge'],
    ['held', 'fjorden'],
    ['drafted', 'granris'],
    ['adjusting', 'hasselnot'],
    ['published', 'kornblixt'],
    ['cancelled', 'lavskrika'],
  ] as const)('a meeting that is %s', async (state, word) => {
    // Words that are not made of each other's parts, which would find what is public of the meeting.
    const [title, text, background] = [`${word}titel`, `prtk${word}`, `bkgr${word}`]
    const { item } = await newMeeting(state, { title, text, background })
    const content = await docx(`Bilagan säger ${word}ord.`)
    await write(async (work) => {
      await attachFile(work, await storeFile(work, content, `${word}.docx`), `Bilaga ${word}bil`, {
        agendaItemId: item,
      })
    })
    const found = async (q: string, who: Who | null = null) => (await search(q, { who })).paths.length > 0
    const isPublic = publicStates.includes(state)
    expect(await found(title)).toBe(isPublic)
    expect(await found(text)).toBe(minutesArePublic(state))
    expect(await found(background)).toBe(isPublic && !minutesArePublic(state))
    // Nearby words may find something else.
    const foundFile = async (q: string, who: Who | null = null) =>
      (await search(q, { who })).paths.some((path) => path.startsWith('/filer/'))
    for (const asked of [`${word}ord`, `"bilagan säger ${word}ord"`, `${word}bil`]) {
      expect([asked, await foundFile(asked)]).toEqual([asked, minutesArePublic(state)])
      expect([asked, await foundFile(asked, 'ledamot')]).toEqual([asked, state !== 'planned'])
      expect([asked, await foundFile(asked, 'aldre')]).toEqual([asked, state !== 'planned'])
      expect([asked, await foundFile(asked, 'samordnare')]).toEqual([asked, true])
    }
    // Not even the spelling of a word that is not public is told.
    if (!minutesArePublic(state)) expect((await search(`${word}orrd`)).text).not.toContain(`${word}ord`)
  })

  test('a file is found where it is read', async () => {
    const { paths } = await search('kornblixtord')
    expect((await as(app, null).get(paths[0] ?? '')).status).toBe(200)
    const member = await search('dungeord', { who: 'ledamot' })
    expect((await as(app, 'ledamot').get(member.paths[0] ?? '')).status).toBe(200)
    expect((await as(app, null).get(member.paths[0] ?? '')).status).toBe(404)
  })

  test('an answer to somebody signed in is kept by nobody', async () => {
    expect((await search('dungeord', { who: 'ledamot' })).headers['cache-control']).toBe('private, no-store')
  })

  test('a draft plan, its areas and its activities', async () => {
    await write(async (work) => {
      const provenance_id = await testProvenance(work)
      const plan = await work.trx
        .insertInto('plan')
        .values({
          slug: 'utkast-test',
          code: 'UT1',
          title: 'Handlingsplan Skymningsljus',
          body_id: await idOf(work.trx, 'body', 'aldre'),
          period: '[2027-01-01,2029-01-01)',
          provenance_id,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const area = await work.trx
        .insertInto('plan_area')
        .values({ plan_id: plan.id, kind: 'improvement', number: 1, title: 'Gryningsarbete', provenance_id })
        .returning('id')
        .executeTakeFirstOrThrow()
      await work.trx
        .insertInto('activity')
        .values({ plan_id: plan.id, area_id: area.id, number: 1, activity_text: 'Middagsvila för alla', provenance_id })
        .execute()
    })
    for (const q of ['Skymningsljus', 'Gryningsarbete', 'Middagsvila', 'UT1', 'UT1-A01']) {
      expect([q, (await search(q)).paths.filter((path) => path.includes('utkast-test'))]).toEqual([q, []])
    }
  })

  test('a proposed decision is not found until it is carried out', async () => {
    const insert = (state: 'proposed' | 'carried_out', slug: string, title: string) =>
      write(async (work) => {
        await work.trx
          .insertInto('decision')
          .values({
            slug,
            title,
            kind: 'decision',
            body_id: await idOf(work.trx, 'body', 'aldre'),
            decided_on: '2026-02-01',
            state,
            carried_out_at: state === 'proposed' ? null : new Date(),
            provenance_id: await testProvenance(work),
          })
          .execute()
      })
    await insert('proposed', '2026-02-01-test', 'Snöröjning på kajen')
    expect((await search('snöröjning kajen')).paths).toEqual([])
    await write((work) =>
      work.trx
        .updateTable('decision')
        .set({ state: 'carried_out', carried_out_at: new Date() })
        .where('slug', '=', '2026-02-01-test')
        .execute(),
    )
    expect((await search('snöröjning kajen')).paths).toEqual(['/beslut/2026-02-01-test'])
  })

  test('people without a page are found neither by name nor in what others wrote', async () => {
    const hidden = await db.selectFrom('person').select('name').where('no_page_because', 'is not', null).execute()
    expect(hidden.length).toBeGreaterThan(0)
    const { meeting, item } = await newMeeting('called', {
      title: 'vinterväg',
      text: 'x',
      background: 'Vintersol Brukarsson berättar. Brukarsson.',
    })
    expect((await search('Vintersol Brukarsson')).paths).toHaveLength(1)
    const person = await write(async (work) => {
      const id = await newPerson(work, 'vintersol-brukarsson', 'Vintersol Brukarsson')
      await work.trx
        .updateTable('person')
        .set({ no_page_because: 'service_user_representative' })
        .where('id', '=', id)
        .execute()
      await work.trx
        .insertInto('agenda_item_presenter')
        .values({ agenda_item_id: item, position: 1, person_id: id })
        .execute()
      return id
    })
    expect(meeting).toBeGreaterThan(0)
    expect((await search('"Vintersol Brukarsson"')).paths).toEqual([])
    expect((await search('vintersl')).text).not.toContain('vintersol')
    const all = await sql<{
      folded: string
      title: string
      content: string
    }>`select folded, title, content from search_entry`.execute(db)
    for (const { name } of [...hidden, { name: 'Vintersol Brukarsson' }]) {
      expect(all.rows.filter(({ folded }) => folded.includes(` ${fold(name)} `))).toEqual([])
      expect(all.rows.filter(({ title, content }) => `${title}\n${content}`.includes(name))).toEqual([])
    }
    // Once the person has a page, it is found.
    await write((work) =>
      work.trx.updateTable('person').set({ no_page_because: null }).where('id', '=', person).execute(),
    )
    const [first] = (await search('Vintersol Brukarsson')).paths
    expect(first).toBe('/personer/vintersol-brukarsson')
    expect((await search('"Vintersol Brukarsson" berättar')).paths).toHaveLength(1)
  })
})

/** A change proposal that nobody else reads yet. */
const newProposal = (slug: string, title: string, answer: string) =>
  write(async (work) => {
    const provenance_id = await testProvenance(work)
    const step = await work.trx.selectFrom('change_step').select('id').orderBy('position').executeTakeFirstOrThrow()
    const question = await work.trx.selectFrom('change_question').select('id').orderBy('id').executeTakeFirstOrThrow()
    const { id } = await work.trx
      .insertInto('change_proposal')
      .values({ slug, title, summary: 'Prov', proposed_by: 'Beredningen', step_id: step.id, provenance_id })
      .returning('id')
      .executeTakeFirstOrThrow()
    await work.trx.insertInto('change_answer').values({ proposal_id: id, question_id: question.id, answer }).execute()
    return id
  })

describe('what is proposed, given and catalogued', () => {
  test('a change proposal is found from when it is shared, by its answers too, and under its new name', async () => {
    const id = await newProposal('prov-vandringspris', 'Vandringspris för alla', 'Effekten är mätbar i kastanjer.')
    for (const q of ['vandringspris', 'kastanjer']) expect([q, (await search(q)).paths]).toEqual([q, []])
    const update = (values: Record<string, unknown>) =>
      write((work) => work.trx.updateTable('change_proposal').set(values).where('id', '=', id).execute())
    await update({ shared_on: '2026-03-01' })
    for (const q of ['vandringspris', 'kastanjer']) {
      expect([q, (await search(q, { slag: 'forslag' })).paths]).toEqual([q, ['/ordnat-inforande/prov-vandringspris']])
    }
    await update({ title: 'Sjöbod för alla' })
    expect((await search('vandringspris')).paths).toEqual([])
    await write((work) => work.trx.deleteFrom('change_answer').where('proposal_id', '=', id).execute())
    expect((await search('kastanjer')).paths).toEqual([])
  })

  test('an assignment is found with its assignee, not from a planned meeting, and without masked words', async () => {
    const { meeting, item } = await newMeeting('planned', { title: 'uppdragsmöte', text: 'x', background: 'x' })
    const id = await write(async (work) => {
      const { id } = await work.trx
        .insertInto('assignment')
        .values({
          slug: 'prov-flaggstang',
          task: 'Måla flaggstången hos familjen Prov-Tallkotte',
          assignee_body_id: await idOf(work.trx, 'body', 'aldre'),
          agenda_item_id: item,
          provenance_id: await testProvenance(work),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return id
    })
    expect((await search('flaggstången')).paths).toEqual([])
    const state = (values: Record<string, unknown>) =>
      write((work) => work.trx.updateTable('meeting').set(values).where('id', '=', meeting).execute())
    await state({ state: 'published', published_at: new Date() })
    const path = '/uppfoljning?lage=uppdrag#prov-flaggstang'
    expect((await search('flaggstången äldre', { slag: 'uppdrag' })).paths).toEqual([path])
    expect((await as(app, null).get('/uppfoljning?lage=uppdrag')).body).toContain('id="prov-flaggstang"')
    await write((work) =>
      work.trx
        .insertInto('minutes_mask')
        .values({
          meeting_id: meeting,
          agenda_item_id: null,
          masked: 'Prov-Tallkotte',
          reason: 'test',
          masked_by: 'test',
          masked_on: '2026-03-10',
        })
        .execute(),
    )
    expect((await search('tallkotte')).paths).toEqual([])
    expect((await search('flaggstången')).text).toContain('[maskerat]')
    await write((work) => work.trx.deleteFrom('assignment').where('id', '=', id).execute())
    expect((await search('flaggstången')).paths).toEqual([])
  })

  test('an entry of a catalogue is found where it stands, and follows its change', async () => {
    const entry = await db
      .selectFrom('catalogue_entry')
      .innerJoin('catalogue', 'catalogue.id', 'catalogue_entry.catalogue_id')
      .select(['catalogue_entry.id', 'catalogue_entry.slug', 'catalogue.slug as catalogue'])
      .orderBy('catalogue_entry.id')
      .executeTakeFirstOrThrow()
    await write((work) =>
      work.trx
        .updateTable('catalogue_entry')
        .set({ limits: 'Gäller inte för prästkragar.' })
        .where('id', '=', entry.id)
        .execute(),
    )
    expect((await search('prästkragar')).paths).toEqual([`/${entry.catalogue}#${entry.slug}`])
  })
})

describe('current with the change', () => {
  test('masked words are found no more, neither in the item nor in an attachment', async () => {
    const { meeting, item } = await newMeeting('published', {
      title: 'maskmöte',
      text: 'Hemliga nattugglan bor här.',
      background: 'x',
    })
    const content = await docx('Här står Hemliga nattugglan igen.')
    await write(async (work) => {
      await attachFile(work, await storeFile(work, content, 'm.docx'), 'Maskbilaga', { meetingId: meeting })
    })
    expect((await search('nattugglan')).paths).toHaveLength(2)
    await write((work) =>
      work.trx
        .insertInto('minutes_mask')
        .values({
          meeting_id: meeting,
          agenda_item_id: item,
          masked: 'Hemliga nattugglan',
          reason: 'test',
          masked_by: 'test',
          masked_on: '2026-03-10',
        })
        .execute(),
    )
    for (const q of ['nattugglan', 'nattuggl', 'natugglan', '"hemliga nattugglan"']) {
      const { paths, text } = await search(q)
      expect([q, paths]).toEqual([q, []])
      expect(text.replaceAll(q, '')).not.toContain('nattugglan')
    }
    expect((await search('maskmöte')).text).toContain('[maskerat]')
    // A mask over the whole of the minutes, whatever the capitals.
    const other = await newMeeting('published', {
      title: 'heltäckande',
      text: 'KLIPPDUVAN flög.',
      background: 'x',
    })
    expect((await search('klippduvan')).paths).toHaveLength(1)
    await write((work) =>
      work.trx
        .insertInto('minutes_mask')
        .values({
          meeting_id: other.meeting,
          agenda_item_id: null,
          masked: 'klippduvan',
          reason: 'test',
          masked_by: 'test',
          masked_on: '2026-03-10',
        })
        .execute(),
    )
    expect((await search('klippduvan')).paths).toEqual([])
  })

  test('what is renamed is found by its new name alone', async () => {
    await write((work) =>
      work.trx
        .updateTable('body')
        .set({ name: 'Kungsfiskarna', short_name: 'Kungsfisk' })
        .where('slug', '=', 'beredningen' as never)
        .execute(),
    )
    expect((await search('kungsfisk')).paths[0]).toBe('/grupper/beredningen')
    await write((work) =>
      work.trx
        .updateTable('body')
        .set({ name: 'Beredningen', short_name: 'Beredningen' })
        .where('slug', '=', 'beredningen' as never)
        .execute(),
    )
    expect((await search('kungsfisk')).paths).toEqual([])
  })

  test('what is written of somebody with two places since the same day is the same wherever the rows lie', async () => {
    const words = async () =>
      (
        await sql<{ content: string }>`select content from search_source
          where kind = 'person' and slug = 'chris-landergren'`.execute(db)
      ).rows.map(({ content }) => content)
    const before = await words()
    expect(before[0]?.split('\n')).toHaveLength(2)
    const client = new pg.Client({ connectionString: urlsOf(db).superuserUrl })
    await client.connect()
    await client.query(`set session_replication_role = replica;
      create temporary table moved as select m.* from membership m join person p on p.id = m.person_id
        where p.slug = 'chris-landergren' order by m.id limit 1;
      delete from membership where id = (select id from moved);
      insert into membership overriding system value select * from moved`)
    await client.end()
    expect(await words()).toEqual(before)
  })

  test('somebody who is erased is gone, also as a suggestion', async () => {
    const id = await write((work) => newPerson(work, 'ortolan-sparvsson', 'Ortolan Sparvsson'))
    expect((await search('sparvsson')).paths).toEqual(['/personer/ortolan-sparvsson'])
    await change(db, testCoordinator, (work) => erasePerson(work, id))
    const { paths, text } = await search('sparvson')
    expect(paths).toEqual([])
    expect(text).not.toContain('sparvsson')
    const left = await sql`select from search_word where word in ('sparvsson', 'ortolan')`.execute(db)
    expect(left.rows).toEqual([])
  })

  test('a change that is undone has left nothing', async () => {
    await expect(
      write(async (work) => {
        await newPerson(work, 'roslin-visslare', 'Roslin Visslare')
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect((await search('visslare')).paths).toEqual([])
  })

  test('an attachment that is taken away', async () => {
    const { meeting } = await newMeeting('published', { title: 'bilagemöte', text: 'x', background: 'x' })
    const content = await docx('Tranbärsmossen')
    const id = await write(async (work) =>
      attachFile(work, await storeFile(work, content, 't.docx'), 'Karta', { meetingId: meeting }),
    )
    expect((await search('tranbärsmossen')).paths).toHaveLength(1)
    await write((work) => detachFile(work, id))
    expect((await search('tranbärsmossen')).paths).toEqual([])
  })

  test('files from before their words were read are read at the next start', async () => {
    const { meeting } = await newMeeting('published', { title: 'gammalmöte', text: 'x', background: 'x' })
    const content = await docx('Lingonriset')
    await write(async (work) =>
      attachFile(work, await storeFile(work, content, 'l.docx'), 'Äldre bilaga', { meetingId: meeting }),
    )
    await db.deleteFrom('file_text').where('content', 'like', '%Lingonriset%').execute()
    expect((await search('lingonriset')).paths).toEqual([])
    expect(await readUnreadFiles(db)).toBe(1)
    expect((await search('lingonriset')).paths).toHaveLength(1)
    // From before words were looked through for numbers of people.
    await db
      .updateTable('file_text')
      .set({ content: 'Lingonriset 19121212-1212', looked_through: false })
      .where('content', 'like', '%Lingonriset%')
      .execute()
    expect(await readUnreadFiles(db)).toBe(1)
    expect(await readUnreadFiles(db)).toBe(0)
    const { rows } =
      await sql`select from search_entry where content like '%1212-1212%' or folded like '%1212 1212%'`.execute(db)
    expect(rows).toEqual([])
    expect((await search('lingonriset')).paths).toHaveLength(1)
  })
})

/** The words of a title as somebody would type them. */
async function published(of: Kysely<Database>) {
  const { rows } = await sql<Pick<Hit, 'kind' | 'row_id' | 'slug' | 'part' | 'title'>>`
    select kind, row_id, slug, part, title from search_entry where gate is null or gate = 'published' order by id`.execute(
    of,
  )
  return rows
}

test('everything public is found by its own title, and its page is there', async () => {
  const all = await published(db)
  expect(all.length).toBeGreaterThan(250)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...all), fc.boolean(), async (one, plain) => {
      const title = one.title.slice(0, 180)
      const { main } = await search(plain ? fold(title) : title, { slag: kindNames[one.kind].word })
      expect(main).toContain(`href="${addressOf(one, false).replaceAll('&', '&amp;')}"`)
      expect((await as(app, null).get(addressOf(one, false).split('#')[0] ?? '')).status).toBe(200)
    }),
    { numRuns: 25 },
  )
})

test('whatever is asked: an answer, without markup that was typed or written', async () => {
  await write((work) =>
    work.trx
      .updateTable('matter')
      .set({ summary: 'Skriv <script>alert(1)</script> & <img src=x onerror=alert(2)> om "vildsvin"' })
      .where('slug', '=', 'ikb' as never)
      .execute(),
  )
  const { main } = await search('vildsvin script')
  expect(main).toContain('&lt;<mark>script</mark>&gt;')
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ maxLength: 100, unit: 'binary' }),
        fc.string({ maxLength: 40, unit: fc.constantFrom(...'<>&"\'():*|!\\ aåsv7-%_') }),
        fc.constantFrom(
          '<script>',
          `"><img src=x>`,
          `' or 1=1 --`,
          '& | ! ()',
          ':*',
          "'''",
          '\\',
          '%',
          '_',
          '"',
          '""',
          '   ',
        ),
      ),
      async (typed) => {
        const { body } = await search(`${typed.replaceAll('\0', '')} vildsvin`)
        expect(body).not.toMatch(/<(script|img)[^>]*>(?!<\/script>)/)
        expect(body).toContain('</html>')
      },
    ),
    { numRuns: 25 },
  )
})

test('filters are links with counts, kept by the next question; nonsense in them is no error', async () => {
  const all = await search('handlingsplan')
  expect(all.main).toMatch(/<a href="\/sok\?q=handlingsplan&amp;slag=beslut"[^>]*>Beslut <span class="count">\d+/)
  const decisions = await search('handlingsplan', { slag: 'beslut', ar: '2025' })
  expect(decisions.paths.length).toBeGreaterThan(3)
  expect(decisions.paths.every((path) => path.startsWith('/beslut/2025'))).toBe(true)
  expect(decisions.main).toContain('name="slag" value="beslut"')
  expect((await search('handlingsplan', { slag: 'x', ar: 'x', grupp: '<', sida: '-1' })).paths).toEqual(all.paths)
  expect((await search('handlingsplan', { ar: '1999' })).text).toContain('Sök utan urval')
  const group = await search('handlingsplan', { grupp: 'aldre' })
  expect(group.paths.length).toBeGreaterThan(0)
  expect(group.paths.length).toBeLessThan(all.paths.length)
})

test('pages of one kind turn, and a page beyond the last is the last', async () => {
  const [one, two, far] = await Promise.all(
    ['1', '2', '900'].map((sida) => search('aktivitet', { slag: 'aktiviteter', sida })),
  )
  expect(one?.paths).toHaveLength(20)
  expect(two?.paths).toHaveLength(20)
  expect(one?.paths.filter((path) => two?.paths.includes(path))).toEqual([])
  expect(far?.paths.length).toBeGreaterThan(0)
})

describe('of a word that stands nearly everywhere', () => {
  type Entries = {
    kind?: string
    row: number
    slug: string
    title: string
    day: string | null
    gate?: string
    count: number
  }
  // Entries as a long history leaves them, the latest written first, so that the order of the table says nothing.
  const written = async ({ kind = 'decision', row, slug, title, day, gate, count }: Entries) =>
    await sql`
      insert into search_entry (kind, row_id, slug, part, title, content, refs, body_id, dated_on, gate, folded, title_folded, title_words, all_words)
      select ${kind}::search_kind, ${row} + n, ${slug} || n, 'x', ${title}, 'om vardagsordet', '{}', (select id from body order by id offset n % 2 limit 1), ${day}::date,
        ${gate ?? null}::meeting_state, ' vardagsordet ', search_fold(${title}), to_tsvector('swedish', search_fold(${title})),
        to_tsvector('swedish', search_fold(${title} || ' vardagsordet'))
      from generate_series(1, ${count}) n`.execute(db)

  beforeAll(async () => {
    await written({ row: 1_000_000, slug: 'gammalt-i-rubriken-', title: 'Vardagsordet', day: '1999-05-05', count: 1 })
    await written({ row: 2_000_000, slug: 'gammalt-', title: 'Annat', day: '2001-05-05', count: 150 })
    await written({ row: 3_000_000, slug: 'nyare-', title: 'Annat', day: '2021-05-05', count: 190 })
    await written({ row: 4_000_000, slug: 'nyast-', title: 'Annat', day: '2025-05-05', count: 12 })
    await written({ kind: 'document', row: 5_000_000, slug: 'aldre-', title: 'Annat', day: '2002-05-05', count: 3 })
    await written({ kind: 'theme', row: 8_000_000, slug: 'tema-', title: 'Annat', day: null, count: 1 })
    await written({ kind: 'matter', row: 6_000_000, slug: 'utan-dag-', title: 'Annat', day: null, count: 250 })
    await written({
      kind: 'file',
      row: 7_000_000,
      slug: 'stangd-',
      title: 'Annat',
      day: '2031-05-05',
      gate: 'planned',
      count: 1,
    })
    await sql`insert into search_word (word, stem, shown) values ('vardagsordet', 'vardagsord', 'vardagsordet')`.execute(
      db,
    )
  })
  afterAll(async () => {
    await sql`delete from search_entry where row_id > 1000000`.execute(db)
    await sql`delete from search_word where word = 'vardagsordet'`.execute(db)
  })

  test('the latest are found, and what has it in its title however old, whatever else has no day', async () => {
    const { text, main, paths } = await search('vardagsordet')
    expect(text).toContain('Fler än 200 träffar')
    expect(text).toContain('Här är det senaste')
    expect(paths[0]).toBe('/beslut/gammalt-i-rubriken-1')
    expect(paths.filter((path) => path.startsWith('/beslut/')).slice(1)).toEqual(
      [1, 2, 3, 4].map((n) => `/beslut/nyast-${n}`),
    )
    expect(paths.filter((path) => path.startsWith('/arenden/'))).toHaveLength(5)
    expect(paths).toContain('/teman/tema-1')
    expect(text).toContain('Visa fler i beslut')
    expect(main).not.toContain('class="count"')
  })

  test('every kind and year may be chosen, and the groups of the latest, without numbers, and nothing that the reader may not see', async () => {
    const { main } = await search('vardagsordet')
    const { slug } = await db.selectFrom('body').select('slug').orderBy('id').limit(1).executeTakeFirstOrThrow()
    for (const choice of ['ar=2001', 'ar=1999', 'slag=dokument', 'slag=projekt', `grupp=${slug}`]) {
      expect(main).toContain(choice)
    }
    expect(main).not.toContain('ar=2031')
    expect(main).not.toContain('stangd-')
  })

  test('what is chosen is counted by itself', async () => {
    const year = await search('vardagsordet', { ar: '2001' })
    expect(year.text).toContain('150 träffar')
    expect(year.paths[0]).toMatch(/^\/beslut\/gammalt-\d/)
    const documents = await search('vardagsordet', { slag: 'dokument' })
    expect(documents.text).toContain('3 träffar')
    const last = await search('vardagsordet', { slag: 'beslut', sida: '900' })
    expect(last.text).toContain('Fler än 200 träffar')
    expect(last.paths.at(-1)).toMatch(/^\/beslut\/(gammalt|nyare)-/)
    expect((await search('vardagsordet', { slag: 'projekt' })).text).toContain('Sök utan urval')
  })
})

test('a word that runs on in digits is found by what it begins with', async () => {
  await write((work) =>
    work.trx
      .updateTable('matter')
      .set({ summary: 'Bygger på Blåbärsplan2030.' })
      .where('slug', '=', 'ikb' as never)
      .execute(),
  )
  expect((await search('blåbärspl')).paths).toEqual(['/arenden/ikb'])
  expect((await search('blåbärsplan203')).paths).toEqual(['/arenden/ikb'])
})

test('nothing found is told with what can be done; a long question is cut', async () => {
  const nothing = await search('qwxzqwxz')
  expect(nothing.text).toContain('Inget hittades')
  expect(nothing.main).toContain('/sok?q=HP4-A03')
  expect((await search(`utskrivning ${'x'.repeat(400)}`)).text).toContain('Frågan var lång')
  expect((await search('')).text).toContain('Skriv ord')
  expect((await search('?!')).text).toContain('Skriv minst ett ord')
})

test('search engines do not list it, and every page has the field', async () => {
  const { body } = await search('utskrivning')
  expect(body).toContain('<meta name="robots" content="noindex">')
  expect((await as(app, null).get('/')).body).toContain('<form class="site-search" role="search" action="/sok"')
})
