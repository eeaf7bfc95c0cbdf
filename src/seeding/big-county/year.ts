/** One year of the county: its meetings with agendas, attendance and decisions, held and published day by day. */
import type { Work } from '../../audit/work.ts'
import { effectHandlers } from '../../effect-handlers.ts'
import { addDays, type Day, daysBetween, dayText, yearOf } from '../../kernel/dates.ts'
import { publishMeeting } from '../../meetings/changes.ts'
import { freezeVersion } from '../../meetings/publication-changes.ts'
import { insertNamed, insertRows, known } from './bulk.ts'
import { anyDecision, changeSeats, close, establish, fileMinutes, setParameters } from './decisions.ts'
import { draftDocuments, keepFiles } from './documents.ts'
import { countyName } from './facts.ts'
import { draftPlans, draftRevision, followUpPlans } from './plans.ts'
import { share } from './sizes.ts'
import type { CountyState, DecisionPlan, LivingBody, MeetingPlan } from './state.ts'
import { itemVerbs, jobTitles, paragraph, places, subjects } from './words.ts'

/** Minutes of so many years, the last ones, are the official wording, frozen with a checksum; the older are summaries. */
const yearsOfWording = 4

type Item = {
  number: string
  title: string
  kinds: string[]
  text: string
  decision: DecisionPlan | null
  subject: string
}
type Held = MeetingPlan & { items: Item[]; present: LivingBody['seats']; revises: string[] }

/** Everything that happens in the county in a year, up to and including the last day. */
export async function liveYear(
  work: Work,
  state: CountyState,
  year: number,
): Promise<{ meetings: number; decisions: number }> {
  const firstDay = `${year}-01-01` as Day
  const lastDay = [`${year}-12-31` as Day, addDays(state.today, -1)].toSorted()[0] as Day
  const bodies = [...state.bodies.values()].filter(({ closed }) => closed === null || closed >= year)
  const grounds = await groundsOfYear(work, state, year, bodies)
  const yearsGround = known(grounds, 'year')

  for (const body of bodies) {
    // A group that was established last year appoints its members.
    if (body.seats.length > 0) continue
    for (let seat = 0; seat < 7; seat += 1)
      body.waiting.unshift({ ready: () => true, decide: (meeting) => changeSeats(state, meeting) })
  }
  await draftDocuments(work, state, year, bodies, yearsGround)
  const planIds = await draftPlans(work, state, year, bodies, (body) => datesOf(state, year, bodies, body), yearsGround)
  const wording = year > state.lastYear - yearsOfWording
  const meetings = meetingsOf(state, year, bodies, firstDay, lastDay)
  // First the meetings themselves: the next one files the minutes of the last.
  await writeMeetings(work, state, meetings, grounds, wording)
  const held = meetings.map((meeting) => hold(state, meeting, year))
  await writeAgendas(work, state, held, grounds, wording)
  for (const meeting of held) {
    const meetingId = known(state.ids.meeting, meeting.slug)
    for (const plan of meeting.revises) {
      await draftRevision(work, state, known(state.revisions, plan), yearsGround)
      state.revisions.delete(plan)
    }
    await publishMeeting(work, effectHandlers, meetingId)
    if (wording) {
      await freezeVersion(work, effectHandlers, { id: meetingId, slug: meeting.slug }, 'Protokollet är påhittat.')
    }
  }
  await followUpPlans(work, state, year, lastDay, planIds, yearsGround)
  await keepFiles(work, state)
  await reportAssignments(work, state, year)
  await writeTimelines(work, state, held, yearsGround)
  await welcomeBodies(work, state, year)
  await work.record('facts.loaded', `facts/${countyName}`, { year, meetings: held.length })
  return {
    meetings: held.length,
    decisions: held.reduce((sum, { items }) => sum + items.filter(({ decision }) => decision !== null).length, 0),
  }
}

