/** What has been published and when: the same news for feeds and for the newsletter. */
import { type ExpressionBuilder, type RawBuilder, sql } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { DecisionKind, MeetingState } from '../db/schema.ts'
import { decidedText, effectPhrases } from '../decisions/pages.ts'
import { effectsOf } from '../decisions/queries.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import { type PeriodKind, periodOf, periodSlug, periodText } from '../discharge-days/periods.ts'
import { measuredPlaces } from '../discharge-days/queries.ts'
import { marked } from '../discharge-days/tables.ts'
import { documentKindNames, documentStates, positionStates } from '../documents/texts.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { maskedWords } from '../effects/masks.ts'
import { changedTouching, decisionsTouching } from '../effects/parties.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { addDays, type Day, dateText, dayText, timeText, weekdayText } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'
import { counted } from '../kernel/text.ts'
import { decisionPath, dischargePeriodPath, documentPath, meetingPath, planPath } from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'
import { minutesTitle } from '../meetings/texts.ts'
import { type NewsKind, namesRemover } from './rules.ts'

/** A piece of news. `key` is what it is called in its register for ever; `updated` is when the portal last changed it. */
export type Entry = {
  key: string
  kind: NewsKind
  title: string
  path: string
  text: string | null
  published: Date
  updated: Date
}

/** Whose news; every part may be left out. */
export type Scope = {
  /** What the body decides, plans, owns and meets about, and what is decided about it. */
  bodyId?: number
  /** What touches the party: its own, and what sets the same for all parties. */
  party?: { id: number; slug: string }
  kinds?: readonly NewsKind[]
  /** Only what was published after the first moment, and not after the second. */
  between?: { after: Date; until: Date }
}

type Words = Pick<Entry, 'title' | 'path' | 'text'>

/** A piece of news that has been found. Most of what is found does not show, so its words are looked up afterwards. */
type Found = Pick<Entry, 'key' | 'kind' | 'published' | 'updated'> & {
  /** The meeting, decision, plan, document or position; or the words themselves. */
  of: number | Words
}

/** Those who get no page of their own and no place in feeds; the names that must not be read there. */
export async function namesKeptOut(db: Reader): Promise<string[]> {
  const rows = await db.selectFrom('person').select('name').where('no_page_because', 'is not', null).execute()
  return rows.map(({ name }) => name as string)
}

/** The latest news of the scope, so many, the latest changed first. Never drafts, and nothing private. */
export async function latestEntries(
  db: Reader,
  handlers: readonly EffectHandler[],
  scope: Scope,
  limit: number,
): Promise<Entry[]> {
  const found = await foundIn(db, scope, limit)
  return await told(
    db,
    handlers,
    found.sort((a, b) => b.updated.getTime() - a.updated.getTime() || (a.key < b.key ? -1 : 1)).slice(0, limit),
  )
}

/** What was published in between: so many entries of each kind, the latest published first, and how many there are. */
export async function newsBetween(
  db: Reader,
  handlers: readonly EffectHandler[],
  between: { after: Date; until: Date },
  mostOfAKind: number,
): Promise<{ entries: Entry[]; totals: ReadonlyMap<NewsKind, number> }> {
  const found = (await foundIn(db, { between }, null))
    .filter(({ published }) => published > between.after && published <= between.until)
    .sort((a, b) => b.published.getTime() - a.published.getTime() || (a.key < b.key ? -1 : 1))
  const kinds = Map.groupBy(found, ({ kind }) => kind)
  return {
    entries: await told(
      db,
      handlers,
      [...kinds.values()].flatMap((ofKind) => ofKind.slice(0, mostOfAKind)),
    ),
    totals: new Map([...kinds].map(([kind, ofKind]) => [kind, ofKind.length])),
  }
}

/**
 * The news of the scope, not yet in words. How many is a number in the statements, not a parameter: statements are planned
 * once, and the planner must know that it is few.
 * @param limit how many of each kind are enough, the latest changed; null: all of them
 */
