import { sql } from 'kysely'
import type { Reader } from '../db/database.ts'
import { fixed } from '../db/fixed.ts'
import type { Conflict, Difference, Effect, EffectHandler, EffectKind, StateToday } from '../effects/effect.ts'
import { coverEffect, maskedWords } from '../effects/masks.ts'
import { decisionsTouching, newestTouching, touches } from '../effects/parties.ts'
import type { Day } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { compareSwedish } from '../kernel/text.ts'

/** SQL: a column of the row that the id points at. */
const columnOf = (column: string) => (table: 'person' | 'body' | 'organisation', id: string) =>
  sql<
    string | null
  >`(select ${sql.ref(`named.${column}`)} from ${sql.table(table)} as named where named.id = ${sql.ref(id)})`
const nameOf = columnOf('name')
const shortNameOf = columnOf('short_name')

const effectsIn = fixed((db, decisionIds: readonly number[]) =>
  db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .leftJoin('body', 'body.id', 'effect.body_id')
    .leftJoin('plan', 'plan.id', 'effect.plan_id')
    .leftJoin('document', 'document.id', 'effect.document_id')
    .leftJoin('meeting as filed', 'filed.id', 'effect.filed_meeting_id')
    .selectAll('effect')
    .select([
      'decision.slug as decision_slug',
      'decision.body_id as decision_body_id',
      'decision.decided_on',
      'body.name as body_name',
      'body.slug as body_slug',
      'plan.title as plan_title',
      'plan.slug as plan_slug',
      'document.title as document_title',
      'document.slug as document_slug',
      'filed.title as filed_meeting_title',
      'filed.slug as filed_meeting_slug',
      'filed.held_on as filed_meeting_held_on',
      // Names that are looked up by themselves: to weigh in which order fourteen tables are best joined takes longer than
      // to read them.
      nameOf('person', 'effect.person_in_id').as('person_in_name'),
      nameOf('person', 'effect.person_out_id').as('person_out_name'),
      sql<
        string | null
      >`coalesce(${shortNameOf('organisation', 'effect.on_behalf_organisation_id')}, ${shortNameOf('body', 'effect.on_behalf_body_id')})`.as(
        'on_behalf_name',
      ),
      nameOf('organisation', 'effect.administration_id').as('administration_name'),
      sql<
        string | null
      >`coalesce(${nameOf('person', 'effect.assignee_person_id')}, ${nameOf('body', 'effect.assignee_body_id')}, ${nameOf('organisation', 'effect.assignee_organisation_id')})`.as(
        'assignee_name',
      ),
      maskedWords.as('masked_words'),
    ])
    .where(sql<boolean>`decision.id = any(${decisionIds}::bigint[])`)
    .orderBy('decision.decided_on')
    .orderBy('decision.position')
    .orderBy('decision.id')
    .orderBy('effect.position'),
)

/**
 * The effects of decisions, in the order in which they are carried out, with the names of all that they refer to.
 * Words that are masked in the minutes are masked here too.
 */
export async function effectsOf(db: Reader, decisionIds: readonly number[]): Promise<Effect[]> {
  if (decisionIds.length === 0) return []
  const rows = await effectsIn(db, decisionIds)
  return rows.map((row) => coverEffect(row as typeof row & Effect))
}

/** The room that owns what an effect of the kind changes. @throws Error when no room does */
export function handlerOf(handlers: readonly EffectHandler[], kind: EffectKind): EffectHandler {
  const handler = handlers.find(({ kinds }) => kinds.includes(kind))
  if (!handler) throw new Error(`no room carries out effects of kind ${kind}`)
  return handler
}

/** What is true on a day of what each effect did, by its id: one question to each room, however many effects. */
export async function statesOf(
  db: Reader,
  handlers: readonly EffectHandler[],
  effects: readonly Effect[],
  day: Day,
): Promise<ReadonlyMap<number, StateToday>> {
  const ofHandler = Map.groupBy(effects, ({ kind }) => handlerOf(handlers, kind))
  const states = await Promise.all([...ofHandler].map(([handler, own]) => handler.statesOn(db, own, day)))
  return new Map(states.flatMap((found) => [...found]))
}

/** The register difference that each effect will make, or made, and every conflict in its way. */
export async function previewEffects(db: Reader, handlers: readonly EffectHandler[], effects: readonly Effect[]) {
  const previews: { effect: Effect; differences: Difference[]; conflicts: Conflict[] }[] = []
  for (const effect of effects) {
    const handler = handlerOf(handlers, effect.kind)
    previews.push({
      effect,
      differences: await handler.preview(db, effect),
      conflicts: await handler.check(db, effect),
    })
  }
  return previews
}

