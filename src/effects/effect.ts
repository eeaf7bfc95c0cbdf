/**
 * What decisions and registers agree on. A decision does not describe a change, it is the change: each of its effects
 * is checked, previewed and carried out by the room that owns the register. The rooms export handlers, the list of all
 * handlers is handed to the decisions room from above.
 */
import type { Insertable, Selectable } from 'kysely'
import type { Work } from '../audit/work.ts'
import type { Reader } from '../db/database.ts'
import type { DB, Effect as EffectTable } from '../db/schema.ts'
import type { Day } from '../kernel/dates.ts'

export type EffectKind = EffectTable['kind']

/** A stored effect with what every handler needs to know of its decision, and the names of all that it refers to. */
export type Effect = Selectable<EffectTable> & {
  decision_slug: string
  decision_body_id: number
  decided_on: Day
  body_name: string | null
  body_slug: string | null
  person_in_name: string | null
  person_out_name: string | null
  /** The organisation or body on whose behalf the seat is held, in short. */
  on_behalf_name: string | null
  administration_name: string | null
  plan_title: string | null
  plan_slug: string | null
  document_title: string | null
  document_slug: string | null
  filed_meeting_title: string | null
  filed_meeting_slug: string | null
  filed_meeting_held_on: Day | null
  assignee_name: string | null
}

/** A new effect as a form or a file of facts proposes it. */
export type ProposedEffect = Omit<Insertable<EffectTable>, 'decision_id' | 'position'>

/** Why an effect cannot be carried out, in words for the coordinator. */
export type Conflict = {
  /** Stable code, for tests and for offering the right way out. */
  code: string
  text: string
}

/** One line of the register difference: what stood there, what will stand there. */
export type Difference = {
  register: keyof DB
  /** What the line is about, such as the person or the value. */
  subject: string
  /** The page of the thing that changes, as a path without base. */
  path: string | null
  before: string | null
  after: string | null
}

/** A register row that was changed, as the ledger keeps it. `before` null: the row is new. */
export type RegisterChange = {
  register:
    | 'membership'
    | 'body'
    | 'parameter_value'
    | 'plan'
    | 'activity'
    | 'document'
    | 'document_version'
    | 'minutes_filing'
    | 'assignment'
  rowId: number
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

/** What is true today of something that an effect once did. */
export type StateToday = {
  /** 'in_force': still so; 'replaced': another decision has taken its place; 'ended': nothing follows; 'none': nothing to follow. */
  state: 'in_force' | 'coming' | 'replaced' | 'ended' | 'none'
  /** The decision that took its place. */
  replacedBy?: { slug: string; decidedOn: Day }
  on?: Day
}

export type EffectHandler = {
  kinds: readonly EffectKind[]
  /** Every reason why the effect cannot be carried out now. Empty: it can. */
  check: (db: Reader, effect: Effect) => Promise<Conflict[]>
  /** The exact difference that carrying out will make, or made. */
  preview: (db: Reader, effect: Effect) => Promise<Difference[]>
  /** Changes the register and tells each row that it changed. Runs inside the decision's transaction. */
  carryOut: (work: Work, effect: Effect) => Promise<RegisterChange[]>
  /** What the effect does in one phrase; in a clause it comes after "beslutar att": 'Petra Hornstra ersätter …'. Pure. */
  clause: (effect: Effect) => string
  /**
   * What is true on a day of what each of the effects did, by the effect's id. The same number of statements however
   * many effects: lists ask for hundreds at a time.
   */
  statesOn: (db: Reader, effects: readonly Effect[], day: Day) => Promise<ReadonlyMap<number, StateToday>>
}

/** A state for each effect, by its id: for handlers that have looked up all they need. */
export function statesBy(effects: readonly Effect[], stateOf: (effect: Effect) => StateToday) {
  return new Map(effects.map((effect) => [effect.id, stateOf(effect)]))
}

/** Rows by what they belong to, the first of each alone. */
export function firstBy<Row>(rows: readonly Row[], keyOf: (row: Row) => number | null): ReadonlyMap<number, Row> {
  const found = new Map<number, Row>()
  for (const row of rows) {
    const key = keyOf(row)
    if (key !== null && !found.has(key)) found.set(key, row)
  }
  return found
}

/** The day from which an effect applies: its own day, else the day of the decision. */
export function effectiveDay(effect: Pick<Effect, 'effective_on' | 'decided_on'>): Day {
  return (effect.effective_on ?? effect.decided_on) as Day
}