async function foundIn(db: Reader, scope: Scope, limit: number | null): Promise<Found[]> {
  const wanted = (kind: NewsKind) => scope.kinds?.includes(kind) ?? true
  const found = await Promise.all([
    wanted('meeting') || wanted('minutes') ? foundMeetings(db, scope, limit) : [],
    wanted('decision') ? foundDecisions(db, scope, limit) : [],
    wanted('plan') ? foundPlans(db, scope, limit) : [],
    wanted('document') ? foundDocuments(db, scope, limit) : [],
    wanted('position') ? foundPositions(db, scope, limit) : [],
    wanted('discharge-days') ? foundPeriods(db, scope, limit) : [],
  ])
  return found.flat().filter(({ kind }) => wanted(kind))
}

/** Puts the news in words, without those that must not stand there. */
async function told(db: Reader, handlers: readonly EffectHandler[], found: readonly Found[]): Promise<Entry[]> {
  const idsOf = (...kinds: NewsKind[]) => [
    ...new Set(found.flatMap(({ kind, of }) => (typeof of === 'number' && kinds.includes(kind) ? [of] : []))),
  ]
  const decisions = idsOf('decision')
  const [names, effects, ...words] = await Promise.all([
    namesKeptOut(db),
    effectsOf(db, decisions),
    meetingWords(db, idsOf('meeting', 'minutes')),
    decisionWords(db, decisions),
    planWords(db, idsOf('plan')),
    documentWords(db, idsOf('document')),
    positionWords(db, idsOf('position')),
  ])
  const [meetings, ofDecisions, plans, documents, positions] = words
  const phrases = effectPhrases(effects, handlers)
  const tell: Record<NewsKind, (id: number) => Words | undefined> = {
    meeting: (id) => meetings.get(id)?.call,
    minutes: (id) => meetings.get(id)?.minutes,
    decision: (id) => ofDecisions.get(id)?.(phrases.get(id) ?? []),
    plan: (id) => plans.get(id),
    document: (id) => documents.get(id),
    position: (id) => positions.get(id),
    'discharge-days': () => undefined,
  }
  const without = namesRemover(names)
  const clean = (text: string) => withoutContacts(without(text))
  return found.flatMap(({ of, ...entry }) => {
    const said = typeof of === 'number' ? tell[entry.kind](of) : of
    // Gone since it was found.
    if (said === undefined) return []
    const { title, path, text } = said
    return [{ ...entry, title: clean(title), path, text: text === null ? null : clean(text) }]
  })
}

/** What is made of rows, by their ids. */
const byId = <Row extends { id: number }, Made>(rows: readonly Row[], made: (row: Row) => Made): Map<number, Made> =>
  new Map(rows.map((row) => [row.id, made(row)]))

const latest = (...moments: (Date | null)[]) =>
  moments.filter((moment) => moment !== null).reduce((last, moment) => (moment > last ? moment : last))

