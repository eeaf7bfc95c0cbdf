import type { EffectKind, ProposedEffect } from '../../effects/effect.ts'
import type { Day } from '../../kernel/dates.ts'
import type { Random } from '../../kernel/random.ts'
import type { PlannedBody, Seated } from './facts.ts'
import type { Sizes } from './sizes.ts'

/** A meeting that is to be held: where and when. */
export type MeetingPlan = { slug: string; body: LivingBody; day: Day; place: 'first' | 'between' | 'last' }

/** A decision that a meeting will make. */
export type DecisionPlan = {
  kind: 'decision' | 'position'
  title: string
  clause: string | null
  /** Without its provenance, which is the meeting's. */
  effects: readonly (Omit<ProposedEffect, 'provenance_id'> & { kind: EffectKind })[]
  matter?: string | undefined
  document?: string | undefined
  /** The plan that it revises. */
  revises?: string
}

/** Something that waits for a meeting of the group. Asked when the meeting comes; null: nothing came of it. */
export type Waiting = { ready: (day: Day) => boolean; decide: (meeting: MeetingPlan) => DecisionPlan | null }

/** A group that has begun: who sits there now and what waits for its next meeting. */
export type LivingBody = PlannedBody & {
  id: number
  seats: Seated[]
  /** Whom those stood for who left without anyone in their place. */
  empty: (string | null)[]
  waiting: Waiting[]
  /** The last meeting, whose minutes the next one files. */
  last: { slug: string; day: Day } | null
}

/** The activities of a plan, by their numbers, that get other texts when the revision is decided. */
export type Revision = { planId: number; body: LivingBody; numbers: readonly number[] }

/** What the years hand on to each other. Ids are those of the database, by slug. */
export type CountyState = {
  sizes: Sizes
  seed: number
  random: Random
  today: Day
  firstYear: number
  lastYear: number
  planned: readonly PlannedBody[]
  bodies: Map<string, LivingBody>
  persons: readonly string[]
  parties: readonly string[]
  ids: {
    person: ReadonlyMap<string, number>
    organisation: ReadonlyMap<string, number>
    matter: ReadonlyMap<string, number>
    meeting: Map<string, number>
    document: Map<string, number>
  }
  matters: readonly string[]
  documents: { slug: string; title: string; owner: string; adopted: Day | null }[]
  /** Revisions that have not been decided yet, by the plan's slug. */
  revisions: Map<string, Revision>
  counted: { meetings: number; documents: number; plans: number }
}
