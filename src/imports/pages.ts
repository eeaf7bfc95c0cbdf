import type { Reader } from '../db/database.ts'
import { choicesFor } from '../decisions/draft-queries.ts'
import { effectQuestions, kindChoices, kindFrom } from '../decisions/effect-forms.ts'
import { asking, optionsIn, type Question } from '../http/edit-page.ts'
import { type FormState, problemOf, typedText } from '../http/fields.ts'
import type { Problem, Typed } from '../http/forms.ts'
import type { ListItem, Tag, Tone } from '../http/parts.ts'
import { type Identity, keeps } from '../http/permissions.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, parseDay } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import { meetingPath, minutesPath, newProtocolImportPath, protocolImportPath, workspacePath } from '../kernel/urls.ts'
import { itemKindNames } from '../meetings/texts.ts'
import { bodiesToMeet } from '../meetings/workbench-queries.ts'
import { listImports, meetingsWithFile, type ProtocolImport } from './drafts.ts'
import { decisionField, decisionTyped, type FormPart, noDecision, partsOf, proposedValues } from './proposal-form.ts'
import type { Proposal } from './protocol.ts'
import { proposeMeeting, seatedBefore } from './registers.ts'
import { markedSource, type Piece, sourceAnchor } from './source-view.ts'
import { leftoverText, warningText } from './texts.ts'

/** A link from a question to the words that its answer was read from. */
type Origin = { text: string; anchor: string; tag: Tag }
/** A question with where in the source its answer stands. */
export type Asked = { question: Question; origins: readonly Origin[] }

export type NewImportPage = {
  head: PageHead
  problems: readonly Problem[]
  path: string
  fileProblem: string | null
  text: Question
  waiting: readonly ListItem[]
  done: readonly ListItem[]
}

export type ImportPage = {
  head: PageHead
  problems: readonly Problem[]
  notices: readonly {
    tone: Tone
    title?: string | null
    text?: string
    texts?: readonly string[]
    link?: { text: string; path: string } | null
  }[]
  lead: string
  path: string
  removePath: string
  version: number
  /** False when a meeting has been made: the source is then all there is to see. */
  open: boolean
  meeting: readonly Asked[]
  parts: readonly {
    anchor: string
    title: string
    sub: boolean
    questions: readonly Asked[]
    decisions: readonly {
      title: string
      hidden: readonly { name: string; value: string }[]
      origins: readonly Origin[]
      choice: Question
      questions: readonly Question[]
    }[]
  }[]
  attendance: readonly Asked[]
  leftovers: readonly { text: string; why: string; anchor: string | null }[]
  source: readonly Piece[]
}

declare module '../http/view.ts' {
  interface Views {
    'imports/new': NewImportPage
    'imports/show': ImportPage
  }
  interface Parts {
    'imports/_asked': Asked
    'imports/_origins': { origins: readonly Origin[] }
    'imports/_source': { pieces: readonly Piece[] }
  }
}

const crumbs = [{ text: 'Arbetsyta', path: workspacePath }]

/** Whoever sent a file may go on with it, and so may whoever keeps the body that it is from. */
export function mayContinue(
  identity: Identity | null,
  row: { body_slug: string | null; added_by_account_id: number | null },
) {
  const account = identity?.actor.accountId
  return keeps(identity, row.body_slug) || (account !== undefined && account === row.added_by_account_id)
}

/** Where an old protocol is sent from, and what has been sent. */
export async function newImportPage(
  db: Reader,
  identity: Identity | null,
  typed: Typed = {},
  problems: readonly Problem[] = [],
): Promise<NewImportPage> {
  const rows = (await listImports(db)).filter((row) => mayContinue(identity, row))
  const item = (row: (typeof rows)[number]): ListItem => ({
    title: row.file_name,
    path: protocolImportPath(row.id),
    kicker: row.body_name,
    ...(row.meeting_title === null ? {} : { text: row.meeting_title }),
  })
  const { area } = asking({ typed, problems })
  return {
    head: {
      title: 'Läs in gammalt protokoll',
      crumbs: [...crumbs, { text: 'Läs in gammalt protokoll' }],
      hidden: true,
    },
    problems,
    path: newProtocolImportPath,
    fileProblem: problemOf({ typed, problems }, 'fil'),
    text: area('text', 'Eller klistra in texten', '', { rows: 8 }),
    waiting: rows.filter(({ meeting_id }) => meeting_id === null).map(item),
    done: rows.filter(({ meeting_id }) => meeting_id !== null).map(item),
  }
}