/** Called and cancelled meetings, and published minutes. */
async function foundMeetings(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (party) return []
  const ofBody = (table: string) => (bodyId === undefined ? sql`true` : sql`${sql.ref(`${table}.body_id`)} = ${bodyId}`)
  const rows = await db
    .selectFrom('meeting')
    .select((eb) => [
      'meeting.id',
      'meeting.state',
      'meeting.called_on',
      'meeting.published_at',
      'meeting.changed_at',
      'meeting.recorded_at',
      eb
        .selectFrom('agenda_version')
        .whereRef('meeting_id', '=', 'meeting.id')
        .select(sql<Date | null>`min(made_at)`.as('at'))
        .as('called_at'),
      eb
        .selectFrom('agenda_version')
        .whereRef('meeting_id', '=', 'meeting.id')
        .select(sql<Date | null>`max(made_at)`.as('at'))
        .as('agenda_at'),
      eb
        .selectFrom('minutes_note')
        .whereRef('meeting_id', '=', 'meeting.id')
        .select(sql<Date | null>`max(recorded_at)`.as('at'))
        .as('noted_at'),
      eb
        .selectFrom('minutes_mask')
        .whereRef('meeting_id', '=', 'meeting.id')
        .select(sql<Date | null>`max(recorded_at)`.as('at'))
        .as('masked_at'),
    ])
    .where('meeting.state', 'in', publicStates as MeetingState[])
    .where((eb) => eb.or([eb('meeting.called_on', 'is not', null), eb('meeting.state', '=', 'published')]))
    .$if(bodyId !== undefined, (query) => query.where('meeting.body_id', '=', bodyId as number))
    .$if(between !== undefined, (query) =>
      query.where(
        sql<boolean>`(meeting.published_at > ${between?.after} or meeting.recorded_at > ${between?.after}
          or meeting.id in (select meeting_id from agenda_version where made_at > ${between?.after}))`,
      ),
    )
    // The latest changed, and those that something was added to without a change of their own.
    .$if(limit !== null, (query) =>
      query.where(
        sql<boolean>`meeting.id in (
          (select id from meeting of where ${ofBody('of')} and of.state = any(${publicStates}::meeting_state[])
            and (of.called_on is not null or of.state = 'published') order by of.changed_at desc limit ${sql.lit(limit)})
          union (select part.meeting_id from agenda_version part join meeting of on of.id = part.meeting_id
            where ${ofBody('of')} order by part.made_at desc limit ${sql.lit(limit)})
          union (select part.meeting_id from minutes_note part join meeting of on of.id = part.meeting_id
            where ${ofBody('of')} order by part.id desc limit ${sql.lit(limit)})
          union (select part.meeting_id from minutes_mask part join meeting of on of.id = part.meeting_id
            where ${ofBody('of')} order by part.id desc limit ${sql.lit(limit)}))`,
      ),
    )
    .execute()
  return rows.flatMap((meeting): Found[] => {
    // Once it has been held the call is history: what is written in the minutes does not change it.
    const coming = meeting.state === 'cancelled' || meeting.state === 'called'
    const called = meeting.called_at ?? meeting.recorded_at
    const call: Found = {
      key: `mote/${meeting.id}/kallelse`,
      kind: 'meeting',
      of: meeting.id,
      published: called,
      updated: latest(called, meeting.agenda_at, coming ? meeting.changed_at : null),
    }
    const minutes: Found[] =
      meeting.published_at === null
        ? []
        : [
            {
              key: `mote/${meeting.id}/protokoll`,
              kind: 'minutes',
              of: meeting.id,
              published: meeting.published_at,
              updated: latest(meeting.published_at, meeting.noted_at, meeting.masked_at),
            },
          ]
    return [...(meeting.called_on === null ? [] : [call]), ...minutes]
  })
}

async function meetingWords(db: Reader, ids: readonly number[]): Promise<Map<number, { call: Words; minutes: Words }>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('meeting')
    .innerJoin('body', 'body.id', 'meeting.body_id')
    .select((eb) => [
      'meeting.id',
      'meeting.slug',
      'meeting.title',
      'meeting.held_on',
      'meeting.starts_at',
      'meeting.place',
      'meeting.state',
      'meeting.cancelled_because',
      'body.name as body_name',
      decisionsAt(eb).as('decisions'),
    ])
    .where('meeting.id', 'in', ids)
    .execute()
  return byId(rows, ({ slug, title, held_on, starts_at, place, state, cancelled_because, body_name, decisions }) => {
    const path = meetingPath(slug)
    const where = [
      body_name,
      weekdayText(held_on as Day),
      starts_at === null ? null : `kl. ${timeText(starts_at)}`,
      place,
    ].filter(Boolean)
    const cancelled = state === 'cancelled'
    const why = cancelled && cancelled_because !== null ? [`Skäl: ${cancelled_because}`] : []
    return {
      call: {
        title: `${cancelled ? 'Inställt' : 'Kallelse'}: ${title}`,
        path,
        text: [where.join(', '), ...why].join('. '),
      },
      minutes: {
        title: minutesTitle(title),
        path,
        text: `${body_name}, ${dayText(held_on as Day)}, ${counted(decisions ?? 0, 'beslut', 'beslut')}`,
      },
    }
  })
}

const decisionsAt = (eb: ExpressionBuilder<Database, 'meeting' | 'body'>) =>
  eb
    .selectFrom('decision')
    .whereRef('decision.meeting_id', '=', 'meeting.id')
    .where('decision.kind', '=', 'decision')
    .where('decision.state', '=', 'carried_out')
    .select((count) => count.fn.countAll<number>().as('count'))

/**
 * SQL: an effect of the decision touches the party or one of its parts. Those are found first: on the way from the latest
 * decision back to the thirtieth that does lie thousands that do not.
 */
const touches = ({ id }: { id: number }) => sql`made.id = any(array(${decisionsTouching({ id })}))`

