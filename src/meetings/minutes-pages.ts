import type { Reader } from '../db/database.ts'
import type { TextKind } from '../db/schema.ts'
import { clausesOf, decisionsOfMeeting } from '../decisions/draft-queries.ts'
import { kindNames } from '../decisions/effect-forms.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import type { EffectHandler, EffectKind } from '../effects/effect.ts'
import type { Draft, DraftPart } from '../http/drafts.ts'
import { type Area, type Field, type FormState, type Options, problemOf, typedList, typedText } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Fact, Value } from '../http/parts.ts'
import { type Comparison, differencesBetween } from '../http/stale.ts'
import { type Html, type PageHead, trusted } from '../http/view.ts'
import { markdownHtml } from '../kernel/markdown.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  agendaPath,
  approvalPath,
  attendancePath,
  itemAnchor,
  itemMinutesPath,
  minutesPath,
  newItemDecisionPath,
  publicationPath,
  workDecisionPath,
} from '../kernel/urls.ts'
import { attendanceMark, itemMark } from './minutes-changes.ts'
import { attendanceAreas } from './minutes-forms.ts'
import * as queries from './minutes-queries.ts'
import { capacityOf } from './minutes-rules.ts'
import { itemKindNames, textKindNotes } from './texts.ts'
import { meetingHead } from './workbench-pages.ts'
import type { WorkMeeting } from './workbench-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/minutes': MinutesPage
    'meetings/attendance': AttendancePage
  }
  interface Parts {
    'meetings/_item-minutes': WrittenItemModel
  }
}

/** The kinds of decisions that are one click away in the minutes; the rest are behind "Annat slag". */
const nearestKinds: readonly EffectKind[] = [
  'member_replaced',
  'indicator_set',
  'minutes_filed',
  'assignment_given',
  'position',
]

export type WrittenItemModel = {
  id: number
  anchor: string
  number: string
  title: string
  sub: boolean
  kinds: string
  mark: string
  background: string | null
  text: Area
  /** The rest, folded away until it is needed. */
  more: readonly (({ as: 'area' } & Area) | ({ as: 'field' } & Field) | ({ as: 'options' } & Options))[]
  /** Opened when there is something in it. */
  open: boolean
  presenters: string | null
  comparison: Comparison
  preview: Html | null
  decisions: readonly { text: string; clause: string; path: string }[]
  decide: readonly { text: string; path: string }[]
  /** Several items on the page: the button saves all of them and comes back here. */
  save: string
}

export type MinutesPage = {
  head: PageHead
  kicker: string
  lead: string
  saved: string | null
  problems: readonly Problem[]
  /** What was typed for items that somebody has removed meanwhile. */
  gone: readonly { label: string; text: string }[]
  path: string
  draft: DraftPart
  autosavePath: string
  facts: readonly Fact[]
  textKind: { path: string; options: Options } | null
  items: readonly WrittenItemModel[]
  /** Below the items of a whole protocol. */
  newItems: { path: string; area: Area; agendaPath: string } | null
  next: readonly Value[]
  whole: Value | null
}

const textKindOptions: Record<TextKind, string> = {
  wording: 'Protokollets ordalydelse',
  summary: 'En sammanfattning, med hänvisning till originalet',
}

export type MinutesState = FormState & {
  draft?: Draft | null
  stale?: readonly { id: number; stands: queries.ItemWords; mark: string }[]
  /** Items that were written in and are gone. */
  gone?: readonly number[]
  preview?: boolean
  saved?: string | null
}

/** The name of the draft of a meeting's minutes, or of one item's. */
export const minutesDraft = (slug: string, number: string | null = null) =>
  number === null ? `protokoll/${slug}` : `protokoll/${slug}/${number}`