/** What a list of decisions may be narrowed to. Every part may be left out. */
export type DecisionFilter = {
  year?: number | null
  /** Slug of the body that decided. */
  body?: string | null
  kind?: 'decision' | 'position' | 'endorsement' | null
  /** Slug of a person who joins, leaves or gets an assignment by the decision. */
  person?: string | null
  /** Slug of an organisation that a decision's effect concerns. */
  party?: string | null
}

function publicDecisions(db: Reader) {
  return (
    db
      .selectFrom('decision')
      // Every decision has a body: asked for in this way it is not looked up where only decisions are counted.
      .leftJoin('body', 'body.id', 'decision.body_id')
      .leftJoin('meeting', 'meeting.id', 'decision.meeting_id')
      .leftJoin('agenda_item', 'agenda_item.id', 'decision.agenda_item_id')
      .where('decision.state', '=', sql.lit('carried_out' as const))
  )
}

function filtered(db: Reader, { year, body, kind, person, party }: DecisionFilter) {
  return publicDecisions(db)
    .$if(Boolean(year), (query) =>
      query
        .where('decision.decided_on', '>=', `${year}-01-01`)
        .where('decision.decided_on', '<', `${Number(year) + 1}-01-01`),
    )
    .$if(Boolean(body), (query) =>
      query.where('decision.body_id', '=', (eb) =>
        eb
          .selectFrom('body')
          .select('id')
          .where('slug', '=', body as never),
      ),
    )
    .$if(Boolean(kind), (query) => query.where('decision.kind', '=', kind as never))
    .$if(Boolean(person), (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('effect')
            .innerJoin('person', (join) =>
              join.on((on) =>
                on.or([
                  on('person.id', '=', on.ref('effect.person_in_id')),
                  on('person.id', '=', on.ref('effect.person_out_id')),
                  on('person.id', '=', on.ref('effect.assignee_person_id')),
                ]),
              ),
            )
            .select('effect.id')
            .whereRef('effect.decision_id', '=', 'decision.id')
            .where('person.slug', '=', person as never)
            .where('person.no_page_because', 'is', null),
        ),
      ),
    )
    .$if(Boolean(party), (query) =>
      query.where(sql<boolean>`decision.id in (${decisionsTouching({ slug: party as string })})`),
    )
}

const listColumns = [
  'decision.id',
  'decision.slug',
  'decision.title',
  'decision.kind',
  'decision.decided_on',
  'decision.decided_precision',
  sql<string>`body.name`.as('body_name'),
  sql<string>`body.slug`.as('body_slug'),
  'meeting.slug as meeting_slug',
  'meeting.title as meeting_title',
  'agenda_item.number as item_number',
] as const

/** A stretch of a list: so many rows from `offset`. */
type Stretch = { limit: number; offset: number }

const inOrder = <Query extends ReturnType<typeof publicDecisions>>(query: Query) =>
  query
    .orderBy('decision.decided_on', 'desc')
    .orderBy('decision.meeting_id', 'desc')
    .orderBy('decision.position')
    .orderBy('decision.id') as Query

/** Decisions that have taken effect, newest first. `limit` rows from `offset`. */
export async function listDecisions(
  db: Reader,
  filter: Omit<DecisionFilter, 'party' | 'person'>,
  limit: number,
  offset: number,
) {
  const far = await yearAt(db, filter, offset)
  // Rows that are passed by on the way to a far page are not looked up.
  const page = inOrder(filtered(db, filter))
    .select('decision.id')
    .limit(limit)
    .offset(far.offset)
    .$if(far.year !== null, (query) => query.where('decision.decided_on', '<', `${Number(far.year) + 1}-01-01`))
  return await inOrder(publicDecisions(db)).where('decision.id', 'in', page).select(listColumns).execute()
}

/** The newest decisions that have taken effect, so many. */
export const newestDecisions = (limit: number) =>
  fixed((db) =>
    inOrder(publicDecisions(db))
      .where('decision.id', 'in', inOrder(publicDecisions(db)).select('decision.id').limit(limit))
      .select(listColumns),
  )

/** The newest decisions that touch the party or one of its parts, so many: no more of them are looked at. */
export const newestTouchingParty = (limit: number) =>
  fixed((db, party: number) =>
    inOrder(publicDecisions(db))
      .where(sql<boolean>`decision.id in (select id from (${newestTouching({ id: party }, limit)}) as newest)`)
      .select(listColumns),
  )

