/** What publication does to a made-up meeting, counted in the registers: all of it, or nothing. */
import type { Kysely } from 'kysely'
import type { Database } from '../../src/db/database.ts'
import type { Person } from './workspace.ts'
import { decide, type Written, writeMeeting, writeTexts } from './written-meeting.ts'

/** A meeting that changes three registers when it is published. */
export async function readyToPublish(
  coordinator: Person,
  on: string,
  year: string,
  name = `Prova ${['Ettsson', 'Tvåsson', 'Tresson'][Number(year) % 3]}`,
): Promise<Written> {
  const meeting = await writeMeeting(
    coordinator,
    on,
    '1. Välkomna\n2. Indikator (beslut)\n3. Byte (beslut)\n4. Uppdrag (beslut)',
  )
  await writeTexts(coordinator, meeting, { 1: { text: 'Ordföranden hälsade välkomna.' } })
  await decide(coordinator, meeting, '2', {
    slag: 'indicator_set',
    rubrik: 'Indikator',
    varde: '0,7',
    ar: year,
  })
  await decide(coordinator, meeting, '3', {
    slag: 'member_appointed',
    rubrik: 'Ny representant',
    grupp: 'barn-och-unga',
    roll: 'representative',
    in_namn: name,
    ny_person: 'ja',
  })
  await decide(coordinator, meeting, '4', {
    slag: 'assignment_given',
    rubrik: 'Uppdrag',
    uppdrag: 'prova publiceringen',
    till: 'b:beredningen',
  })
  return meeting
}

/** All that publication writes of a meeting: everything or nothing. */
export async function written(db: Kysely<Database>, { slug }: Written) {
  const meeting = await db
    .selectFrom('meeting')
    .select(['id', 'state'])
    .where('slug', '=', slug as never)
    .executeTakeFirstOrThrow()
  const decisions = await db
    .selectFrom('decision')
    .select(['id', 'state'])
    .where('meeting_id', '=', meeting.id)
    .execute()
  const ids = decisions.map(({ id }) => id)
  const changes = await db
    .selectFrom('register_change')
    .innerJoin('effect', 'effect.id', 'register_change.effect_id')
    .select('register_change.register')
    .where('effect.decision_id', 'in', ids)
    .execute()
  const versions = await db
    .selectFrom('minutes_version')
    .select('number')
    .where('meeting_id', '=', meeting.id)
    .execute()
  const memberships = await db
    .selectFrom('membership')
    .innerJoin('effect', 'effect.id', 'membership.start_effect_id')
    .select('membership.id')
    .where('effect.decision_id', 'in', ids)
    .execute()
  const values = await db
    .selectFrom('parameter_value')
    .innerJoin('effect', 'effect.id', 'parameter_value.effect_id')
    .select('parameter_value.id')
    .where('effect.decision_id', 'in', ids)
    .execute()
  const assignments = await db
    .selectFrom('assignment')
    .innerJoin('effect', 'effect.id', 'assignment.effect_id')
    .select('assignment.id')
    .where('effect.decision_id', 'in', ids)
    .execute()
  const events = await db
    .selectFrom('audit_event')
    .select('id')
    .where('act', '=', 'meeting.published')
    .where('about', '=', `meeting/${slug}`)
    .execute()
  return {
    published: meeting.state === 'published',
    carriedOut: decisions.filter(({ state }) => state === 'carried_out').length,
    registers: [...new Set(changes.map(({ register }) => register))].sort(),
    versions: versions.length,
    memberships: memberships.length,
    values: values.length > 0,
    assignments: assignments.length,
    events: events.length,
  }
}

export const nothing = {
  published: false,
  carriedOut: 0,
  registers: [],
  versions: 0,
  memberships: 0,
  values: false,
  assignments: 0,
  events: 0,
}
export const everything = {
  published: true,
  carriedOut: 3,
  registers: ['assignment', 'membership', 'parameter_value'],
  versions: 1,
  memberships: 1,
  values: true,
  assignments: 1,
  events: 1,
}
