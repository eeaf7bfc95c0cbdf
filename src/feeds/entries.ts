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
import { decisionsTouching } from '../effects/parties.ts'
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

/** A piece of news that has been found, and how it is told once it is known that it shows. */
type Found = Pick<Entry, 'key' | 'kind' | 'published' | 'updated'> & {
  /** The decision whose effects are told of. */
  decisionId?: number
  tell: (phrases: readonly string[]) => Pick<Entry, 'title' | 'path' | 'text'>
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
  const decisions = found.flatMap(({ decisionId }) => decisionId ?? [])
  const [names, effects] = await Promise.all([namesKeptOut(db), effectsOf(db, decisions)])
  const phrases = effectPhrases(effects, handlers)
  const without = namesRemover(names)
  const clean = (text: string) => withoutContacts(without(text))
  return found.map(({ decisionId = 0, tell, ...entry }) => {
    const { title, path, text } = tell(phrases.get(decisionId) ?? [])
    return { ...entry, title: clean(title), path, text: text === null ? null : clean(text) }
  })
}

const latest = (...moments: (Date | null)[]) =>
  moments.filter((moment) => moment !== null).reduce((last, moment) => (moment > last ? moment : last))

/** Called and cancelled meetings, and published minutes. */
async function foundMeetings(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (party) return []
  const ofBody = (table: string) => (bodyId === undefined ? sql`true` : sql`${sql.ref(`${table}.body_id`)} = ${bodyId}`)
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
      'meeting.called_on',
      'meeting.cancelled_because',
      'meeting.published_at',
      'meeting.changed_at',
      'meeting.recorded_at',
      'body.name as body_name',
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
      decisionsAt(eb).as('decisions'),
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
    const path = meetingPath(meeting.slug)
    const cancelled = meeting.state === 'cancelled'
    // Once it has been held the call is history: what is written in the minutes does not change it.
    const coming = cancelled || meeting.state === 'called'
    const called = meeting.called_at ?? meeting.recorded_at
    const call: Found = {
      key: `mote/${meeting.id}/kallelse`,
      kind: 'meeting',
      tell: () => ({
        title: `${cancelled ? 'Inställt' : 'Kallelse'}: ${meeting.title}`,
        path,
        text: [
          [
            meeting.body_name,
            weekdayText(meeting.held_on as Day),
            meeting.starts_at === null ? null : `kl. ${timeText(meeting.starts_at)}`,
            meeting.place,
          ]
            .filter(Boolean)
            .join(', '),
          ...(cancelled && meeting.cancelled_because !== null ? [`Skäl: ${meeting.cancelled_because}`] : []),
        ].join('. '),
      }),
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
              tell: () => ({
                title: minutesTitle(meeting.title),
                path,
                text: `${meeting.body_name}, ${dayText(meeting.held_on as Day)}, ${counted(meeting.decisions ?? 0, 'beslut', 'beslut')}`,
              }),
              published: meeting.published_at,
              updated: latest(meeting.published_at, meeting.noted_at, meeting.masked_at),
            },
          ]
    return [...(meeting.called_on === null ? [] : [call]), ...minutes]
  })
}

const decisionsAt = (eb: ExpressionBuilder<Database, 'meeting' | 'body'>) =>
  eb
    .selectFrom('decision')
    .whereRef('decision.meeting_id', '=', 'meeting.id')
    .where('decision.kind', '=', 'decision')
    .where('decision.state', '=', 'carried_out')
    .select((count) => count.fn.countAll<number>().as('count'))

/** SQL: an effect of the decision touches the party or one of its parts. */
const touches = ({ id }: { id: number }) => sql`made.id in (${decisionsTouching({ id })})`

/** Decisions that have taken effect, with what they changed. */
async function foundDecisions(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  const latestMade = sql`order by made.changed_at desc, made.id desc limit ${sql.lit(limit)}`
  const byOrAbout = sql`(made.body_id = ${bodyId ?? null} or exists (
    select from effect where effect.decision_id = made.id and effect.body_id = ${bodyId ?? null}))`
  const mended = (scope: RawBuilder<unknown>) => sql`(select made.id from correction
    join register_change mended on mended.correction_id = correction.id
    join register_change done on done.register = mended.register and done.row_id = mended.row_id
    join effect on effect.id = done.effect_id join decision made on made.id = effect.decision_id
    where ${scope} order by correction.id desc limit ${sql.lit(limit)})`
  const latestOnes =
    bodyId !== undefined
      ? sql`(select made.id from decision made where made.state = 'carried_out' and made.body_id = ${bodyId} ${latestMade})
          union (select made.id from effect join decision made on made.id = effect.decision_id
            where made.state = 'carried_out' and effect.body_id = ${bodyId} ${latestMade})
          union ${mended(byOrAbout)}`
      : party !== undefined
        ? sql`(select made.id from decision made where made.for_all ${latestMade})
            union (select made.id from decision made where made.state = 'carried_out' and ${touches(party)} ${latestMade})
            union ${mended(sql`(made.for_all or ${touches(party)})`)}`
        : sql`(select made.id from decision made where made.state = 'carried_out' ${latestMade}) union ${mended(sql`true`)}`
  const rows = await db
    .selectFrom('decision')
    .innerJoin('body', 'body.id', 'decision.body_id')
    .select((eb) => [
      'decision.id',
      'decision.slug',
      'decision.title',
      'decision.kind',
      'decision.decided_on',
      'decision.decided_precision',
      'decision.carried_out_at',
      'decision.changed_at',
      'body.name as body_name',
      // A correction of what the decision did is news of the decision.
      eb
        .selectFrom('effect')
        .innerJoin('register_change as made', 'made.effect_id', 'effect.id')
        .innerJoin('register_change as mended', (join) =>
          join.onRef('mended.register', '=', 'made.register').onRef('mended.row_id', '=', 'made.row_id'),
        )
        .innerJoin('correction', 'correction.id', 'mended.correction_id')
        .whereRef('effect.decision_id', '=', 'decision.id')
        .select(sql<Date | null>`max(correction.recorded_at)`.as('at'))
        .as('corrected_at'),
      maskedWords.as('masks'),
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
      decisionId: decision.id,
      tell: (phrases) => ({
        title: masked(decision.title, decision.masks),
        path: decisionPath(decision.slug),
        text: masked(
          [
            `${decisionKindNames[decision.kind as DecisionKind].one} av ${decision.body_name}, ${decidedText(decision)}`,
            ...phrases,
          ].join('. '),
          decision.masks,
        ),
      }),
      published: carriedOut,
      updated: latest(carriedOut, decision.changed_at, decision.corrected_at),
    }
  })
}

