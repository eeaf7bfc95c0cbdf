import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { erasePerson } from '../../src/accounts/personal-data.ts'
import { change } from '../../src/audit/work.ts'
import { type Day, day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { idOf, newPerson, testCoordinator, testProvenance } from '../support/ledger.ts'
import { as, fieldIn, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')
const colleague = as(app, 'kollega')
const ofAldre = as(app, 'aldre')
const anyone = as(app, null)
const at = '/arbetsyta/rattelse'

const valid = (html: string) => expect(readPage(html).invalid).toEqual([])

const membershipOf = (name: string, body: string) =>
  db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .selectAll('membership')
    .where('person.name', '=', name as never)
    .where('body.slug', '=', body as never)
    .orderBy('membership.id', 'desc')
    .executeTakeFirstOrThrow()

/** What the form of a membership has, as it was opened. */
async function opened(id: number, who = coordinator) {
  const page = await who.get(`${at}/uppdrag/${id}`)
  expect(page.status).toBe(200)
  const chosen = (name: string) =>
    /<option value="([^"]*)" selected/.exec(page.body.slice(page.body.indexOf(`name="${name}"`)))?.[1] ?? ''
  return {
    page,
    fields: {
      sett: fieldIn(page.body, 'sett'),
      roll: chosen('roll'),
      foretrader: chosen('foretrader'),
      titel: fieldIn(page.body, 'titel'),
      enhet: fieldIn(page.body, 'enhet'),
      fran: fieldIn(page.body, 'fran'),
      till: fieldIn(page.body, 'till'),
    },
  }
}

