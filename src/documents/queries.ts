import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { lastDay } from '../db/ranges.ts'
import type { DocumentKind, DocumentState } from '../db/schema.ts'
import { maskedWords } from '../effects/masks.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { masked } from '../kernel/masks.ts'

/** What a list of documents is narrowed to. */
export type DocumentsWanted = {
  kinds?: readonly DocumentKind[]
  states?: readonly DocumentState[]
  /** Only those that are under revision, or to be revised by some day. */
  toRevise?: boolean
  /** Only those that the organisation is a party to. */
  party?: number
}

function wantedDocuments(db: Reader, { kinds, states, toRevise, party }: DocumentsWanted) {
  return db
    .selectFrom('document')
    .$if(kinds !== undefined, (query) => query.where('document.kind', 'in', kinds as DocumentKind[]))
    .$if(states !== undefined, (query) => query.where('document.state', 'in', states as DocumentState[]))
    .$if(toRevise === true, (query) =>
      query.where((eb) =>
        eb.or([eb('document.state', '=', 'under_revision'), eb('document.revision_due_on', 'is not', null)]),
      ),
    )
    .$if(party !== undefined, (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('document_party')
            .select('document_party.document_id')
            .whereRef('document_party.document_id', '=', 'document.id')
            .where('document_party.organisation_id', '=', party as number),
        ),
      ),
    )
}

/**
 * How many documents there are of each kind in each state, and with a day to be revised by.
 * @param party only those that the organisation is a party to; null: of all, which are counted as they come and go
 */
export function countDocuments(db: Reader, party: number | null) {
  if (party === null) {
    return db
      .selectFrom('document_count')
      .select(['kind', 'state', 'to_revise', 'documents as count'])
      .where('documents', '>', 0)
      .execute()
  }
  return wantedDocuments(db, { party })
    .select((eb) => [
      'document.kind',
      'document.state',
      sql<boolean>`document.revision_due_on is not null`.as('to_revise'),
      eb.fn.countAll<number>().as('count'),
    ])
    .groupBy(['document.kind', 'document.state', 'to_revise'])
    .execute()
}

/** Documents with what the list shows, those of the county first; parties is how many there are. */
export function listDocuments(db: Reader, wanted: DocumentsWanted, stretch: { limit: number; offset: number } | null) {
  // Rows that are passed by on the way to a far page are not looked up.
  const page = wantedDocuments(db, wanted)
    .select('document.id')
    .orderBy('document.national')
    .orderBy('document.position')
    .orderBy('document.id')
    .$if(stretch !== null, (query) => query.limit(stretch?.limit ?? 0).offset(stretch?.offset ?? 0))
  return db
    .selectFrom('document')
    .where('document.id', 'in', page)
    .select((eb) => [
      'document.id',
      'document.slug',
      'document.title',
      'document.kind',
      'document.state',
      'document.national',
      'document.dated_on',
      'document.dated_precision',
      'document.in_force',
      'document.in_force_precision',
      'document.last_revised_on',
      'document.last_revised_precision',
      'document.revision_due_on',
      'document.revision_due_precision',
      eb
        .selectFrom('document_party')
        .select((of) => of.fn.countAll<number>().as('count'))
        .whereRef('document_party.document_id', '=', 'document.id')
        .$asScalar()
        .$notNull()
        .as('parties'),
    ])
    .orderBy('document.national')
    .orderBy('document.position')
    .orderBy('document.id')
    .execute()
}

/** The parties that documents may have. */
export function parties(db: Reader) {
  return db.selectFrom('organisation').select(['id', 'slug', 'short_name']).where('is_party', '=', true).execute()
}

/** Which documents each party is a party to: pairs of ids and the party's slug. */
export function documentParties(db: Reader, documentIds: readonly number[]) {
  return db
    .selectFrom('document_party')
    .innerJoin('organisation', 'organisation.id', 'document_party.organisation_id')
    .select([
      'document_party.document_id',
      'document_party.organisation_id',
      'document_party.provenance_id',
      'organisation.slug',
      'organisation.name',
      'organisation.short_name',
    ])
    .where('document_party.document_id', 'in', documentIds)
    .orderBy('organisation.position')
    .orderBy('organisation.id')
    .execute()
}