/** The sources of the year's facts: one of the year and one of each meeting, by the meeting's slug. */
async function groundsOfYear(work: Work, state: CountyState, year: number, bodies: readonly LivingBody[]) {
  const sources = await insertRows<{ id: number; code: string }>(
    work,
    'source',
    [
      {
        code: `EX-${year}`,
        title: `Påhittade uppgifter för ${year}`,
        kind: 'assumption',
        quality: 'Allt är påhittat.',
      },
      ...bodies.map(({ name, planPrefix }) => ({
        code: `EX-${year}-${planPrefix}`,
        title: `Påhittade protokoll ${year}: ${name}`,
        kind: 'minutes',
        quality: null,
      })),
    ],
    ['id', 'code'],
  )
  const ids = new Map(sources.map(({ id, code }) => [code, id]))
  const places = [
    { key: 'year', source: `EX-${year}`, place: '' },
    ...bodies.flatMap((body) =>
      datesOf(state, year, bodies, body).map((day) => ({
        key: `${day}-${body.slug}`,
        source: `EX-${year}-${body.planPrefix}`,
        place: dayText(day),
      })),
    ),
  ]
  const made = await insertRows<{ id: number; key: string }>(
    work,
    'provenance',
    places.map(({ key }) => ({ key: `${countyName} ${year} ${key}`, certainty: 'stated' })),
    ['id', 'key'],
  )
  const grounds = new Map(made.map(({ id, key }) => [key.split(' ')[2] as string, id]))
  await insertRows(
    work,
    'provenance_source',
    places.map(({ key, source, place }) => ({
      provenance_id: known(grounds, key),
      position: 1,
      source_id: known(ids, source),
      place,
    })),
  )
  return grounds
}

/** The days on which the group meets in the year: spread evenly, never on a weekend, never two on one day. */
function datesOf(state: CountyState, year: number, bodies: readonly LivingBody[], body: LivingBody): Day[] {
  const { sizes, firstYear, today } = state
  const firstDay = `${year}-01-01` as Day
  const lastDay = [`${year}-12-31` as Day, addDays(today, -1)].toSorted()[0] as Day
  const ofYear = share(sizes.meetings, year - firstYear, sizes.years)
  // The leadership meets twice as often as the others.
  const place = bodies.indexOf(body)
  const count =
    share(ofYear, place, bodies.length + 1) + (place === 0 ? share(ofYear, bodies.length, bodies.length + 1) : 0)
  const span = daysBetween(firstDay, lastDay) - 20
  const days = new Set<Day>()
  for (let number = 0; number < count; number += 1) {
    let day = addDays(firstDay, 10 + Math.floor(((number + ((place * 7) % 10) / 10) * span) / count))
    while (isWeekend(day) || days.has(day)) day = addDays(day, 1)
    days.add(day)
  }
  return [...days].toSorted()
}

const isWeekend = (day: Day) => [0, 6].includes(new Date(`${day}T12:00:00Z`).getUTCDay())

function meetingsOf(
  state: CountyState,
  year: number,
  bodies: readonly LivingBody[],
  first: Day,
  last: Day,
): MeetingPlan[] {
  const meetings = bodies.flatMap((body) => {
    const days = datesOf(state, year, bodies, body)
    return days.map((day, number): MeetingPlan => {
      if (day < first || day > last) throw new Error(`${body.slug} would meet outside the year, on ${day}`)
      const place = number === 0 ? 'first' : number === days.length - 1 ? 'last' : 'between'
      return { slug: `${day}-${body.slug}`, body, day, place }
    })
  })
  return meetings.toSorted((a, b) =>
    a.day === b.day ? bodies.indexOf(a.body) - bodies.indexOf(b.body) : a.day < b.day ? -1 : 1,
  )
}

/** The meeting as it went: what it took up and decided. */
function hold(state: CountyState, meeting: MeetingPlan, year: number): Held {
  const { sizes, random, counted } = state
  const { body, day } = meeting
  const itemCount = share(sizes.items, counted.meetings, sizes.meetings)
  const wanted = Math.min(itemCount, share(sizes.decisions, counted.meetings, sizes.meetings))
  counted.meetings += 1
  const present = body.seats.slice(0, 9)
  const decisions = [...decisionsOfLeadership(state, meeting, year)]
  const filing = fileMinutes(state, meeting)
  if (filing !== null) decisions.unshift(filing)
  while (decisions.length < wanted) {
    const next = body.waiting.findIndex(({ ready }) => ready(day))
    const [waiting] = next < 0 ? [] : body.waiting.splice(next, 1)
    const decision = waiting === undefined ? anyDecision(state, meeting) : waiting.decide(meeting)
    if (decision !== null) decisions.push(decision)
  }
  body.last = { slug: meeting.slug, day }
  const items = Array.from({ length: Math.max(itemCount, decisions.length) }, (_, place): Item => {
    const decision = decisions[place] ?? null
    const subject = place % 3 === 0 ? random.one(subjects) : body.subject
    return {
      number: numberOf(place, itemCount),
      title: decision?.title ?? `${random.one(itemVerbs)} ${subject}`,
      kinds: decision === null ? [random.one(['information', 'discussion', 'status_report'])] : [decision.kind],
      text: paragraph(random, subject, 3 + random.below(4)),
      decision,
      subject,
    }
  })
  const revises = decisions.flatMap(({ revises: plan }) => plan ?? [])
  return { ...meeting, items, present, revises }
}

