import type { FollowUpState, MilestoneKind, PlanAreaKind } from '../db/schema.ts'
import type { Tone } from '../http/parts.ts'
import { counted, listed } from '../kernel/text.ts'
import type { MilestoneStanding, PlanStanding } from './rules.ts'

export const areaKindNames: Record<PlanAreaKind, { one: string; many: string }> = {
  improvement: { one: 'förbättringsområde', many: 'förbättringsområden' },
  ongoing: { one: 'område som fortgår över tid', many: 'områden som fortgår över tid' },
}

export const planStandings: Record<PlanStanding, { text: string; tone: Tone }> = {
  not_adopted: { text: 'inte beslutad', tone: 'neutral' },
  coming: { text: 'beslutad, perioden har inte börjat', tone: 'info' },
  in_force: { text: 'gäller', tone: 'good' },
  period_over: { text: 'perioden är slut', tone: 'neutral' },
  ended: { text: 'gäller inte längre', tone: 'neutral' },
}

export const milestoneKindNames: Record<MilestoneKind, string> = {
  start: 'Start',
  interim_report: 'Delrapport',
  final_report: 'Slutrapport',
  funding_ends: 'Finansieringen slutar',
  assignment_ends: 'Uppdrag slutar',
  recurring: 'Återkommer',
  period_end: 'Planperioden slutar',
  other: 'Milstolpe',
}

/** A passed date says nothing of what was done: unknown stays unknown. */
export const milestoneStandings: Record<MilestoneStanding, { text: string; tone: Tone }> = {
  done: { text: 'klart', tone: 'good' },
  moved: { text: 'flyttad', tone: 'info' },
  passed: { text: 'inget utfall registrerat', tone: 'warning' },
  ended: { text: 'datumet har passerat', tone: 'neutral' },
  now: { text: 'nu', tone: 'info' },
  coming: { text: 'kommande', tone: 'neutral' },
  recurring: { text: 'återkommer', tone: 'neutral' },
}

/** Is the standing told by the calendar, not by a fact in the register? It becomes another without anything happening. */
export const isOfTheDay = ({ text }: { text: string }) =>
  (['passed', 'ended', 'now', 'coming'] as const).some((standing) => milestoneStandings[standing].text === text)

export const followUpStateNames: Record<FollowUpState, { text: string; tone: Tone }> = {
  not_started: { text: 'inte påbörjat', tone: 'neutral' },
  preparing: { text: 'förbereds', tone: 'info' },
  active: { text: 'pågår', tone: 'info' },
  paused: { text: 'vilar', tone: 'neutral' },
  done: { text: 'klart', tone: 'good' },
  ended: { text: 'avslutat', tone: 'neutral' },
}

/** 'Ingen av 16 aktiviteter har en egen uppföljning.' */
export function followedText(followed: number, activities: number): string {
  return `${followed === 0 ? 'Ingen' : followed} av ${counted(activities, 'aktivitet', 'aktiviteter')} har en egen uppföljning.`
}

/** '2 förbättringsområden och 4 områden som fortgår över tid' */
export function areasText(improvement: number, ongoing: number): string {
  const kinds = [
    { count: improvement, ...areaKindNames.improvement },
    { count: ongoing, ...areaKindNames.ongoing },
  ].filter(({ count }) => count > 0)
  return listed(kinds.map(({ count, one, many }) => counted(count, one, many))) || 'inga områden'
}