describe('a membership that was recorded wrongly', () => {
  test('is found from the group, by those who keep it', async () => {
    valid((await coordinator.get(at)).body)
    const list = await coordinator.get(`${at}?grupp=barn-och-unga`)
    valid(list.body)
    expect(textOf(list.body)).toContain('Petra Hornstra')
    expect((await coordinator.get('/arbetsyta/register')).body).toContain(`href="${at}"`)
    expect((await ofAldre.get(`${at}?grupp=barn-och-unga`)).status).toBe(404)
    const { id } = await membershipOf('Petra Hornstra', 'barn-och-unga')
    expect((await ofAldre.get(`${at}/uppdrag/${id}`)).status).toBe(403)
    expect((await ofAldre.post(`${at}/uppdrag/${id}`, { skal: 'Nej' })).status).toBe(403)
    expect((await as(app, 'ledamot').get(`${at}/uppdrag/${id}`)).status).toBe(403)
  })

  test('is not put right without a reason, nor without a change, nor on impossible days', async () => {
    const { id } = await membershipOf('Petra Hornstra', 'barn-och-unga')
    const { page, fields } = await opened(id)
    valid(page.body)
    const url = `${at}/uppdrag/${id}`
    const without = await coordinator.post(url, { ...fields, titel: 'Påhittad chef', skal: ' ' })
    expect(without.status).toBe(422)
    expect(without.body).toContain('href="#skal"')
    expect(without.body).toContain('value="Påhittad chef"')
    valid(without.body)
    expect((await coordinator.post(url, { ...fields, skal: 'Inget' })).status).toBe(422)
    const backwards = await coordinator.post(url, {
      ...fields,
      fran: '2026-02-01',
      till: '2026-01-01',
      skal: 'Fel dag',
    })
    expect(backwards.body).toContain('href="#till"')
    const bare = await coordinator.post(url, { ...fields, fran: '', skal: 'Okänd dag' })
    expect(bare.status).toBe(422)
    expect(textOf(bare.body)).toContain('Personen tillträdde genom ett beslut.')
    const gone = await coordinator.post(url, { ...fields, ta_bort: 'ja', skal: 'Aldrig valts' })
    expect(gone.status).toBe(422)
    expect(await db.selectFrom('correction').selectAll().execute()).toEqual([])
    expect(await membershipOf('Petra Hornstra', 'barn-och-unga')).toMatchObject({ id })
  })

  test('is put right with a reason, and the page keeps what stood there', async () => {
    const { id } = await membershipOf('Petra Hornstra', 'barn-och-unga')
    const { fields } = await opened(id)
    const done = await coordinator.post(`${at}/uppdrag/${id}`, {
      ...fields,
      titel: 'Verksamhetschef',
      fran: '2025-12-15',
      skal: 'Protokollet hade en annan dag.',
    })
    expect(done.location).toBe(`${at}/uppdrag/${id}?sparat=ja`)
    const page = await anyone.get('/grupper/barn-och-unga')
    valid(page.body)
    const shown = textOf(page.body)
    expect(shown).toContain('Rättelse 10 mars 2026 (samordnare)')
    expect(shown).toContain('Tillträdde är rättat från ”12 december 2025” till ”15 december 2025”.')
    expect(shown).toContain('Skäl: Protokollet hade en annan dag.')
    expect(await membershipOf('Petra Hornstra', 'barn-och-unga')).toMatchObject({ valid: '[2025-12-15,)' })
    expect(textOf((await coordinator.get('/historik/body/barn-och-unga')).body)).toContain(
      'Rättade en uppgift i registret',
    )
  })

  test('by two at once: the second sees both and chooses', async () => {
    const { id } = await membershipOf('Petra Hornstra', 'barn-och-unga')
    const mine = await opened(id)
    const theirs = await opened(id, colleague)
    const url = `${at}/uppdrag/${id}`
    const skal = 'Rätt titel enligt protokollet.'
    expect((await coordinator.post(url, { ...mine.fields, titel: 'Den enas titel', skal })).status).toBe(303)
    const late = await colleague.post(url, { ...theirs.fields, titel: 'Den andras titel', skal })
    expect(late.status).toBe(409)
    expect(textOf(late.body)).toContain('Den enas titel')
    expect(late.body).toContain('value="Den andras titel"')
    valid(late.body)
    const sett = fieldIn(late.body, 'sett')
    expect((await colleague.post(url, { ...theirs.fields, titel: 'Den andras titel', skal, sett })).status).toBe(303)
  })

  test('that nobody has decided can be taken away, and what stood there is kept', async () => {
    const row = await db
      .selectFrom('membership')
      .innerJoin('body', 'body.id', 'membership.body_id')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .select(['membership.id', 'body.slug', 'person.name'])
      .where('membership.start_ground', '=', 'opening_state')
      .where('membership.end_ground', 'is', null)
      .orderBy('membership.id')
      .executeTakeFirstOrThrow()
    const { fields } = await opened(row.id)
    const gone = await coordinator.post(`${at}/uppdrag/${row.id}`, { ...fields, ta_bort: 'ja', skal: 'Fel person.' })
    expect(gone.location).toBe(`${at}?sparat=ja`)
    expect(textOf((await coordinator.get(gone.location)).body)).toContain('Uppgiften är borttagen.')
    expect((await coordinator.get(`${at}/uppdrag/${row.id}`)).status).toBe(404)
    const shown = textOf((await anyone.get(`/grupper/${row.slug}`)).body)
    expect(shown).toContain(row.name)
    expect(shown).toContain('är borttaget: det skulle inte ha stått i registret. Skäl: Fel person.')
  })

  test('keeps no name of one who is erased afterwards, who was never in a decision', async () => {
    const { person, membership } = await change(db, testCoordinator, async (work) => {
      const person = await newPerson(work, 'raderas-radersson', 'Raderas Radersson')
      const group = await idOf(work.trx, 'body', 'aldre')
      const { id: membership } = await work.trx
        .insertInto('membership')
        .values({
          body_id: group,
          person_id: person,
          role: 'member',
          valid: '(,)',
          start_ground: 'decision_not_registered',
          provenance_id: await testProvenance(work),
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      await work.record('test.seated', 'body/aldre')
      return { person, membership }
    })
    const { fields } = await opened(membership)
    const url = `${at}/uppdrag/${membership}`
    expect((await coordinator.post(url, { ...fields, ta_bort: 'ja', skal: 'Satt aldrig där.' })).status).toBe(303)
    expect(textOf((await anyone.get('/grupper/aldre')).body)).toContain('Raderas Radersson, ledamot är borttaget')
    await change(db, testCoordinator, (work) => erasePerson(work, person))
    const shown = textOf((await anyone.get('/grupper/aldre')).body)
    expect(shown).toContain('En raderad person, ledamot är borttaget')
    expect(shown).not.toContain('Radersson')
    const { rows } = await sql`
      select 1 from register_change where (before::text || coalesce(after::text, '')) ilike '%raders%'`.execute(db)
    expect(rows).toEqual([])
  })

  test('has its words covered by a mask, on the page of the group', async () => {
    const { id } = await db.selectFrom('meeting').select('id').orderBy('id').executeTakeFirstOrThrow()
    await db
      .insertInto('minutes_mask')
      .values({
        meeting_id: id,
        masked: 'Protokollet hade en annan dag',
        reason: 'Prov',
        masked_on: '2026-03-10' as Day,
        masked_by: 'Prov',
      })
      .execute()
    const shown = textOf((await anyone.get('/grupper/barn-och-unga?x=1')).body)
    expect(shown).toContain('Skäl: [maskerat].')
    expect(shown).not.toContain('Protokollet hade en annan dag')
  })
})

describe('a value of the rules', () => {
  test('is put right on its own page, and not over another', async () => {
    const rows = await db
      .selectFrom('parameter_value')
      .innerJoin('organisation', 'organisation.id', 'administration_id')
      .select(['parameter_value.id', 'parameter_value.valid', 'parameter_value.value'])
      .where('parameter_code', '=', 'indicator')
      .where('superseded_by_effect_id', 'is', null)
      .orderBy('administration_id')
      .orderBy('parameter_value.valid')
      .execute()
    const [row] = rows
    if (!row) throw new Error('no indicator')
    const url = `${at}/gransvarde/${row.id}`
    const page = await coordinator.get(url)
    valid(page.body)
    expect((await ofAldre.get(url)).status).toBe(403)
    const fields = {
      sett: fieldIn(page.body, 'sett'),
      fran: fieldIn(page.body, 'fran'),
      till_och_med: fieldIn(page.body, 'till_och_med'),
    }
    const words = await coordinator.post(url, { ...fields, varde: 'mycket', skal: 'Prov' })
    expect(words.status).toBe(422)
    expect(words.body).toContain('value="mycket"')
    expect((await coordinator.post(url, { ...fields, varde: '0,85', skal: 'Fel siffra inskriven.' })).status).toBe(303)
    const rules = await anyone.get('/utskrivningsklara-dagar/regler')
    valid(rules.body)
    expect(textOf(rules.body)).toContain('till ”0,85”. Skäl: Fel siffra inskriven.')
    // Another value of the same rule, in the year after: one that is stretched over it is refused.
    const later = await db
      .insertInto('parameter_value')
      .columns(['parameter_code', 'administration_id', 'valid', 'value', 'ground', 'provenance_id'])
      .expression((eb) =>
        eb
          .selectFrom('parameter_value')
          .select([
            'parameter_code',
            'administration_id',
            sql<string>`daterange('2090-01-01', '2091-01-01')`.as('valid'),
            'value',
            sql<'assumption'>`'assumption'::parameter_ground`.as('ground'),
            'provenance_id',
          ])
          .where('id', '=', row.id),
      )
      .execute()
    expect(later).toHaveLength(1)
    const again = await coordinator.get(url)
    const over = { ...fields, sett: fieldIn(again.body, 'sett'), varde: '0,85', till_och_med: '2090-12-31' }
    const refused = await coordinator.post(url, { ...over, skal: 'För lång tid' })
    expect(refused.status).toBe(422)
    expect(textOf(refused.body)).toContain('Rättelsen krockar med en annan uppgift')
  })
})

describe('the words of a decision', () => {
  test('outside a meeting are put right on its page', async () => {
    const decision = await db
      .selectFrom('decision')
      .select(['id', 'slug', 'title', 'clause'])
      .where('meeting_id', 'is', null)
      .where('state', '=', 'carried_out')
      .executeTakeFirstOrThrow()
    const url = `${at}/beslut/${decision.id}`
    const page = await coordinator.get(url)
    valid(page.body)
    const sett = fieldIn(page.body, 'sett')
    const ordalydelse = 'Rätt ordalydelse enligt originalet.'
    const done = await coordinator.post(url, { sett, rubrik: decision.title, ordalydelse, skal: 'Avskriften var fel.' })
    expect(done.status).toBe(303)
    const shown = await anyone.get(`/beslut/${decision.slug}`)
    valid(shown.body)
    expect(textOf(shown.body)).toContain('Skäl: Avskriften var fel.')
    expect(textOf(shown.body)).toContain('till ”Rätt ordalydelse enligt originalet.”')
  })

  test('of minutes are mended there: the correction does not ask for them', async () => {
    const { id } = await db
      .selectFrom('decision')
      .select('id')
      .where('meeting_id', 'is not', null)
      .where('state', '=', 'carried_out')
      .limit(1)
      .executeTakeFirstOrThrow()
    const page = await coordinator.get(`${at}/beslut/${id}`)
    expect(page.body).not.toContain('name="ordalydelse"')
    expect(textOf(page.body)).toContain('rättas där')
  })
})

test('corrections stand', async () => {
  await expect(db.deleteFrom('correction').execute()).rejects.toThrow()
  expect((await coordinator.get(`${at}/uppdrag/999999`)).status).toBe(404)
  expect((await coordinator.get(`${at}/okant/1`)).status).toBe(404)
})