/** 1, 2, 3, 3a, 3b, 4 …: the fourth and the fifth of a long agenda are parts of the third. */
function numberOf(place: number, items: number): string {
  if (items < 8 || place < 3) return String(place + 1)
  return place < 5 ? `3${place === 3 ? 'a' : 'b'}` : String(place - 1)
}

/** The leadership establishes groups in the first meeting of a year; in the last it closes some and looks ahead. */
function* decisionsOfLeadership(
  state: CountyState,
  { body, place }: MeetingPlan,
  year: number,
): Generator<DecisionPlan> {
  if (body.kind !== 'leadership') return
  if (place === 'first') {
    for (const planned of state.planned) {
      if (planned.established === year) yield establish(planned, paragraph(state.random, planned.subject))
    }
  }
  if (place === 'last') {
    for (const other of state.bodies.values()) {
      if (other.closed !== year) continue
      yield close(other, `${year}-12-31` as Day)
      // What waited for its meetings comes to nothing.
      other.seats = []
    }
    yield* setParameters(year + 1, state.firstYear)
  }
}

async function writeMeetings(
  work: Work,
  state: CountyState,
  meetings: readonly MeetingPlan[],
  grounds: ReadonlyMap<string, number>,
  wording: boolean,
) {
  const made = await insertNamed(
    work,
    'meeting',
    meetings.map(({ slug, body, day }) => ({
      slug,
      body_id: body.id,
      title: `Protokoll ${body.name} ${day}`,
      held_on: day,
      starts_at: '09:00',
      ends_at: '12:00',
      place: state.random.one(places),
      state: 'drafted',
      text_kind: wording ? 'wording' : 'summary',
      called_on: addDays(day, -14),
      provenance_id: known(grounds, slug),
    })),
  )
  for (const [slug, id] of made) state.ids.meeting.set(slug, id)
  for (const { slug } of meetings) await work.record('meeting.registered', `meeting/${slug}`, { state: 'published' })
}

async function writeAgendas(
  work: Work,
  state: CountyState,
  held: readonly Held[],
  grounds: ReadonlyMap<string, number>,
  wording: boolean,
) {
  const { random, ids } = state
  const text_kind = wording ? 'wording' : 'summary'
  const ground = ({ slug }: MeetingPlan) => known(grounds, slug)
  const all = held.flatMap((meeting) =>
    meeting.items.map((item, place) => ({
      meeting,
      item,
      position: place + 1,
      meeting_id: known(ids.meeting, meeting.slug),
    })),
  )
  const itemIds = new Map<string, number>()
  const key = (meetingId: number, number: string) => `${meetingId} ${number}`
  // What others are parts of goes first.
  for (const isPart of [false, true]) {
    const rows = await insertRows<{ id: number; meeting_id: number; number: string }>(
      work,
      'agenda_item',
      all
        .filter(({ item }) => /[a-z]$/.test(item.number) === isPart)
        .map(({ meeting, meeting_id, item, position }) => ({
          meeting_id,
          parent_id: isPart ? known(itemIds, key(meeting_id, item.number.slice(0, -1))) : null,
          number: item.number,
          position,
          title: item.title,
          kinds: item.kinds,
          body_text: item.text,
          text_kind,
          provenance_id: ground(meeting),
        })),
      ['id', 'meeting_id', 'number'],
    )
    for (const row of rows) itemIds.set(key(row.meeting_id, row.number), row.id)
  }
  const items = all.map((one) => ({ ...one, itemId: known(itemIds, key(one.meeting_id, one.item.number)) }))
  await insertRows(
    work,
    'agenda_item_presenter',
    items
      .filter(({ meeting }) => meeting.present.length > 0 && random.chance(0.5))
      .map(({ meeting, itemId }) => {
        const { person, onBehalf } = random.one(meeting.present)
        return {
          agenda_item_id: itemId,
          position: 1,
          person_id: known(ids.person, person),
          title: random.one(jobTitles),
          organisation_id: onBehalf === null ? null : known(ids.organisation, onBehalf),
        }
      }),
  )
  await insertRows(
    work,
    'agenda_item_matter',
    items.flatMap(({ item, itemId, meeting_id }) => {
      const matter = item.decision?.matter ?? (random.chance(0.2) ? random.one(state.matters) : null)
      return matter === null ? [] : [{ agenda_item_id: itemId, meeting_id, matter_id: known(ids.matter, matter) }]
    }),
  )
  await insertRows(
    work,
    'agenda_item_document',
    items.flatMap(({ item, itemId }) => {
      const document = item.decision?.document
      return document === undefined ? [] : [{ agenda_item_id: itemId, document_id: known(ids.document, document) }]
    }),
  )
  await insertRows(
    work,
    'attendance',
    held.flatMap((meeting) => {
      const guests = new Set([random.one(state.persons), random.one(state.persons)])
      for (const { person } of meeting.present) guests.delete(person)
      const people = [
        ...meeting.present.map(({ person, onBehalf }) => ({ person, onBehalf, capacity: 'member' })),
        ...[...guests].map((person) => ({ person, onBehalf: null, capacity: 'other' })),
      ]
      return people.map(({ person, onBehalf, capacity }, place) => ({
        meeting_id: known(ids.meeting, meeting.slug),
        person_id: known(ids.person, person),
        capacity,
        organisation_id: onBehalf === null ? null : known(ids.organisation, onBehalf),
        title: random.one(jobTitles),
        position: place + 1,
        provenance_id: ground(meeting),
      }))
    }),
  )
  await writeDecisions(work, items, ground, text_kind)
}