export async function minutesPage(
  db: Reader,
  handlers: readonly EffectHandler[],
  meeting: WorkMeeting,
  number: string | null,
  given: MinutesState,
): Promise<MinutesPage> {
  const [items, decisions, attendance] = await Promise.all([
    queries.itemsToWrite(db, meeting.id),
    decisionsOfMeeting(db, meeting.id),
    queries.attendanceRows(db, meeting.id),
  ])
  const clauses = await clausesOf(db, handlers, decisions)
  const draft = Object.keys(given.typed).length === 0 ? (given.draft ?? null) : null
  const state: FormState = draft === null ? given : { typed: draft.typed, problems: given.problems }
  const shown = items.filter((item) => number === null || item.number === number)
  const path = number === null ? minutesPath(meeting.slug) : itemMinutesPath(meeting.slug, number)
  const members = attendance.filter(({ capacity }) => capacity === 'member').length
  return {
    head: meetingHead(meeting, number === null ? 'Protokoll' : `Protokoll, punkt ${number}`),
    kicker: meeting.title,
    lead: 'Det du skriver här syns för andra först när protokollet publiceras.',
    saved: given.saved ?? null,
    problems: given.problems,
    gone: (given.gone ?? []).flatMap((id) =>
      Object.entries(wordLabels)
        .map(([name, label]) => ({ label, text: typedText(given, `${name}-${id}`) }))
        .filter(({ text }) => text.trim() !== ''),
    ),
    path,
    draft: { form: minutesDraft(meeting.slug, number), back: path, savedAt: draft?.savedAt ?? null },
    autosavePath: '/arbetsyta/utkast',
    facts: [
      {
        term: 'Närvaro',
        values: [
          {
            text:
              attendance.length === 0
                ? 'Ingen närvaro antecknad'
                : `${counted(members, 'ledamot', 'ledamöter')}, ${counted(attendance.length - members, 'annan', 'andra')}`,
          },
          {
            text: attendance.length === 0 ? 'Anteckna närvaron' : 'Ändra närvaron',
            path: attendancePath(meeting.slug),
          },
        ],
      },
      { term: 'Text', values: [{ text: textKindNotes[meeting.text_kind] }] },
    ],
    textKind:
      number === null
        ? {
            path: `${minutesPath(meeting.slug)}/text`,
            options: {
              name: 'text_ar',
              legend: 'Vad är texten?',
              hint: 'Bara ordalydelsen fryses med kontrollsumma när protokollet publiceras. En sammanfattning säger att den är en sammanfattning.',
              many: false,
              options: (['wording', 'summary'] as const).map((value) => ({
                value,
                text: textKindOptions[value],
                chosen: meeting.text_kind === value,
              })),
            },
          }
        : null,
    items: shown.map((item) => {
      const stale = given.stale?.find(({ id }) => id === item.id)
      const decided = decisions.filter(({ agenda_item_id }) => agenda_item_id === item.id)
      return writtenItem(meeting.slug, item, state, {
        stale,
        preview: given.preview === true,
        whole: number === null,
        decisions: decided.map((decision) => ({
          text: decisionKindNames[decision.kind].one,
          clause: clauses.get(decision.id) ?? decision.title,
          path: workDecisionPath(decision.id),
        })),
      })
    }),
    newItems:
      number === null
        ? {
            path: `${minutesPath(meeting.slug)}/punkter`,
            agendaPath: agendaPath(meeting.slug),
            area: {
              name: 'punkter',
              label: items.length === 0 ? 'Punkternas rubriker' : 'Fler punkter',
              hint: 'En rubrik på varje rad. Börja raden med ett bindestreck för en delpunkt. Skriv typen sist inom parentes, till exempel (beslut), om det inte är information.',
              value: typedText(given, 'punkter'),
              error: problemOf(given, 'punkter'),
              rows: items.length === 0 ? 10 : 4,
            },
          }
        : null,
    next: [
      { text: 'Närvaro', path: attendancePath(meeting.slug) },
      { text: 'Justering', path: approvalPath(meeting.slug) },
      { text: 'Förhandsgranska och publicera', path: publicationPath(meeting.slug) },
    ],
    whole: number === null ? null : { text: 'Hela protokollet', path: minutesPath(meeting.slug) },
  }
}

const wordLabels: Record<keyof Omit<queries.ItemWords, 'typ'>, string> = {
  text: 'Text',
  foredragning: 'Föredragande',
  status: 'Status',
  jav: 'Jäv',
  reservationer: 'Reservationer',
  efter: 'Efter mötet',
}

