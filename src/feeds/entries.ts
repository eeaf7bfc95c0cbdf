/** What has been published and when: the same news for feeds and for the newsletter. */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Database, Reader } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import type { DecisionKind, MeetingState } from '../db/schema.ts'
import { decidedText, effectPhrases } from '../decisions/pages.ts'
import { effectsOf, listDecisions } from '../decisions/queries.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import { type PeriodKind, periodOf, periodSlug, periodText } from '../discharge-days/periods.ts'
import { administrations } from '../discharge-days/queries.ts'
import { marked } from '../discharge-days/tables.ts'
import { documentKindNames, documentStates, positionStates } from '../documents/texts.ts'
import type { EffectHandler } from '../effects/effect.ts'
import { maskedWordsOf } from '../effects/masks.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { addDays, type Day, dateText, dayText, timeText, weekdayText } from '../kernel/dates.ts'
import { masked } from '../kernel/masks.ts'
import { counted } from '../kernel/text.ts'
import { decisionPath, dischargePeriodPath, documentPath, meetingPath, planPath } from '../kernel/urls.ts'
import { publicStates } from '../meetings/rules.ts'
import { minutesTitle } from '../meetings/texts.ts'
import { type NewsKind, withoutNames } from './rules.ts'

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

/** How many entries of each kind are looked at: the latest changed. */
const most = 500

/** Those who get no page of their own and no place in feeds; the names that must not be read there. */
export async function namesKeptOut(db: Reader): Promise<string[]> {
  const rows = await db.selectFrom('person').select('name').where('no_page_because', 'is not', null).execute()
  return rows.map(({ name }) => name as string)
}

/** The news of the scope, the latest changed first. Never drafts, and nothing private. */
export async function entriesOf(db: Reader, handlers: readonly EffectHandler[], scope: Scope): Promise<Entry[]> {
  const wanted = (kind: NewsKind) => scope.kinds?.includes(kind) ?? true
  const names = await namesKeptOut(db)
  const found = [
    ...(wanted('meeting') || wanted('minutes') ? await meetingEntries(db, scope) : []),
    ...(wanted('decision') ? await decisionEntries(db, handlers, scope) : []),
    ...(wanted('plan') ? await planEntries(db, scope) : []),
    ...(wanted('document') ? await documentEntries(db, scope) : []),
    ...(wanted('position') ? await positionEntries(db, scope) : []),
    ...(wanted('discharge-days') ? await dischargeEntries(db, scope) : []),
  ]
  const clean = (text: string) => withoutContacts(withoutNames(text, names))
  const { between } = scope
  return found
    .filter(({ kind }) => wanted(kind))
    .filter(({ published }) => !between || (published > between.after && published <= between.until))
    .map((entry) => ({ ...entry, title: clean(entry.title), text: entry.text === null ? null : clean(entry.text) }))
    .sort((a, b) => b.updated.getTime() - a.updated.getTime() || (a.key < b.key ? -1 : 1))
}

const latest = (...moments: (Date | null)[]) =>
  moments.filter((moment) => moment !== null).reduce((last, moment) => (moment > last ? moment : last))

/** Called and cancelled meetings, and published minutes. */
async function meetingEntries(db: Reader, { bodyId, party }: Scope): Promise<Entry[]> {
  if (party) return []
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
    .orderBy('meeting.changed_at', 'desc')
    .limit(most)
    .execute()
  return rows.flatMap((meeting): Entry[] => {
    const when = [
      weekdayText(meeting.held_on as Day),
      meeting.starts_at === null ? null : `kl. ${timeText(meeting.starts_at)}`,
    ]
    const path = meetingPath(meeting.slug)
    const cancelled = meeting.state === 'cancelled'
    // Once it has been held the call is history: what is written in the minutes does not change it.
    const coming = cancelled || meeting.state === 'called'
    const called = meeting.called_at ?? meeting.recorded_at
    const call: Entry = {
      key: `mote/${meeting.id}/kallelse`,
      kind: 'meeting',
      title: `${cancelled ? 'Inställt' : 'Kallelse'}: ${meeting.title}`,
      path,
      text: [
        [meeting.body_name, ...when, meeting.place].filter(Boolean).join(', '),
        ...(cancelled && meeting.cancelled_because !== null ? [`Skäl: ${meeting.cancelled_because}`] : []),
      ].join('. '),
      published: called,
      updated: latest(called, meeting.agenda_at, coming ? meeting.changed_at : null),
    }
    const minutes: Entry[] =
      meeting.published_at === null
        ? []
        : [
            {
              key: `mote/${meeting.id}/protokoll`,
              kind: 'minutes',
              title: minutesTitle(meeting.title),
              path,
              text: `${meeting.body_name}, ${dayText(meeting.held_on as Day)}, ${counted(meeting.decisions ?? 0, 'beslut', 'beslut')}`,
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

/** Decisions that have taken effect, with what they changed. */
async function decisionEntries(
  db: Reader,
  handlers: readonly EffectHandler[],
  { bodyId, party }: Scope,
): Promise<Entry[]> {
  const own = party ? (await listDecisions(db, { party: party.slug }, most, 0)).map(({ id }) => id) : []
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
    ])
    .where('decision.state', '=', 'carried_out')
    .$if(bodyId !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          eb('decision.body_id', '=', bodyId as number),
          eb.exists(
            eb
              .selectFrom('effect')
              .select('effect.id')
              .whereRef('effect.decision_id', '=', 'decision.id')
              .where('effect.body_id', '=', bodyId as number),
          ),
        ]),
      ),
    )
    .$if(party !== undefined, (query) =>
      query.where((eb) =>
        eb.or([
          ...(own.length > 0 ? [eb('decision.id', 'in', own)] : []),
          eb.exists(
            eb
              .selectFrom('effect')
              .select('effect.id')
              .whereRef('effect.decision_id', '=', 'decision.id')
              .where('effect.kind', 'in', ['indicator_set', 'parameter_set', 'document_adopted']),
          ),
        ]),
      ),
    )
    .orderBy('decision.changed_at', 'desc')
    .orderBy('decision.id', 'desc')
    .limit(most)
    .execute()
  if (rows.length === 0) return []
  const effects = await effectsOf(
    db,
    rows.map(({ id }) => id),
  )
  const phrases = effectPhrases(effects, handlers)
  const masks = await maskedWordsOf(
    db,
    rows.map(({ id }) => id),
  )
  return rows.map((decision): Entry => {
    const words = masks.get(decision.id) ?? []
    const kind = decisionKindNames[decision.kind as DecisionKind].one
    const carriedOut = decision.carried_out_at ?? decision.changed_at
    return {
      key: `beslut/${decision.id}`,
      kind: 'decision',
      title: masked(decision.title, words),
      path: decisionPath(decision.slug),
      text: masked(
        [`${kind} av ${decision.body_name}, ${decidedText(decision)}`, ...(phrases.get(decision.id) ?? [])].join('. '),
        words,
      ),
      published: carriedOut,
      updated: latest(carriedOut, decision.changed_at, decision.corrected_at),
    }
  })
}