type Placed = { meeting: Held; item: Item; itemId: number; meeting_id: number }

async function writeDecisions(
  work: Work,
  items: readonly Placed[],
  ground: (meeting: MeetingPlan) => number,
  text_kind: 'wording' | 'summary',
) {
  const positions = new Map<number, number>()
  const decided = items.flatMap(({ meeting, item, itemId, meeting_id }) => {
    if (item.decision === null) return []
    const position = (positions.get(meeting_id) ?? 0) + 1
    positions.set(meeting_id, position)
    return [{ meeting, itemId, meeting_id, position, plan: item.decision, slug: `${meeting.slug}-${item.number}` }]
  })
  const ids = await insertNamed(
    work,
    'decision',
    decided.map(({ meeting, itemId, meeting_id, position, plan, slug }) => ({
      slug,
      meeting_id,
      agenda_item_id: itemId,
      body_id: meeting.body.id,
      position,
      decided_on: meeting.day,
      decided_precision: 'day',
      kind: plan.kind,
      title: plan.title,
      clause: plan.clause,
      clause_origin: plan.clause === null ? null : text_kind,
      state: 'proposed',
      provenance_id: ground(meeting),
    })),
  )
  const effects = decided.flatMap(({ meeting, plan, slug }) =>
    plan.effects.map((effect, place) => ({
      ...effect,
      details: typeof effect.details === 'string' ? JSON.parse(effect.details) : {},
      decision_id: known(ids, slug),
      position: place + 1,
      provenance_id: ground(meeting),
    })),
  )
  // Effects of a kind have the same columns, but for what only some of them say.
  for (const ofKind of Map.groupBy(effects, ({ kind }) => kind).values()) {
    const columns = [...new Set(ofKind.flatMap((effect) => Object.keys(effect)))]
    await insertRows(
      work,
      'effect',
      ofKind.map((effect) =>
        Object.fromEntries(columns.map((name) => [name, effect[name as keyof typeof effect] ?? null])),
      ),
    )
  }
  for (const { plan, slug } of decided) {
    await work.record('decision.registered', `decision/${slug}`, { effects: plan.effects.map(({ kind }) => kind) })
  }
}

