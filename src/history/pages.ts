import type { ChainState } from '../audit/verify.ts'
import { harmless } from '../http/exports.ts'
import type { Choice, Pages } from '../http/parts.ts'
import { pagesOf } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, momentText } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'
import { counted } from '../kernel/text.ts'
import {
  accountPath,
  bodyPath,
  decisionPath,
  documentPath,
  historyPath,
  logFilePath,
  logPath,
  matterPath,
  meetingPath,
  planPath,
  withQuery,
} from '../kernel/urls.ts'
import type { About, EventRow, LogFilter, Subject } from './queries.ts'
import { actNames, registerNames } from './texts.ts'

/** One row of the log as it is read. */
export type Event = {
  id: number
  when: string
  who: string
  what: string
  about: { text: string; path: string | null; historyPath: string | null }
  /** Before and after, reasons, counts: as recorded. */
  details: readonly { name: string; value: string }[]
}

export type HistoryPage = {
  head: PageHead
  lead: string
  subject: { text: string; path: string } | null
  count: string
  events: readonly Event[]
}

export type LogPage = {
  head: PageHead
  /** Null until somebody asks for it. */
  chain: { tone: 'good' | 'bad'; title: string; text: string } | null
  verifyPath: string
  filters: readonly { title: string; choices: readonly Choice[] }[]
  path: string
  /** The filters that are links, kept when days are chosen. */
  kept: readonly { name: string; value: string }[]
  from: Day | null
  until: Day | null
  count: string
  narrowed: boolean
  filePath: string
  events: readonly Event[]
  pages: Pages | null
}

declare module '../http/view.ts' {
  interface Views {
    'history/show': HistoryPage
    'history/log': LogPage
  }
  interface Parts {
    'history/_events': { events: readonly Event[]; caption: string }
  }
}

export const eventsPerPage = 50

/** Where the things of the log have their pages. */
const pathsOf: Readonly<Record<string, (key: string) => string>> = {
  account: accountPath,
  body: bodyPath,
  decision: decisionPath,
  document: documentPath,
  matter: matterPath,
  meeting: meetingPath,
  plan: planPath,
}

export function aboutIn(text: string): About {
  const at = text.indexOf('/')
  return at === -1 ? { register: text, key: '' } : { register: text.slice(0, at), key: text.slice(at + 1) }
}

/** @param masks words that an administrator has masked in minutes: the log holds what it held, but shows none of them */
export function eventOf(row: EventRow, masks: readonly string[] = []): Event {
  const { register, key } = aboutIn(row.about)
  return {
    id: row.id,
    when: momentText(row.at),
    who: whoIn(row),
    what: actNames[row.act] ?? row.act,
    about: {
      text: [registerNames[register] ?? register, key].filter(Boolean).join(' '),
      path: key === '' ? null : (pathsOf[register]?.(key) ?? null),
      historyPath: key === '' ? null : historyPath(row.about),
    },
    details: Object.entries((row.details ?? {}) as Record<string, unknown>).map(([name, value]) => ({
      name,
      value: masked(typeof value === 'string' ? value : JSON.stringify(value), masks),
    })),
  }
}

/** 'Testa Testsson, samordnare för Barn och unga'. Of an account that is gone only the role is left. */
function whoIn({ actor_kind, actor_name, person_name, account_id }: EventRow): string {
  if (actor_kind === 'system') return 'portalen'
  if (person_name !== null) return `${person_name}, ${actor_name}`
  return account_id === null ? actor_name : `${actor_name} (kontot finns inte längre)`
}

export function historyPage(
  about: About,
  subject: Subject | undefined,
  rows: readonly EventRow[],
  masks: readonly string[],
): HistoryPage {
  const name = Object.hasOwn(registerNames, about.register) ? registerNames[about.register] : about.register
  const path = subject && pathsOf[about.register]?.(about.key)
  const title = subject?.title ?? `${name} ${about.key}`
  return {
    head: {
      // A document and a matter may have the same name.
      title: subject ? `Historik: ${name} ${title}` : `Historik: ${title}`,
      crumbs: [...(path ? [{ text: title, path }] : [{ text: title }]), { text: 'Historik' }],
      hidden: true,
    },
    lead: 'Vem som har gjort vad och när. Historiken kan inte ändras.',
    subject: path ? { text: title, path } : null,
    count: counted(rows.length, 'händelse', 'händelser'),
    events: rows.map((row) => eventOf(row, masks)),
  }
}

