import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import { notFound } from '../kernel/errors.ts'

/** What the model is for and how far it has come; undefined when nobody has written one. */
export function changeModel(db: Reader) {
  return db
    .selectFrom('change_model')
    .leftJoin('matter', 'matter.id', 'change_model.matter_id')
    .selectAll('change_model')
    .select(['matter.slug as matter_slug', 'matter.title as matter_title'])
    .executeTakeFirst()
}

export function listSteps(db: Reader) {
  return db.selectFrom('change_step').selectAll().orderBy('position').orderBy('id').execute()
}

export function listQuestions(db: Reader) {
  return db
    .selectFrom('change_question')
    .leftJoin('change_step', 'change_step.id', 'change_question.step_id')
    .selectAll('change_question')
    .select('change_step.title as step_title')
    .orderBy('change_question.position')
    .orderBy('change_question.id')
    .execute()
}

export function listLevels(db: Reader) {
  return db.selectFrom('change_level').selectAll().orderBy('position').orderBy('id').execute()
}

const proposals = (db: Reader) =>
  db
    .selectFrom('change_proposal')
    .innerJoin('change_step', 'change_step.id', 'change_proposal.step_id')
    .leftJoin('change_level', 'change_level.id', 'change_proposal.level_id')
    .leftJoin('body', 'body.id', 'change_proposal.body_id')
    .leftJoin('matter', 'matter.id', 'change_proposal.matter_id')
    .selectAll('change_proposal')
    .select([
      'change_step.title as step_title',
      'change_level.title as level_title',
      'change_level.decided_by as level_decided_by',
      'body.slug as body_slug',
      'body.name as body_name',
      'matter.slug as matter_slug',
      'matter.title as matter_title',
    ])

export type ProposalRow = Awaited<ReturnType<typeof proposalBySlug>>

/** Every proposal that anybody may read, the newest first. */
export function sharedProposals(db: Reader) {
  return proposals(db)
    .where('change_proposal.shared_on', 'is not', null)
    .orderBy('change_proposal.shared_on', 'desc')
    .orderBy('change_proposal.id', 'desc')
    .execute()
}

/** Every proposal, drafts first: for the workspace. */
export function allProposals(db: Reader) {
  return proposals(db)
    .orderBy('change_proposal.closed_on', (by) => by.desc().nullsFirst())
    .orderBy('change_proposal.shared_on', (by) => by.desc().nullsFirst())
    .orderBy('change_proposal.id', 'desc')
    .execute()
}

/** @throws PortalError not-found */
export function proposalBySlug(db: Reader, slug: string) {
  return proposals(db)
    .where('change_proposal.slug', '=', slug as never)
    .executeTakeFirstOrThrow(() => notFound(`change proposal ${slug}`))
}

export function movesOf(db: Reader, proposalId: number) {
  return db
    .selectFrom('change_move')
    .innerJoin('change_step', 'change_step.id', 'change_move.step_id')
    .select(['change_move.moved_on', 'change_move.moved_by', 'change_move.note', 'change_step.title'])
    .where('change_move.proposal_id', '=', proposalId)
    .orderBy('change_move.id')
    .execute()
}

export async function answersOf(db: Reader, proposalId: number): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom('change_answer')
    .select(['question_id', 'answer'])
    .where('proposal_id', '=', proposalId)
    .orderBy('question_id')
    .execute()
  return new Map(rows.map(({ question_id, answer }) => [question_id, answer]))
}

export function decisionsOf(db: Reader, proposalId: number) {
  return db
    .selectFrom('change_proposal_decision')
    .innerJoin('decision', 'decision.id', 'change_proposal_decision.decision_id')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select(['decision.id', 'decision.slug', 'decision.title', 'decision.decided_on', 'body.name as body_name'])
    .where('change_proposal_decision.proposal_id', '=', proposalId)
    .where('decision.state', '=', 'carried_out')
    .orderBy('decision.decided_on')
    .orderBy('decision.id')
    .execute()
}

export function documentsOf(db: Reader, proposalId: number) {
  return db
    .selectFrom('change_proposal_document')
    .innerJoin('document', 'document.id', 'change_proposal_document.document_id')
    .select(['document.id', 'document.slug', 'document.title'])
    .where('change_proposal_document.proposal_id', '=', proposalId)
    .orderBy('document.title')
    .orderBy('document.id')
    .execute()
}

/** The shared proposals that name these decisions, for the pages of what they name. */
export const proposalsNaming = fixed((db, decisionIds: readonly number[]) =>
  db
    .selectFrom('change_proposal_decision')
    .innerJoin('change_proposal', 'change_proposal.id', 'change_proposal_decision.proposal_id')
    .innerJoin('change_step', 'change_step.id', 'change_proposal.step_id')
    .select([
      'change_proposal_decision.decision_id',
      'change_proposal.slug',
      'change_proposal.title',
      'change_proposal.closed_on',
      'change_proposal.outcome',
      'change_step.title as step_title',
    ])
    .where(sql<boolean>`change_proposal_decision.decision_id = any(${decisionIds}::bigint[])`)
    .where('change_proposal.shared_on', 'is not', null)
    .orderBy('change_proposal.shared_on')
    .orderBy('change_proposal.id'),
)

/** The ids of decisions that have been made, by their slugs. */
export function decisionIds(db: Reader, slugs: readonly string[]) {
  return db
    .selectFrom('decision')
    .select(['id', 'slug'])
    .where('slug', 'in', ['', ...slugs] as never[])
    .where('state', '=', 'carried_out')
    .execute()
}

/** The ids of documents, by their slugs or by their titles as somebody writes them. */
export function documentIds(db: Reader, slugs: readonly string[], titles: readonly string[]) {
  const wanted = titles.map((title) => title.toLocaleLowerCase('sv'))
  return db
    .selectFrom('document')
    .select(['id', 'slug', 'title'])
    .where((eb) =>
      eb.or([eb('slug', 'in', ['', ...slugs] as never[]), eb(sql<string>`lower(title)`, 'in', ['', ...wanted])]),
    )
    .execute()
}