/** Plans in force; a follow-up or a new milestone date changes them. Drafts are nobody's news. */
async function planEntries(db: Reader, { bodyId, party }: Scope): Promise<Entry[]> {
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
    .orderBy('plan.id')
    .limit(most)
    .execute()
  return rows.map((plan): Entry => {
    const published = plan.carried_out_at ?? plan.changed_at
    return {
      key: `plan/${plan.id}`,
      kind: 'plan',
      title: plan.title,
      path: planPath(plan.slug),
      text: [
        `${plan.body_name}. Beslutad ${dayText(plan.decided_on as Day)}`,
        ...(plan.followed_on === null ? [] : [`senast uppföljd ${dayText(plan.followed_on as Day)}`]),
      ].join(', '),
      published,
      updated: latest(published, plan.changed_at, plan.followed_at),
    }
  })
}

async function documentEntries(db: Reader, { bodyId, party }: Scope): Promise<Entry[]> {
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
    .$if(bodyId !== undefined, (query) => query.where('document.owner_body_id', '=', bodyId as number))
    .$if(party !== undefined, (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('document_party')
            .select('document_party.document_id')
            .whereRef('document_party.document_id', '=', 'document.id')
            .where('document_party.organisation_id', '=', party?.id as number),
        ),
      ),
    )
    .orderBy('document.changed_at', 'desc')
    .orderBy('document.id')
    .limit(most)
    .execute()
  return rows.map(
    (document): Entry => ({
      key: `dokument/${document.id}`,
      kind: 'document',
      title: document.title,
      path: documentPath(document.slug),
      text: [
        documentKindNames[document.kind],
        documentStates[document.state].text,
        document.dated_on === null ? null : dateText(document.dated_on as Day, document.dated_precision ?? 'day'),
      ]
        .filter(Boolean)
        .join(', '),
      published: document.recorded_at,
      updated: latest(document.recorded_at, document.changed_at, document.version_at),
    }),
  )
}

/** Where the parties stand in common documents; only for the party's own feed and the newsletter. */
async function positionEntries(db: Reader, { bodyId, party, between }: Scope): Promise<Entry[]> {
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
    .where('party_position.state', '!=', 'unknown')
    .$if(party !== undefined, (query) => query.where('party_position.organisation_id', '=', party?.id as number))
    .orderBy('party_position.recorded_at', 'desc')
    .orderBy('party_position.id')
    .limit(most)
    .execute()
  return rows.map(
    (position): Entry => ({
      key: `beslutslage/${position.id}`,
      kind: 'position',
      title: `${position.short_name}: ${position.title}`,
      path: documentPath(position.slug),
      text: [
        positionStates[position.state].text,
        position.decided_on === null ? null : dateText(position.decided_on as Day, position.decided_precision ?? 'day'),
      ]
        .filter(Boolean)
        .join(' '),
      published: position.recorded_at,
      updated: position.recorded_at,
    }),
  )
}

/** Periods with figures. The figures themselves stand on the page alone, where what is withheld is decided. */
async function dischargeEntries(db: Reader, { bodyId, party }: Scope): Promise<Entry[]> {
  if (bodyId !== undefined || party) return []
  const offices = new Map((await administrations(db)).map((office) => [office.id, office]))
  const rows = await db
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
    .orderBy('period', 'desc')
    .limit(most)
    .execute()
  return rows.flatMap((row): Entry[] => {
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
        title: marked(row.example, `Utskrivningsklara dagar, ${office.shortName}, ${periodText(period)}`),
        path: dischargePeriodPath(office.code, periodSlug(period)),
        text: changed ? 'Siffrorna har ändrats sedan de först visades.' : 'Siffror för länet och varje kommun.',
        published: row.published,
        updated: row.updated,
      },
    ]
  })
}