/** Every registered position on the documents, whenever it was known. */
export function partyPositions(db: Reader, documentIds: readonly number[]) {
  return db
    .selectFrom('party_position')
    .innerJoin('organisation', 'organisation.id', 'party_position.organisation_id')
    .select([
      'party_position.document_id',
      'party_position.organisation_id',
      'party_position.as_of',
      'party_position.as_of_precision',
      'party_position.state',
      'party_position.decided_by',
      'party_position.decided_on',
      'party_position.decided_precision',
      'party_position.paragraph',
      'party_position.url',
      'party_position.reported_by',
      'party_position.provenance_id',
      'organisation.slug',
      'organisation.name',
      'organisation.short_name',
    ])
    .where('party_position.document_id', 'in', documentIds)
    .orderBy('organisation.position')
    .orderBy('organisation.id')
    .orderBy('party_position.as_of')
    .execute()
}

/** How many parties' positions on each of the documents were known on the day, as positionsOn in rules.ts finds them, and how many of those had decided. */
export const countPositionsOn = fixed((db, documentIds: readonly number[], day: Day) => {
  const newest = db
    .selectFrom('party_position')
    .distinctOn(['document_id', 'organisation_id'])
    .select(['document_id', 'state'])
    .where(sql<boolean>`document_id = any(${documentIds}::bigint[])`)
    .where(lastDay('as_of', 'as_of_precision'), '<=', day)
    .orderBy('document_id')
    .orderBy('organisation_id')
    .orderBy('as_of', 'desc')
  return db
    .selectFrom(newest.as('newest'))
    .select((eb) => [
      'document_id',
      eb.fn.countAll<number>().as('known'),
      eb.fn
        .countAll<number>()
        .filterWhere('state', '=', sql.lit('decided' as const))
        .as('decided'),
    ])
    .groupBy('document_id')
})

/** One document. @throws PortalError not-found */
export function documentBySlug(db: Reader, slug: string) {
  return db
    .selectFrom('document')
    .leftJoin('body', 'body.id', 'document.owner_body_id')
    .leftJoin('effect', 'effect.id', 'document.adopted_effect_id')
    .leftJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('body as decider', 'decider.id', 'decision.body_id')
    .selectAll('document')
    .select([
      'body.slug as owner_slug',
      'body.name as owner_name',
      'decision.slug as decision_slug',
      'decision.decided_on',
      'decider.name as decider_name',
    ])
    .where('document.slug', '=', slug)
    .executeTakeFirstOrThrow(() => notFound(`document ${slug}`))
}

/** When anything that the document's page shows was last recorded: the document, its versions, the parties' standing. */
export async function changedAt(db: Reader, documentId: number): Promise<Date | null> {
  const newest = (table: 'document_version' | 'party_position') =>
    db
      .selectFrom(table)
      .select((eb) => eb.fn.max('recorded_at').as('at'))
      .where('document_id', '=', documentId)
  const { at } = await db
    .selectFrom('document')
    .select((eb) =>
      eb
        .fn<Date | null>('greatest', ['document.recorded_at', newest('document_version'), newest('party_position')])
        .as('at'),
    )
    .where('document.id', '=', documentId)
    .executeTakeFirstOrThrow()
  return at
}

/** The versions of a document, the newest first. */
export function versionsOf(db: Reader, documentId: number) {
  return db
    .selectFrom('document_version')
    .leftJoin('effect', 'effect.id', 'document_version.adopted_effect_id')
    .leftJoin('decision', 'decision.id', 'effect.decision_id')
    .select([
      'document_version.id',
      'document_version.label',
      'document_version.valid',
      'decision.slug as decision_slug',
      'decision.decided_on',
    ])
    .where('document_version.document_id', '=', documentId)
    .orderBy('document_version.valid', 'desc')
    .execute()
}