/** Plans in force; a follow-up or a new milestone date changes them. Drafts are nobody's news. */
async function foundPlans(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (party) return []
  const rows = await db
    .selectFrom('plan')
    .innerJoin('body', 'body.id', 'plan.body_id')
    .innerJoin('effect', 'effect.id', 'plan.adopted_effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select((eb) => [
      'plan.id',
      'plan.slug',
      'plan.title',
      'plan.changed_at',
      'plan.period',
      'body.name as body_name',
      'decision.carried_out_at',
      'decision.decided_on',
      eb
        .selectFrom('follow_up')
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .select(sql<Date | null>`max(follow_up.recorded_at)`.as('at'))
        .as('followed_at'),
      eb
        .selectFrom('follow_up')
        .whereRef('follow_up.plan_id', '=', 'plan.id')
        .select(sql<string | null>`max(follow_up.noted_on)`.as('on'))
        .as('followed_on'),
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
      tell: () => ({
        title: plan.title,
        path: planPath(plan.slug),
        text: [
          `${plan.body_name}. Beslutad ${dayText(plan.decided_on as Day)}`,
          ...(plan.followed_on === null ? [] : [`senast uppföljd ${dayText(plan.followed_on as Day)}`]),
        ].join(', '),
      }),
      published,
      updated: latest(published, plan.changed_at, plan.followed_at),
    }
  })
}

async function foundDocuments(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  const ofScope =
    bodyId !== undefined
      ? sql`of.owner_body_id = ${bodyId}`
      : party !== undefined
        ? sql`exists (select from document_party where document_party.document_id = of.id and document_party.organisation_id = ${party.id})`
        : sql`true`
  const rows = await db
    .selectFrom('document')
    .select((eb) => [
      'document.id',
      'document.slug',
      'document.title',
      'document.kind',
      'document.state',
      'document.dated_on',
      'document.dated_precision',
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
          union (select of.id from document_version part join document of on of.id = part.document_id
            where ${ofScope} order by part.id desc limit ${sql.lit(limit)}))`,
      ),
    )
    .execute()
  return rows.map(
    (document): Found => ({
      key: `dokument/${document.id}`,
      kind: 'document',
      tell: () => ({
        title: document.title,
        path: documentPath(document.slug),
        text: [
          documentKindNames[document.kind],
          documentStates[document.state].text,
          document.dated_on === null ? null : dateText(document.dated_on as Day, document.dated_precision ?? 'day'),
        ]
          .filter(Boolean)
          .join(', '),
      }),
      published: document.recorded_at,
      updated: latest(document.recorded_at, document.changed_at, document.version_at),
    }),
  )
}

/** Where the parties stand in common documents; only for the party's own feed and the newsletter. */
async function foundPositions(db: Reader, { bodyId, party, between }: Scope, limit: number | null): Promise<Found[]> {
  if (bodyId !== undefined || (!party && !between)) return []
  const rows = await db
    .selectFrom('party_position')
    .innerJoin('document', 'document.id', 'party_position.document_id')
    .innerJoin('organisation', 'organisation.id', 'party_position.organisation_id')
    .select([
      'party_position.id',
      'party_position.state',
      'party_position.decided_on',
      'party_position.decided_precision',
      'party_position.recorded_at',
      'document.slug',
      'document.title',
      'organisation.short_name',
    ])
    .where('party_position.state', '!=', sql.lit('unknown' as const))
    .$if(party !== undefined, (query) => query.where('party_position.organisation_id', '=', party?.id as number))
    .orderBy('party_position.recorded_at', 'desc')
    .orderBy('party_position.id')
    .$if(between !== undefined, (query) => query.where('party_position.recorded_at', '>', between?.after as Date))
    .$if(limit !== null, (query) => query.limit(sql.lit(limit ?? 0)))
    .execute()
  return rows.map(
    (position): Found => ({
      key: `beslutslage/${position.id}`,
      kind: 'position',
      tell: () => ({
        title: `${position.short_name}: ${position.title}`,
        path: documentPath(position.slug),
        text: [
          positionStates[position.state].text,
          position.decided_on === null
            ? null
            : dateText(position.decided_on as Day, position.decided_precision ?? 'day'),
        ]
          .filter(Boolean)
          .join(' '),
      }),
      published: position.recorded_at,
      updated: position.recorded_at,
    }),
  )
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
        tell: () => ({
          title: marked(row.example, `Utskrivningsklara dagar, ${office.shortName}, ${periodText(period)}`),
          path: dischargePeriodPath(office.code, periodSlug(period)),
          text: changed ? 'Siffrorna har ändrats sedan de först visades.' : 'Siffror för länet och varje kommun.',
        }),
        published: row.published,
        updated: row.updated,
      },
    ]
  })
}
