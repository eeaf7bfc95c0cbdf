import { expect, test } from 'vitest'
import { change } from '../../src/audit/work.ts'
import { carryOutDecisions, DecisionConflict } from '../../src/decisions/changes.ts'
import { effectsOf, previewEffects, statesOf } from '../../src/decisions/queries.ts'
import { effectHandlers } from '../../src/effect-handlers.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { decide, decideAndCarryOut, idOf, newPerson, testCoordinator } from '../support/ledger.ts'

const db = await kalmarDatabase()

async function membersOf(slug: string, on: string) {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('body', 'body.id', 'membership.body_id')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select('person.name')
    .where('body.slug', '=', slug)
    .where('membership.role', '=', 'representative')
    .where((eb) => eb('membership.valid', '@>', eb.cast<string>(eb.val(on), 'date')))
    .orderBy('person.name')
    .execute()
  return rows.map(({ name }) => name)
}

test('the decisions of 2025-12-12 moved the representatives on their day', async () => {
  expect(await membersOf('barn-och-unga', '2025-12-11')).toEqual(['Charlotte Ohlsén', 'Chris Landergren'])
  expect(await membersOf('barn-och-unga', '2025-12-12')).toEqual(['Petra Hornstra', 'Rebecka Nilsson'])
  expect(await membersOf('psykisk-halsa', '2025-12-12')).toEqual(['Simon Edberg'])
})

test('what a preview promises is what carrying out does', async () => {
  const body_id = await idOf(db, 'body', 'psykisk-halsa')
  const before = await change(db, testCoordinator, async (work) => {
    const person_in_id = await newPerson(work, 'nyman-testsson', 'Nyman Testsson')
    const id = await decide(work, 'forhandsvisning', '2026-03-06', [
      {
        kind: 'member_replaced',
        body_id,
        role: 'representative',
        person_in_id,
        person_out_id: await idOf(work.trx, 'person', 'simon-edberg'),
      },
    ])
    const [preview] = await previewEffects(work.trx, effectHandlers, await effectsOf(work.trx, [id]))
    await carryOutDecisions(work, effectHandlers, [id])
    const [after] = await previewEffects(work.trx, effectHandlers, await effectsOf(work.trx, [id]))
    expect(after?.differences).toEqual(preview?.differences)
    return preview
  })
  expect(before?.conflicts).toEqual([])
  expect(before?.differences).toEqual([
    expect.objectContaining({ subject: 'Simon Edberg', after: 'lämnar uppdraget 6 mars 2026' }),
    expect.objectContaining({
      subject: 'Nyman Testsson',
      before: null,
      after: 'representant i Samordnande grupp Psykisk hälsa från 6 mars 2026',
    }),
  ])
  expect(await membersOf('psykisk-halsa', '2026-03-05')).toEqual(['Simon Edberg'])
  expect(await membersOf('psykisk-halsa', '2026-03-06')).toEqual(['Nyman Testsson'])
})

test('a decision that was replaced says by which one, and the new one is in force', async () => {
  const find = async (slug: string) => {
    const { id } = await db.selectFrom('decision').select('id').where('slug', '=', slug).executeTakeFirstOrThrow()
    const [effect] = await effectsOf(db, [id])
    if (!effect) throw new Error('the decision has no effect')
    return (await statesOf(db, effectHandlers, [effect], day('2026-11-22'))).get(effect.id)
  }
  expect(await find('2025-12-12-lansgemensam-ledning-7c')).toEqual({
    state: 'replaced',
    on: '2026-03-06',
    replacedBy: { slug: 'forhandsvisning', decidedOn: '2026-03-06' },
  })
  expect(await find('forhandsvisning')).toEqual({ state: 'in_force' })
})

test('an outgoing person who is not in the register stops the decision, and the answer tells the way out', async () => {
  const body_id = await idOf(db, 'body', 'aldre')
  const attempt = decideAndCarryOut(db, 'okand-utgaende', '2026-03-06', [
    {
      kind: 'member_released',
      body_id,
      role: 'representative',
      person_out_id: await idOf(db, 'person', 'chris-landergren'),
    },
  ])
  await expect(attempt).rejects.toThrow(DecisionConflict)
  await expect(attempt).rejects.toThrow('Lägg till uppdraget som ingångsläge')
})

test('of several effects, one that cannot be carried out leaves all of them undone', async () => {
  const before = await db
    .selectFrom('register_change')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  const attempt = change(db, testCoordinator, async (work) => {
    const person_in_id = await newPerson(work, 'halva-testsson', 'Halva Testsson')
    const id = await decide(work, 'halvt-beslut', '2026-04-01', [
      {
        kind: 'member_appointed',
        body_id: await idOf(work.trx, 'body', 'aldre'),
        role: 'representative',
        person_in_id,
      },
      {
        kind: 'member_appointed',
        body_id: await idOf(work.trx, 'body', 'aldre'),
        role: 'representative',
        person_in_id,
      },
    ])
    await carryOutDecisions(work, effectHandlers, [id])
  })
  await expect(attempt).rejects.toThrow('Halva Testsson är redan representant i Samordnande grupp Äldre')
  expect(await db.selectFrom('person').select('id').where('slug', '=', 'halva-testsson').execute()).toEqual([])
  expect(await db.selectFrom('decision').select('id').where('slug', '=', 'halvt-beslut').execute()).toEqual([])
  const after = await db
    .selectFrom('register_change')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  expect(after).toEqual(before)
})