/** The decisions that touch a party, in their order, read from one index. */
function touchedAlone(db: Reader, party: string) {
  return db
    .selectFrom((eb) =>
      eb
        .selectFrom('decision_touched')
        .select(['decision_id as id', 'decided_on', 'meeting_id', 'position'])
        .distinct()
        .where(touches({ slug: party }))
        .as('touched'),
    )
    .select((eb) => ['touched.id', eb.fn.countAll<number>().over().as('total')])
    .orderBy('touched.decided_on', 'desc')
    .orderBy('touched.meeting_id', 'desc')
    .orderBy('touched.position')
    .orderBy('touched.id')
}

/** A stretch of the decisions that the filter leaves, newest first, and how many it leaves. */
export async function decisionsAndTotal(db: Reader, filter: DecisionFilter, { limit, offset }: Stretch) {
  if (!filter.party && !filter.person) {
    const [decisions, total] = await Promise.all([listDecisions(db, filter, limit, offset), countDecisions(db, filter)])
    return { decisions, total }
  }
  // Few decisions touch the one asked for. They are looked for once, and counted, instead of in the order of all decisions.
  const found = await (filter.party && Object.values(filter).filter(Boolean).length === 1
    ? touchedAlone(db, filter.party).limit(limit).offset(offset).execute()
    : inOrder(filtered(db, filter))
        .select((eb) => ['decision.id', eb.fn.countAll<number>().over().as('total')])
        .limit(limit)
        .offset(offset)
        .execute())
  const ids = found.map(({ id }) => id)
  const decisions =
    ids.length === 0
      ? []
      : await inOrder(publicDecisions(db)).where('decision.id', 'in', ids).select(listColumns).execute()
  return { decisions, total: found[0]?.total ?? (offset === 0 ? 0 : await countDecisions(db, filter)) }
}

/** How many decisions there are of each kind each year: kept as they take effect. */
function countedDecisions(db: Reader, { year, kind }: DecisionFilter) {
  return db
    .selectFrom('decision_count')
    .select(['kind', 'year', 'decisions'])
    .where('decisions', '>', 0)
    .$if(Boolean(year), (query) => query.where('year', '=', year as number))
    .$if(Boolean(kind), (query) => query.where('kind', '=', kind as never))
    .orderBy('kind')
    .execute()
}

/** How many decisions each year has, the newest first. */
function byYear(counted: Awaited<ReturnType<typeof countedDecisions>>): [year: number, decisions: number][] {
  const years = new Map<number, number>()
  for (const { year, decisions } of counted) years.set(year, (years.get(year) ?? 0) + decisions)
  return [...years].sort(([a], [b]) => b - a)
}

/** Whether the counts that are kept tell what the filter leaves. */
const isCounted = ({ body, person, party }: DecisionFilter) => !body && !person && !party

/** In which year's decisions the offset lies, and how far into them: the years that are passed by are not read. */
async function yearAt(
  db: Reader,
  filter: DecisionFilter,
  offset: number,
): Promise<{ year: number | null; offset: number }> {
  if (offset === 0 || filter.year || !isCounted(filter)) return { year: null, offset }
  const years = byYear(await countedDecisions(db, filter))
  const last = years.at(-1)?.[0]
  let left = offset
  for (const [year, decisions] of years) {
    if (left < decisions || year === last) return { year, offset: left }
    left -= decisions
  }
  return { year: null, offset }
}

/** How many decisions the filter leaves. */
export async function countDecisions(db: Reader, filter: DecisionFilter): Promise<number> {
  if (isCounted(filter)) {
    return (await countedDecisions(db, filter)).reduce((sum, { decisions }) => sum + decisions, 0)
  }
  const { count } = await filtered(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** The years, bodies and kinds that there are decisions for. No decision is read for it, however many there are. */
export async function decisionFacets(db: Reader) {
  const [counted, bodies] = await Promise.all([
    countedDecisions(db, {}),
    db
      .selectFrom('body')
      .select(['body.slug', 'body.name'])
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('decision')
            .select('decision.id')
            .whereRef('decision.body_id', '=', 'body.id')
            .where('decision.state', '=', 'carried_out'),
        ),
      )
      .execute(),
  ])
  return { years: byYear(counted).map(([year]) => year), bodies, kinds: [...new Set(counted.map(({ kind }) => kind))] }
}

const personColumns = ['person_in_id', 'person_out_id', 'assignee_person_id'] as const

/**
 * The parties that some decision's effect touches, and the persons; people without a page of their own are left out.
 * @param mostPersons when there are more than this, only `person` is told of
 */
