import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import type { MeetingState } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { publicStates } from '../meetings/rules.ts'

/** Matters, of one body or of all, with how often each has been on the table. */
export function listMatters(db: Reader, body: string | null, stretch: { limit: number; offset: number }) {
  return (
    db
      .selectFrom('matter')
      .leftJoin('body', 'body.id', 'matter.body_id')
      .select((eb) => [
        'matter.id',
        'matter.slug',
        'matter.title',
        'matter.summary',
        'matter.state_text',
        'matter.registry_number',
        'matter.closed_on',
        'body.slug as body_slug',
        'body.name as body_name',
        eb
          .selectFrom('agenda_item_matter')
          .select((of) => of.fn.count<number>('agenda_item_matter.meeting_id').distinct().as('count'))
          .whereRef('agenda_item_matter.matter_id', '=', 'matter.id')
          // The few meetings that are not public are known beforehand, instead of looking up each that is.
          .where('agenda_item_matter.meeting_id', 'not in', (of) =>
            of
              .selectFrom('meeting')
              .select('meeting.id')
              .where('meeting.state', '=', sql.lit('planned' as const)),
          )
          .$asScalar()
          .$notNull()
          .as('meetings'),
        eb
          .selectFrom('assignment')
          .select((of) => of.fn.countAll<number>().as('count'))
          .whereRef('assignment.matter_id', '=', 'matter.id')
          .where('assignment.state', '=', sql.lit('open' as const))
          .$asScalar()
          .$notNull()
          .as('open_assignments'),
      ])
      // Rows that are passed by on the way to a far page are not looked up.
      .where('matter.id', 'in', (eb) =>
        eb
          .selectFrom('matter')
          .select('matter.id')
          .$if(body !== null, (query) =>
            query.where('matter.body_id', '=', (of) =>
              of
                .selectFrom('body')
                .select('id')
                .where('slug', '=', body as never),
            ),
          )
          .orderBy('matter.position')
          .orderBy('matter.id')
          .limit(stretch.limit)
          .offset(stretch.offset),
      )
      .orderBy('matter.position')
      .orderBy('matter.id')
      .execute()
  )
}

/** How many matters each body has; those without a body are of none. */
export function countMatters(db: Reader) {
  // Counted by the index of bodies alone; their names are looked up once each.
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('matter')
        .select((of) => ['body_id', of.fn.countAll<number>().as('count')])
        .groupBy('body_id')
        .as('counted'),
    )
    .leftJoin('body', 'body.id', 'counted.body_id')
    .select(['body.slug', 'body.name', 'counted.count'])
    .execute()
}

/** One matter. @throws PortalError not-found */
export function matterBySlug(db: Reader, slug: string) {
  return db
    .selectFrom('matter')
    .selectAll('matter')
    .where('slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`matter ${slug}`))
}

/** The bodies that the matter concerns, its own first. */
export function bodiesOf(db: Reader, matterId: number) {
  return db
    .selectFrom('body')
    .innerJoin('body_matter', 'body_matter.body_id', 'body.id')
    .innerJoin('matter', 'matter.id', 'body_matter.matter_id')
    .select(['body.slug', 'body.name'])
    .where('matter.id', '=', matterId)
    .orderBy((eb) => eb('body.id', '=', eb.ref('matter.body_id')), 'desc')
    .orderBy('body.position')
    .execute()
}

export function entriesOf(db: Reader, matterId: number) {
  return db
    .selectFrom('timeline_entry')
    .select([
      'timeline_entry.id',
      'timeline_entry.meeting_id',
      'timeline_entry.from_on',
      'timeline_entry.from_precision',
      'timeline_entry.to_on',
      'timeline_entry.to_precision',
      'timeline_entry.entry',
      'timeline_entry.body_id',
      'timeline_entry.provenance_id',
    ])
    .where('timeline_entry.matter_id', '=', matterId)
    .orderBy('timeline_entry.body_id')
    .orderBy('timeline_entry.position')
    .orderBy('timeline_entry.id')
    .execute()
}

/** Items about the matter at meetings that the public may see. */
export function itemsOf(db: Reader, matterId: number) {
  return db
    .selectFrom('agenda_item_matter')
    .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_matter.agenda_item_id')
    .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select([
      'agenda_item.id',
      'agenda_item.number',
      'agenda_item.title',
      'agenda_item.provenance_id',
      'meeting.id as meeting_id',
      'meeting.slug as meeting_slug',
      'meeting.held_on',
      'meeting.state',
      'body.name as body_name',
    ])
    .where('agenda_item_matter.matter_id', '=', matterId)
    .where('meeting.state', 'in', publicStates as MeetingState[])
    .orderBy('meeting.held_on')
    .orderBy('agenda_item.position')
    .execute()
}

/** The meetings that timeline entries name, when the public may see them. */
export function meetingsNamedIn(db: Reader, matterId: number) {
  return db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select(['meeting.id', 'meeting.slug', 'meeting.held_on', 'meeting.state', 'body.name as body_name'])
    .where('meeting.state', 'in', publicStates as MeetingState[])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('timeline_entry')
          .select('timeline_entry.id')
          .whereRef('timeline_entry.meeting_id', '=', 'meeting.id')
          .where('timeline_entry.matter_id', '=', matterId),
      ),
    )
    .execute()
}