type Narrowed = { filter: LogFilter; page: number; total: number }

/** The filter as it stands in the address. */
export function queryOf({ act, about, accountId, from, until }: LogFilter) {
  return { handelse: act, om: about, konto: accountId, fran: from, till_och_med: until }
}

export function logPage(
  chain: ChainState | null,
  acts: readonly { act: string; count: number }[],
  { filter, page, total }: Narrowed,
  rows: readonly EventRow[],
  masks: readonly string[],
): LogPage {
  const query = queryOf(filter)
  const registers = Map.groupBy(acts, ({ act }) => act.split('.')[0] ?? act)
  const chosen = filter.act?.split('.')[0] ?? null
  const choice = (text: string, act: string | null, count: number): Choice => ({
    text,
    path: withQuery(logPath, { ...query, handelse: act }),
    current: filter.act === act,
    count,
  })
  const sum = (some: readonly { count: number }[]) => some.reduce((all, { count }) => all + count, 0)
  return {
    head: { title: chain ? 'Historik, kontrollerad' : 'Historik', crumbs: [{ text: 'Historik' }], hidden: true },
    chain: chain && chainNotice(chain),
    verifyPath: withQuery(logPath, { kontroll: 'ja' }),
    filters: [
      {
        title: 'Om',
        choices: [
          choice('allt', null, sum(acts)),
          ...[...registers].map(([register, some]) => choice(registerNames[register] ?? register, register, sum(some))),
        ],
      },
      ...(chosen === null
        ? []
        : [
            {
              title: 'Händelse',
              choices: (registers.get(chosen) ?? []).map(({ act, count }) => choice(actNames[act] ?? act, act, count)),
            },
          ]),
    ],
    path: logPath,
    kept: [
      { name: 'handelse', value: filter.act ?? '' },
      { name: 'om', value: filter.about ?? '' },
      { name: 'konto', value: filter.accountId === null ? '' : String(filter.accountId) },
    ].filter(({ value }) => value !== ''),
    from: filter.from,
    until: filter.until,
    count: counted(total, 'händelse', 'händelser'),
    narrowed: Object.values(filter).some((value) => value !== null),
    filePath: withQuery(logFilePath, query),
    events: rows.map((row) => eventOf(row, masks)),
    pages: pagesOf(logPath, query, page, total, eventsPerPage),
  }
}

function chainNotice({ events, last, breaks }: ChainState): NonNullable<LogPage['chain']> {
  if (breaks.length > 0) {
    const where = breaks.map(({ id, about }) => `händelse ${id} (${about})`).join(', ')
    return {
      tone: 'bad',
      title: 'Kedjan är bruten',
      text: `Det som står vid ${where} stämmer inte med kedjan: något är ändrat, borttaget eller inlagt i efterhand.`,
    }
  }
  return {
    tone: 'good',
    title: 'Kedjan är hel',
    text: `${counted(events, 'händelse är omräknad', 'händelser är omräknade')}. Sista länken är ${last?.hash ?? 'ingen'}: skriv ned den, så kan du senare visa att inget före den har ändrats.`,
  }
}

/** The log as a file: a line for each event, fields as recorded but for masked words, for spreadsheets and archives. */
export const fileHeader = ['nummer', 'tidpunkt', 'slag', 'vem', 'konto', 'handelse', 'om', 'uppgifter']

export function fileRow(row: EventRow, masks: readonly string[] = []): string[] {
  return [
    String(row.id),
    row.at.toISOString(),
    row.actor_kind,
    row.actor_name,
    row.account_id === null ? '' : String(row.account_id),
    row.act,
    row.about,
    masked(JSON.stringify(row.details), masks),
  ]
}

/** RFC 4180 with semicolons, as Swedish spreadsheets read it. What would start a formula there is kept as text. */
export function csvLine(fields: readonly string[]): string {
  const quoted = fields.map((field) => {
    const text = harmless(field)
    return /[";\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${quoted.join(';')}\r\n`
}
