import type { Reader } from '../db/database.ts'
import type { Fact } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, momentText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { masked } from '../kernel/masks.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import { meetingPath, meetingsPath, minutesTextPath, minutesVersionPath, minutesVersionsPath } from '../kernel/urls.ts'
import { type Mask, type Minutes, minutesText, withMasks, wordsMaskedIn } from './minutes.ts'
import { masksOf, notesOf } from './minutes-queries.ts'
import { type ShownMinutes, shownMinutes, shownNote } from './minutes-shown.ts'
import { maskedPlaces } from './pages.ts'
import { meetingBySlug } from './queries.ts'
import { type Stretch, versionDifferences, wordDifferences } from './versions.ts'
import { frozenMinutes } from './versions-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/versions': VersionsPage
    'meetings/version': VersionPage
  }
  interface Parts {
    'meetings/_stretches': { stretches: readonly Stretch[] }
  }
}

export type VersionsPage = {
  head: PageHead
  kicker: string
  lead: string
  versions: readonly {
    title: string
    path: string
    checksum: string
    differences: readonly { title: string; label: string; stretches: readonly Stretch[] }[]
    first: boolean
  }[]
  /** Of a summary, which is never frozen: what was noted, and what it changed. */
  notes: readonly { title: string; text: string; stretches: readonly Stretch[] }[]
}

export type VersionPage = {
  head: PageHead
  kicker: string
  lead: string
  facts: readonly Fact[]
  minutes: ShownMinutes
  /** Exactly what the checksum is of; null where words are masked. */
  textPath: string | null
  maskNote: string | null
  allPath: string
}

async function publishedMeeting(db: Reader, slug: string) {
  const meeting = await meetingBySlug(db, slug)
  if (meeting.state !== 'published') throw notFound(`published minutes of ${slug}`)
  return meeting
}

const crumbsTo = (meeting: { slug: string; body_short_name: string; held_on: string }) => [
  { text: 'Möten och protokoll', path: meetingsPath },
  { text: `${meeting.body_short_name} ${meeting.held_on}`, path: meetingPath(meeting.slug) },
]

/** Every version of a meeting's minutes, with what differs from the one before. Masks cover all of them. */
export async function versionsPage(db: Reader, slug: string): Promise<VersionsPage> {
  const meeting = await publishedMeeting(db, slug)
  const [versions, masks, notes] = await Promise.all([
    frozenMinutes(db, meeting.id),
    masksOf(db, meeting.id),
    notesOf(db, meeting.id),
  ])
  const shown = versions.map((version) => ({ ...version, minutes: withMasks(version.minutes, masks) }))
  const summaryNotes = versions.length > 0 ? [] : notes
  return {
    head: {
      title: `Protokollets versioner, ${meeting.title}`,
      section: 'meetings',
      crumbs: [...crumbsTo(meeting), { text: 'Versioner' }],
    },
    kicker: meeting.title,
    lead:
      versions.length > 0
        ? `${capitalised(counted(versions.length, 'version', 'versioner'))}. Tidigare versioner står kvar som de var.`
        : 'Texten är en sammanfattning. Bara protokollets ordalydelse fryses i versioner med kontrollsumma.',
    versions: shown
      .map((version, place) => {
        const previous = shown[place - 1]
        return {
          title: `Version ${version.number}, ${momentText(version.published_at)}`,
          path: minutesVersionPath(slug, version.number),
          checksum: version.sha256.toString('hex'),
          first: !previous,
          differences: previous
            ? versionDifferences(previous.minutes, version.minutes).flatMap(({ number, title, parts }) =>
                parts.map(({ label, stretches }) => ({
                  title: number === '' ? title : `Punkt ${number} ${title}`,
                  label,
                  stretches,
                })),
              )
            : [],
        }
      })
      .reverse(),
    notes: summaryNotes.map((note) => {
      const words = wordsMaskedIn(masks, note.item_number)
      const { title, text } = shownNote({
        kind: note.kind,
        on: note.noted_on as Day,
        by: note.noted_by,
        note: masked(note.note, words),
      })
      return {
        title: note.item_number === null ? title : `${title}, punkt ${note.item_number}`,
        text,
        stretches:
          note.text_before === null && note.text_after === null
            ? []
            : wordDifferences(masked(note.text_before ?? '', words), masked(note.text_after ?? '', words)),
      }
    }),
  }
}

/** Does the version say something that has been masked since? Those frozen after the mask do not. */
const holdsMasked = (minutes: Minutes, masks: readonly Mask[]) =>
  minutesText(withMasks(minutes, masks)) !== minutesText(minutes)

async function oneVersion(db: Reader, slug: string, number: number) {
  const meeting = await publishedMeeting(db, slug)
  const version = (await frozenMinutes(db, meeting.id)).find((one) => one.number === number)
  if (!version) throw notFound(`version ${number} of ${slug}`)
  return { meeting, version, masks: await masksOf(db, meeting.id) }
}

/** One version as it was frozen, but for what is masked. */
export async function versionPage(db: Reader, slug: string, number: number): Promise<VersionPage> {
  const { meeting, version, masks } = await oneVersion(db, slug, number)
  const hidden = holdsMasked(version.minutes, masks)
  return {
    head: {
      title: `Version ${number}, ${meeting.title}`,
      section: 'meetings',
      crumbs: [
        ...crumbsTo(meeting),
        { text: 'Versioner', path: minutesVersionsPath(slug) },
        { text: `Version ${number}` },
      ],
      hidden: true,
    },
    kicker: meeting.title,
    lead: `Version ${number} som den publicerades ${momentText(version.published_at)}.`,
    facts: [
      { term: 'Kontrollsumma', values: [{ text: version.sha256.toString('hex'), note: 'SHA-256' }] },
      { term: 'Publicerad av', values: [{ text: version.published_by }] },
      ...(version.without_approval === null
        ? []
        : [{ term: 'Utan justering', values: [{ text: version.without_approval }] }]),
    ],
    minutes: shownMinutes(withMasks(version.minutes, masks)),
    textPath: hidden ? null : minutesTextPath(slug, number),
    maskNote: hidden
      ? `Ord är maskerade i ${listed(maskedPlaces(masks))}. Den här versionens kontrollsumma är räknad på texten utan mask, som finns kvar men inte visas.`
      : null,
    allPath: minutesVersionsPath(slug),
  }
}

/** Exactly the text that the checksum is of. Not given out when something in it is masked. @throws PortalError not-found */
export async function versionText(db: Reader, slug: string, number: number): Promise<string> {
  const { version, masks } = await oneVersion(db, slug, number)
  if (holdsMasked(version.minutes, masks)) throw notFound(`text of version ${number} of ${slug}: masked`)
  return version.content_text
}
