import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import type { Draft, DraftPart } from '../http/drafts.ts'
import { asking, type EditPage, type Notice, type RegisterPage } from '../http/edit-page.ts'
import { optionalText, requiredText, versionField } from '../http/field-values.ts'
import { type FormState, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import { type ListItem, type Pages, pagesOf } from '../http/parts.ts'
import { type Crumb, type Html, type PageHead, trusted } from '../http/view.ts'
import { dayText, momentText, stockholmToday } from '../kernel/dates.ts'
import { markdownHtml } from '../kernel/markdown.ts'
import { counted } from '../kernel/text.ts'
import * as urls from '../kernel/urls.ts'
import type { PublicationRefusal } from './newsletter-changes.ts'
import * as queries from './newsletter-queries.ts'
import { partsOf, type WordsRefused } from './rules.ts'

declare module '../http/view.ts' {
  interface Views {
    'feeds/newsletters': NewsletterListPage
    'feeds/newsletter': NewsletterPage
    'feeds/newsletter-preview': PreviewPage
  }
  interface Parts {
    'feeds/_newsletter': Issue
  }
}

export const newsletterFeed = { title: 'Nyhetsbrev', path: urls.newsletterFeedPath }
const perPage = 50

/** A newsletter as it is read, the same in the preview and when it is published. */
export type Issue = {
  lead: string | null
  parts: readonly { heading: string | null; anchor: string; html: Html }[]
}

export type NewsletterListPage = {
  head: PageHead
  count: string
  items: readonly ListItem[]
  pages: Pages | null
  feed: { title: string; path: string }
  follow: string
}

export type NewsletterPage = {
  head: PageHead
  kicker: string
  title: string
  corrections: readonly { title: string; text: string }[]
  issue: Issue
  all: string
  follow: string
}

export type PreviewPage = {
  head: PageHead
  title: string
  problems: readonly Problem[]
  issue: Issue
  version: number
  path: string
  edit: string
  mayPublish: boolean
}

const summaryOf = (text: string) => (text.length > 200 ? `${text.slice(0, 199).trimEnd()}…` : text)

/** `base`: what paths of the portal begin with. */
function issueOf({ lead, content }: { lead: string | null; content: string | null }, base: string): Issue {
  return {
    lead,
    parts: partsOf(content ?? '').map(({ heading, text }, place) => ({
      heading,
      anchor: `del-${place + 1}`,
      html: trusted(markdownHtml(text, base)),
    })),
  }
}

export async function newsletterListPage(db: Reader, page: number): Promise<NewsletterListPage> {
  const [total, rows] = await Promise.all([
    queries.countNewsletters(db),
    queries.publishedNewsletters(db, perPage, (page - 1) * perPage),
  ])
  return {
    head: {
      title: 'Nyhetsbrev',
      crumbs: [{ text: 'Nyhetsbrev' }],
      description: 'Vad som har hänt i samverkan: möten, beslut, handlingsplaner och dokument.',
      feeds: [newsletterFeed],
    },
    count: counted(total, 'nyhetsbrev', 'nyhetsbrev'),
    items: rows.map(({ slug, title, lead, published_at, corrections }) => ({
      kicker: dayText(stockholmToday(published_at)),
      title,
      path: urls.newsletterPath(slug),
      text: lead === null ? null : summaryOf(lead),
      tags: corrections.length > 0 ? [{ text: 'rättat', tone: 'info' as const }] : [],
    })),
    pages: pagesOf(urls.newslettersPath, {}, page, total, perPage),
    feed: newsletterFeed,
    follow: urls.followPath,
  }
}

/** @throws PortalError not-found */
export async function newsletterPage(db: Reader, slug: string, base: string): Promise<NewsletterPage> {
  const letter = await queries.publishedNewsletter(db, slug)
  return {
    head: {
      title: `${letter.title}, ${dayText(stockholmToday(letter.published_at))}`,
      crumbs: [{ text: 'Nyhetsbrev', path: urls.newslettersPath }, { text: letter.title }],
      ...(letter.lead === null ? {} : { description: summaryOf(letter.lead) }),
      changed: momentText(letter.corrected_at ?? letter.published_at),
      feeds: [newsletterFeed],
    },
    kicker: `Nyhetsbrev · ${dayText(stockholmToday(letter.published_at))}`,
    title: letter.title,
    corrections: letter.corrections.map(({ correction, corrected_on }) => ({
      title: `Rättelse ${dayText(corrected_on)}`,
      text: correction,
    })),
    issue: issueOf(letter, base),
    all: urls.newslettersPath,
    follow: urls.followPath,
  }
}

const crumbs = (...last: Crumb[]): Crumb[] => [
  { text: 'Arbetsyta', path: urls.workspacePath },
  ...(last.length === 0 ? [{ text: 'Nyhetsbrev' }] : [{ text: 'Nyhetsbrev', path: urls.workNewslettersPath }, ...last]),
]

/** The drafts and what has been published, for those who write. */
export async function newsletterRegisterPage(db: Reader, notices: readonly Notice[] = []): Promise<RegisterPage> {
  const rows = await queries.allNewsletters(db)
  const draft = rows.find(({ state }) => state === 'draft')
  return {
    head: { title: 'Nyhetsbrev i arbetsytan', crumbs: crumbs(), hidden: true },
    lead: 'Utkastet skrivs av det som har publicerats sedan förra nyhetsbrevet. Du ändrar, granskar och publicerar.',
    notices,
    ways: draft ? [{ text: 'Fortsätt med utkastet', path: urls.workNewsletterPath(draft.id) }] : [],
    acts: draft ? [] : [{ text: 'Skriv ett utkast', path: urls.newNewsletterPath }],
    tables: [
      {
        anchor: 'nyhetsbrev',
        title: 'Alla nyhetsbrev',
        columns: [{ text: 'Nyhetsbrev' }, { text: 'Läge' }, { text: 'Rättelse' }],
        rows: rows.map(({ id, title, state, slug, published_at }) =>
          state === 'draft'
            ? [
                { text: title, path: urls.workNewsletterPath(id) },
                { text: '', tag: { text: 'utkast', tone: 'info' as const } },
                { text: '–' },
              ]
            : [
                { text: title, path: urls.newsletterPath(slug ?? '') },
                { text: published_at === null ? '' : `publicerat ${momentText(published_at)}` },
                { text: `Rätta ${slug}`, path: urls.newsletterCorrectionPath(id) },
              ],
        ),
        none: 'Inget nyhetsbrev är skrivet.',
      },
    ],
  }
}

export const newsletterForm = z
  .object({
    version: versionField,
    titel: requiredText('Skriv en rubrik.', 200),
    ingress: optionalText(2000),
    text: optionalText(60_000),
  })
  .transform(({ version, titel, ingress, text }) => ({
    version,
    values: { title: titel, lead: ingress, content: text },
  }))

export const correctionForm = z.object({
  rattelse: requiredText('Skriv vad som var fel och vad som är rätt.', 2000),
})

export const publicationForm = z.object({ version: versionField })

/** The name under which somebody's unsaved text is kept. */
export const draftName = (id: number) => `nyhetsbrev/${id}`

/** The form of a draft. A published newsletter has none. @throws PortalError not-found */
export async function newsletterEditPage(
  db: Reader,
  id: number,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
  kept: Draft | null = null,
): Promise<EditPage> {
  const row = await queries.newsletterById(db, id)
  const state = kept && Object.keys(form.typed).length === 0 ? { typed: kept.typed, problems: [] } : form
  const { field, area } = asking(state)
  const draft: DraftPart = { form: draftName(id), back: urls.workNewsletterPath(id), savedAt: kept?.savedAt ?? null }
  return {
    head: { title: row.title, crumbs: crumbs({ text: row.title }), hidden: true },
    kicker: 'Utkast till nyhetsbrev',
    lead: `Texten är skriven av det som publicerades till och med ${momentText(row.covers_until)}. Ingen annan än de som skriver ser utkastet.`,
    problems: form.problems,
    notices,
    draft,
    path: urls.workNewsletterPath(id),
    // What was typed was typed on the version that it came with.
    hidden: [{ name: 'version', value: typedText(state, 'version', row.version) }],
    ways: [{ text: 'Granska och publicera det som är sparat', path: urls.newsletterPreviewPath(id) }],
    groups: [
      {
        legend: null,
        questions: [
          field('titel', 'Rubrik', row.title, { required: true }),
          area('ingress', 'Ingress', row.lead, { rows: 4, hint: 'Det viktigaste i två eller tre meningar.' }),
          area('text', 'Text', row.content, {
            rows: 26,
            hint: 'Börja en rad med ## för en rubrik och med - för en punkt. [Ord](/adress) är en länk till en sida i portalen.',
          }),
        ],
      },
    ],
    submit: 'Spara',
    acts: [
      { text: 'Lägg till det som har tillkommit', path: urls.newsletterRefillPath(id) },
      { text: 'Ta bort utkastet', path: urls.removeNewsletterPath(id) },
    ],
  }
}

const wordsText = ({ why, words }: WordsRefused): string => {
  switch (why) {
    case 'mailbox':
      return `I texten står ${words}. Bara gruppernas egna brevlådor får stå i ett nyhetsbrev.`
    case 'telephone':
      return `I texten står ${words}, som ser ut som ett telefonnummer. Det får inte stå i ett nyhetsbrev.`
    case 'name':
      return `I texten står ${words}, som inte får namnges i flöden och nyhetsbrev.`
  }
}

/** Why it was not published, in words. */
export function publicationProblem(refusal: PublicationRefusal): Problem {
  if (typeof refusal !== 'string') return { field: '', text: wordsText(refusal) }
  switch (refusal) {
    case 'stale':
      return {
        field: '',
        text: 'Någon har ändrat texten efter att du öppnade sidan. Här är den som den står nu: läs igenom och publicera igen.',
      }
    case 'published':
      return { field: '', text: 'Nyhetsbrevet är redan publicerat.' }
    case 'empty':
      return { field: '', text: 'Nyhetsbrevet har ingen text.' }
  }
}

/** The newsletter as readers will see it. @throws PortalError not-found */
export async function previewPage(
  db: Reader,
  id: number,
  base: string,
  problems: readonly Problem[] = [],
): Promise<PreviewPage> {
  const row = await queries.newsletterById(db, id)
  return {
    head: {
      title: `Granska: ${row.title}`,
      crumbs: crumbs({ text: row.title, path: urls.workNewsletterPath(id) }, { text: 'Granska' }),
      hidden: true,
    },
    title: row.title,
    problems,
    issue: issueOf(row, base),
    version: row.version,
    path: urls.newsletterPublicationPath(id),
    edit: urls.workNewsletterPath(id),
    mayPublish: row.state === 'draft' && row.content !== null,
  }
}

/** The form of a correction. @throws PortalError not-found */
export async function correctionPage(
  db: Reader,
  id: number,
  form: FormState = untouched,
): Promise<EditPage & { published: boolean }> {
  const row = await queries.newsletterById(db, id)
  const { area } = asking(form)
  return {
    published: row.state === 'published',
    head: { title: `Rätta ${row.title}`, crumbs: crumbs({ text: `Rätta ${row.title}` }), hidden: true },
    lead: 'Det publicerade nyhetsbrevet ändras inte. Rättelsen visas överst på dess sida och i flödet.',
    problems: form.problems,
    notices: [],
    path: urls.newsletterCorrectionPath(id),
    hidden: [],
    ways: row.slug === null ? [] : [{ text: 'Nyhetsbrevet', path: urls.newsletterPath(row.slug) }],
    groups: [
      {
        legend: null,
        questions: [
          area('rattelse', 'Rättelse', '', { rows: 4, required: true, hint: 'Vad var fel, och vad är rätt?' }),
        ],
      },
    ],
    submit: 'Publicera rättelsen',
  }
}

export const correctionProblem = (refusal: WordsRefused): Problem => ({ field: 'rattelse', text: wordsText(refusal) })