/** Decisions that have taken effect, with what they changed. */
async function foundDecisions(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  const latestMade = sql`order by made.changed_at desc, made.id desc limit ${sql.lit(limit)}`
  const ofBoth = (one: RawBuilder<unknown>, other: RawBuilder<unknown>) =>
    sql`(select made.id from ((${one} ${latestMade}) union (${other} ${latestMade})) made ${latestMade})`
  const byOrAbout = sql`(made.body_id = ${bodyId ?? null} or exists (
    select from effect where effect.decision_id = made.id and effect.body_id = ${bodyId ?? null}))`
  const mended = (scope: RawBuilder<unknown>) => sql`(select made.id from correction
    join register_change mended on mended.correction_id = correction.id
    join register_change done on done.register = mended.register and done.row_id = mended.row_id
    join effect on effect.id = done.effect_id join decision made on made.id = effect.decision_id
    where ${scope} order by correction.id desc limit ${sql.lit(limit)})`
  const latestOnes =
    bodyId !== undefined
      ? sql`${ofBoth(
          sql`select made.id, made.changed_at from decision made where made.state = 'carried_out' and made.body_id = ${bodyId}`,
          sql`select made.id, made.changed_at from effect join decision made on made.id = effect.decision_id
            where made.state = 'carried_out' and effect.body_id = ${bodyId}`,
        )} union ${mended(byOrAbout)}`
      : party !== undefined
        ? sql`${ofBoth(
            sql`select made.id, made.changed_at from decision made where made.for_all`,
            sql`select made.id, made.changed_at from (${changedTouching(party, limit ?? 0)}) made`,
          )} union ${mended(sql`(made.for_all or ${touches(party)})`)}`
        : sql`(select made.id from decision made where made.state = 'carried_out' ${latestMade}) union ${mended(sql`true`)}`
  const rows = await db
    .selectFrom('decision')
    .select((eb) => [
      'decision.id',
      'decision.carried_out_at',
      'decision.changed_at',
      // A correction of what the decision did is news of the decision. It is not looked up of
      // what has changed after the newest correction of all.
      eb
        .case()
        .when(
          eb.selectFrom('correction').select(({ fn }) => fn.max('recorded_at').as('at')),
          '>',
          eb.ref('decision.changed_at'),
        )
        .then(
          eb
            .selectFrom('effect')
            .innerJoin('register_change as made', 'made.effect_id', 'effect.id')
            .innerJoin('register_change as mended', (join) =>
              join.onRef('mended.register', '=', 'made.register').onRef('mended.row_id', '=', 'made.row_id'),
            )
            .innerJoin('correction', 'correction.id', 'mended.correction_id')
            .whereRef('effect.decision_id', '=', 'decision.id')
            .select(sql<Date | null>`max(correction.recorded_at)`.as('at')),
        )
        .end()
        .as('corrected_at'),
    ])
    .where('decision.state', '=', sql.lit('carried_out' as const))
    .$if(limit !== null, (query) => query.where(sql<boolean>`decision.id in (${latestOnes})`))
    .$if(between !== undefined, (query) => query.where('decision.carried_out_at', '>', between?.after as Date))
    .execute()
  return rows.map((decision): Found => {
    const carriedOut = decision.carried_out_at ?? decision.changed_at
    return {
      key: `beslut/${decision.id}`,
      kind: 'decision',
      of: decision.id,
      published: carriedOut,
      updated: latest(carriedOut, decision.changed_at, decision.corrected_at),
    }
  })
}

/** What is said of the decisions, once what they changed has been put in phrases. */
async function decisionWords(
  db: Reader,
  ids: readonly number[],
): Promise<Map<number, (phrases: readonly string[]) => Words>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select([
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.decided_on',
      'decision.decided_precision',
      'body.name as body_name',
      maskedWords.as('masks'),
    ])
    .where('decision.id', 'in', ids)
    .execute()
  return byId(rows, (decision) => (phrases) => {
    const who = `${decisionKindNames[decision.kind as DecisionKind].one} av ${decision.body_name}, ${decidedText(decision)}`
    return {
      title: masked(decision.title, decision.masks),
      path: decisionPath(decision.slug),
      text: masked([who, ...phrases].join('. '), decision.masks),
    }
  })
}