function writtenItem(
  slug: string,
  item: queries.ItemToWrite,
  state: FormState,
  about: {
    stale: { stands: queries.ItemWords; mark: string } | undefined
    preview: boolean
    whole: boolean
    decisions: WrittenItemModel['decisions']
  },
): WrittenItemModel {
  const { id, number, words } = item
  const name = (field: string) => `${field}-${id}`
  const typed = (field: keyof typeof wordLabels) => typedText(state, name(field), words[field])
  // What was typed before the item came to the form is none of its business: it shows what stands.
  const inForm = state.typed[name('mark')] !== undefined
  const kinds = inForm ? typedList(state, name('typ'), words.typ) : words.typ
  const area = (field: keyof typeof wordLabels, hint: string | null, rows: number): Area => ({
    name: name(field),
    label: wordLabels[field],
    hint,
    value: inForm ? typed(field) : words[field],
    error: problemOf(state, name(field)),
    rows,
  })
  const more: WrittenItemModel['more'] = [
    { as: 'area', ...area('foredragning', 'En på varje rad: Namn, titel, organisation.', 2) },
    {
      as: 'options',
      name: name('typ'),
      legend: 'Typ',
      error: problemOf(state, name('typ')),
      many: true,
      options: Object.entries(itemKindNames).map(([value, text]) => ({
        value,
        text: capitalised(text),
        chosen: kinds.includes(value),
      })),
    },
    {
      as: 'field',
      name: name('status'),
      label: wordLabels.status,
      hint: 'Till exempel: Pågående arbete inom samordnande grupp Äldre.',
      value: inForm ? typed('status') : words.status,
      error: problemOf(state, name('status')),
    },
    { as: 'area', ...area('jav', 'En person på varje rad: Namn: orsak.', 2) },
    { as: 'area', ...area('reservationer', 'En person på varje rad: Namn: vad reservationen gäller.', 2) },
    { as: 'area', ...area('efter', 'Det som hände efter mötet och hör till punkten.', 2) },
  ]
  const text = area('text', null, 5)
  const stands = about.stale?.stands
  return {
    id,
    anchor: itemAnchor(number),
    number,
    title: item.title,
    sub: item.sub,
    kinds: capitalised(listed(kinds.map((kind) => itemKindNames[kind] ?? kind))),
    mark: about.stale?.mark ?? (inForm ? typedText(state, name('mark')) : itemMark(words)),
    background: item.background,
    text: { ...text, label: `Text, punkt ${number}` },
    more,
    open:
      [words.status, words.jav, words.reservationer, words.efter].some((one) => one !== '') ||
      more.some((one) => one.error),
    presenters: words.foredragning.replaceAll('\n', ' · ') || null,
    comparison: {
      about: `punkt ${number} ${item.title}`,
      differences: stands
        ? [
            ...differencesBetween(
              Object.fromEntries(
                Object.keys(wordLabels).map((field) => [field, typed(field as keyof typeof wordLabels)]),
              ),
              { ...stands, typ: null },
              wordLabels,
            ),
            ...differencesBetween(
              { typ: kinds.map((kind) => itemKindNames[kind]).join(', ') },
              { typ: stands.typ.map((kind) => itemKindNames[kind]).join(', ') },
              { typ: 'Typ' },
            ),
          ]
        : [],
    },
    preview: about.preview && text.value.trim() !== '' ? trusted(markdownHtml(text.value)) : null,
    decisions: about.decisions,
    decide: [
      ...nearestKinds.map((kind) => ({ text: kindNames[kind], path: newItemDecisionPath(slug, number, kind) })),
      { text: 'Annat slag', path: newItemDecisionPath(slug, number) },
    ],
    save: about.whole ? `Spara och fortsätt från punkt ${number}` : 'Spara',
  }
}

export type AttendancePage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  comparison: Comparison
  path: string
  mark: string
  draft: DraftPart
  rows: readonly {
    id: number
    name: string
    role: string | null
    reply: string | null
    present: boolean
    capacity: 'member' | 'substitute' | 'other'
    organisation: string
    title: string
  }[]
  allPath: string
  capacities: readonly { value: string; text: string }[]
  organisations: readonly string[]
  areas: readonly Area[]
  mayAdd: Options
  back: Value
}

export const attendanceDraft = (slug: string) => `narvaro/${slug}`

const replyWords = { yes: 'kommer', no: 'kommer inte', substitute: 'ersättare kommer' } as const
const capacityChoices = [
  { value: 'member', text: 'Ledamot' },
  { value: 'substitute', text: 'Ersättare' },
  { value: 'other', text: 'Övrig' },
]

