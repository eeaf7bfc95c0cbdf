import type { Work } from '../audit/work.ts'
import type { Certainty, DatePrecision } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'

/** A fact file that does not hold together. The message names file and place, for the person who edits the file. */
export class FactsError extends Error {
  override name = 'FactsError'
}

/** A date as vague as the source has it. */
export type VagueDate = { on: Day; precision: DatePrecision }

const seasonMonths: Record<string, string> = { var: '03', sommar: '06', host: '09', vinter: '12' }

/**
 * Reads '2025-12-12', '2026-01', '2023-host' (var, sommar, host, vinter), '2025-Q4', '2026-H1' or '2025'.
 * A vague date is stored as the first day of its period.
 * @throws FactsError for anything else
 */
export function vagueDate(text: string): VagueDate {
  const parts = /^(\d{4})(?:-(?:(\d{2})(?:-(\d{2}))?|(var|sommar|host|vinter)|Q([1-4])|H([12])))?$/.exec(text)
  if (!parts) throw new FactsError(`"${text}" is not a date (2025-12-12, 2026-01, 2023-host, 2025-Q4, 2026-H1 or 2025)`)
  const [, year, month, day, season, quarter, half] = parts
  if (day) return { on: `${year}-${month}-${day}` as Day, precision: 'day' }
  if (month) return { on: `${year}-${month}-01` as Day, precision: 'month' }
  if (season) return { on: `${year}-${seasonMonths[season]}-01` as Day, precision: 'season' }
  if (quarter)
    return { on: `${year}-${String(Number(quarter) * 3 - 2).padStart(2, '0')}-01` as Day, precision: 'quarter' }
  if (half) return { on: `${year}-${half === '1' ? '01' : '07'}-01` as Day, precision: 'half_year' }
  return { on: `${year}-01-01` as Day, precision: 'year' }
}

/** Where a fact comes from: '001: punkt 7b', several places parted by '; ', with how sure it is. */
export type Ground = { source: string; certainty?: Certainty; note?: string }

const namedTables = [
  'organisation',
  'body',
  'person',
  'matter',
  'document',
  'meeting',
  'plan',
  'theme',
  'decision',
  'project',
] as const
type NamedTable = (typeof namedTables)[number]

/**
 * Finds what the facts refer to by name. Ids are read once and remembered, so load what is referred to first.
 */
export class References {
  readonly #work: Work
  readonly #ids = new Map<string, number>()
  readonly #provenances = new Map<string, number>()

  constructor(work: Work) {
    this.#work = work
  }

  /** The id of the row with that slug. @throws FactsError naming the slug when there is none */
  async id(table: NamedTable, slug: string): Promise<number> {
    const key = `${table}/${slug}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const row = await this.#work.trx.selectFrom(table).select('id').where('slug', '=', slug).executeTakeFirst()
    if (!row) throw new FactsError(`there is no ${table} "${slug}"`)
    this.#ids.set(key, row.id)
    return row.id
  }

  /** As {@link id}, but null stays null. */
  async idOrNull(table: NamedTable, slug: string | null | undefined): Promise<number | null> {
    return slug === null || slug === undefined ? null : this.id(table, slug)
  }

  /** The id of the source with that code. @throws FactsError */
  async source(code: string): Promise<number> {
    const key = `source/${code}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const row = await this.#work.trx.selectFrom('source').select('id').where('code', '=', code).executeTakeFirst()
    if (!row) throw new FactsError(`there is no source "${code}"`)
    this.#ids.set(key, row.id)
    return row.id
  }

  /** The id of an agenda item: '2025-12-12-lansgemensam-ledning#7b'. @throws FactsError */
  async agendaItem(reference: string): Promise<number> {
    const [slug, number] = reference.split('#')
    const row = await this.#work.trx
      .selectFrom('agenda_item')
      .innerJoin('meeting', 'meeting.id', 'agenda_item.meeting_id')
      .select('agenda_item.id')
      .where('meeting.slug', '=', slug ?? '')
      .where('agenda_item.number', '=', number ?? '')
      .executeTakeFirst()
    if (!row) throw new FactsError(`there is no agenda item "${reference}"`)
    return row.id
  }

  /** The row that says where facts come from; facts read in the same place share it. @throws FactsError */
  async provenance({ source, certainty = 'stated', note }: Ground): Promise<number> {
    const key = JSON.stringify([source, certainty, note ?? null])
    const known = this.#provenances.get(key)
    if (known !== undefined) return known
    const { trx } = this.#work
    const existing = await trx.selectFrom('provenance').select('id').where('key', '=', key).executeTakeFirst()
    if (existing) {
      this.#provenances.set(key, existing.id)
      return existing.id
    }
    const places = source.split(';').map((part) => {
      const [code, ...place] = part.trim().split(':')
      return { code: (code ?? '').trim(), place: place.join(':').trim() }
    })
    const { id } = await trx
      .insertInto('provenance')
      .values({ key, certainty, note: note ?? null })
      .returning('id')
      .executeTakeFirstOrThrow()
    let position = 0
    for (const { code, place } of places) {
      position += 1
      const source_id = await this.source(code)
      await trx.insertInto('provenance_source').values({ provenance_id: id, position, source_id, place }).execute()
    }
    this.#provenances.set(key, id)
    return id
  }
}
