import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import { decisionPage } from '../decisions/pages.ts'
import { decisionBySlug } from '../decisions/queries.ts'
import type { EffectHandler } from '../effects/effect.ts'
import type { Day } from '../kernel/dates.ts'
import type { Minutes } from '../meetings/minutes.ts'
import { shownMinutes } from '../meetings/minutes-shown.ts'
import { createdAt, type PdfDocument, paragraph } from './document.ts'
import { itemBlocks, publishedMinutes, summaryMark, summaryNotice, versionBlocks } from './minutes.ts'
import { factsBlock, listBlock } from './parts.ts'

/**
 * An extract of the minutes (protokollsutdrag): one decision, what it changed, and the whole item from the version of the
 * minutes that readers may read. @throws PortalError not-found
 */
export async function decisionDocument(
  db: Kysely<Database>,
  handlers: readonly EffectHandler[],
  slug: string,
  today: Day,
  where: { site: string; address: string },
): Promise<PdfDocument> {
  const decision = await decisionBySlug(db, slug)
  const page = await decisionPage(db, handlers, slug, today)
  const published = decision.meeting_slug === null ? null : await publishedMinutes(db, handlers, decision.meeting_slug)
  const wording = published?.minutes.textKind === 'wording'
  const changes = page.effects.flatMap(({ changes: made, text }) =>
    made.length === 0
      ? [text ?? '']
      : made.map(({ what, before, after }) => `${what}: ${before?.text ?? 'fanns inte'} → ${after?.text ?? 'upphör'}`),
  )
  const place = published?.minutes.items.findIndex(({ number }) => number === decision.item_number) ?? -1
  const item: Minutes['items'][number] | undefined = published?.minutes.items[place]
  const shown = published ? shownMinutes(published.minutes).items[place] : undefined
  return {
    ...where,
    title: page.title,
    kicker: `Protokollsutdrag · ${page.kicker}`,
    mark: published && !wording ? summaryMark : null,
    created: published?.created ?? createdAt(decision.carried_out_at ?? new Date(`${decision.decided_on}T12:00:00Z`)),
    blocks: [
      ...(published && !wording ? [summaryNotice] : []),
      ...(published
        ? []
        : [
            {
              kind: 'notice',
              title: 'Ur beslutsregistret',
              text: 'Mötet framgår inte av underlaget. Utdraget är ur portalens register över beslut, inte ur ett protokoll.',
            } as const,
          ]),
      factsBlock(page.facts),
      ...(page.clause === null ? [] : [{ kind: 'clause', label: 'Beslut', text: page.clause } as const]),
      ...(page.clauseNote === null ? [] : [{ kind: 'note', text: page.clauseNote } as const]),
      { kind: 'heading', level: 1, text: 'Vad beslutet ändrade' },
      changes.length === 0 ? paragraph('Beslutet ändrade inget register.') : listBlock(changes),
      ...page.corrections.flatMap(({ title, text }) => [
        { kind: 'notice', title: `Rättat i registret: ${title}`, text } as const,
      ]),
      ...(published && item && shown
        ? [
            { kind: 'heading', level: 1, text: `Ur protokollet: punkt ${item.number} ${item.title}` } as const,
            ...itemBlocks(item, shown, wording),
          ]
        : []),
      ...(published ? versionBlocks(published) : []),
    ],
  }
}