test('a decision is carried out once', async () => {
  const id = await decideAndCarryOut(db, 'en-gang', '2026-03-06', [{ kind: 'note', effect_text: 'En anteckning' }])
  await expect(change(db, testCoordinator, (work) => carryOutDecisions(work, effectHandlers, [id]))).rejects.toThrow(
    'already carried out',
  )
})

test('a new indicator for a part of a year leaves the rest of the year with its own ground', async () => {
  await decideAndCarryOut(db, 'indikator-hosten-2026', '2026-06-12', [
    { kind: 'indicator_set', parameter_code: 'indicator', value: '0.7', valid: '[2026-07-01,2027-01-01)' },
  ])
  const rows = await db
    .selectFrom('parameter_value')
    .innerJoin('organisation', 'organisation.id', 'parameter_value.administration_id')
    .leftJoin('effect', 'effect.id', 'parameter_value.effect_id')
    .leftJoin('decision', 'decision.id', 'effect.decision_id')
    .select(['parameter_value.valid', 'parameter_value.value', 'decision.slug'])
    .where('parameter_value.parameter_code', '=', 'indicator')
    .where('superseded_by_effect_id', 'is', null)
    .where('organisation.slug', '=', 'rkl-hsf')
    .orderBy('parameter_value.valid')
    .execute()
  expect(rows).toEqual([
    { valid: '[2025-01-01,2026-01-01)', value: '0.8', slug: null },
    { valid: '[2026-01-01,2026-07-01)', value: '0.8', slug: '2025-12-12-lansgemensam-ledning-7a' },
    { valid: '[2026-07-01,2027-01-01)', value: '0.7', slug: 'indikator-hosten-2026' },
  ])
})

test('the preview of an indicator tells what each administration has now, and that stays told', async () => {
  const hsf = await idOf(db, 'organisation', 'rkl-hsf')
  const indicator = { kind: 'indicator_set', parameter_code: 'indicator' } as const
  const named = 'Indikator: utskrivningsklara dagar i genomsnitt'
  await change(db, testCoordinator, async (work) => {
    const told = async (id: number) => {
      const [preview] = await previewEffects(work.trx, effectHandlers, await effectsOf(work.trx, [id]))
      expect(preview?.conflicts).toEqual([])
      return preview?.differences.map(({ subject, before, after }) => [subject, before, after])
    }
    /** Tells what the preview says before, and holds that it says the same once the decision is carried out. */
    const carriedOut = async (slug: string, effect: Parameters<typeof decide>[3][number]) => {
      const id = await decide(work, slug, '2026-10-02', [effect])
      const promised = await told(id)
      await carryOutDecisions(work, effectHandlers, [id])
      expect(await told(id)).toEqual(promised)
      return { id, promised }
    }
    // The first value that HSF has for 2028 is compared with that of the year before, which nobody has decided.
    const alone = await carriedOut('indikator-2028-hsf', {
      ...indicator,
      value: '0.6',
      valid: '[2028-01-01,2029-01-01)',
      administration_id: hsf,
    })
    expect(alone.promised).toEqual([[`${named} (HSF)`, null, '0,6, år 2028']])
    // Those who have a value for the year are told that one, the others what they had the year before.
    const all = await carriedOut('indikator-2028-alla', {
      ...indicator,
      value: '0.5',
      valid: '[2028-01-01,2029-01-01)',
    })
    expect(all.promised).toEqual([
      [`${named} (HSF)`, '0,6, år 2028', '0,5, år 2028'],
      [`${named} (PF)`, null, '0,5, år 2028'],
    ])
    const next = await carriedOut('indikator-2029', { ...indicator, value: '0.4', valid: '[2029-01-01,2030-01-01)' })
    expect(next.promised).toEqual([
      [`${named} (HSF)`, '0,5, år 2028', '0,4, år 2029'],
      [`${named} (PF)`, '0,5, år 2028', '0,4, år 2029'],
    ])
    // What has been replaced since tells what it replaced.
    expect(await told(all.id)).toEqual(all.promised)
  })
})

