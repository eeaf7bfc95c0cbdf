import type { Reader } from '../db/database.ts'
import { type FormState, problemOf, typedList, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Value } from '../http/parts.ts'
import type { Difference } from '../http/stale.ts'
import type { PageHead } from '../http/view.ts'
import { capitalised, counted, listed } from '../kernel/text.ts'
import {
  agendaPath,
  agendaProposalPath,
  attachmentsPath,
  editItemPath,
  newItemPath,
  workMeetingPath,
} from '../kernel/urls.ts'
import type { FormPage, Question } from './form-page.ts'
import { draftsOf } from './next-meeting-queries.ts'
import { draftGroups } from './next-meeting-rules.ts'
import * as published from './queries.ts'
import { itemKindNames } from './texts.ts'
import { linkFields, presenterFields, rowsIn } from './workbench-forms.ts'
import { differencesOf, meetingHead, whyQuestion } from './workbench-pages.ts'
import { agendaChoices, type WorkMeeting } from './workbench-queries.ts'
import { makesVersion, refuseAgendaChange } from './workbench-rules.ts'
import { agendaRefusals } from './workbench-texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/agenda': AgendaPage
    'meetings/agenda-proposal': AgendaProposalPage
  }
  interface Parts {
    'meetings/_agenda-items': { items: readonly EditedItem[]; open: boolean }
  }
}

/** An item with its buttons. `up` and `down`: whether there is something to change places with. */
type EditedItem = {
  number: string
  title: string
  sub: boolean
  note: string
  background: string | null
  editPath: string
  up: boolean
  down: boolean
}

export type AgendaPage = {
  head: PageHead
  kicker: string
  problems: readonly Problem[]
  notice: string | null
  path: string
  items: readonly EditedItem[]
  open: boolean
  why: Question | null
  quick: { path: string; questions: readonly Question[] }
  links: readonly Value[]
  usual: { path: string; note: string } | null
}

const kindOptions = (chosen: readonly string[]) =>
  Object.entries(itemKindNames).map(([value, text]) => ({
    value,
    text: capitalised(text),
    chosen: chosen.includes(value),
  }))

const kindQuestion = (form: FormState, stands: readonly string[]): Question => ({
  as: 'options',
  name: 'typ',
  legend: 'Typ',
  many: true,
  error: problemOf(form, 'typ'),
  options: kindOptions(typedList(form, 'typ', stands)),
})

/** The agenda with buttons for its order, and the fast way to one more item. */
export async function agendaPage(
  db: Reader,
  meeting: WorkMeeting,
  why: string,
  form: FormState = untouched,
): Promise<AgendaPage> {
  const [agenda, presenters] = await Promise.all([
    published.agendaOf(db, meeting.id),
    published.presentersOf(db, meeting.id),
  ])
  const closed = refuseAgendaChange(meeting)
  const reason = makesVersion(meeting)
    ? whyQuestion({ ...form, typed: { varfor: why, ...form.typed } }, 'dagordningen')
    : null
  const siblings = (parent: number | null) => agenda.filter(({ parent_id }) => parent_id === parent)
  return {
    head: meetingHead(meeting, 'Dagordning'),
    kicker: meeting.body_name,
    problems: form.problems,
    notice: closed === null ? null : agendaRefusals[closed],
    path: agendaPath(meeting.slug),
    open: closed === null,
    items: agenda.map((item) => {
      const beside = siblings(item.parent_id)
      const speakers = presenters
        .filter(({ agenda_item_id }) => agenda_item_id === item.id)
        .map((one) => one.name ?? one.presenter_text ?? '')
      return {
        number: item.number,
        title: item.title,
        sub: item.parent_id !== null,
        note: [
          capitalised(listed(item.kinds.map((kind) => itemKindNames[kind] ?? kind))),
          ...(speakers.length === 0 ? [] : [`Föredragning: ${listed(speakers)}`]),
        ].join('. '),
        background: item.background,
        editPath: editItemPath(meeting.slug, item.number),
        up: beside[0] !== item,
        down: beside.at(-1) !== item,
      }
    }),
    why: reason,
    quick: {
      path: `${agendaPath(meeting.slug)}/punkter`,
      questions: [
        {
          as: 'field',
          name: 'rubrik',
          label: 'Rubrik',
          value: typedText(form, 'rubrik'),
          error: problemOf(form, 'rubrik'),
          required: true,
        },
        kindQuestion(form, ['information']),
        ...(reason === null ? [] : [{ as: 'hidden' as const, name: 'varfor', value: typedText(form, 'varfor', why) }]),
      ],
    },
    links: [
      { text: 'Ny punkt med föredragare, ärende och länkar', path: newItemPath(meeting.slug) },
      { text: 'Hämta förslag ur registren', path: agendaProposalPath(meeting.slug) },
      { text: 'Bilagor', path: attachmentsPath(meeting.slug) },
      { text: 'Till mötet', path: workMeetingPath(meeting.slug) },
    ],
    usual:
      agenda.length === 0
        ? null
        : {
            path: `${agendaPath(meeting.slug)}/vanlig`,
            note: `Nya möten i ${meeting.body_name} kan då börja från de här rubrikerna.`,
          },
  }
}