export async function attendancePage(
  db: Reader,
  meeting: WorkMeeting,
  given: FormState & { draft?: Draft | null; stale?: boolean; all?: boolean },
): Promise<AttendancePage> {
  const [roster, standing, organisations] = await Promise.all([
    queries.rosterOf(db, meeting),
    queries.attendanceRows(db, meeting.id),
    queries.organisationNames(db),
  ])
  const draft = Object.keys(given.typed).length === 0 ? (given.draft ?? null) : null
  const state: FormState = draft === null ? given : { typed: draft.typed, problems: given.problems }
  const typing = Object.keys(state.typed).length > 0
  const present = new Map(standing.map((row) => [row.person_id, row]))
  const listedIds = new Set(roster.map(({ person_id }) => person_id))
  // Whoever attended without a seat has a row too once saved.
  const others = standing.filter(({ person_id }) => !listedIds.has(person_id))
  const chosen = typedList(state, 'person')
  const rowOf = (one: {
    person_id: number
    name: string
    role: string | null
    reply: string | null
    capacity: 'member' | 'substitute' | 'other'
    organisation: string | null
    title: string | null
    expected: boolean
  }): AttendancePage['rows'][number] => {
    const row = present.get(one.person_id)
    const ticked = standing.length > 0 ? row !== undefined : one.expected
    return {
      id: one.person_id,
      name: one.name,
      role: one.role,
      reply: one.reply,
      present: typing ? chosen.includes(String(one.person_id)) : given.all === true || ticked,
      capacity: (typedText(state, `som-${one.person_id}`, row?.capacity ?? one.capacity) || 'member') as 'member',
      organisation: typedText(
        state,
        `organisation-${one.person_id}`,
        row ? (row.organisation_short ?? row.on_behalf_text) : one.organisation,
      ),
      title: typedText(state, `titel-${one.person_id}`, row ? row.title : one.title),
    }
  }
  const rows = [
    ...roster.map((one) =>
      rowOf({
        ...one,
        role: null,
        capacity: capacityOf(one.role),
        reply: one.reply === null ? null : replyWords[one.reply],
        organisation:
          one.role === 'service_user_representative' ? 'Brukarrepresentant' : (one.organisation ?? one.represents_text),
        expected: one.reply === 'yes',
      }),
    ),
    ...others.map((one) =>
      rowOf({
        person_id: one.person_id,
        name: one.name,
        role: 'inte med i gruppens register den dagen',
        reply: null,
        capacity: one.capacity,
        organisation: one.organisation_short ?? one.on_behalf_text,
        title: one.title,
        expected: true,
      }),
    ),
  ]
  // One a line, as they are typed: name, title, organisation.
  const lines = (people: readonly (readonly (string | null)[])[]) =>
    people.map((person) => person.filter(Boolean).join(', ')).join('\n')
  const asTyped = (field: string, capacity: string) =>
    [
      lines(
        rows
          .filter((row) => row.present && row.capacity === capacity)
          .map(({ name, title, organisation }) => [name, title, organisation]),
      ),
      typedText(state, field).trim(),
    ]
      .filter(Boolean)
      .join('\n')
  const asStands = (capacity: string) =>
    lines(
      standing
        .filter((row) => row.capacity === capacity)
        .map(({ name, title, organisation_short, on_behalf_text }) => [
          name,
          title,
          organisation_short ?? on_behalf_text,
        ]),
    )
  const lineHint = 'En person på varje rad: Namn, titel, organisation. Det går att klistra in en lista.'
  const area = (name: string, label: string): Area => ({
    name,
    label,
    hint: lineHint,
    value: typedText(state, name),
    error: problemOf(state, name),
    rows: 3,
  })
  const path = attendancePath(meeting.slug)
  return {
    head: meetingHead(meeting, 'Närvaro'),
    kicker: meeting.title,
    lead:
      roster.length === 0
        ? `Ingen är registrerad i ${meeting.body_name} den dagen. Skriv vilka som var med.`
        : `Listan visar vilka som satt i ${meeting.body_name} den dagen. Kryssa i dem som var med.`,
    problems: given.problems,
    comparison: {
      about: 'närvaron',
      differences: given.stale
        ? differencesBetween(
            Object.fromEntries(attendanceAreas.map(({ field, capacity }) => [capacity, asTyped(field, capacity)])),
            Object.fromEntries(attendanceAreas.map(({ capacity }) => [capacity, asStands(capacity)])),
            { member: 'Ledamöter', substitute: 'Ersättare', other: 'Övriga' },
          )
        : [],
    },
    path,
    mark: given.stale || state.typed.mark === undefined ? attendanceMark(standing) : typedText(state, 'mark'),
    draft: { form: attendanceDraft(meeting.slug), back: path, savedAt: draft?.savedAt ?? null },
    rows,
    allPath: `${path}?alla=ja`,
    capacities: capacityChoices,
    organisations: [...new Set(organisations.flatMap(({ name, short_name }) => [short_name, name]))],
    areas: [
      area('ledamoter', 'Fler ledamöter'),
      area('ersattare', 'Fler ersättare'),
      area('ovriga', 'Övriga deltagare'),
    ],
    mayAdd: {
      name: 'nya',
      legend: 'Personer som inte finns i registret',
      many: true,
      options: [
        { value: 'ja', text: 'Namnen är rätt, lägg till dem i registret', chosen: typedText(state, 'nya') !== '' },
      ],
    },
    back: { text: 'Till protokollet', path: minutesPath(meeting.slug) },
  }
}
