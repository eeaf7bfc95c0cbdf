/** What the API is asked, and the answers: one statement for the rows of a page, however many there are. */
import { type RawBuilder, sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { effectPhrases } from '../decisions/pages.ts'
import { effectsOf, statesOf } from '../decisions/queries.ts'
import { BadQuestion } from '../discharge-days/api.ts'
import type { Effect, EffectHandler } from '../effects/effect.ts'
import type { ExportCell, ExportTable } from '../http/exports.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { type Day, parseDay } from '../kernel/dates.ts'
import { maskOf } from '../kernel/masks.ts'
import { withQuery } from '../kernel/urls.ts'
import type { Filter, Register } from './registers.ts'

export const mostPerPage = 200
export const usualPerPage = 50
/** The most rows that one file holds: more than the registers of a county reach in many years. */
export const mostInFile = 10_000
/** Beyond this, an offset is slower to skip than a filter is to write. */
const mostSkipped = 1_000_000

export type Item = Readonly<Record<string, unknown>> & { id: string; url: string; self: string }

export type Question = {
  where: readonly RawBuilder<boolean>[]
  limit: number
  offset: number
  /** As it was asked, without paging: for links. */
  asked: Readonly<Record<string, string>>
}

const moment = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/
/** What an id of a filter is made of: ids as the API gives them, and the codes of parameters. */
export const idPattern = '^[A-Za-z0-9ÅÄÖåäö._-]{1,200}$'
const idShape = new RegExp(idPattern)

/** A moment of RFC 3339, leap seconds and all, as PostgreSQL reads it; null for what is none. */
export function readMoment(text: string): string | null {
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] =
    moment.exec(text) ?? []
  // A leap second is the last one of its minute for whoever asks what has changed since.
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}`
  const at = new Date(`${plain}.${`${fraction}000`.slice(0, 3)}${zone.toUpperCase()}`)
  const inCalendar = new Date(`${year}-${month}-${day}T00:00:00Z`)
  if (Number.isNaN(at.getTime()) || inCalendar.getUTCDate() !== Number(day) || hour === '24') return null
  // PostgreSQL writes no year 0, and more than four digits in another way.
  if (at.getUTCFullYear() < 1) return '-infinity'
  return at.getUTCFullYear() > 9999 ? 'infinity' : at.toISOString()
}

/** Reads the query of a list. @throws BadQuestion naming the parameter that cannot be read, or does not exist */
export function readListQuestion(register: Register, query: unknown): Question {
  const known = [...Object.keys(register.filters), 'modifiedSince', 'limit', 'offset']
  const where: RawBuilder<boolean>[] = []
  const asked: Record<string, string> = {}
  let limit = usualPerPage
  let offset = 0
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (!known.includes(name)) {
      throw new BadQuestion(name.slice(0, 100), `Parametern finns inte. Det finns ${known.join(', ')}.`)
    }
    if (typeof value !== 'string') throw new BadQuestion(name, 'Parametern får anges en gång.')
    if (name === 'limit') limit = wholeNumber(name, value, 1, mostPerPage)
    else if (name === 'offset') offset = wholeNumber(name, value, 0, mostSkipped)
    else {
      asked[name] = value
      if (name === 'modifiedSince') where.push(sinceMoment(register, value))
      else {
        const filter = register.filters[name] as Filter
        where.push(filter.where(readFilter(name, filter, value)))
      }
    }
  }
  if (asked.from !== undefined && asked.to !== undefined && asked.to < asked.from) {
    throw new BadQuestion('to', 'to är före from.')
  }
  return { where, limit, offset, asked }
}

function wholeNumber(name: string, value: string, least: number, most: number): number {
  const number = /^\d{1,7}$/.test(value) ? Number(value) : -1
  if (number < least || number > most) throw new BadQuestion(name, `Ange ett heltal från ${least} till ${most}.`)
  return number
}

function sinceMoment({ modified }: Register, value: string): RawBuilder<boolean> {
  const at = readMoment(value)
  if (at === null) {
    throw new BadQuestion('modifiedSince', 'Ange en tidpunkt enligt RFC 3339, till exempel 2025-12-12T08:00:00Z.')
  }
  return modified.since(at)
}

function readFilter(name: string, { is }: Filter, value: string): string {
  if (is === 'day') {
    if (parseDay(value) === null) throw new BadQuestion(name, 'Ange en dag i kalendern, till exempel 2025-12-12.')
  } else if (is === 'year') {
    if (!/^(19|20|21)\d{2}$/.test(value)) throw new BadQuestion(name, 'Ange ett år, till exempel 2025.')
  } else if (is === 'slug') {
    if (!idShape.test(value)) throw new BadQuestion(name, 'Ange ett id, som det står i API:et.')
  } else if (!is.includes(value)) {
    throw new BadQuestion(name, `Ange ett av ${is.join(', ')}.`)
  }
  return value
}

type Row = { id: string; data: Record<string, unknown>; masks: number | null; key: number | null }

const both = (register: Register, where: readonly RawBuilder<boolean>[]) =>
  sql`${register.from} ${where.length === 0 ? sql`` : sql`and ${sql.join(where, sql` and `)}`}`

/** The statement for rows of a register in their order. */
export function rowsStatement(
  register: Register,
  where: readonly RawBuilder<boolean>[],
  limit: number,
  offset: number,
): RawBuilder<Row> {
  // The page that most ask for is planned for what it is: in the order of an index as far as it reaches.
  const first = offset === 0 && (limit === usualPerPage || limit === mostPerPage)
  const pairs = Object.entries(register.fields).map(([name, { from }]) => sql`${sql.lit(name)}, ${from}`)
  return sql<Row>`
    select ${register.id} as id, jsonb_build_object(${sql.join(pairs)}) as data,
      ${register.masks ?? sql`null::bigint`} as masks,
      ${register.name === 'decisions' ? sql`decision.id` : sql`null::bigint`} as key
    ${both(register, where)} order by ${register.order} limit ${first ? sql.lit(limit) : limit} offset ${first ? sql.lit(0) : offset}`
}

/** The statement for how many rows there are. */
export const countStatement = (register: Register, where: readonly RawBuilder<boolean>[]) =>
  where.length === 0 && register.total !== undefined
    ? sql<{ total: number }>`select ${register.total} as total`
    : sql<{ total: number }>`select count(*) as total ${both(register, where)}`

async function rowsOf(db: Reader, ...asked: Parameters<typeof rowsStatement>): Promise<Row[]> {
  const { rows } = await rowsStatement(...asked).execute(db as never)
  return rows
}

export type Sources = { db: Reader; root: string; handlers: readonly EffectHandler[]; today: Day }

/** The rows as the API shows them: masked words covered, names of those who shall not be found taken away. */
async function itemsOf({ db, root, handlers, today }: Sources, register: Register, rows: readonly Row[]) {
  if (rows.length === 0) return []
  const [hidden, masks] = await Promise.all([hiddenNames(db), masksOf(db, rows)])
  const effects =
    register.name === 'decisions' ? await effectsShown(db, handlers, today, rows) : new Map<number, unknown[]>()
  const everywhere = maskOf(hidden)
  return rows.map((row): Item => {
    const words = row.masks === null ? undefined : masks.get(row.masks)
    const data = cover(
      row.key === null ? row.data : { ...row.data, effects: effects.get(row.key) ?? [] },
      words === undefined ? everywhere : maskOf([...hidden, ...words]),
    ) as Record<string, unknown>
    const path = register.page({ ...row.data, id: row.id })
    return {
      id: row.id,
      url: root + path,
      self: `${root}/api/v1/${register.name}/${encodeURIComponent(row.id)}`,
      ...data,
    }
  })
}

/** Names of people who have no place in the API, unless somebody who has bears the same. */
async function hiddenNames(db: Reader): Promise<string[]> {
  const rows = await db
    .selectFrom('person')
    .select('name')
    .distinct()
    .where('no_page_because', 'is not', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('person as open')
            .select('open.id')
            .whereRef('open.name', '=', 'person.name')
            .where('open.no_page_because', 'is', null),
        ),
      ),
    )
    .execute()
  return rows.map(({ name }) => name)
}

async function masksOf(db: Reader, rows: readonly Row[]): Promise<Map<number, string[]>> {
  const meetings = [...new Set(rows.flatMap(({ masks }) => masks ?? []))]
  const found = new Map<number, string[]>()
  if (meetings.length === 0) return found
  const masks = await db
    .selectFrom('minutes_mask')
    .select(['meeting_id', 'masked'])
    .where('meeting_id', 'in', meetings)
    .execute()
  for (const { meeting_id, masked: words } of masks) {
    found.set(meeting_id, [...(found.get(meeting_id) ?? []), words])
  }
  return found
}

/** Words are covered and contact details taken away wherever they stand in what is told; identifiers and addresses are left as they are. */
function cover(value: unknown, mask: (text: string) => string, name = ''): unknown {
  if (typeof value === 'string')
    return ['id', 'self', 'url', 'link', 'updated_at'].includes(name) ? value : withoutContacts(mask(value))
  if (Array.isArray(value)) return value.map((one) => cover(one, mask))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, cover(one, mask, key)]))
}

async function effectsShown(db: Reader, handlers: readonly EffectHandler[], today: Day, rows: readonly Row[]) {
  const effects = await effectsOf(
    db,
    rows.flatMap(({ key }) => key ?? []),
  )
  const people = effects.flatMap(({ person_in_id, person_out_id, assignee_person_id }) =>
    [person_in_id, person_out_id, assignee_person_id].filter((id) => id !== null),
  )
  const excluded = new Set(
    people.length === 0
      ? []
      : (
          await db
            .selectFrom('person')
            .select('id')
            .where('id', 'in', people)
            .where('no_page_because', 'is not', null)
            .execute()
        ).map(({ id }) => id),
  )
  const secret = ({ person_in_id, person_out_id, assignee_person_id }: Effect) =>
    [person_in_id, person_out_id, assignee_person_id].some((id) => id !== null && excluded.has(id))
  const states = await statesOf(db, handlers, effects, today)
  const found = new Map<number, unknown[]>()
  for (const effect of effects) {
    const state = states.get(effect.id)
    const shown = {
      kind: effect.kind,
      text: secret(effect) ? null : (effectPhrases([effect], handlers).get(effect.decision_id)?.[0] ?? null),
      state: state?.state ?? 'none',
      replaced_by: state?.replacedBy?.slug ?? null,
    }
    found.set(effect.decision_id, [...(found.get(effect.decision_id) ?? []), shown])
  }
  return found
}

/** A page of a register. */
export async function listAnswer(sources: Sources, register: Register, question: Question) {
  const { db, root } = sources
  const { where, limit, offset, asked } = question
  const [{ rows: counted }, rows] = await Promise.all([
    countStatement(register, where).execute(db as never),
    rowsOf(db, register, where, limit, offset),
  ])
  const total = Number(counted[0]?.total ?? 0)
  const path = `${root}/api/v1/${register.name}`
  const at = (from: number) => withQuery(path, { ...asked, limit, offset: from === 0 ? null : from })
  return {
    items: await itemsOf(sources, register, rows),
    total,
    limit,
    offset,
    self: at(offset),
    next: offset + rows.length < total && rows.length > 0 ? at(offset + limit) : null,
    csv: withQuery(`${path}.csv`, asked),
    xlsx: withQuery(`${path}.xlsx`, asked),
  }
}

/** One object; null: there is none, or none that is public. */
export async function oneAnswer(sources: Sources, register: Register, id: string): Promise<Item | null> {
  const rows = await rowsOf(sources.db, register, [register.named(id)], 1, 0)
  return (await itemsOf(sources, register, rows))[0] ?? null
}

/**
 * The first object of each register, for those who read what the registers look like. Looked up each time and not kept:
 * what is masked or taken away must be gone from the examples too.
 */
export async function firstOfEach(
  sources: Sources,
  registers: readonly Register[],
): Promise<ReadonlyMap<string, Item>> {
  const found = await Promise.all(
    registers.map(async (register) => {
      const rows = await rowsOf(sources.db, register, [], 1, 0)
      return [register.name, (await itemsOf(sources, register, rows))[0]] as const
    }),
  )
  return new Map(found.flatMap(([name, item]) => (item === undefined ? [] : [[name, item] as const])))
}

/** The same rows as a table: references by their names, lists on one line. */
export async function tableAnswer(sources: Sources, register: Register, question: Question): Promise<ExportTable> {
  const rows = await rowsOf(sources.db, register, question.where, mostInFile, 0)
  const items = await itemsOf(sources, register, rows)
  const headers = ['id', ...Object.keys(register.fields), 'url']
  return {
    name: register.name,
    sheet: register.title,
    notice: null,
    headers,
    rows: items.map((item) => headers.map((header) => cellOf(item[header]))),
  }
}

function cellOf(value: unknown): ExportCell {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return Number.isInteger(value) ? value : { decimal: String(value) }
  if (typeof value === 'boolean') return value ? 'ja' : 'nej'
  if (Array.isArray(value)) return value.map((one) => cellOf(one)).join('; ')
  if (typeof value === 'object') {
    const { name, text, person, kind } = value as Record<string, unknown>
    return String(name ?? text ?? (person as { name?: string } | undefined)?.name ?? kind ?? '')
  }
  return String(value)
}
