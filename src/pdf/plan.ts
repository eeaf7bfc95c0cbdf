import type { ActivityShown, AreaShown, FollowUpShown, SectionShown } from '../action-plans/content.ts'
import { planPage } from '../action-plans/pages.ts'
import { changedAt, planBySlug } from '../action-plans/queries.ts'
import { isOfTheDay } from '../action-plans/texts.ts'
import type { Reader } from '../db/database.ts'
import type { Fact, Tag, Value } from '../http/parts.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { type Block, createdAt, keyOf, type PdfDocument, paragraph } from './document.ts'
import { summaryMark } from './minutes.ts'
import { factsBlock, listBlock, tableBlock, valueText } from './parts.ts'

// Paper lies for years: that a date lies ahead, or has passed, is true the day it is printed. What the register holds
// (done, moved) stays; so equal content gives equal bytes and an equal checksum, whatever day it is.
const lasting = <T extends Tag | null | undefined>(tag: T) => (tag && isOfTheDay(tag) ? null : tag)
const lastingFact = ({ term, values }: Fact): Fact => ({
  term,
  values: values.map(({ note, ...value }): Value => (note && !isOfTheDay({ text: note }) ? { ...value, note } : value)),
})

const sectionBlocks = ({ text, items }: SectionShown): Block[] => [
  ...(text === null ? [] : [paragraph(text)]),
  ...(items.length === 0 ? [] : [listBlock(items)]),
]

const followUpBlock = ({ when, state, text, by, item }: FollowUpShown): Block => ({
  kind: 'notice',
  title: ['Uppföljning', when, state?.text].filter(Boolean).join(' · '),
  text: [text, by, item && valueText(item)]
    .filter(Boolean)
    .map((part, at, all) => (at < all.length - 1 && !/[.!?]$/.test(`${part}`) ? `${part}.` : part))
    .join(' '),
})

const activityBlocks = ({ code, text, tag, milestones, followUps }: ActivityShown): Block[] => [
  { kind: 'text', runs: [{ text: `${code} `, bold: true }, { text: tag ? `${text} (${tag.text})` : text }] },
  ...(milestones.length === 0
    ? []
    : [listBlock(milestones.map((one) => [one.text, lasting(one.tag)?.text].filter(Boolean).join(', ')))]),
  ...followUps.map(followUpBlock),
]

const areaBlocks = ({
  code,
  title,
  purpose,
  sections,
  facts,
  activities,
  activitiesTitle,
  followUps,
}: AreaShown): Block[] => [
  { kind: 'heading', level: 2, text: `${code} ${title}` },
  ...(purpose === null ? [] : [paragraph(purpose)]),
  ...sections.flatMap((section): Block[] => [
    { kind: 'heading', level: 3, text: section.heading },
    ...sectionBlocks(section),
  ]),
  ...(facts.length === 0 ? [] : [factsBlock(facts.map(lastingFact))]),
  ...(activities.length === 0
    ? [{ kind: 'note', text: `${activitiesTitle}.` } as const]
    : [{ kind: 'heading', level: 3, text: activitiesTitle } as const, ...activities.flatMap(activityBlocks)]),
  ...followUps.map(followUpBlock),
]

const titled = (text: string, blocks: readonly Block[]): Block[] =>
  blocks.length === 0 ? [] : [{ kind: 'heading', level: 1, text }, ...blocks]

/** An adopted plan as it stands today, with the decision that adopted it. @throws PortalError not-found */
export async function planDocument(
  db: Reader,
  slug: string,
  today: Day,
  where: { site: string; address: string },
): Promise<PdfDocument> {
  const plan = await planBySlug(db, slug)
  const [page, changed] = await Promise.all([planPage(db, slug, today, null), changedAt(db, plan.id)])
  const { content } = page
  if (!content) throw notFound(`adopted plan ${slug}`)
  const summary = plan.text_kind === 'summary'
  const blocks: Block[] = [
    ...(summary
      ? [
          {
            kind: 'notice',
            title: 'Sammanfattning',
            text: 'Texten är en sammanfattning, inte planens ordalydelse.',
          } as const,
        ]
      : []),
    factsBlock(page.facts),
    paragraph(content.lead),
    ...titled('Vad planen vill', [
      ...(content.promise.length === 0 ? [] : [factsBlock(content.promise)]),
      ...(content.directions.length === 0
        ? []
        : [{ kind: 'heading', level: 2, text: 'Strategiska inriktningar' } as const, listBlock(content.directions)]),
    ]),
    ...titled('Förbättringsområden', content.improvement.flatMap(areaBlocks)),
    ...titled('Fortgår över tid', content.ongoing.flatMap(areaBlocks)),
    ...titled(
      'Milstolpar',
      content.milestones.length === 0
        ? [paragraph('Planen anger inga daterade milstolpar.')]
        : [
            tableBlock(
              'Planens milstolpar i datumordning',
              [{ text: 'När' }, { text: 'Vad' }, { text: 'Hör till' }, { text: 'Läge' }],
              content.milestones.map((cells) =>
                cells.map(({ tag, ...cell }) => ({ ...cell, tag: lasting(tag) ?? null })),
              ),
            ),
          ],
    ),
    ...titled('Uppföljning', [
      paragraph(content.followedUp),
      ...(content.followUps.length === 0
        ? []
        : [
            tableBlock(
              'Uppföljningar, senaste först',
              [{ text: 'När' }, { text: 'Gäller' }, { text: 'Läge' }],
              content.followUps,
            ),
          ]),
    ]),
    ...titled(
      'Om planen',
      content.sections.flatMap((section): Block[] => [
        { kind: 'heading', level: 2, text: section.heading },
        ...sectionBlocks(section),
      ]),
    ),
  ]
  return {
    ...where,
    title: page.title,
    kicker: page.kicker,
    mark: summary ? summaryMark : null,
    created: createdAt(changed ?? new Date(`${plan.decided_on ?? today}T12:00:00Z`)),
    blocks: [
      ...blocks,
      { kind: 'heading', level: 1, text: 'Innehållets kontrollsumma' },
      { kind: 'code', label: 'Kontrollsumma (SHA-256)', text: keyOf(JSON.stringify(blocks)) },
      {
        kind: 'note',
        text: 'Summan är räknad på det innehåll som är tryckt ovan. Två utskrifter med samma summa säger samma sak; när planen revideras eller följs upp blir summan en annan.',
      },
    ],
  }
}