/** Plans in force; a follow-up or a new milestone date changes them. Drafts are nobody's news. */
async function foundPlans(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (party) return []
  const rows = await db
    .selectFrom('plan')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select((eb) => [
      'plan.id',
      'plan.changed_at',
      'decision.carried_out_at',
      eb
        .selectFrom('follow_up')
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .select(sql<Date | null>`max(follow_up.recorded_at)`.as('at'))
        .as('followed_at'),
    ])
    .where('plan.valid', 'is not', null)
    .where('decision.state', '=', 'carried_out')
    .$if(bodyId !== undefined, (query) => query.where('plan.body_id', '=', bodyId as number))
    .$if(between !== undefined, (query) => query.where('decision.carried_out_at', '>', between?.after as Date))
    // A body has few plans; of all there are, the latest changed and the latest followed up.
    .$if(limit !== null && bodyId === undefined, (query) =>
      query.where(
        sql<boolean>`plan.id = any(array(
          (select id from plan of where of.valid is not null order by of.changed_at desc, of.id desc limit ${sql.lit(limit)})
          union (select last.plan_id from (select plan_id from follow_up order by id desc limit ${sql.lit((limit ?? 0) * 5)}) as last)))`,
      ),
    )
    .execute()
  return rows.map((plan): Found => {
    const published = plan.carried_out_at ?? plan.changed_at
    return {
      key: `plan/${plan.id}`,
      kind: 'plan',
      of: plan.id,
      published,
      updated: latest(published, plan.changed_at, plan.followed_at),
    }
  })
}

async function planWords(db: Reader, ids: readonly number[]): Promise<Map<number, Words>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select((eb) => [
      'plan.id',
      'plan.slug',
      'plan.title',
      'body.name as body_name',
      'decision.decided_on',
      eb
        .selectFrom('follow_up')
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .select(sql<string | null>`max(follow_up.noted_on)`.as('on'))
        .as('followed_on'),
    ])
    .where('plan.id', 'in', ids)
    .execute()
  return byId(rows, ({ slug, title, body_name, decided_on, followed_on }) => ({
    title,
    path: planPath(slug),
    text: [
      `${body_name}. Beslutad ${dayText(decided_on as Day)}`,
      ...(followed_on === null ? [] : [`senast uppföljd ${dayText(followed_on as Day)}`]),
    ].join(', '),
  }))
}

async function foundDocuments(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  // As a value, so that they are found once: most documents on the way to the thirtieth are of other parties.
  const isOfParty = (document: string) =>
    sql`coalesce(${sql.ref(document)} in (select document_id from document_party where organisation_id = ${party?.id}), false)`
  const [ofScope, versions] =
    bodyId !== undefined
      ? [
          sql`of.owner_body_id = ${bodyId}`,
          sql`document_version part join document of on of.id = part.document_id where of.owner_body_id = ${bodyId}`,
        ]
      : party !== undefined
        ? [isOfParty('of.id'), sql`document_version part where ${isOfParty('part.document_id')}`]
        : [sql`true`, sql`document_version part`]
  const rows = await db
    .selectFrom('document')
    .select((eb) => [
      'document.id',
      'document.recorded_at',
      'document.changed_at',
      eb
        .selectFrom('document_version')
        .whereRef('document_id', '=', 'document.id')
        .select(sql<Date | null>`max(recorded_at)`.as('at'))
        .as('version_at'),
    ])
    .$if(between !== undefined, (query) => query.where('document.recorded_at', '>', between?.after as Date))
    .$if(limit !== null, (query) =>
      query.where(
        sql<boolean>`document.id in (
          (select of.id from document of where ${ofScope} order by of.changed_at desc, of.id desc limit ${sql.lit(limit)})
          union (select part.document_id from ${versions} order by part.id desc limit ${sql.lit(limit)}))`,
      ),
    )
    .execute()
  return rows.map(
    (document): Found => ({
      key: `dokument/${document.id}`,
      kind: 'document',
      of: document.id,
      published: document.recorded_at,
      updated: latest(document.recorded_at, document.changed_at, document.version_at),
    }),
  )
}

