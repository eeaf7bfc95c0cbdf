import type { Reader } from '../db/database.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { momentText, weekdayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { capitalised, listed } from '../kernel/text.ts'
import { type Minutes, minutesText, withMasks } from '../meetings/minutes.ts'
import { collectMinutes, masksOf } from '../meetings/minutes-queries.ts'
import { shownMinutes } from '../meetings/minutes-shown.ts'
import { maskedPlaces } from '../meetings/pages.ts'
import { meetingBySlug } from '../meetings/queries.ts'
import { frozenMinutes } from '../meetings/versions-queries.ts'
import { type Block, createdAt, type PdfDocument, paragraph } from './document.ts'
import { markdownBlocks } from './markdown.ts'

/** What a document says on every page when its words are not those of the minutes. */
export const summaryMark = 'SAMMANFATTNING'

/**
 * The minutes that readers may read: the last frozen version, or of a summary, which is never frozen, what the registers
 * say. Masks cover both. @throws PortalError not-found when no minutes are published
 */
export async function publishedMinutes(db: Reader, handlers: readonly EffectHandler[], slug: string) {
  const meeting = await meetingBySlug(db, slug)
  if (meeting.state !== 'published') throw notFound(`published minutes of ${slug}`)
  const [versions, masks] = await Promise.all([frozenMinutes(db, meeting.id), masksOf(db, meeting.id)])
  const version = versions.at(-1) ?? null
  const unmasked = version?.minutes ?? (await collectMinutes(db, handlers, meeting.id))
  const minutes = withMasks(unmasked, masks)
  return {
    meeting,
    minutes,
    version,
    without: versions[0]?.without_approval ?? null,
    masks,
    /** Does the mask hide something that the checksum was counted on? */
    hidden: minutesText(minutes) !== minutesText(unmasked),
    created: createdAt(version?.published_at ?? meeting.published_at ?? new Date(`${meeting.held_on}T12:00:00Z`)),
  }
}

type Published = Awaited<ReturnType<typeof publishedMinutes>>

/** Which version was printed and what its checksum is of, so that a reader can count for themselves. */
export function versionBlocks({ version, masks, hidden, without }: Published): Block[] {
  const places = masks.length === 0 ? null : `Ord är maskerade i ${listed(maskedPlaces(masks))}.`
  if (!version) return places === null ? [] : [{ kind: 'notice', title: 'Maskerade ord', text: places }]
  const ofText = hidden
    ? 'Kontrollsumman är räknad på versionens text utan mask, som finns kvar men inte visas.'
    : 'Kontrollsumman är räknad på versionens text, som kan hämtas på protokollets sida i portalen.'
  return [
    { kind: 'heading', level: 1, text: 'Protokollets version' },
    paragraph(`Version ${version.number}, publicerad ${momentText(version.published_at)} av ${version.published_by}.`),
    ...(without === null ? [] : [paragraph(`Publicerat utan att alla justerare hade godkänt. Skäl: ${without}`)]),
    {
      kind: 'code',
      label: `Kontrollsumma (SHA-256) för version ${version.number}`,
      text: version.sha256.toString('hex'),
    },
    { kind: 'note', text: places === null ? ofText : `${places} ${ofText}` },
  ]
}

/** Printed first in what is no wording. */
export const summaryNotice: Block = {
  kind: 'notice',
  title: 'Sammanfattning',
  text: 'Texten är en sammanfattning, inte protokollets ordalydelse. Den har ingen fryst version och ingen kontrollsumma.',
}

/** One item: its text, what was decided, and what was noted afterwards. The heading is the caller's. */
export function itemBlocks(
  item: Minutes['items'][number],
  shown: ReturnType<typeof shownMinutes>['items'][number],
  wording: boolean,
): Block[] {
  return [
    ...(shown.note === '' ? [] : [{ kind: 'note', text: shown.note } as const]),
    ...(item.text === null ? [] : wording ? markdownBlocks(item.text) : shown.paragraphs.map(paragraph)),
    ...shown.statements.map(paragraph),
    ...shown.decisions.map(({ label, clause }): Block => ({ kind: 'clause', label, text: clause })),
    ...shown.notes.map(({ title, text }): Block => ({ kind: 'notice', title, text })),
  ]
}

const capacities = [
  ['member', 'Närvarande ledamöter'],
  ['substitute', 'Ersättare'],
  ['other', 'Övriga deltagare'],
] as const

function attendanceBlocks({ attendance }: Minutes): Block[] {
  const tables = capacities.flatMap(([capacity, title]): Block[] => {
    const people = attendance.filter((one) => one.capacity === capacity)
    if (people.length === 0) return []
    return [
      {
        kind: 'table',
        caption: `${title} (${people.length})`,
        columns: ['Namn', 'Uppdrag', 'Organisation'].map((text) => ({ text, numeric: false })),
        rows: people.map(({ name, title: role, organisation }) => [name, role ?? '–', organisation ?? '–']),
      },
    ]
  })
  return tables.length === 0 ? [] : [{ kind: 'heading', level: 1, text: 'Närvaro' }, ...tables]
}

/** @param where the site's name, and the absolute address of the page that is printed */
export function minutesDocument(published: Published, where: { site: string; address: string }): PdfDocument {
  const { minutes, version, created } = published
  const shown = shownMinutes(minutes)
  const wording = minutes.textKind === 'wording'
  return {
    ...where,
    title: minutes.title,
    kicker: `${version || wording ? 'Protokoll' : 'Sammanfattning av protokoll'} · ${capitalised(weekdayText(minutes.heldOn))} · ${minutes.body}`,
    mark: wording ? null : summaryMark,
    created,
    blocks: [
      ...(wording ? [] : [summaryNotice]),
      {
        kind: 'facts',
        facts: shown.facts.map(({ term, values }) => ({ term, values: values.map(({ text }) => text) })),
      },
      ...(wording ? [{ kind: 'note', text: shown.textNote } as const] : []),
      ...shown.notes.map(({ title, text }): Block => ({ kind: 'notice', title, text })),
      ...shown.items.flatMap((item, place): Block[] => [
        // A sub-item has its item's number and a letter.
        {
          kind: 'heading',
          level: place > 0 && /\p{L}$/u.test(item.number) ? 2 : 1,
          text: `${item.number} ${item.title}`,
        },
        ...itemBlocks(minutes.items[place] as Minutes['items'][number], item, wording),
      ]),
      ...attendanceBlocks(minutes),
      ...versionBlocks(published),
    ],
  }
}