/** What stands in an item's form, by the names of its fields. */
type Stands = {
  texts: Readonly<Record<string, string>>
  kinds: readonly string[]
  version: number
  /** Null for a new item. */
  id: number | null
  label: string | null
}

const emptyRows = 2

async function standingItem(db: Reader, meeting: WorkMeeting, number: string | null): Promise<Stands | null> {
  if (number === null) return { texts: {}, kinds: ['information'], version: 0, id: null, label: null }
  const agenda = await published.agendaOf(db, meeting.id)
  const item = agenda.find((one) => one.number === number)
  if (!item) return null
  const [presenters, links, matters, documents] = await Promise.all([
    published.presentersOf(db, meeting.id),
    published.linksOf(db, meeting.id),
    published.mattersOf(db, meeting.id),
    published.documentsOf(db, meeting.id),
  ])
  const own = <Row extends { agenda_item_id: number | null }>(rows: readonly Row[]) =>
    rows.filter(({ agenda_item_id }) => agenda_item_id === item.id)
  const numberedRows = (rows: readonly Readonly<Record<string, string | null>>[]) =>
    rows.flatMap((row, place) =>
      Object.entries(row).map(([name, text]) => [`${name}-${place + 1}`, text ?? ''] as const),
    )
  return {
    version: item.version,
    id: item.id,
    kinds: item.kinds,
    label: `Punkt ${item.number}: ${item.title}`,
    texts: {
      rubrik: item.title,
      bakgrund: item.background ?? '',
      under: agenda.find(({ id }) => id === item.parent_id)?.number ?? '',
      ...Object.fromEntries([
        ...numberedRows(
          own(presenters).map((one) => ({
            foredragare: one.name ?? one.presenter_text,
            titel: one.title,
            organisation: one.organisation_name,
          })),
        ),
        ...numberedRows(own(matters).map(({ slug }) => ({ arende: slug }))),
        ...numberedRows(own(documents).map(({ slug }) => ({ dokument: slug }))),
        ...numberedRows(own(links).map(({ label, url }) => ({ lanktext: label, lankadress: url }))),
      ]),
    },
  }
}

/**
 * The form of one item, or of a new one. Null when the meeting has no such item.
 * @param number null for a new item
 */
export async function itemPage(
  db: Reader,
  meeting: WorkMeeting,
  number: string | null,
  form: FormState = untouched,
  { under = '', stale = false }: { under?: string; stale?: boolean } = {},
): Promise<FormPage | null> {
  const [stands, choices, agenda] = await Promise.all([
    standingItem(db, meeting, number),
    agendaChoices(db),
    published.agendaOf(db, meeting.id),
  ])
  if (stands === null) return null
  const text = (name: string) => typedText(form, name, stands.texts[name] ?? (name === 'under' ? under : ''))
  const touched = Object.keys(form.typed).length > 0
  const rowsOf = (names: readonly string[]) => {
    const shown = rowsIn(touched ? form.typed : stands.texts, names)
    const last = Math.max(0, ...shown.map(({ row }) => row))
    return Array.from({ length: last + emptyRows }, (_, place) => place + 1)
  }
  const field = (name: string, label: string, suggestions: readonly string[] | null = null): Question => ({
    as: 'field',
    name,
    label,
    value: text(name),
    error: problemOf(form, name),
    ...(suggestions === null ? {} : { suggestions }),
  })
  const select = (
    name: string,
    label: string,
    empty: string,
    options: readonly { value: string; text: string }[],
  ): Question => ({ as: 'select', name, label, value: text(name), empty, options, error: problemOf(form, name) })
  const bySlug = (rows: readonly { slug: string; title: string }[]) =>
    rows.map(({ slug, title }) => ({ value: slug, text: title }))
  const parents = agenda.filter((item) => item.parent_id === null && item.number !== number)
  return {
    head: meetingHead(meeting, stands.label ?? 'Ny punkt'),
    title: stands.label ?? 'Ny punkt',
    kicker: meeting.body_name,
    lead: null,
    notice: null,
    problems: form.problems,
    differences: stale ? itemDifferences(form, stands) : [],
    path: number === null ? newItemPath(meeting.slug) : editItemPath(meeting.slug, number),
    questions: [
      {
        as: 'hidden',
        name: 'version',
        value: stale ? String(stands.version) : typedText(form, 'version', stands.version),
      },
      ...(stands.id === null ? [] : [{ as: 'hidden' as const, name: 'punkt', value: String(stands.id) }]),
      { ...(field('rubrik', 'Rubrik') as Question & { as: 'field' }), required: true },
      kindQuestion(form, stands.kinds),
      select(
        'under',
        'Delpunkt till',
        'Egen punkt',
        parents.map((item) => ({ value: item.number, text: `${item.number} ${item.title}` })),
      ),
      {
        as: 'area',
        name: 'bakgrund',
        label: 'Bakgrund',
        hint: 'Står i dagordningen, för dem som ska förbereda sig.',
        value: text('bakgrund'),
        error: problemOf(form, 'bakgrund'),
        rows: 4,
      },
      ...rowsOf(presenterFields).map(
        (row): Question => ({
          as: 'row',
          legend: `Föredragare ${row}`,
          questions: [
            field(
              `foredragare-${row}`,
              'Namn',
              choices.people.map(({ name }) => name),
            ),
            field(`titel-${row}`, 'Titel'),
            field(
              `organisation-${row}`,
              'Organisation',
              choices.organisations.map(({ name }) => name),
            ),
          ],
        }),
      ),
      {
        as: 'options',
        name: 'registrera',
        legend: 'Föredragare som inte finns i personregistret',
        many: true,
        options: [
          {
            value: 'ja',
            text: 'Lägg till dem i personregistret',
            hint: 'Annars står de bara på dagordningen.',
            chosen: typedList(form, 'registrera').includes('ja'),
          },
        ],
      },
      ...rowsOf(['arende']).map((row) => select(`arende-${row}`, `Ärende ${row}`, 'Inget', bySlug(choices.matters))),
      ...rowsOf(['dokument']).map((row) =>
        select(`dokument-${row}`, `Dokument ${row}`, 'Inget', bySlug(choices.documents)),
      ),
      ...rowsOf(linkFields).map(
        (row): Question => ({
          as: 'row',
          legend: `Länk ${row}`,
          questions: [field(`lanktext-${row}`, 'Text'), field(`lankadress-${row}`, 'Adress')],
        }),
      ),
      ...(makesVersion(meeting) ? [whyQuestion(form, 'dagordningen')] : []),
    ],
    submit: 'Spara punkten',
    back: { text: 'Tillbaka utan att spara', path: agendaPath(meeting.slug) },
  }
}

