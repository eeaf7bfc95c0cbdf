/** What the groups decide. Each keeps the state as the registers will be once it has been carried out. */
import { addDays, type Day, daysBetween, dayText, yearOf } from '../../kernel/dates.ts'
import { known } from './bulk.ts'
import type { PlannedBody, Seated } from './facts.ts'
import type { CountyState, DecisionPlan, LivingBody, MeetingPlan } from './state.ts'
import { jobTitles, notes, paragraph, standpoints, tasks } from './words.ts'

type Effect = DecisionPlan['effects'][number]

const decision = (title: string, ...effects: Effect[]): DecisionPlan => ({
  kind: 'decision',
  title,
  clause: null,
  effects,
})

/** The minutes of the group's last meeting are filed. */
export function fileMinutes({ ids }: CountyState, { body, day }: MeetingPlan): DecisionPlan | null {
  const { last } = body
  if (last === null) return null
  return decision(`Protokollet från ${dayText(last.day)} läggs till handlingarna`, {
    kind: 'minutes_filed',
    effective_on: day,
    filed_meeting_id: known(ids.meeting, last.slug),
  })
}

/** Somebody takes the place of whoever has sat longest, or a place is filled or left. Null: nobody has sat for long. */
export function changeSeats(state: CountyState, { body, day }: MeetingPlan): DecisionPlan | null {
  const { random } = state
  // A group that is closed this year has its last members.
  if (body.closed === yearOf(day)) return null
  const place = body.seats.reduce(
    (oldest, seat, at) => (seat.since < (body.seats[oldest] as Seated).since ? at : oldest),
    0,
  )
  const leaving = body.seats[place]
  if (body.seats.length < 7 || leaving === undefined) return appoint(state, body, day)
  if (daysBetween(leaving.since, day) < 300) return null
  const role = leaving.role
  const person_out_id = known(state.ids.person, leaving.person)
  if (role !== 'chair' && random.chance(0.15)) {
    body.seats.splice(place, 1)
    body.empty.push(leaving.onBehalf)
    return decision('En representant lämnar sitt uppdrag', {
      kind: 'member_released',
      body_id: body.id,
      role,
      person_out_id,
    })
  }
  const seated = newcomer(state, body, day, role, leaving.onBehalf)
  body.seats[place] = seated
  const columns = { body_id: body.id, role, ...incoming(state, seated) }
  return role === 'chair'
    ? decision(`Ny ordförande i ${body.name}`, { kind: 'chair_appointed', ...columns })
    : decision(`Byte av representant i ${body.name}`, { kind: 'member_replaced', ...columns, person_out_id })
}

/** Somebody new gets a place that nobody has had; the first of all is the chair. */
function appoint(state: CountyState, body: LivingBody, day: Day): DecisionPlan {
  const ordinary = body.kind === 'leadership' ? 'member' : 'representative'
  const role = body.seats.length === 0 ? 'chair' : ordinary
  const seated = newcomer(state, body, day, role, body.empty.shift() ?? state.random.one(state.parties))
  body.seats.push(seated)
  return decision(role === 'chair' ? `Ordförande i ${body.name}` : `Ny representant i ${body.name}`, {
    kind: role === 'chair' ? 'chair_appointed' : 'member_appointed',
    body_id: body.id,
    role,
    ...incoming(state, seated),
  })
}

function newcomer(
  { random, persons }: CountyState,
  body: LivingBody,
  since: Day,
  role: Seated['role'],
  onBehalf: string | null,
): Seated {
  let person = random.one(persons)
  while (body.seats.some((seat) => seat.person === person)) person = random.one(persons)
  return { person, role, since, onBehalf }
}

function incoming({ ids, random }: CountyState, { person, onBehalf }: Seated) {
  const organisation = onBehalf === null ? null : known(ids.organisation, onBehalf)
  return {
    person_in_id: known(ids.person, person),
    person_in_title: random.one(jobTitles),
    person_in_employer_id: organisation,
    on_behalf_organisation_id: organisation,
  }
}

/** Someone is given something to do within the year. */
export function giveAssignment(state: CountyState, { body, day }: MeetingPlan): DecisionPlan {
  const { random, ids } = state
  const matter = random.one(state.matters)
  const seat = body.seats[0]
  const whom = random.below(3)
  return {
    ...decision(`Uppdrag om ${body.subject}`, {
      kind: 'assignment_given',
      effect_text: `${random.one(tasks)} ${body.subject}`,
      due_on: addDays(day, 60 + random.below(300)),
      due_precision: 'day',
      matter_id: known(ids.matter, matter),
      assignee_person_id: whom === 0 && seat !== undefined ? known(ids.person, seat.person) : null,
      assignee_body_id: whom === 1 || seat === undefined ? body.id : null,
      assignee_organisation_id:
        whom === 2 && seat !== undefined ? known(ids.organisation, random.one(state.parties)) : null,
    }),
    matter,
  }
}

export function takePosition({ random, ids, matters }: CountyState, { body }: MeetingPlan): DecisionPlan {
  const matter = random.one(matters)
  const text = `${random.one(standpoints)} ${body.subject}`
  return {
    kind: 'position',
    title: `Ställningstagande om ${body.subject}`,
    clause: null,
    effects: [{ kind: 'position', effect_text: text, matter_id: known(ids.matter, matter) }],
    matter,
  }
}

export function noteReport({ random }: CountyState, { body }: MeetingPlan): DecisionPlan {
  return decision(`Redovisning av ${body.subject}`, {
    kind: 'note',
    effect_text: `${random.one(notes)} ${body.subject}`,
  })
}

/** A decision in words alone, which no register follows. */
export function decideInWords({ random }: CountyState, { body }: MeetingPlan): DecisionPlan {
  return {
    kind: 'decision',
    title: `Fortsatt arbete med ${body.subject}`,
    clause: `${body.name} beslutar att godkänna redovisningen. ${paragraph(random, body.subject, 2)}`,
    effects: [],
  }
}

/** One of the things that groups mostly decide. */
export function anyDecision(state: CountyState, meeting: MeetingPlan): DecisionPlan {
  const drawn = state.random.below(100)
  if (drawn < 30) return giveAssignment(state, meeting)
  if (drawn < 50) return changeSeats(state, meeting) ?? noteReport(state, meeting)
  if (drawn < 70) return takePosition(state, meeting)
  if (drawn < 90) return noteReport(state, meeting)
  return decideInWords(state, meeting)
}

/** The leadership establishes a group; it is in the register once the meeting has been published. */
export function establish(body: PlannedBody, text: string): DecisionPlan {
  const { slug, name, shortName, kind } = body
  return decision(`${name} inrättas`, {
    kind: 'body_established',
    details: JSON.stringify({ slug, name, shortName, kind, purpose: text }),
  })
}

export function close(body: LivingBody, day: Day): DecisionPlan {
  return decision(`${body.name} avslutas`, { kind: 'body_closed', body_id: body.id, effective_on: day })
}

/** The indicator and the daily amount of the year that comes. */
export function setParameters(year: number, firstYear: number): DecisionPlan[] {
  const valid = `[${year}-01-01,${year + 1}-01-01)`
  const passed = year - firstYear
  return [
    decision(`Indikator för utskrivningsklara dagar ${year}`, {
      kind: 'indicator_set',
      parameter_code: 'indicator',
      value: (1.4 - 0.02 * passed).toFixed(2),
      valid,
    }),
    decision(`Belopp per dag ${year}`, {
      kind: 'parameter_set',
      parameter_code: 'daily_amount',
      value: String(7000 + 150 * passed),
      valid: `[${year}-01-01,)`,
    }),
  ]
}