async function documentWords(db: Reader, ids: readonly number[]): Promise<Map<number, Words>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('document')
    .select(['id', 'slug', 'title', 'kind', 'state', 'dated_on', 'dated_precision'])
    .where('id', 'in', ids)
    .execute()
  return byId(rows, ({ slug, title, kind, state, dated_on, dated_precision }) => ({
    title,
    path: documentPath(slug),
    text: [
      documentKindNames[kind],
      documentStates[state].text,
      dated_on === null ? null : dateText(dated_on as Day, dated_precision ?? 'day'),
    ]
      .filter(Boolean)
      .join(', '),
  }))
}

/** Where the parties stand in common documents; only for the party's own feed and the newsletter. */
async function foundPositions(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (bodyId !== undefined || (!party && !between)) return []
  const rows = await db
    .selectFrom('party_position')
    .select(['party_position.id', 'party_position.recorded_at'])
    .where('party_position.state', '!=', sql.lit('unknown' as const))
    .$if(party !== undefined, (query) => query.where('party_position.organisation_id', '=', party?.id as number))
    .orderBy('party_position.recorded_at', 'desc')
    .orderBy('party_position.id')
    .$if(between !== undefined, (query) => query.where('party_position.recorded_at', '>', between?.after as Date))
    .$if(limit !== null, (query) => query.limit(sql.lit(limit ?? 0)))
    .execute()
  return rows.map(
    ({ id, recorded_at }): Found => ({
      key: `beslutslage/${id}`,
      kind: 'position',
      of: id,
      published: recorded_at,
      updated: recorded_at,
    }),
  )
}

async function positionWords(db: Reader, ids: readonly number[]): Promise<Map<number, Words>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('party_position')
    .innerJoin('document', 'document.id', 'party_position.document_id')
    .innerJoin('organisation', 'organisation.id', 'party_position.organisation_id')
    .select([
      'party_position.id',
      'party_position.state',
      'party_position.decided_on',
      'party_position.decided_precision',
      'document.slug',
      'document.title',
      'organisation.short_name',
    ])
    .where('party_position.id', 'in', ids)
    .execute()
  return byId(rows, ({ state, decided_on, decided_precision, slug, title, short_name }) => ({
    title: `${short_name}: ${title}`,
    path: documentPath(slug),
    text: [
      positionStates[state].text,
      decided_on === null ? null : dateText(decided_on as Day, decided_precision ?? 'day'),
    ]
      .filter(Boolean)
      .join(' '),
  }))
}

/** Periods with figures. The figures themselves stand on the page alone, where what is withheld is decided. */
async function foundPeriods(db: Reader, { bodyId, party }: Scope, limit: number | null): Promise<Found[]> {
  if (bodyId !== undefined || party) return []
  const listed = db
    .selectFrom('discharge_publication')
    .select([
      'administration_id',
      'period',
      sql<Date>`min(recorded_at)`.as('published'),
      sql<Date>`max(recorded_at)`.as('updated'),
      sql<boolean>`bool_or(example) filter (where replaced_at is null)`.as('example'),
    ])
    .groupBy(['administration_id', 'period'])
    .having(sql<boolean>`bool_or(replaced_at is null)`)
    .orderBy('updated', 'desc')
    .orderBy('period', 'desc')
    .$if(limit !== null, (query) => query.limit(sql.lit(limit ?? 0)))
  const [{ administrations }, rows] = await Promise.all([measuredPlaces(db), listed.execute()])
  const offices = new Map(administrations.map((office) => [office.id, office]))
  return rows.flatMap((row): Found[] => {
    const office = offices.get(row.administration_id)
    const { from, to } = parseRange(row.period)
    const kinds: PeriodKind[] = ['month', 'quarter', 'year']
    const period = kinds.map((kind) => periodOf(kind, from as Day)).find((one) => addDays(one.to, 1) === to)
    if (!office || !period) return []
    const changed = row.updated > row.published
    return [
      {
        key: `utskrivningsklara-dagar/${row.administration_id}/${from}/${to}`,
        kind: 'discharge-days',
        of: {
          title: marked(row.example, `Utskrivningsklara dagar, ${office.shortName}, ${periodText(period)}`),
          path: dischargePeriodPath(office.code, periodSlug(period)),
          text: changed ? 'Siffrorna har ändrats sedan de först visades.' : 'Siffror för länet och varje kommun.',
        },
        published: row.published,
        updated: row.updated,
      },
    ]
  })
}