const itemLabels: Readonly<Record<string, string>> = { rubrik: 'Rubrik', under: 'Delpunkt till', bakgrund: 'Bakgrund' }

function itemDifferences(form: FormState, stands: Stands): Difference[] {
  const rows = [...new Set([...Object.keys(form.typed), ...Object.keys(stands.texts)])]
    .filter((name) => /-\d+$/.test(name))
    .sort()
  const labels = {
    ...itemLabels,
    typ: 'Typ',
    ...Object.fromEntries(rows.map((name) => [name, capitalised(name.replace('-', ' '))])),
  }
  const inWords = (kinds: readonly string[]) => listed(kinds.map((kind) => itemKindNames[kind] ?? kind))
  return differencesOf(
    { ...form.typed, typ: inWords(typedList(form, 'typ')) },
    { ...stands.texts, typ: inWords(stands.kinds) },
    labels,
  )
}

export type AgendaProposalPage = {
  head: PageHead
  kicker: string
  lead: string
  problems: readonly Problem[]
  path: string
  groups: readonly {
    title: string
    drafts: readonly { key: string; title: string; reason: string; chosen: boolean }[]
  }[]
  standing: readonly Value[]
  why: Question | null
  back: Value
}

/** Nästa möte: what the registers say should be taken up and why, to choose from. What is soon is ticked. */
export async function agendaProposalPage(
  db: Reader,
  meeting: WorkMeeting,
  form: FormState = untouched,
): Promise<AgendaProposalPage> {
  const { fresh, standing } = await draftsOf(db, meeting)
  const soon = fresh.filter((draft) => draft.soon).map(({ key }) => key)
  const chosen = new Set(typedList(form, 'punkt', soon))
  return {
    head: meetingHead(meeting, 'Förslag till dagordning'),
    kicker: meeting.body_name,
    lead:
      fresh.length === 0
        ? 'Registren har inget mer att ta upp.'
        : `${counted(fresh.length, 'sak', 'saker')} ur registren. Det som ligger nära är ikryssat.`,
    problems: form.problems,
    path: agendaProposalPath(meeting.slug),
    groups: [...Map.groupBy(fresh, ({ group }) => group)].map(([group, drafts]) => ({
      title: draftGroups[group].title,
      drafts: drafts.map(({ key, title, reason }) => ({ key, title, reason, chosen: chosen.has(key) })),
    })),
    standing: standing.map(({ title, reason }) => ({ text: title, note: reason })),
    why: makesVersion(meeting) ? whyQuestion(form, 'dagordningen') : null,
    back: { text: 'Till dagordningen', path: agendaPath(meeting.slug) },
  }
}
