import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'

/** One theme. @throws PortalError not-found */
export function themeBySlug(db: Reader, slug: string) {
  return db
    .selectFrom('theme')
    .select(['id', 'slug', 'name'])
    .where('slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`theme ${slug}`))
}

/** The groups of a theme that exist on the day. */
export function bodiesOf(db: Reader, themeId: number, day: Day) {
  return db
    .selectFrom('body')
    .select(['id', 'slug', 'name', 'purpose', 'target_group', 'planned', 'function_mailbox'])
    .where('theme_id', '=', themeId)
    .where((eb) => eb('valid', '@>', eb.cast<string>(eb.val(day), 'date')))
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** The plans of bodies that a decision had adopted by the day and that are not long over, the newest period first. */
export function plansOf(db: Reader, bodyIds: readonly number[], day: Day) {
  return db
    .selectFrom('plan')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select((eb) => [
      'plan.id',
      'plan.body_id',
      'plan.slug',
      'plan.title',
      'plan.ambition',
      'decision.decided_on',
      eb
        .selectFrom('activity')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('activity.plan_id', '=', 'plan.id')
        .where((of) => of('activity.valid', '@>', of.cast<string>(of.val(day), 'date')))
        .$asScalar()
        .$notNull()
        .as('activities'),
      eb
        .selectFrom('follow_up')
        .select((of) => of.fn.max('noted_on').as('last'))
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .where('follow_up.noted_on', '<=', day)
        .$asScalar()
        .as('followed_up_on'),
    ])
    .where('plan.body_id', 'in', bodyIds)
    .where('decision.decided_on', '<=', day)
    .where(sql<boolean>`plan.period && daterange((${day}::date - interval '1 year')::date, null)`)
    .orderBy('plan.period', 'desc')
    .orderBy('plan.position')
    .execute()
}

/** The matters that concern any of the bodies. */
export function mattersOf(db: Reader, bodyIds: readonly number[], limit: number) {
  return db
    .selectFrom('matter')
    .select(['id', 'slug', 'title', 'state_text'])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('body_matter')
          .select('body_matter.matter_id')
          .whereRef('body_matter.matter_id', '=', 'matter.id')
          .where('body_matter.body_id', 'in', bodyIds),
      ),
    )
    .orderBy('position')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Decisions that stand and touch the bodies: who sits there, their plans, their matters. The newest first. */
export function decisionsAbout(
  db: Reader,
  { bodies, matters, plans }: { bodies: readonly number[]; matters: readonly number[]; plans: readonly number[] },
  limit: number,
) {
  return db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.decided_on',
      'decision.decided_precision',
      'body.name as body_name',
      'agenda_item.number as item_number',
    ])
    .where('decision.state', '=', sql.lit('carried_out' as const))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('effect')
          .select('effect.id')
          .whereRef('effect.decision_id', '=', 'decision.id')
          .where((or) =>
            or.or([
              or('effect.body_id', 'in', bodies),
              ...(matters.length > 0 ? [or('effect.matter_id', 'in', matters)] : []),
              ...(plans.length > 0 ? [or('effect.plan_id', 'in', plans)] : []),
            ]),
          ),
      ),
    )
    .orderBy('decision.decided_on', 'desc')
    .orderBy('decision.meeting_id', 'desc')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .limit(limit)
    .execute()
}

/** Documents of the matters, of the plans' activities, and those that the bodies own. */
export function documentsAbout(
  db: Reader,
  { bodies, matters, plans }: { bodies: readonly number[]; matters: readonly number[]; plans: readonly number[] },
  limit: number,
) {
  return db
    .selectFrom('document')
    .select(['slug', 'title', 'kind', 'state', 'national'])
    .where((eb) =>
      eb.or([
        eb('document.owner_body_id', 'in', bodies),
        ...(matters.length > 0
          ? [
              eb.exists(
                eb
                  .selectFrom('document_matter')
                  .select('document_matter.document_id')
                  .whereRef('document_matter.document_id', '=', 'document.id')
                  .where('document_matter.matter_id', 'in', matters),
              ),
            ]
          : []),
        ...(plans.length > 0
          ? [
              eb.exists(
                eb
                  .selectFrom('activity_document')
                  .innerJoin('activity', 'activity.id', 'activity_document.activity_id')
                  .select('activity_document.document_id')
                  .whereRef('activity_document.document_id', '=', 'document.id')
                  .where('activity.plan_id', 'in', plans),
              ),
            ]
          : []),
      ]),
    )
    .orderBy('national')
    .orderBy('position')
    .orderBy('id')
    .limit(limit)
    .execute()
}