/** Most of what was to be done has been done in time; of the last two years' more is left. */
async function reportAssignments(work: Work, state: CountyState, year: number) {
  const open = year >= state.lastYear - 1 ? 0.15 : 0.005
  const rows = await work.trx
    .selectFrom('assignment')
    .innerJoin('effect', 'effect.id', 'assignment.effect_id')
    .innerJoin('decision', 'decision.id', 'effect.decision_id')
    .select(['assignment.id', 'assignment.due_on'])
    .where('decision.decided_on', '>=', `${year}-01-01` as Day)
    .where('decision.decided_on', '<=', `${year}-12-31` as Day)
    .where('assignment.due_on', '<', state.today)
    .orderBy('assignment.id')
    .execute()
  const done = rows.filter(() => !state.random.chance(open))
  if (done.length === 0) return
  await work.trx
    .updateTable('assignment')
    .set((eb) => ({ state: 'done', reported_on: eb.ref('due_on'), progress: 'Redovisat för gruppen.' }))
    .where(
      'id',
      'in',
      done.map(({ id }) => id),
    )
    .execute()
  await work.record('assignment.reported', `facts/${countyName}`, { year, done: done.length })
}

/** One step in the history of a matter for each tenth meeting that took it up. */
async function writeTimelines(work: Work, state: CountyState, held: readonly Held[], ground: number) {
  const steps = held.filter((_, place) => place % 10 === 0)
  await insertRows(
    work,
    'timeline_entry',
    steps.map((meeting) => {
      const matter = state.random.one(state.matters)
      return {
        matter_id: known(state.ids.matter, matter),
        meeting_id: known(state.ids.meeting, meeting.slug),
        position: Number(meeting.day.replaceAll('-', '').slice(2)),
        from_on: meeting.day,
        from_precision: 'day',
        entry: paragraph(state.random, meeting.body.subject, 2),
        provenance_id: ground,
      }
    }),
  )
}

/** The groups that the year's decisions established are there from the next year on. */
async function welcomeBodies(work: Work, state: CountyState, year: number) {
  for (const planned of state.planned.filter(({ established }) => established === year)) {
    const { id } = await work.trx
      .selectFrom('body')
      .select('id')
      .where('slug', '=', planned.slug)
      .executeTakeFirstOrThrow()
    state.bodies.set(planned.slug, { ...planned, id, seats: [], empty: [], waiting: [], last: null })
  }
  for (const [slug, { closed }] of state.bodies) if (closed !== null && closed <= year) state.bodies.delete(slug)
}

/** The meetings that are to come: some called with their agendas, some only planned. */
export async function planMeetings(work: Work, state: CountyState): Promise<number> {
  const coming = [...state.bodies.values()].map((body, place) => {
    let day = addDays(state.today, 3 + ((place * 13) % 80))
    while (isWeekend(day)) day = addDays(day, 1)
    return { body, day, called: daysBetween(state.today, day) < 30, slug: `${day}-${body.slug}` }
  })
  const [ground] = await insertRows<{ id: number }>(
    work,
    'provenance',
    [{ key: `${countyName} coming`, certainty: 'stated' }],
    ['id'],
  )
  const provenance_id = ground?.id as number
  const source = await work.trx
    .selectFrom('source')
    .select('id')
    .where('code', '=', `EX-${state.lastYear}`)
    .executeTakeFirstOrThrow()
  await insertRows(work, 'provenance_source', [{ provenance_id, position: 1, source_id: source.id, place: '' }])
  const ids = await insertNamed(
    work,
    'meeting',
    coming.map(({ body, day, called, slug }) => ({
      slug,
      body_id: body.id,
      title: `Möte ${body.name} ${day}`,
      held_on: day,
      starts_at: '09:00',
      ends_at: '12:00',
      place: state.random.one(places),
      state: called ? 'called' : 'planned',
      text_kind: 'wording',
      called_on: called ? addDays(state.today, -5) : null,
      provenance_id,
    })),
  )
  await insertRows(
    work,
    'agenda_item',
    coming
      .filter(({ called }) => called)
      .flatMap(({ body, slug }) =>
        Array.from({ length: 6 }, (_, place) => ({
          meeting_id: known(ids, slug),
          number: String(place + 1),
          position: place + 1,
          title: `${state.random.one(itemVerbs)} ${place % 2 === 0 ? body.subject : state.random.one(subjects)}`,
          kinds: ['information'],
          background: paragraph(state.random, body.subject),
          provenance_id,
        })),
      ),
  )
  for (const { slug, called } of coming)
    await work.record('meeting.registered', `meeting/${slug}`, { state: called ? 'called' : 'planned' })
  return coming.length
}

/** The year a county with so many years begins: the last is the present one, unless it has hardly begun. */
export function lastYearOf(today: Day): number {
  return today.slice(5) >= '07-01' ? yearOf(today) : yearOf(today) - 1
}