/** What bodies have said of a document in decisions that stand, until the day: endorsements, positions, notes. */
export async function standpointsOn(db: Reader, documentId: number, day: Day) {
  const rows = await db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
    .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.decided_on',
      'decision.decided_precision',
      'effect.effect_text',
      'body.slug as body_slug',
      'body.name as body_name',
      'meeting.slug as meeting_slug',
      'meeting.held_on',
      'agenda_item.number as item_number',
      maskedWords.as('masked_words'),
    ])
    .where('effect.document_id', '=', documentId)
    .where('effect.kind', 'in', ['position', 'note'])
    .where('decision.state', '=', 'carried_out')
    .where('decision.decided_on', '<=', day)
    .orderBy('decision.decided_on')
    .orderBy('decision.id')
    .execute()
  return rows.map(({ masked_words, ...row }) => ({
    ...row,
    effect_text: row.effect_text === null ? null : masked(row.effect_text, masked_words),
  }))
}

/** Items of published or mentioned meetings where the document was on the table, the newest first. */
export function itemsAbout(db: Reader, documentId: number) {
  return db
    .selectFrom('agenda_item_document')
    .innerJoin('agenda_item', 'agenda_item.id', 'agenda_item_document.agenda_item_id')
    .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
    .select(['agenda_item.number', 'agenda_item.title', 'meeting.slug as meeting_slug', 'meeting.held_on'])
    .where('agenda_item_document.document_id', '=', documentId)
    .where('meeting.state', 'in', ['published', 'mentioned'])
    .orderBy('meeting.held_on', 'desc')
    .orderBy('agenda_item.position')
    .execute()
}

export function mattersAbout(db: Reader, documentId: number) {
  return db
    .selectFrom('document_matter')
    .innerJoin('matter', 'matter.id', 'document_matter.matter_id')
    .select(['matter.slug', 'matter.title'])
    .where('document_matter.document_id', '=', documentId)
    .orderBy('matter.position')
    .execute()
}

/** Shared proposals of ordnat införande that name the document. */
export function changeProposalsAbout(db: Reader, documentId: number) {
  return db
    .selectFrom('change_proposal_document')
    .innerJoin('change_proposal', 'change_proposal.id', 'change_proposal_document.proposal_id')
    .innerJoin('change_step', 'change_step.id', 'change_proposal.step_id')
    .select([
      'change_proposal.slug',
      'change_proposal.title',
      'change_proposal.closed_on',
      'change_step.title as step_title',
    ])
    .where('change_proposal_document.document_id', '=', documentId)
    .where('change_proposal.shared_on', 'is not', null)
    .orderBy('change_proposal.shared_on')
    .orderBy('change_proposal.id')
    .execute()
}

/** Activities of adopted plans that concern the document; a revised activity once. */
export function activitiesAbout(db: Reader, documentId: number) {
  return db
    .selectFrom('activity_document')
    .innerJoin('activity', 'activity.id', 'activity_document.activity_id')
    .innerJoin('plan', 'plan.id', 'activity.plan_id')
    .select([
      'plan.slug as plan_slug',
      'plan.code as plan_code',
      'activity.number',
      'activity.activity_text',
      'activity_document.how',
    ])
    .distinctOn(['plan.position', 'plan.id', 'activity.number'])
    .where('activity_document.document_id', '=', documentId)
    .where('activity.valid', 'is not', null)
    .orderBy('plan.position')
    .orderBy('plan.id')
    .orderBy('activity.number')
    .orderBy('activity.id', 'desc')
    .execute()
}

/** Whether a value that discharge days are judged by rests on the document. */
export async function groundsParameters(db: Reader, documentId: number): Promise<boolean> {
  const row = await db
    .selectFrom('parameter_value')
    .select('id')
    .where('document_id', '=', documentId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

export function linksOf(db: Reader, documentId: number) {
  return db
    .selectFrom('link')
    .select(['label', 'url'])
    .where('document_id', '=', documentId)
    .orderBy('position')
    .orderBy('id')
    .execute()
}

/** How many parties the county has: the municipalities and the region. */
export async function countParties(db: Reader): Promise<number> {
  const { count } = await db
    .selectFrom('organisation')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('is_party', '=', true)
    .executeTakeFirstOrThrow()
  return count
}
