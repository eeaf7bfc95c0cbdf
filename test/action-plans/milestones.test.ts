import { afterAll, describe, expect, test } from 'vitest'
import { dueReminders } from '../../src/action-plans/follow-up-rules.ts'
import { remind } from '../../src/action-plans/reminders.ts'
import { day } from '../../src/kernel/dates.ts'
import { account, get, post, sessionCookie } from '../support/accounts.ts'
import { startApp } from '../support/app.ts'
import { kalmarDatabase } from '../support/database.ts'
import { textOf } from '../support/text.ts'

const today = day('2026-02-02')
const db = await kalmarDatabase()
const app = await startApp({ db, today })
afterAll(() => app.close())

const plan = await db
  .selectFrom('milestone')
  .innerJoin('plan', 'plan.id', 'milestone.plan_id')
  .innerJoin('body', 'body.id', 'plan.body_id')
  .select(['plan.slug', 'body.slug as body', 'milestone.id', 'milestone.title', 'milestone.due_on'])
  .where('milestone.due_on', '=', '2025-12-01')
  .executeTakeFirstOrThrow()
const keeper = await account(db, [`coordinator of ${plan.body}`])
const cookie = await sessionCookie(db, keeper.id)
const list = `/arbetsyta/planer/${plan.slug}/milstolpar`
const send = (url: string, fields: Record<string, string>) => post(app, url, fields, { cookie })
const text = async (url: string) => textOf((await get(app, url, cookie)).body)

describe('what becomes of a milestone', () => {
  test('a passed one is moved with a reason: the old date stays beside the new', async () => {
    const page = `${list}/${plan.id}`
    expect(await text(list)).toContain('inget utfall registrerat')
    const bare = await send(page, { version: '1', lage: 'moved' })
    expect(bare.statusCode).toBe(422)
    expect(bare.body).toContain('Skriv varför milstolpen flyttas.')
    const moved = await send(page, {
      version: '1',
      lage: 'moved',
      ny_tid: 'mars 2026',
      skal: 'Arbetet började i januari.',
    })
    expect(moved.statusCode).toBe(303)
    const shown = textOf((await get(app, `/handlingsplaner/${plan.slug}`)).body)
    expect(shown).toContain('Flyttad: Arbetet började i januari.')
    expect(shown).toContain('mars 2026')
    const again = await send(page, { version: '2', lage: 'done', klar_den: '2026-01-31' })
    expect(again.statusCode).toBe(422)
    expect(again.body).toContain('redan flyttad')
  })

  test('the new one is done on a day that has been; a stale save shows both', async () => {
    const { id } = await db
      .selectFrom('milestone')
      .select('id')
      .where('due_on', '=', '2026-03-01')
      .where('title', '=', plan.title as never)
      .executeTakeFirstOrThrow()
    const page = `${list}/${id}`
    expect((await send(page, { version: '1', lage: 'done', klar_den: '2026-02-03' })).statusCode).toBe(422)
    expect((await send(page, { version: '1', lage: 'done' })).statusCode).toBe(422)
    expect((await send(page, { version: '1', lage: 'done', klar_den: '2026-02-01' })).statusCode).toBe(303)
    expect(await text(list)).toContain('klart')
    const late = await send(page, { version: '1', lage: 'planned', anteckning: 'Jag såg inget.' })
    expect(late.statusCode).toBe(409)
    expect(textOf(late.body)).toContain('Läge Inget utfall än Klar')
    expect(late.body).toContain('Jag såg inget.')
  })

  test('of a decided plan is neither added nor removed', async () => {
    expect((await get(app, `${list}/ny`, cookie)).statusCode).toBe(404)
    expect((await send(`${list}/${plan.id}/ta-bort`, {})).statusCode).toBe(400)
  })
})

describe('reminders', () => {
  const milestone = (lastDay: string | null) => ({ lastDay: lastDay === null ? null : day(lastDay) })

  test('of milestones two weeks before and a month after their day', () => {
    const milestones = ['2026-01-02', '2026-01-03', '2026-02-16', '2026-02-17', null].map(milestone)
    const due = dueReminders({ remindedOn: null, round: null, milestones }, today)
    expect(due?.milestones.map(({ lastDay }) => lastDay)).toEqual(['2026-01-03', '2026-02-16'])
  })

  test('of a round a week before its day, while something is not told', () => {
    const round = (dueOn: string, unreported: number) =>
      dueReminders({ remindedOn: null, round: { dueOn: day(dueOn), unreported }, milestones: [] }, today)?.round ??
      false
    expect(round('2026-02-10', 3)).toBe(false)
    expect(round('2026-02-09', 3)).toBe(true)
    expect(round('2026-02-01', 0)).toBe(false)
  })

  test('of the same plan once a week', () => {
    const of = (remindedOn: string) =>
      dueReminders({ remindedOn: day(remindedOn), round: null, milestones: [milestone('2026-02-02')] }, today)
    expect(of('2026-01-27')).toBeNull()
    expect(of('2026-01-26')).not.toBeNull()
  })

  test('reach those who lead the work, once whatever the number of runs', async () => {
    await send(`/arbetsyta/planer/${plan.slug}/uppfoljning/fraga`, {
      senast: '2026-02-05',
      mottagare: String(keeper.id),
    })
    await db.deleteFrom('letter').execute()
    const [first, second] = await Promise.all([remind(db, today), remind(db, today)])
    expect([...first, ...second].filter(({ letters }) => letters > 0).map(({ plan: slug }) => slug)).toEqual([
      plan.slug,
    ])
    const letters = await db.selectFrom('letter').select(['kind', 'details']).execute()
    expect(letters).toHaveLength(1)
    expect(letters[0]).toMatchObject({
      kind: 'plan.reminder',
      details: { accountId: keeper.id, round: { dueOn: '2026-02-05' } },
    })
    expect(await remind(db, day('2026-02-03'))).toEqual([])
  })
})