/** Decisions that stand: those taken in the matter's items, and those whose effects name the matter. */
export function decisionsOf(db: Reader, matterId: number) {
  return (
    db
      .selectFrom('decision')
      .innerJoin('body', 'body.id', 'decision.body_id')
      .select([
        'decision.id',
        'decision.slug',
        'decision.title',
        'decision.kind',
        'decision.decided_on',
        'decision.decided_precision',
        'decision.meeting_id',
        'decision.provenance_id',
        'body.name as body_name',
      ])
      .where('decision.state', '=', 'carried_out')
      // Looked up from the matter: a condition on every decision would have each of them looked at.
      .where('decision.id', 'in', (eb) =>
        eb
          .selectFrom('agenda_item_matter')
          .innerJoin('decision as of_item', 'of_item.agenda_item_id', 'agenda_item_matter.agenda_item_id')
          .select('of_item.id')
          .where('agenda_item_matter.matter_id', '=', matterId)
          .union(eb.selectFrom('effect').select('effect.decision_id as id').where('effect.matter_id', '=', matterId)),
      )
      .orderBy('decision.decided_on')
      .orderBy('decision.position')
      .orderBy('decision.id')
      .execute()
  )
}

export function documentsOf(db: Reader, matterId: number) {
  return db
    .selectFrom('document_matter')
    .innerJoin('document', 'document.id', 'document_matter.document_id')
    .select([
      'document.slug',
      'document.title',
      'document.kind',
      'document.dated_on',
      'document.dated_precision',
      'document.in_force',
      'document.in_force_precision',
      'document.provenance_id',
    ])
    .where('document_matter.matter_id', '=', matterId)
    .orderBy('document.position')
    .execute()
}

/** The shared proposals of larger changes that belong to a matter. */
export function changeProposalsOf(db: Reader, matterId: number) {
  return db
    .selectFrom('change_proposal')
    .innerJoin('change_step', 'change_step.id', 'change_proposal.step_id')
    .select([
      'change_proposal.slug',
      'change_proposal.title',
      'change_proposal.shared_on',
      'change_proposal.provenance_id',
      'change_step.title as step_title',
    ])
    .where('change_proposal.matter_id', '=', matterId)
    .where('change_proposal.shared_on', 'is not', null)
    .orderBy('change_proposal.shared_on')
    .orderBy('change_proposal.id')
    .execute()
}

/** Is the model of ordnat införande followed in the matter? */
export async function keepsChangeModel(db: Reader, matterId: number): Promise<boolean> {
  const row = await db.selectFrom('change_model').select('one').where('matter_id', '=', matterId).executeTakeFirst()
  return row !== undefined
}

/** The catalogues that a matter is about. */
export function cataloguesOf(db: Reader, matterId: number) {
  return db
    .selectFrom('catalogue')
    .select(['slug', 'title'])
    .where('matter_id', '=', matterId)
    .orderBy('position')
    .execute()
}

export function projectsOf(db: Reader, matterId: number) {
  return db
    .selectFrom('project')
    .select(['slug', 'name', 'funding_ends_on', 'funding_ends_precision', 'afterwards', 'provenance_id'])
    .where('matter_id', '=', matterId)
    .orderBy('position')
    .execute()
}

/** Parts of plans in force on the day that are linked to the matter. */
export function planPartsOf(db: Reader, matterId: number, day: Day) {
  return db
    .selectFrom('plan_link')
    .innerJoin('plan', 'plan.id', 'plan_link.from_plan_id')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('plan_area', 'plan_area.id', 'plan_link.from_area_id')
    .leftJoin('activity', 'activity.id', 'plan_link.from_activity_id')
    .select([
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'plan.title as plan_title',
      'plan_area.kind as area_kind',
      'plan_area.number as area_number',
      'plan_area.title as area_title',
      'activity.number as activity_number',
      'activity.activity_text',
      'plan_link.how',
      'plan_link.provenance_id',
      'decision.decided_on',
    ])
    .where('plan_link.to_matter_id', '=', matterId)
    .where('decision.decided_on', '<=', day)
    .orderBy('decision.decided_on')
    .orderBy('plan.position')
    .orderBy('plan_link.id')
    .execute()
}

export function linksOf(db: Reader, matterId: number) {
  return db
    .selectFrom('link')
    .select(['label', 'url'])
    .where('matter_id', '=', matterId)
    .orderBy('position')
    .orderBy('id')
    .execute()
}
