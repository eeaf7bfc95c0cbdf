import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import type { Corrector, Told } from '../http/corrections.ts'
import { asking } from '../http/edit-page.ts'
import { optionalText, requiredText } from '../http/field-values.ts'
import { readForm } from '../http/forms.ts'
import { notFound } from '../kernel/errors.ts'
import { decisionPath } from '../kernel/urls.ts'
import { workDecision } from './draft-queries.ts'

const form = z.object({
  rubrik: requiredText('Skriv vad beslutet kallas.', 300),
  ordalydelse: optionalText(5000),
})

type Values = z.output<typeof form>

async function carriedOut(db: Reader, id: number) {
  const decision = await workDecision(db, id)
  if (decision.state !== 'carried_out') throw notFound(`carried-out decision ${id}`)
  return decision
}

const toldOf = ({ slug, title, clause }: Awaited<ReturnType<typeof carriedOut>>): Told => ({
  decision: slug,
  title,
  clause,
})

/**
 * What a decision is called, and its words when they stand in no minutes: those are mended with an erratum. Who decided
 * what and when stands; another decision replaces it.
 */
export const decisionCorrections: Corrector<Values> = {
  register: 'decision',
  word: 'beslut',
  labels: { title: 'Rubrik', clause: 'Ordalydelse' },
  names: () => 'Beslutet',

  async bodyOf(db, id) {
    const decision = await carriedOut(db, id).catch(() => undefined)
    if (decision === undefined || decision.meeting_slug === null) return decision?.body_slug
    const row = await db
      .selectFrom('body')
      .select('slug')
      .where('id', '=', decision.meeting_body_id ?? 0)
      .executeTakeFirst()
    return row?.slug
  },

  async open(db, id) {
    const decision = await carriedOut(db, id)
    const inMinutes = decision.meeting_slug !== null
    return {
      title: decision.title,
      path: decisionPath(decision.slug),
      lead: inMinutes
        ? 'Beslutets ordalydelse står i ett protokoll och rättas där, under mötets Rättelser och tillägg.'
        : 'Rätta orden. Vem som beslutade vad och när ändras bara genom ett nytt beslut.',
      told: toldOf(decision),
      ask(state) {
        const ask = asking(state)
        return [
          {
            legend: 'Beslutet',
            questions: [
              ask.field('rubrik', 'Rubrik', decision.title),
              ...(inMinutes ? [] : [ask.area('ordalydelse', 'Ordalydelse', decision.clause, { rows: 4 })]),
            ],
          },
        ]
      },
    }
  },

  read: (body) => readForm(form, body),

  async correct({ trx }, id, { rubrik, ordalydelse }) {
    await trx.selectFrom('decision').select('id').where('id', '=', id).forUpdate().execute()
    const decision = await carriedOut(trx, id)
    if (decision.meeting_slug === null && ordalydelse === null && decision.clause !== null)
      return [{ field: 'ordalydelse', text: 'Ett beslut kan inte lämnas utan ord.' }]
    const clause = decision.meeting_slug === null ? ordalydelse : decision.clause
    await trx
      .updateTable('decision')
      .set({
        title: rubrik,
        clause,
        ...(clause !== null && clause !== decision.clause ? { clause_origin: 'wording' as const } : {}),
      })
      .where('id', '=', id)
      .execute()
    return { about: `decision/${decision.slug}`, told: toldOf(await carriedOut(trx, id)) }
  },
}