/** Source and proposal beside each other. @param form what was typed last, when it was not saved */
export async function importPage(
  db: Reader,
  identity: Identity | null,
  row: ProtocolImport,
  today: Day,
  form: FormState | null = null,
  sentAgain = false,
): Promise<ImportPage> {
  const { proposal, matches, names } = await proposeMeeting(db, row.source)
  const { pieces, found } = markedSource(row.source, proposal)
  const open = row.meeting_id === null
  const saved = Object.keys(row.typed).length > 0
  const heldOn = parseDay(proposal.date ?? '') ?? today
  const state: FormState = form ?? {
    typed: saved ? row.typed : proposedValues(proposal, matches, names, await seatedBefore(db, heldOn)),
    problems: [],
  }
  const bodies = await bodiesToMeet(db, null, today)
  const mine = bodies.filter(({ slug }) => keeps(identity, slug))
  const day = parseDay(typedText(state, 'datum')) ?? heldOn
  const bodyId = bodies.find(({ slug }) => slug === typedText(state, 'organ'))?.id ?? mine[0]?.id ?? 0
  const origin = (path: string, text?: string): Origin[] => {
    const from = proposal.sources[path]
    if (!from || !found.has(sourceAnchor(path))) return []
    const low = from.confidence === 'low'
    return [
      {
        text: text ?? `I källan, sidan ${from.page}`,
        anchor: sourceAnchor(path),
        tag: low ? { tone: 'warning', text: 'osäker läsning' } : { tone: 'neutral', text: 'säker läsning' },
      },
    ]
  }
  const { field, area, select, boxes } = asking(state)
  const ask = (question: Question, origins: readonly Origin[] = []): Asked => ({ question, origins })
  const parts: ImportPage['parts'][number][] = []
  if (open) {
    for (const part of partsOf(proposal)) {
      parts.push({
        anchor: `punkt-${part.ref}`,
        title: `${part.sub ? 'Delpunkt' : 'Punkt'} ${part.ref}`,
        sub: part.sub,
        questions: partQuestions(part, { field, area, boxes, ask, origin }),
        decisions: await Promise.all(
          part.decisions.map(async (decision, at) => {
            const answers = decisionTyped(state.typed, decision.id)
            const chosen = typedText(state, decisionField(decision.id, 'slag'))
            const kind = kindFrom(chosen)
            const prefix = decisionField(decision.id, '')
            const own: FormState = {
              typed: answers,
              problems: state.problems
                .filter((one) => one.field.startsWith(prefix))
                .map((one) => ({ ...one, field: one.field.slice(prefix.length) })),
            }
            const ours = asking(own)
            const questions =
              kind === null
                ? []
                : [
                    ours.field('rubrik', 'Beslutets rubrik', ''),
                    ...effectQuestions(
                      kind,
                      await choicesFor(
                        db,
                        { bodyId, decidedOn: day, meetingId: null },
                        typedText(own, 'grupp') || null,
                      ),
                      own,
                    ),
                  ]
            const shown: Question[] = [...questions, ours.area('lydelse', 'Ordalydelse i protokollet', '', { rows: 3 })]
            const asked = new Set(['slag', ...shown.map(({ name }) => name)])
            return {
              title: `Beslut ${decision.id}`,
              origins: origin(`${part.path}.decisions.${at}`),
              choice: select(
                decisionField(decision.id, 'slag'),
                'Vad är det?',
                '',
                [
                  ...kindChoices.map((one) => ({ value: one.kind, text: one.name })),
                  { value: noDecision, text: 'Inget beslut, bara text' },
                ],
                {
                  empty: 'Avgör själv',
                  hint:
                    decision.confidence === 'low'
                      ? 'Orden kan vara ett ställningstagande. Läs i källan och avgör.'
                      : null,
                },
              ),
              questions: shown.map((question) => ({ ...question, name: decisionField(decision.id, question.name) })),
              // Answers to what this kind does not ask come back with the form: another kind may ask it.
              hidden: Object.entries(answers).flatMap(([name, value]) =>
                asked.has(name)
                  ? []
                  : [value].flat().map((one) => ({ name: decisionField(decision.id, name), value: one })),
              ),
            }
          }),
        ),
      })
    }
  }
  const twins = (await meetingsWithFile(db, row.sha256)).filter(({ slug }) => slug !== row.meeting_slug)
  const { members, others } = proposal.attendance
  const newPeople = Object.entries(matches.persons).flatMap(([name, person]) => (person === null ? [name] : []))
  return {
    head: {
      title: row.file_name,
      crumbs: [...crumbs, { text: 'Läs in gammalt protokoll', path: newProtocolImportPath }, { text: row.file_name }],
      hidden: true,
    },
    problems: state.problems,
    lead: open
      ? 'Jämför förslaget med källan, rätta och skapa mötet. Inget publiceras: mötet blir ett utkast som du går vidare med.'
      : 'Mötet är skapat. Här står källan kvar.',
    notices: [
      ...(sentAgain
        ? [{ tone: 'info' as const, text: 'Filen har lästs in förut. Här är den, med det som har rättats.' }]
        : []),
      ...(row.meeting_slug === null
        ? []
        : [
            {
              tone: 'good' as const,
              text: 'Ett möte är skapat av filen.',
              link:
                row.meeting_state === 'published'
                  ? { text: row.meeting_title ?? '', path: meetingPath(row.meeting_slug) }
                  : { text: `Gå till ${row.meeting_title}`, path: minutesPath(row.meeting_slug) },
            },
          ]),
      ...(open && matches.meeting
        ? [
            matches.meeting.state === 'mentioned'
              ? {
                  tone: 'info' as const,
                  text: 'Mötet är omnämnt i portalen men har inget protokoll. Det får sitt protokoll härifrån.',
                }
              : {
                  tone: 'warning' as const,
                  title: 'Mötet finns redan',
                  text: 'Portalen har ett möte i samma organ samma dag.',
                  link: { text: 'Se det', path: meetingPath(matches.meeting.slug) },
                },
          ]
        : []),
      ...twins.map(({ slug, title }) => ({
        tone: 'warning' as const,
        text: 'Samma fil är redan bilaga till',
        link: { text: title, path: meetingPath(slug) },
      })),
      ...(open ? warningNotices(proposal) : []),
    ],
    path: protocolImportPath(row.id),
    removePath: `${protocolImportPath(row.id)}/ta-bort`,
    version: row.version,
    open,
    meeting: [
      ask(
        select(
          'organ',
          'Organ',
          '',
          mine.map(({ slug, name }) => ({ value: slug, text: name })),
          { empty: 'Välj' },
        ),
        origin('body'),
      ),
      ask(field('datum', 'Mötesdag', '', { type: 'date', size: 12 }), origin('date')),
      ...(matches.meeting && matches.meeting.state !== 'mentioned'
        ? [
            ask(
              boxes(
                'annat_mote',
                'Mötet finns redan',
                [],
                [{ value: 'ja', text: 'Det här är ett annat möte samma dag' }],
              ),
            ),
          ]
        : []),
    ],
    parts,
    attendance: [
      ask(
        area('ledamoter', 'Närvarande ledamöter', '', {
          rows: Math.max(4, members.length + 1),
          hint: 'En person per rad: namn, organisation.',
        }),
        members.flatMap(({ name }, at) => origin(`attendance.members.${at}`, name)),
      ),
      ask(
        area('ovriga', 'Övriga', '', {
          rows: Math.max(4, others.length + 1),
          hint: 'En person per rad: namn, organisation.',
        }),
        others.flatMap(({ name }, at) => origin(`attendance.others.${at}`, name)),
      ),
      ...(newPeople.length === 0
        ? []
        : [
            ask(
              boxes(
                'nya_personer',
                'Personer som inte finns i registret',
                [],
                [{ value: 'ja', text: 'Lägg till dem som nya personer' }],
                peopleHint(newPeople, matches.similar),
              ),
            ),
          ]),
    ],
    leftovers: [
      ...proposal.leftovers.map(({ text, reason, page, line }) => ({
        text,
        why: `${leftoverText(reason)}${line > 0 ? '' : `, sidan ${page}`}`,
        anchor: null,
      })),
      ...partsOf(proposal).flatMap(({ ref, part }) =>
        part.attachments.flatMap(({ label, url }) =>
          url === null ? [{ text: label, why: `punkt ${ref}, ingen säker adress`, anchor: null }] : [],
        ),
      ),
    ],
    source: pieces,
  }
}

