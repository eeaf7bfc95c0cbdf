/** What feeds, calendars and newsletters may say, and how a newsletter's text is made. Pure. */
import { mailboxesIn, telephonesIn } from '../kernel/contacts.ts'

/** What feeds say instead of the name of somebody who has no place in them. */
export const unnamed = 'en person som inte namnges här'

const escaped = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function patternOf(name: string): RegExp {
  const words = name.trim().split(/\s+/).map(escaped).join('\\s+')
  return new RegExp(`(?<![\\p{L}\\p{N}])${words}s?(?![\\p{L}\\p{N}])`, 'giu')
}

/** The names that stand in the text, in their own words or in the genitive. */
export function namesIn(text: string, names: readonly string[]): string[] {
  return names.filter((name) => name.trim() !== '' && patternOf(name).test(text))
}

/** Takes the names out of texts. The longest are taken first, so that none of their parts is left. */
export function namesRemover(names: readonly string[]): (text: string) => string {
  const patterns = [...names]
    .filter((name) => name.trim() !== '')
    .sort((a, b) => b.length - a.length)
    .map((name) => patternOf(name))
  return (text) => patterns.reduce((left, pattern) => left.replace(pattern, unnamed), text)
}

/** The text without the names. */
export const withoutNames = (text: string, names: readonly string[]): string => namesRemover(names)(text)

/** What news is about; also the order of a newsletter's parts. */
export const newsKinds = ['meeting', 'minutes', 'decision', 'plan', 'document', 'position', 'discharge-days'] as const
export type NewsKind = (typeof newsKinds)[number]

/** The heading of each part of a newsletter. */
export const newsHeadings: Readonly<Record<NewsKind, string>> = {
  meeting: 'Kallade möten',
  minutes: 'Nya protokoll',
  decision: 'Beslut',
  plan: 'Handlingsplaner',
  document: 'Dokument',
  position: 'Beslutsläge hos parterna',
  'discharge-days': 'Utskrivningsklara dagar',
}

/** How many of each kind a draft tells one by one; the rest is counted. */
export const mostOfAKind = 12

type News = { kind: NewsKind; title: string; path: string; text: string | null }

/** Signs that would be formatting are shown as they are. */
const literal = (text: string) => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|~]/g, '\\$&')

/**
 * The draft of a newsletter in Markdown: a heading for each kind that there is news of, a line for each piece.
 * @param totals how many there are of each kind, when `news` is only the first of them
 */
export function draftContent(news: readonly News[], totals?: ReadonlyMap<NewsKind, number>): string {
  return newsKinds
    .flatMap((kind) => {
      const ofKind = news.filter((one) => one.kind === kind)
      if (ofKind.length === 0) return []
      const lines = ofKind
        .slice(0, mostOfAKind)
        .map(({ title, path, text }) => `- [${literal(title)}](${path})${text === null ? '' : `: ${literal(text)}`}`)
      const more = (totals?.get(kind) ?? ofKind.length) - lines.length
      return [`## ${newsHeadings[kind]}\n\n${[...lines, ...(more > 0 ? [`- och ${more} till`] : [])].join('\n')}`]
    })
    .join('\n\n')
}

/** The text by its headings ('## …'); what stands before the first has none. */
export function partsOf(content: string): { heading: string | null; text: string }[] {
  const parts: { heading: string | null; text: string }[] = [{ heading: null, text: '' }]
  for (const line of content.replace(/\r\n?/g, '\n').split('\n')) {
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(line)?.[1]
    if (heading !== undefined) parts.push({ heading: heading.replace(/\\([\\`*_[\]<>#|~])/g, '$1'), text: '' })
    else
      parts[parts.length - 1] = { ...(parts.at(-1) as (typeof parts)[number]), text: `${parts.at(-1)?.text}${line}\n` }
  }
  return parts
    .map(({ heading, text }) => ({ heading, text: text.trim() }))
    .filter(({ heading, text }) => heading || text)
}

/** Why words may not be published in a newsletter, with the words; nothing: they may. */
export type WordsRefused = { why: 'mailbox' | 'telephone' | 'name'; words: string }

/**
 * Newsletters reach everybody through a feed, and stand: no contact details but a group's own mailbox, and nobody who
 * has no place in feeds.
 * @param mailboxes the addresses that are a group's or the portal's own
 * @param names those who have no place in feeds
 */
export function refuseWords(
  text: string,
  { mailboxes, names }: { mailboxes: readonly string[]; names: readonly string[] },
): WordsRefused | null {
  const own = new Set(mailboxes.map((address) => address.toLowerCase()))
  const foreign = mailboxesIn(text).find((address) => !own.has(address.toLowerCase()))
  if (foreign !== undefined) return { why: 'mailbox', words: foreign }
  const number = telephonesIn(text)[0]
  if (number !== undefined) return { why: 'telephone', words: number.trim() }
  const name = namesIn(text, names)[0]
  return name === undefined ? null : { why: 'name', words: name }
}

/** A free address for a newsletter that is published on the day: '2026-03-10', then '2026-03-10-2'. */
export function newsletterSlug(publishedOn: string, taken: ReadonlySet<string>): string {
  let slug = publishedOn
  for (let number = 2; taken.has(slug); number += 1) slug = `${publishedOn}-${number}`
  return slug
}