export async function touchedByDecisions(db: Reader, mostPersons: number, person: string | null) {
  const [parties, named] = await Promise.all([touchedParties(db), fewPersons(db, mostPersons)])
  const ids = new Set(named.map(({ id }) => id))
  const persons =
    ids.size > mostPersons && person === null
      ? []
      : await db
          .selectFrom('person')
          .select(['person.slug', 'person.name'])
          .where('person.no_page_because', 'is', null)
          .where((eb) =>
            ids.size > mostPersons ? eb('person.slug', '=', person as never) : eb('person.id', 'in', [...ids, -1]),
          )
          .where((eb) =>
            eb.or(
              personColumns.map((column) =>
                eb.exists(carriedOutEffects(db).whereRef(`effect.${column}`, '=', 'person.id' as never)),
              ),
            ),
          )
          .execute()
  return { parties, persons: persons.toSorted((a, b) => compareSwedish(a.name, b.name)) }
}

/** The persons of effects, at most one more than the limit: all of them, or enough to tell that they are many. */
function fewPersons(db: Reader, limit: number) {
  // The first so many effects tell; looking for all of them would read every effect.
  const columns = personColumns.map(
    (column) =>
      sql`(select ${sql.ref(column)} as id from effect where ${sql.ref(column)} is not null limit ${sql.lit(20 * limit)})`,
  )
  return db
    .selectFrom(sql<{ id: number }>`(${sql.join(columns, sql` union `)})`.as('named'))
    .select('id')
    .limit(limit + 1)
    .execute()
}

/** The parties that some effect touches, themselves or through a part of theirs. */
async function touchedParties(db: Reader) {
  const organisations = await db
    .selectFrom('organisation')
    .select((eb) => [
      'organisation.id',
      'organisation.parent_id',
      'organisation.slug',
      'organisation.short_name as name',
      'organisation.is_party',
      // Not whether one exists, which the planner finds out by reading them all, but the newest, which an index has.
      eb(
        eb
          .selectFrom('decision_touched')
          .select('decision_touched.organisation_id')
          .whereRef('decision_touched.organisation_id', '=', 'organisation.id')
          .orderBy('decision_touched.decided_on', 'desc')
          .limit(sql.lit(1)),
        'is not',
        null,
      ).as('touched'),
    ])
    .orderBy('organisation.position')
    .execute()
  const byId = new Map(organisations.map((organisation) => [organisation.id, organisation]))
  // A party is touched through its parts and theirs, as the filter has it.
  const touched = new Set<number>()
  for (const part of organisations.filter((organisation) => organisation.touched)) {
    const parent = byId.get(part.parent_id ?? -1)
    for (const id of [part.id, part.parent_id, parent?.parent_id]) if (id != null) touched.add(id)
  }
  return organisations
    .filter(({ id, is_party }) => is_party && touched.has(id))
    .map(({ slug, name }) => ({ slug, name }))
}

function carriedOutEffects(db: Reader) {
  return db
    .selectFrom('effect')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select('effect.id')
    .where('decision.state', '=', 'carried_out')
}

/** One decision that has taken effect. @throws PortalError not-found */
export async function decisionBySlug(db: Reader, slug: string) {
  const [decision] = await decisionsNamed(db, slug)
  if (!decision) throw notFound(`decision ${slug}`)
  return decision
}

const decisionsNamed = fixed((db, slug: string) =>
  publicDecisions(db)
    .leftJoin('agenda_item as parent_item', 'parent_item.id', 'agenda_item.parent_id')
    .select(listColumns)
    .select([
      'decision.clause',
      'decision.clause_origin',
      'decision.carried_out_at',
      'decision.meeting_id',
      'decision.agenda_item_id',
      'decision.provenance_id',
      'meeting.held_on',
      'meeting.text_kind',
      'agenda_item.title as item_title',
      'parent_item.title as parent_title',
    ])
    .where('decision.slug', '=', slug),
)

/** Decisions that this one took the place of: effects of theirs that it ended. */
export const replacedDecisions = fixed((db, decisionId: number) => {
  const byMembership = db
    .selectFrom('membership')
    .innerJoin('effect as ending', 'ending.id', 'membership.end_effect_id')
    .innerJoin('effect as starting', 'starting.id', 'membership.start_effect_id')
    .innerJoin('decision', 'decision.id', 'starting.decision_id')
    .select(['decision.slug', 'decision.title', 'decision.decided_on'])
    .where('ending.decision_id', '=', decisionId)
  const byParameter = db
    .selectFrom('parameter_value')
    .innerJoin('effect as ending', 'ending.id', 'parameter_value.superseded_by_effect_id')
    .innerJoin('effect as starting', 'starting.id', 'parameter_value.effect_id')
    .innerJoin('decision', 'decision.id', 'starting.decision_id')
    .select(['decision.slug', 'decision.title', 'decision.decided_on'])
    .where('ending.decision_id', '=', decisionId)
  return byMembership.union(byParameter).orderBy('decided_on', 'desc')
})
