import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { holds, parseRange } from '../db/ranges.ts'
import type { Day } from '../kernel/dates.ts'
import { activityCode, areaCode } from '../kernel/plan-codes.ts'
import { activityKey, areaKey, type FollowUpPart } from './follow-up-rules.ts'

export type PartToFollowUp = FollowUpPart & {
  code: string
  title: string
  area: { code: string; title: string } | null
}

/**
 * The parts of a plan that can be followed up on the day: itself, its areas, and the activities in force.
 * @param day null: those of a draft, which wait for the decision
 */
export async function partsToFollowUp(
  db: Reader,
  plan: { id: number; code: string; title: string },
  day: Day | null,
): Promise<PartToFollowUp[]> {
  const [areas, activities] = await Promise.all([
    db
      .selectFrom('plan_area')
      .select(['id', 'kind', 'number', 'title'])
      .where('plan_id', '=', plan.id)
      .orderBy('kind')
      .orderBy('number')
      .execute(),
    db
      .selectFrom('activity')
      .select(['id', 'area_id', 'number', 'activity_text'])
      .where('plan_id', '=', plan.id)
      .where(day === null ? sql<boolean>`valid is null` : holds('valid', day))
      .orderBy('number')
      .execute(),
  ])
  const whole = { key: 'plan', areaId: null, activityId: null, code: plan.code, title: plan.title, area: null }
  return [
    whole,
    ...areas.flatMap((area): PartToFollowUp[] => {
      const code = areaCode(plan.code, area.kind, area.number)
      const inArea = { code, title: area.title }
      const key = areaKey(area.kind, area.number)
      return [
        { key, areaId: area.id, activityId: null, code, title: area.title, area: inArea },
        ...activities
          .filter(({ area_id }) => area_id === area.id)
          .map(({ id, number, activity_text }) => ({
            key: activityKey(number),
            areaId: null,
            activityId: id,
            code: activityCode(plan.code, number),
            title: activity_text,
            area: inArea,
          })),
      ]
    }),
  ]
}

/** The newest note of each part until the day. Activities are known by number, which a revision keeps. */
export async function newestNotes(db: Reader, planId: number, day: Day) {
  const rows = await db
    .selectFrom('follow_up')
    .leftJoin('activity', 'activity.id', 'follow_up.activity_id')
    .leftJoin('plan_area', 'plan_area.id', 'follow_up.area_id')
    .select([
      'follow_up.id',
      'follow_up.noted_on',
      'follow_up.state',
      'follow_up.note',
      'follow_up.noted_by',
      'follow_up.recorded_at',
      'activity.number as activity_number',
      'plan_area.kind as area_kind',
      'plan_area.number as area_number',
    ])
    .where('follow_up.plan_id', '=', planId)
    .where('follow_up.noted_on', '<=', day)
    .orderBy('follow_up.noted_on')
    .orderBy('follow_up.id')
    .execute()
  return new Map(
    rows.map((row) => [
      row.activity_number !== null
        ? activityKey(row.activity_number)
        : row.area_kind !== null && row.area_number !== null
          ? areaKey(row.area_kind, row.area_number)
          : 'plan',
      row,
    ]),
  )
}

export type NewestNote = Awaited<ReturnType<typeof newestNotes>> extends Map<string, infer Note> ? Note : never

/** A note to mend, with the part that it is of. */
export function noteById(db: Reader, planId: number, id: number) {
  return db
    .selectFrom('follow_up')
    .leftJoin('activity', 'activity.id', 'follow_up.activity_id')
    .leftJoin('plan_area', 'plan_area.id', 'follow_up.area_id')
    .select([
      'follow_up.id',
      'follow_up.version',
      'follow_up.noted_on',
      'follow_up.state',
      'follow_up.note',
      'follow_up.noted_by',
      'activity.number as activity_number',
      'plan_area.kind as area_kind',
      'plan_area.number as area_number',
    ])
    .where('follow_up.plan_id', '=', planId)
    .where('follow_up.id', '=', id)
    .executeTakeFirst()
}

/** The newest round of a plan. */
export function newestRound(db: Reader, planId: number) {
  return db
    .selectFrom('follow_up_round')
    .select(['id', 'asked_on', 'due_on', 'asked_by'])
    .where('plan_id', '=', planId)
    .orderBy('asked_on', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** People who lead or keep the body's work, by their roles in it or their accounts', and who can be written to. */
export async function leadsOf(db: Reader, bodyId: number, today: Day) {
  const leads = await db
    .selectFrom('account')
    .innerJoin('person', 'person.id', 'account.person_id')
    .select(['account.id', 'person.name'])
    .where('account.closed_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('membership')
            .select('membership.id')
            .whereRef('membership.person_id', '=', 'account.person_id')
            .where('membership.body_id', '=', bodyId)
            .where('membership.role', 'in', ['development_lead', 'process_lead', 'project_lead', 'coordinator'])
            .where(holds('membership.valid', today)),
        ),
        eb.exists(
          eb
            .selectFrom('account_role_grant')
            .select('account_role_grant.id')
            .whereRef('account_role_grant.account_id', '=', 'account.id')
            .where('account_role_grant.role', '=', 'coordinator')
            .where('account_role_grant.body_id', '=', bodyId)
            .where(holds('account_role_grant.valid', today)),
        ),
      ]),
    )
    .orderBy(sql`person.name collate "sv-x-icu"`)
    .execute()
  return leads
}

/** Plans in force on the day, with what a reminder needs. */
export async function plansToRemind(db: Reader, today: Day) {
  const plans = await db
    .selectFrom('plan')
    .leftJoin('plan_reminder', 'plan_reminder.plan_id', 'plan.id')
    .select([
      'plan.id',
      'plan.slug',
      'plan.code',
      'plan.title',
      'plan.body_id',
      'plan.period',
      'plan_reminder.reminded_on',
    ])
    .where(holds('plan.valid', today))
    .orderBy('plan.id')
    .execute()
  return plans.map((plan) => ({ ...plan, period: parseRange(plan.period) }))
}

/** The activities in force of which nothing has been noted since the round was asked for, whatever day the note is of. */
export function unreportedIn(db: Reader, planId: number, roundId: number, today: Day) {
  return db
    .selectFrom('activity')
    .select(['activity.id', 'activity.number'])
    .where('activity.plan_id', '=', planId)
    .where(holds('activity.valid', today))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('follow_up')
            .innerJoin('activity as noted', 'noted.id', 'follow_up.activity_id')
            .innerJoin('follow_up_round', 'follow_up_round.plan_id', 'follow_up.plan_id')
            .select('follow_up.id')
            .where('follow_up_round.id', '=', roundId)
            .whereRef('follow_up.recorded_at', '>=', 'follow_up_round.recorded_at')
            .whereRef('noted.plan_id', '=', 'activity.plan_id')
            .whereRef('noted.number', '=', 'activity.number'),
        ),
      ),
    )
    .orderBy('activity.number')
    .execute()
}
