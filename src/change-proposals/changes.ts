import { typedHere } from '../audit/provenance.ts'
import { freeSlug, rowDifference } from '../audit/rows.ts'
import type { Work } from '../audit/work.ts'
import type { ChangeOutcome } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'
import { conflict, notFound } from '../kernel/errors.ts'
import { slugify } from '../kernel/text.ts'
import { answersOf, decisionsOf, documentsOf } from './queries.ts'
import { type Refusal, refuseClosing, refuseMove, refuseSharing } from './rules.ts'

export type ProposalValues = {
  title: string
  summary: string
  /** The body whose coordinator keeps the proposal. */
  bodyId: number | null
  matterId: number | null
  levelId: number | null
  decisionIds: readonly number[]
  documentIds: readonly number[]
  /** By the question's id; null is no answer. */
  answers: ReadonlyMap<number, string | null>
}

const columns = (values: ProposalValues) => ({
  title: values.title,
  summary: values.summary,
  body_id: values.bodyId,
  matter_id: values.matterId,
  level_id: values.levelId,
})

const given = ({ answers }: ProposalValues) =>
  [...answers].flatMap(([question_id, answer]) => (answer === null ? [] : [{ question_id, answer }]))

const belongings = (values: ProposalValues) => ({
  decisions: [...values.decisionIds].sort((a, b) => a - b),
  documents: [...values.documentIds].sort((a, b) => a - b),
  answers: given(values).sort((a, b) => a.question_id - b.question_id),
})

async function setBelongings({ trx }: Work, proposal_id: number, values: ProposalValues): Promise<void> {
  const { decisions, documents } = belongings(values)
  await trx.deleteFrom('change_proposal_decision').where('proposal_id', '=', proposal_id).execute()
  for (const decision_id of decisions) {
    await trx.insertInto('change_proposal_decision').values({ proposal_id, decision_id }).execute()
  }
  await trx.deleteFrom('change_proposal_document').where('proposal_id', '=', proposal_id).execute()
  for (const document_id of documents) {
    await trx.insertInto('change_proposal_document').values({ proposal_id, document_id }).execute()
  }
  await trx.deleteFrom('change_answer').where('proposal_id', '=', proposal_id).execute()
  for (const answer of given(values)) {
    await trx
      .insertInto('change_answer')
      .values({ proposal_id, ...answer })
      .execute()
  }
}

/**
 * Writes a proposal as a draft in the model's first step.
 * @returns its address
 * @throws PortalError conflict when the model has no step to begin in
 */
export async function propose(work: Work, values: ProposalValues, today: Day): Promise<string> {
  const { trx, actor } = work
  const first = await trx
    .selectFrom('change_step')
    .select('id')
    .where('retired', '=', false)
    .orderBy('position')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (!first) throw conflict('Modellen har inga steg ännu. Samordnaren för Länsgemensam ledning lägger till dem.')
  // 'nytt' is the address of the empty form.
  const slug = await freeSlug(work, 'change_proposal', slugify(values.title) === 'nytt' ? 'nytt-forslag' : values.title)
  const { id } = await trx
    .insertInto('change_proposal')
    .values({
      slug,
      ...columns(values),
      step_id: first.id,
      proposed_by: actor.name,
      proposed_account_id: actor.accountId ?? null,
      provenance_id: await typedHere(work, today),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await setBelongings(work, id, values)
  await trx
    .insertInto('change_move')
    .values({ proposal_id: id, step_id: first.id, moved_on: today, moved_by: actor.name })
    .execute()
  await work.record('change-proposal.proposed', `change-proposal/${slug}`, {
    before: null,
    after: { ...columns(values), ...belongings(values) },
  })
  return slug
}

function locked({ trx }: Work, slug: string) {
  return trx
    .selectFrom('change_proposal')
    .selectAll()
    .where('slug', '=', slug as never)
    .forUpdate()
    .executeTakeFirstOrThrow(() => notFound(`change proposal ${slug}`))
}

async function refused(work: Work, slug: string, refusal: Refusal): Promise<Refusal> {
  await work.record('change-proposal.refused', `change-proposal/${slug}`, { refusal })
  return refusal
}

/** Changes what the proposal says. `version`: the one that the form was opened on. */
export async function changeProposal(
  work: Work,
  slug: string,
  version: number,
  values: ProposalValues,
): Promise<Refusal | null> {
  const { trx } = work
  const row = await locked(work, slug)
  if (row.version !== version) return await refused(work, slug, 'stale')
  const before = {
    ...row,
    decisions: (await decisionsOf(trx, row.id)).map(({ id }) => id).sort((a, b) => a - b),
    documents: (await documentsOf(trx, row.id)).map(({ id }) => id).sort((a, b) => a - b),
    answers: [...(await answersOf(trx, row.id))].map(([question_id, answer]) => ({ question_id, answer })),
  }
  await trx.updateTable('change_proposal').set(columns(values)).where('id', '=', row.id).execute()
  await setBelongings(work, row.id, values)
  const after = { ...columns(values), ...belongings(values) }
  await work.record(
    'change-proposal.changed',
    `change-proposal/${slug}`,
    rowDifference(before, after) ?? { nothing: true },
  )
  return null
}

/** Lets everybody read the proposal from today. */
export async function shareProposal(work: Work, slug: string, today: Day): Promise<Refusal | null> {
  const row = await locked(work, slug)
  const refusal = refuseSharing(row)
  if (refusal) return await refused(work, slug, refusal)
  await work.trx.updateTable('change_proposal').set({ shared_on: today }).where('id', '=', row.id).execute()
  await work.record('change-proposal.shared', `change-proposal/${slug}`, {})
  return null
}

/** Moves the proposal to another step, forward or back. */
export async function moveProposal(
  work: Work,
  slug: string,
  move: { version: number; stepId: number; note: string | null },
  today: Day,
): Promise<Refusal | null> {
  const { trx, actor } = work
  const row = await locked(work, slug)
  const step = await trx
    .selectFrom('change_step')
    .select(['id', 'slug', 'retired'])
    .where('id', '=', move.stepId)
    .executeTakeFirst()
  const refusal = row.version !== move.version ? 'stale' : refuseMove(row, step)
  if (refusal || step === undefined) return await refused(work, slug, refusal ?? 'no-step')
  await trx.updateTable('change_proposal').set({ step_id: step.id }).where('id', '=', row.id).execute()
  await trx
    .insertInto('change_move')
    .values({ proposal_id: row.id, step_id: step.id, moved_on: today, moved_by: actor.name, note: move.note })
    .execute()
  await work.record('change-proposal.moved', `change-proposal/${slug}`, { step: step.slug, note: move.note })
  return null
}

/** Closes the proposal with how it ended; outcome null opens it again. */
export async function closeProposal(
  work: Work,
  slug: string,
  closing: { version: number; outcome: ChangeOutcome | null; text: string | null },
  today: Day,
): Promise<Refusal | null> {
  const row = await locked(work, slug)
  const { version, outcome, text } = closing
  const refusal = row.version !== version ? 'stale' : refuseClosing(row)
  if (refusal) return await refused(work, slug, refusal)
  const after = {
    outcome,
    outcome_text: outcome === null ? null : text,
    closed_on: outcome === null ? null : (row.closed_on ?? today),
  }
  await work.trx.updateTable('change_proposal').set(after).where('id', '=', row.id).execute()
  const act = outcome === null ? 'change-proposal.reopened' : 'change-proposal.closed'
  await work.record(act, `change-proposal/${slug}`, rowDifference(row, after) ?? { nothing: true })
  return null
}