test('a chair who is appointed takes the place of the one before', async () => {
  const body_id = await idOf(db, 'body', 'aldre')
  await change(db, testCoordinator, async (work) => {
    const first = await newPerson(work, 'forsta-testsson', 'Första Testsson')
    const second = await newPerson(work, 'andra-testsson', 'Andra Testsson')
    const one = await decide(work, 'forsta-ordforande', '2026-01-15', [
      { kind: 'chair_appointed', body_id, role: 'chair', person_in_id: first },
    ])
    await carryOutDecisions(work, effectHandlers, [one])
    const two = await decide(work, 'andra-ordforande', '2026-05-01', [
      { kind: 'chair_appointed', body_id, role: 'chair', person_in_id: second },
    ])
    await carryOutDecisions(work, effectHandlers, [two])
  })
  const chairs = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['person.name', 'membership.valid'])
    .where('role', '=', 'chair')
    .where('body_id', '=', body_id)
    .orderBy('membership.valid')
    .execute()
  expect(chairs).toEqual([
    { name: 'Första Testsson', valid: '[2026-01-15,2026-05-01)' },
    { name: 'Andra Testsson', valid: '[2026-05-01,)' },
  ])
})

test('a body that is established and closed ends its memberships with it', async () => {
  await decideAndCarryOut(db, 'ny-grupp', '2026-02-01', [
    {
      kind: 'body_established',
      details: JSON.stringify({ slug: 'testgruppen', name: 'Testgruppen', kind: 'working_group' }),
    },
  ])
  const body_id = await idOf(db, 'body', 'testgruppen')
  await change(db, testCoordinator, async (work) => {
    const person_in_id = await newPerson(work, 'grupp-testsson', 'Grupp Testsson')
    const joined = await decide(work, 'in-i-gruppen', '2026-02-02', [
      { kind: 'member_appointed', body_id, role: 'convener', person_in_id },
    ])
    await carryOutDecisions(work, effectHandlers, [joined])
    const closed = await decide(work, 'gruppen-avslutas', '2026-09-01', [{ kind: 'body_closed', body_id }])
    await carryOutDecisions(work, effectHandlers, [closed])
  })
  expect(await db.selectFrom('body').select('valid').where('id', '=', body_id).executeTakeFirst()).toEqual({
    valid: '[2026-02-01,2026-09-01)',
  })
  expect(await db.selectFrom('membership').select('valid').where('body_id', '=', body_id).execute()).toEqual([
    { valid: '[2026-02-02,2026-09-01)' },
  ])
})

test('a plan is revised by decision: a new text takes over the number, the old one can still be seen on its day', async () => {
  const plan_id = await idOf(db, 'plan', 'aldre-2025-2026')
  await change(db, testCoordinator, async (work) => {
    const old = await work.trx
      .selectFrom('activity')
      .selectAll()
      .where('plan_id', '=', plan_id)
      .where('number', '=', 3)
      .executeTakeFirstOrThrow()
    const { id: _id, recorded_at: _recorded, valid: _valid, start_effect_id: _start, ...rest } = old
    await work.trx
      .insertInto('activity')
      .values({ ...rest, activity_text: 'Ny text för test' })
      .execute()
    const id = await decide(work, 'revidering', '2026-10-01', [{ kind: 'plan_revised', plan_id }])
    await carryOutDecisions(work, effectHandlers, [id])
  })
  const rows = await db
    .selectFrom('activity')
    .select(['activity_text', 'valid'])
    .where('plan_id', '=', plan_id)
    .where('number', '=', 3)
    .orderBy('valid')
    .execute()
  expect(rows.map(({ valid }) => valid)).toEqual(['[2025-05-30,2026-10-01)', '[2026-10-01,)'])
  expect(rows[1]?.activity_text).toBe('Ny text för test')
})

test('a document that is adopted gets a version in force, and an assignment lands in the register', async () => {
  const document_id = await idOf(db, 'document', 'gemensam-plan-for-samverkan')
  const assignee_body_id = await idOf(db, 'body', 'beredningen')
  await decideAndCarryOut(db, 'anta-och-uppdra', '2026-06-12', [
    { kind: 'document_adopted', document_id, details: JSON.stringify({ version: 'Version 1' }) },
    {
      kind: 'assignment_given',
      effect_text: 'följa upp planen',
      assignee_body_id,
      due_on: '2026-12-01',
      due_precision: 'month',
    },
    { kind: 'minutes_filed' },
  ])
  const decision = await db
    .selectFrom('decision')
    .select('clause')
    .where('slug', '=', 'anta-och-uppdra')
    .executeTakeFirstOrThrow()
  expect(decision.clause).toBe(
    'Länsgemensam ledning beslutar att anta Gemensam plan för samverkan, att ge Beredningen i uppdrag att följa upp planen, senast december 2026, att lägga föregående mötesprotokoll till handlingarna utan tillägg.',
  )
  expect(
    await db.selectFrom('document_version').select(['label', 'valid']).where('document_id', '=', document_id).execute(),
  ).toEqual([{ label: 'Version 1', valid: '[2026-06-12,)' }])
  expect(await db.selectFrom('assignment').select('state').where('task', '=', 'följa upp planen').execute()).toEqual([
    { state: 'open' },
  ])
})