function peopleHint(names: readonly string[], similar: Readonly<Record<string, readonly string[]>>): string {
  const said = names.map((name) => {
    const near = similar[name]
    return near === undefined ? name : `${name} (menas ${near.join(' eller ')}?)`
  })
  return `${counted(names.length, 'namn', 'namn')}: ${said.join('; ')}. Rätta stavningen, eller kryssa i att de är nya.`
}

function warningNotices(proposal: Proposal): ImportPage['notices'] {
  // What is said beside its own question is not said twice.
  const elsewhere = new Set(['meeting_exists', 'soft_position', 'unknown_person'])
  const texts = proposal.warnings.filter(({ code, level }) => level === 'warn' && !elsewhere.has(code)).map(warningText)
  return texts.length === 0 ? [] : [{ tone: 'warning', title: 'Kontrollera', texts }]
}

type Asking = ReturnType<typeof asking>

function partQuestions(
  { ref, path, sub, part, status }: FormPart,
  {
    field,
    area,
    boxes,
    ask,
    origin,
  }: Pick<Asking, 'field' | 'area' | 'boxes'> & {
    ask: (question: Question, origins?: readonly Origin[]) => Asked
    origin: (path: string, text?: string) => Origin[]
  },
): Asked[] {
  const length = part.body.join('\n\n').length
  return [
    ask(field(`rubrik-${ref}`, 'Rubrik', ''), origin(`${path}.title`)),
    ask(boxes(`typ-${ref}`, 'Typ', [], optionsIn(itemKindNames))),
    ...(sub && part.presenters.length === 0
      ? []
      : [
          ask(
            area(`foredragning-${ref}`, 'Föredragande', '', {
              rows: Math.max(1, part.presenters.length),
              hint: 'En person per rad: namn, titel, organisation.',
            }),
            part.presenters.flatMap(({ name }, at) => origin(`${path}.presenters.${at}`, name)),
          ),
        ]),
    ask(
      area(`lankar-${ref}`, 'Länkar', '', {
        rows: Math.max(1, part.links.length + part.attachments.length),
        hint: 'En per rad: orden och sedan adressen.',
      }),
      [
        ...part.attachments.flatMap(({ label }, at) => origin(`${path}.attachments.${at}`, label)),
        ...part.links.flatMap(({ anchor }, at) => origin(`${path}.links.${at}`, anchor)),
      ],
    ),
    ...(sub ? [ask(field(`status-${ref}`, 'Läge', ''), status === null ? [] : origin(`${path}.owningBody`))] : []),
    ask(
      area(`text-${ref}`, 'Text', '', { rows: Math.min(20, Math.max(2, Math.ceil(length / 70) + part.body.length)) }),
      part.body.flatMap((_text, at) =>
        origin(`${path}.body.${at}`, part.body.length === 1 ? undefined : `Stycke ${at + 1}`),
      ),
    ),
    ask(
      boxes(
        `utelamna-${ref}`,
        'Ta inte med',
        [],
        [{ value: 'ja', text: `Lämna ut ${sub ? 'delpunkten' : 'punkten'}` }],
      ),
    ),
  ]
}
