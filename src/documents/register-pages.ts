import type { Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { EditPage, Notice, Question, RegisterPage } from '../http/edit-page.ts'
import { linkLinesHint, linkText, vagueDateHint } from '../http/field-values.ts'
import { type FormState, problemOf, typedList, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import { type Identity, keptBy } from '../http/permissions.ts'
import type { Crumb, PageHead } from '../http/view.ts'
import { addDays, type Day, dateText, dayText, type Precision } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import {
  documentPath,
  documentRegisterPath,
  documentVersionsPath,
  editDocumentPath,
  filePath,
  newDecisionLink,
  partyBoardPath,
  registersPath,
  reportPath,
  workspacePath,
} from '../kernel/urls.ts'
import { boardMark } from './board-changes.ts'
import { vague } from './dates.ts'
import { fileKinds, sizeText } from './file-rules.ts'
import { attachmentsOfVersions } from './files.ts'
import { type documentBySlug, linksOf } from './queries.ts'
import { type BoardRow, belongingsOf, documentChoices, type documentsKept, versionRows } from './register-queries.ts'
import { forceText } from './rules.ts'
import { documentKindNames, documentStates, positionStates } from './texts.ts'

type Document = Awaited<ReturnType<typeof documentBySlug>>

const crumbs = (...last: Crumb[]): Crumb[] => [
  { text: 'Arbetsyta', path: workspacePath },
  { text: 'Register', path: registersPath },
  ...(last.length === 0 ? [{ text: 'Dokument' }] : [{ text: 'Dokument', path: documentRegisterPath }, ...last]),
]

export function documentRegisterPage(documents: Awaited<ReturnType<typeof documentsKept>>, all: boolean): RegisterPage {
  return {
    head: { title: 'Dokument i registret', crumbs: crumbs(), hidden: true },
    lead: all
      ? counted(documents.length, 'dokument', 'dokument')
      : `${counted(documents.length, 'dokument', 'dokument')} som dina grupper äger. Andra dokument sköter länets samordnare.`,
    notices: [],
    ways: [],
    tables: [
      {
        anchor: 'dokument',
        title: 'Dokument',
        columns: [
          { text: 'Dokument' },
          { text: 'Slag' },
          { text: 'Läge' },
          { text: 'Ägare' },
          { text: 'Ska revideras' },
        ],
        rows: documents.map((row) => [
          { text: row.title, path: editDocumentPath(row.slug) },
          { text: documentKindNames[row.kind] },
          { text: '', tag: documentStates[row.state] },
          { text: row.owner ?? '–' },
          { text: vague(row.revision_due_on, row.revision_due_precision) ?? '–' },
        ]),
        none: 'Inga dokument.',
        add: { text: 'Lägg till dokument', path: editDocumentPath('nytt') },
      },
    ],
  }
}

const dateOf = (on: string | null, precision: Precision | null) => vague(on, precision) ?? ''

/** The form of a document; null is a new one. */
export async function documentEditPage(
  db: Reader,
  document: Document | null,
  identity: Identity | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const [choices, belongings, links] = await Promise.all([
    documentChoices(db),
    document ? belongingsOf(db, document.id) : { partyIds: [], matterIds: [] },
    document ? linksOf(db, document.id) : [],
  ])
  const kept = keptBy(identity)
  const text = (name: string, stands: string | number | null | undefined = '') => typedText(form, name, stands)
  const error = (name: string) => problemOf(form, name)
  const inForce = document?.in_force ? parseRange(document.in_force) : null
  const precision = document?.in_force_precision ?? 'day'
  const dateField = (name: string, label: string, stands: string, hint?: string): Question => ({
    as: 'field',
    name,
    label,
    value: text(name, stands),
    error: error(name),
    ...(hint ? { hint } : {}),
  })
  const boxes = (
    name: string,
    legend: string,
    hint: string,
    options: readonly { id: number; text: string }[],
    stands: readonly string[],
  ): Question => {
    const chosen = typedList(form, name, stands)
    return {
      as: 'options',
      name,
      legend,
      hint,
      error: error(name),
      many: true,
      options: options.map(({ id, text: name_ }) => ({
        value: String(id),
        text: name_,
        chosen: chosen.includes(String(id)),
      })),
    }
  }
  const ownState = document?.state === 'adopted'
  const states = Object.entries(documentStates).filter(([state]) => state !== 'adopted' || ownState)
  return {
    head: {
      title: document?.title ?? 'Nytt dokument',
      crumbs: crumbs({ text: document?.title ?? 'Nytt dokument' }),
      hidden: true,
    },
    problems: form.problems,
    notices,
    path: editDocumentPath(document?.slug ?? 'nytt'),
    hidden: document ? [{ name: 'version', value: String(document.version) }] : [],
    ways: document
      ? [
          { text: 'Versioner och filer', path: documentVersionsPath(document.slug) },
          { text: 'Beslutsläge hos parterna', path: partyBoardPath(document.slug) },
          { text: 'Sidan som den visas för alla', path: documentPath(document.slug) },
          { text: 'Anta genom beslut', path: newDecisionLink('document_adopted', { dokument: document.slug }) },
        ]
      : [],
    groups: [
      {
        legend: 'Dokumentet',
        questions: [
          {
            as: 'field',
            name: 'titel',
            label: 'Titel',
            required: true,
            value: text('titel', document?.title),
            error: error('titel'),
          },
          {
            as: 'select',
            name: 'slag',
            label: 'Slag',
            required: true,
            options: Object.entries(documentKindNames).map(([value, name]) => ({ value, text: name })),
            empty: document ? null : 'Välj',
            value: text('slag', document?.kind),
            error: error('slag'),
          },
          {
            as: 'area',
            name: 'sammanfattning',
            label: 'I korthet',
            rows: 4,
            value: text('sammanfattning', document?.summary),
            error: error('sammanfattning'),
          },
          {
            as: 'select',
            name: 'agare',
            label: 'Ägare i samverkan',
            empty: kept === null ? 'Ingen grupp' : 'Välj grupp',
            options: choices.bodies
              .filter(({ id, slug }) => kept === null || kept.has(slug) || id === document?.owner_body_id)
              .map(({ id, name }) => ({ value: String(id), text: name })),
            value: text('agare', document?.owner_body_id),
            error: error('agare'),
          },
          {
            as: 'field',
            name: 'agare_text',
            label: 'Ägare i text',
            hint: 'Om ägaren inte är en grupp, eller ska nämnas på annat sätt.',
            value: text('agare_text', document?.owner_text),
            error: error('agare_text'),
          },
          {
            as: 'options',
            name: 'nationellt',
            legend: 'Nationellt',
            many: true,
            options: [
              {
                value: 'ja',
                text: 'Dokumentet är nationellt, inte länets',
                chosen: typedList(form, 'nationellt', document?.national ? ['ja'] : []).length > 0,
              },
            ],
          },
        ],
      },
      {
        legend: 'Läge och giltighet',
        questions: [
          {
            as: 'select',
            name: 'lage',
            label: 'Läge',
            hint: ownState ? null : 'Att ett dokument antas förs in genom ett beslut.',
            required: true,
            options: states.map(([value, tag]) => ({ value, text: tag.text })),
            value: text('lage', document?.state ?? 'draft'),
            error: error('lage'),
          },
          {
            as: 'area',
            name: 'lage_text',
            label: 'Läget i ord',
            rows: 2,
            value: text('lage_text', document?.state_text),
            error: error('lage_text'),
          },
          dateField(
            'daterat',
            'Daterat',
            dateOf(document?.dated_on ?? null, document?.dated_precision ?? null),
            vagueDateHint,
          ),
          dateField('galler_fran', 'Gäller från', inForce?.from ? dateText(inForce.from, precision) : ''),
          dateField(
            'galler_till',
            'Gäller till och med',
            inForce?.to ? dateText(addDays(inForce.to, -1), precision) : '',
            'Lämna tomt om det gäller tills vidare.',
          ),
          dateField(
            'reviderat',
            'Senast reviderat',
            dateOf(document?.last_revised_on ?? null, document?.last_revised_precision ?? null),
          ),
          dateField(
            'revideras_senast',
            'Ska revideras senast',
            dateOf(document?.revision_due_on ?? null, document?.revision_due_precision ?? null),
          ),
          {
            as: 'area',
            name: 'revidering',
            label: 'Om revideringen',
            rows: 2,
            value: text('revidering', document?.revision_text),
            error: error('revidering'),
          },
        ],
      },
      {
        legend: 'Hör ihop med',
        questions: [
          boxes(
            'parter',
            'Parter',
            'De som har kommit överens. Hur var och en står förs in under Beslutsläge.',
            choices.parties.map(({ id, name }) => ({ id, text: name })),
            belongings.partyIds,
          ),
          boxes(
            'arenden',
            'Ärenden',
            'Ärenden som dokumentet hör till.',
            choices.matters.map(({ id, title }) => ({ id, text: title })),
            belongings.matterIds,
          ),
          {
            as: 'area',
            name: 'lankar',
            label: 'Länkar',
            hint: linkLinesHint,
            rows: 3,
            value: text('lankar', linkText(links)),
            error: error('lankar'),
          },
        ],
      },
    ],
    submit: document ? 'Spara' : 'Lägg till dokumentet',
  }
}

/** Versions of a document and their files, with one form for a new file. */
export async function versionsPage(
  db: Reader,
  document: Document,
  today: Day,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const versions = await versionRows(db, document.id)
  const files = await attachmentsOfVersions(
    db,
    versions.map(({ id }) => id),
  )
  const text = (name: string, stands: string | null = '') => typedText(form, name, stands)
  const base = documentVersionsPath(document.slug)
  const decided = versions[0]?.adopted_effect_id != null
  return {
    head: {
      title: `Versioner av ${document.title}`,
      crumbs: crumbs({ text: document.title, path: editDocumentPath(document.slug) }, { text: 'Versioner och filer' }),
      hidden: true,
    },
    lead: 'Portalen letar efter personnummer i filen och läser dess ord för sökningen. Filen lämnas ut som den är. Den är offentlig så snart den är uppladdad.',
    problems: form.problems,
    notices: [
      ...notices,
      ...(decided
        ? [
            {
              tone: 'info' as const,
              text: 'Versionerna gäller enligt beslut. En ny version fastställs genom beslut; filer kan läggas till här.',
              link: {
                text: 'Fastställ en ny version',
                path: newDecisionLink('document_adopted', { dokument: document.slug }),
              },
            },
          ]
        : []),
    ],
    path: base,
    hidden: [],
    ways: [],
    groups: [
      {
        legend: 'Ladda upp en fil',
        questions: [
          {
            as: 'select',
            name: 'version',
            label: 'Till vilken version?',
            options: [
              ...versions.map(({ id, label }) => ({ value: String(id), text: label })),
              ...(decided ? [] : [{ value: 'ny', text: 'En ny version' }]),
            ],
            value: text('version', versions[0] ? String(versions[0].id) : 'ny'),
            error: problemOf(form, 'version'),
          },
          ...(decided
            ? []
            : ([
                {
                  as: 'field',
                  name: 'beteckning',
                  label: 'Den nya versionen kallas',
                  hint: 'Till exempel: Version 2026. Bara för en ny version.',
                  value: text('beteckning'),
                  error: problemOf(form, 'beteckning'),
                },
                {
                  as: 'field',
                  name: 'galler_fran',
                  label: 'Den nya versionen gäller från',
                  hint: 'Den version som gällde förut gäller till dess.',
                  type: 'date',
                  value: text('galler_fran', today),
                  error: problemOf(form, 'galler_fran'),
                },
              ] satisfies Question[])),
          {
            as: 'field',
            name: 'titel',
            label: 'Vad filen kallas på sidan',
            hint: 'Lämna tomt så används filens namn.',
            value: text('titel'),
            error: problemOf(form, 'titel'),
          },
        ],
      },
    ],
    file: {
      name: 'fil',
      label: 'Fil',
      hint: 'PDF, Word, PowerPoint, Excel, PNG eller JPEG, högst 25 MB.',
      value: '',
      error: problemOf(form, 'fil'),
    },
    submit: 'Ladda upp',
    tables: versions.map(({ id, label, valid, adopted_effect_id }) => {
      const mine = files.filter(({ document_version_id }) => document_version_id === id)
      return {
        anchor: `version-${id}`,
        title: label,
        text: `Gäller ${forceText(parseRange(valid), 'day')}.`,
        columns: [{ text: 'Fil' }, { text: 'Slag' }, { text: 'Storlek' }],
        rows: mine.map((file) => [
          { text: file.title, path: filePath(file.id, file.file_name) },
          { text: fileKinds[file.media_type].name },
          { text: sizeText(file.size) },
        ]),
        none: 'Versionen har ingen fil.',
        acts: [
          ...mine.map((file) => ({
            text: `Ta bort ${file.title}`,
            path: `${base}/filer/${file.id}/ta-bort`,
            about: `ur ${label}`,
          })),
          ...(adopted_effect_id === null
            ? [{ text: 'Ta bort versionen', path: `${base}/${id}/ta-bort`, about: label }]
            : []),
        ],
      }
    }),
  }
}

export type PartyRow = {
  name: string
  id: number
  known: string | null
  questions: readonly (Question & { wide?: boolean })[]
}

export type PartyBoardPage = {
  head: PageHead
  lead: string
  problems: readonly Problem[]
  notices: readonly Notice[]
  comparison: EditPage['comparison']
  ways: readonly { text: string; path: string }[]
  path: string
  mark: string
  asOf: Question
  rows: readonly PartyRow[]
  ask: { path: string; questions: readonly Question[] }
}

declare module '../http/view.ts' {
  interface Views {
    'documents/party-board': PartyBoardPage
  }
}

const stateOptions = Object.entries(positionStates).map(([value, { text }]) => ({ value, text }))

/** The questions of one party's position; `suffix` tells the parties' fields apart. */
function positionQuestions(row: BoardRow, form: FormState, suffix: string): Question[] {
  const { position } = row
  const text = (name: string, stands: string | null | undefined = '') => typedText(form, `${name}${suffix}`, stands)
  const error = (name: string) => problemOf(form, `${name}${suffix}`)
  const of = suffix === '' ? '' : `, ${row.name}`
  return [
    {
      as: 'select',
      name: `lage${suffix}`,
      label: `Läge${of}`,
      options: stateOptions,
      empty: position === null ? 'Inte registrerat' : null,
      value: text('lage', position?.state),
      error: error('lage'),
    },
    {
      as: 'field',
      name: `av${suffix}`,
      label: `Beslutat av${of}`,
      value: text('av', position?.decided_by),
      error: error('av'),
      hint: suffix === '' ? 'Till exempel kommunfullmäktige.' : null,
    },
    {
      as: 'field',
      name: `datum${suffix}`,
      label: `Datum${of}`,
      value: text('datum', vague(position?.decided_on ?? null, position?.decided_precision ?? null)),
      error: error('datum'),
      hint: suffix === '' ? vagueDateHint : null,
    },
    {
      as: 'field',
      name: `paragraf${suffix}`,
      label: `Paragraf${of}`,
      value: text('paragraf', position?.paragraph),
      error: error('paragraf'),
    },
    {
      as: 'field',
      name: `lank${suffix}`,
      label: `Länk till beslutet${of}`,
      type: 'url',
      value: text('lank', position?.url),
      error: error('lank'),
    },
  ]
}

/** Beslutsläge hos parterna: all thirteen on one page. */
export function partyBoardPage(
  document: Document,
  rows: readonly BoardRow[],
  today: Day,
  {
    form = untouched,
    ask = untouched,
    notices = [],
  }: { form?: FormState; ask?: FormState; notices?: readonly Notice[] } = {},
): PartyBoardPage {
  const decided = rows.filter(({ position }) => position?.state === 'decided').length
  return {
    head: {
      title: `Beslutsläge: ${document.title}`,
      crumbs: crumbs({ text: document.title, path: editDocumentPath(document.slug) }, { text: 'Beslutsläge' }),
      hidden: true,
    },
    lead: `${decided} av ${counted(rows.length, 'part', 'parter')} har beslutat. Ändra det du vet; bara det som ändras sparas, och det gamla går att läsa på sin dag.`,
    problems: [...form.problems, ...ask.problems],
    notices,
    comparison: null,
    ways: [{ text: 'Sidan som den visas för alla', path: documentPath(document.slug) }],
    path: partyBoardPath(document.slug),
    mark: boardMark(rows),
    asOf: {
      as: 'field',
      name: 'per',
      label: 'Läget är känt per',
      type: 'date',
      required: true,
      value: typedText(form, 'per', today),
      error: problemOf(form, 'per'),
    },
    rows: rows.map((row) => ({
      name: row.name,
      id: row.organisation_id,
      known:
        row.position === null
          ? null
          : `Känt per ${dateText(row.position.as_of as Day, row.position.as_of_precision)}${row.position.reported_by === null ? '' : `, rapporterat av ${row.position.reported_by}`}`,
      questions: positionQuestions(row, form, `_${row.organisation_id}`),
    })),
    ask: {
      path: `${partyBoardPath(document.slug)}/fraga`,
      questions: [
        {
          as: 'select',
          name: 'part',
          label: 'Part',
          empty: 'Välj part',
          options: rows.map(({ organisation_id, name }) => ({ value: String(organisation_id), text: name })),
          value: typedText(ask, 'part'),
          error: problemOf(ask, 'part'),
        },
        {
          as: 'field',
          name: 'epost',
          label: 'E-postadress',
          type: 'email',
          autocomplete: 'off',
          value: typedText(ask, 'epost'),
          error: problemOf(ask, 'epost'),
        },
        {
          as: 'field',
          name: 'galler_till',
          label: 'Länken gäller till och med',
          type: 'date',
          value: typedText(ask, 'galler_till', addDays(today, 30)),
          error: problemOf(ask, 'galler_till'),
        },
      ],
    },
  }
}

/** What two people changed on the board at once. */
export function comparedBoard(typed: PartyBoardPage, stands: PartyBoardPage): PartyBoardPage {
  const value = (question: Question) =>
    question.as === 'select'
      ? (question.options.find((option) => option.value === question.value)?.text ?? question.empty ?? '')
      : question.as === 'options'
        ? ''
        : question.value
  const now = new Map(
    stands.rows.flatMap(({ questions }) => questions).map((question) => [question.name, value(question)]),
  )
  const differences = typed.rows
    .flatMap(({ questions }) => questions)
    .map((question) => ({
      label: question.as === 'options' ? question.legend : question.label,
      typed: value(question),
      stands: now.get(question.name) ?? '',
    }))
    .filter((one) => one.typed.trim() !== one.stands.trim())
  return { ...typed, mark: stands.mark, comparison: { differences } }
}

/** What whoever got a link from a party's board sees: one party's questions. */
export function partyReportPage(
  document: { title: string },
  row: BoardRow,
  validUntil: Day,
  form: FormState = untouched,
): EditPage {
  return {
    head: {
      title: `${row.name}: ${document.title}`,
      crumbs: [{ text: 'Rapportera' }],
      hidden: true,
      address: reportPath,
    },
    kicker: 'Beslutsläge',
    lead: `Hur står ${row.name} till ${document.title}? Länken fungerar en gång och till och med ${dayText(validUntil)}.`,
    problems: form.problems,
    notices: [
      {
        tone: 'info',
        text: 'Läge, datum, paragraf och länk blir offentliga på dokumentets sida. Ditt namn visas bara för samordnarna.',
      },
    ],
    path: null,
    hidden: [],
    groups: [
      {
        legend: null,
        questions: [
          ...positionQuestions(row, form, ''),
          {
            as: 'field',
            name: 'rapporterat_av',
            label: 'Du som svarar',
            hint: 'Namn och roll.',
            required: true,
            value: typedText(form, 'rapporterat_av'),
            error: problemOf(form, 'rapporterat_av'),
          },
        ],
      },
    ],
    submit: 'Skicka',
    ways: [],
  }
}
