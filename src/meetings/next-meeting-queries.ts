import { listAssignments } from '../assignments/queries.ts'
import { assigneeValue } from '../assignments/shown.ts'
import { membershipsOf } from '../bodies/queries.ts'
import { leftEmpty } from '../bodies/rules.ts'
import { roleNames } from '../bodies/texts.ts'
import type { Reader } from '../db/database.ts'
import { holds } from '../db/ranges.ts'
import { parameterValues } from '../discharge-days/parameters.ts'
import type { Day } from '../kernel/dates.ts'
import { addDays } from '../kernel/dates.ts'
import { type Collected, draftsFor, newDrafts } from './next-meeting-rules.ts'
import { agendaOf } from './queries.ts'

/** The leading body takes up what concerns any body; the others their own. */
const seesAll = 'leadership'

/** What the registers hold for a body's meeting on a day: the ground of its draft agenda. */
export async function collectFor(db: Reader, body: { id: number; kind: string }, heldOn: Day): Promise<Collected> {
  const own = body.kind === seesAll ? null : body.id
  const [previous, unfiled, proposals, milestones, funding, values, administrations, memberships, assignments] =
    await Promise.all([
      db
        .selectFrom('meeting')
        .select('held_on')
        .where('body_id', '=', body.id)
        .where('held_on', '<', heldOn)
        .where('state', '!=', 'cancelled')
        .orderBy('held_on', 'desc')
        .limit(1)
        .executeTakeFirst(),
      unfiledMinutes(db, body.id, heldOn),
      db
        .selectFrom('item_proposal')
        .select(['id', 'title', 'proposal', 'proposed_by'])
        .where('body_id', '=', body.id)
        .where('state', '=', 'open')
        .orderBy('id')
        .execute(),
      openMilestones(db, own, heldOn),
      db
        .selectFrom('project')
        .leftJoin('body', 'body.id', 'project.body_id')
        .select([
          'project.name',
          'project.funding_ends_on',
          'project.funding_ends_precision',
          'project.afterwards',
          'project.matter_id',
          'body.slug as body_slug',
        ])
        .where('project.funding_ends_on', 'is not', null)
        .$if(own !== null, (query) => query.where('project.body_id', '=', own as number))
        .orderBy('project.funding_ends_on')
        .execute(),
      parameterValues(db),
      measuredAdministrations(db),
      membershipsOf(db, own === null ? {} : { body: own }),
      listAssignments(db, { state: 'open' }),
    ])
  const untilOf = (administration: number): Day | null =>
    values
      .filter(({ code, administrationId }) => code === 'indicator' && administrationId === administration)
      .map(({ valid }) => (valid.to === null ? ('9999-12-31' as Day) : addDays(valid.to, -1)))
      .reduce<Day | null>((last, one) => (last === null || one > last ? one : last), null)
  return {
    heldOn,
    previousOn: (previous?.held_on as Day | undefined) ?? null,
    unfiled,
    proposals,
    milestones,
    funding,
    // The indicator is the leading body's to decide.
    indicators:
      own === null
        ? administrations.map(({ id, short_name }) => ({ administration: short_name, until: untilOf(id) }))
        : [],
    vacancies: leftEmpty(memberships, heldOn).map((left) => ({
      id: left.id,
      person: left.person_name,
      role: roleNames[left.role],
      body: left.body_name,
      left_on: left.valid.to as Day,
    })),
    assignments: assignments
      .filter((one) => own === null || one.body_id === own || one.meeting_body_id === own)
      .map((one) => ({ ...one, assignee: assigneeValue(one).text })),
  }
}

/** The drafts of a meeting that has been made, and which of them it already has. */
export async function draftsOf(
  db: Reader,
  meeting: { id: number; body_id: number; body_kind: string; held_on: string },
): Promise<ReturnType<typeof newDrafts>> {
  const body = { id: meeting.body_id, kind: meeting.body_kind }
  const [collected, agenda] = await Promise.all([
    collectFor(db, body, meeting.held_on as Day),
    agendaOf(db, meeting.id),
  ])
  return newDrafts(
    draftsFor(collected),
    agenda.map(({ title }) => title),
  )
}

/** Published minutes of the body that no decision has put on file. */
function unfiledMinutes(db: Reader, bodyId: number, before: Day) {
  return db
    .selectFrom('meeting')
    .select(['meeting.id', 'meeting.held_on'])
    .where('meeting.body_id', '=', bodyId)
    .where('meeting.state', '=', 'published')
    .where('meeting.held_on', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb.selectFrom('minutes_filing').select('id').whereRef('minutes_filing.meeting_id', '=', 'meeting.id'),
        ),
      ),
    )
    .orderBy('meeting.held_on')
    .execute()
}

function openMilestones(db: Reader, bodyId: number | null, day: Day) {
  return db
    .selectFrom('milestone')
    .innerJoin('plan', 'plan.id', 'milestone.plan_id')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .select([
      'milestone.id',
      'milestone.kind',
      'milestone.title',
      'milestone.state',
      'milestone.due_on',
      'milestone.due_precision',
      'milestone.done_on',
      'milestone.area_id',
      'plan.title as plan_title',
      'body.slug as body_slug',
    ])
    .where(holds('plan.valid', day))
    .$if(bodyId !== null, (query) => query.where('plan.body_id', '=', bodyId as number))
    .orderBy('milestone.due_on')
    .orderBy('plan.position')
    .orderBy('milestone.id')
    .execute()
}

/** The administrations that an indicator has ever been set for. */
function measuredAdministrations(db: Reader) {
  return db
    .selectFrom('organisation')
    .select(['organisation.id', 'organisation.short_name'])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('parameter_value')
          .select('parameter_value.id')
          .whereRef('parameter_value.administration_id', '=', 'organisation.id')
          .where('parameter_value.parameter_code', '=', 'indicator'),
      ),
    )
    .orderBy('organisation.position')
    .execute()
}
