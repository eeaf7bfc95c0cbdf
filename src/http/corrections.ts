/**
 * Corrections (rättelser): the record was wrong. Each is its own act with a reason, and keeps what stood there. A room
 * that owns a register supplies a corrector for it; readers see the corrections on the page of what was corrected.
 */
import { sql } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import { allMaskedWords } from '../effects/masks.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'
import type { QuestionGroup } from './edit-page.ts'
import type { FormState } from './fields.ts'
import type { FormRead, Problem } from './forms.ts'

export type CorrectedRegister = 'membership' | 'parameter_value' | 'decision'

/** What a row says, in words: as it is kept with the correction and shown to readers. Keys have labels in the corrector. */
export type Told = Readonly<Record<string, string | null>>

export type Correctable = {
  title: string
  /** The public page that shows the correction. */
  path: string
  lead: string | null
  /** What the form was opened on, and is compared with when it is saved. */
  told: Told
  ask: (form: FormState) => QuestionGroup[]
}

export type Corrector<Values = unknown> = {
  register: CorrectedRegister
  /** The register in an address: 'uppdrag'. */
  word: string
  /** The body whose coordinator may correct the row; null: for those who keep all bodies. Undefined: there is no such row. */
  bodyOf: (db: Reader, id: number) => Promise<string | null | undefined>
  /** @throws PortalError not-found */
  open: (db: Reader, id: number) => Promise<Correctable>
  read: (body: unknown) => FormRead<Values>
  /** Changes the row, which is locked. @returns what was wrong, or what the log says it is about and the row as it is now */
  correct(work: Work, id: number, values: Values): Promise<Problem[] | { about: string; told: Told | null }>
  labels: Readonly<Record<string, string>>
  /** Words that say which row it is, kept whole though nothing in them changed. */
  names: (told: Told) => string
}

export type ShownCorrection = { title: string; text: string }

declare module './view.ts' {
  interface Parts {
    'parts/corrections': { corrections: readonly ShownCorrection[] }
  }
}

/** 'Från: 1 januari 2025, rättat från 1 januari 2024', for each thing that differs. Null after: the row is gone. */
export function correctionText(
  { labels, names }: Pick<Corrector, 'labels' | 'names'>,
  before: Told,
  after: Told | null,
): string {
  const said = (text: string | null | undefined) => text ?? 'framgår inte'
  if (after === null) return `${names(before)} är borttaget: det skulle inte ha stått i registret.`
  const differences = Object.entries(labels)
    .filter(([key]) => (before[key] ?? null) !== (after[key] ?? null))
    .map(([key, label]) => `${label} är rättat från ”${said(before[key])}” till ”${said(after[key])}”`)
  return `${names(after)}: ${differences.join('. ')}.`
}

type Corrected = Pick<Corrector, 'register' | 'labels' | 'names'>

/** Corrections of a register as readers see them, the newest first. @param of null: all, else where `told` holds this */
export async function correctionsOf(
  db: Reader,
  corrected: Corrected,
  of: { key: string; value: string } | null,
): Promise<ShownCorrection[]> {
  const rows = await db
    .selectFrom('register_change')
    .innerJoin('correction', 'correction.id', 'register_change.correction_id')
    .select([
      'register_change.before',
      'register_change.after',
      'correction.reason',
      'correction.corrected_on',
      'correction.corrected_by',
    ])
    .where('register_change.register', '=', corrected.register)
    // Few changes are corrections, and they have an index of their own.
    .where('register_change.correction_id', 'is not', null)
    .$if(of !== null, (query) =>
      query.where(
        sql<boolean>`${of?.value ?? ''} in (register_change.before ->> ${of?.key ?? ''}, register_change.after ->> ${of?.key ?? ''})`,
      ),
    )
    .orderBy('register_change.id', 'desc')
    .limit(200)
    .execute()
  if (rows.length === 0) return []
  // What a correction repeats may be what somebody has had to mask in minutes: the mask holds here too.
  const masks = await allMaskedWords(db)
  const named = await namesOf(
    db,
    rows.flatMap(({ before, after }) => [before as Told | null, after as Told | null]),
  )
  return rows.map(({ before, after, reason, corrected_on, corrected_by }) => ({
    title: `Rättelse ${dayText(corrected_on as Day)} (${corrected_by})`,
    text: masked(
      `${correctionText(corrected, named(before as Told | null) ?? {}, named(after as Told | null))} Skäl: ${reason}`,
      masks,
    ),
  }))
}

/** Puts the names of persons back. One who has been erased is told of without a name. */
async function namesOf(db: Reader, all: readonly (Told | null)[]) {
  const ids = [...new Set(all.flatMap((told) => (told?.person_id ? [Number(told.person_id)] : [])))]
  const persons =
    ids.length === 0 ? [] : await db.selectFrom('person').select(['id', 'name']).where('id', 'in', ids).execute()
  const names = new Map(persons.map(({ id, name }) => [String(id), name]))
  return (told: Told | null): Told | null =>
    told?.person_id ? { ...told, person: names.get(told.person_id) ?? 'En raderad person' } : told
}

/** What is kept of a row for good: a person by number alone, so that one who may be erased can be, name and all. */
function keptOf(told: Told): Told {
  if (!told.person_id) return told
  const { person: _person, person_slug: _slug, ...rest } = told
  return rest
}

/** Keeps a correction: the reason, what stood there and what stands now. */
export async function recordCorrection(
  work: Work,
  {
    register,
    id,
    about,
    before,
    after,
  }: {
    register: CorrectedRegister
    id: number
    about: string
    before: Told
    after: Told | null
  },
  reason: string,
  today: Day,
): Promise<void> {
  const correction = await work.trx
    .insertInto('correction')
    .values({ reason, corrected_on: today, corrected_by: work.actor.name })
    .returning('id')
    .executeTakeFirstOrThrow()
  await work.trx
    .insertInto('register_change')
    .values({
      correction_id: correction.id,
      register,
      row_id: id,
      before: JSON.stringify(keptOf(before)),
      after: after === null ? null : JSON.stringify(keptOf(after)),
    })
    .execute()
  // What stood there may be what should never have been written: the log names the fields, the correction keeps the words.
  const changed = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after?.[key])
  await work.record('correction.made', about, { register, row: id, changed, reason })
}
