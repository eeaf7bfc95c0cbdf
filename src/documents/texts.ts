import type { DocumentKind, DocumentState, PartyPositionState } from '../db/schema.ts'
import type { Tag } from '../http/parts.ts'
import type { ForceStanding } from './rules.ts'

export const documentKindNames: Record<DocumentKind, string> = {
  agreement: 'Överenskommelse',
  guideline: 'Praktiska anvisningar',
  strategy: 'Strategi',
  joint_plan: 'Gemensam plan',
  action_plan: 'Handlingsplan',
  memo: 'Tjänsteskrivelse',
  assignment_description: 'Uppdragsbeskrivning',
  model: 'Modell',
  slide_deck: 'Bildspel',
  material: 'Underlag',
  care_programme: 'Vårdprogram eller vårdförlopp',
  matrix: 'Ansvarsfördelning',
  law: 'Lag',
  national_strategy: 'Nationell strategi',
  national_agreement: 'Nationell överenskommelse',
  national_framework: 'Nationellt ramverk',
  report: 'Utredning eller rapport',
  cover_letter: 'Missiv',
}

/** What the list may be narrowed to by ?slag=. */
export const kindGroups: Record<string, { text: string; kinds: readonly DocumentKind[] }> = {
  overenskommelser: {
    text: 'Överenskommelser och anvisningar',
    kinds: ['agreement', 'guideline', 'national_agreement'],
  },
  styrdokument: {
    text: 'Strategier och planer',
    kinds: ['strategy', 'joint_plan', 'action_plan', 'national_strategy'],
  },
  vardprogram: { text: 'Vårdprogram och ramverk', kinds: ['care_programme', 'national_framework'] },
  lagar: { text: 'Lagar', kinds: ['law'] },
  underlag: {
    text: 'Underlag',
    kinds: ['memo', 'assignment_description', 'model', 'slide_deck', 'material', 'matrix', 'report', 'cover_letter'],
  },
}

export const documentStates: Record<DocumentState, Tag> = {
  in_force: { text: 'gäller', tone: 'good' },
  adopted: { text: 'beslutad', tone: 'good' },
  completed: { text: 'färdig', tone: 'info' },
  under_revision: { text: 'ska revideras', tone: 'warning' },
  being_introduced: { text: 'införs', tone: 'info' },
  in_use: { text: 'i bruk', tone: 'good' },
  draft: { text: 'utkast', tone: 'neutral' },
  being_prepared: { text: 'tas fram', tone: 'info' },
  planned: { text: 'ska tas fram', tone: 'neutral' },
  affected: { text: 'påverkas av omställningen', tone: 'neutral' },
  unknown: { text: 'läget framgår inte', tone: 'neutral' },
}

/** What the list may be narrowed to by ?lage=. */
export const stateGroups: Record<string, { text: string; states: readonly DocumentState[] }> = {
  galler: { text: 'Gäller', states: ['in_force', 'adopted', 'in_use'] },
  'ska-revideras': { text: 'Ska revideras', states: ['under_revision'] },
  infors: { text: 'Införs eller väntar på beslut', states: ['completed', 'being_introduced'] },
  'tas-fram': { text: 'Tas fram', states: ['draft', 'being_prepared', 'planned'] },
  ovrigt: { text: 'Annat läge', states: ['affected', 'unknown'] },
}

export const forceStandings: Record<Exclude<ForceStanding, 'unknown'>, Tag> = {
  in_force: { text: 'gäller', tone: 'good' },
  coming: { text: 'gäller inte än', tone: 'neutral' },
  expired: { text: 'gäller inte längre', tone: 'neutral' },
}

export const positionStates: Record<PartyPositionState, Tag> = {
  unknown: { text: 'inte känt', tone: 'neutral' },
  planned: { text: 'planerat', tone: 'info' },
  endorsed: { text: 'står bakom', tone: 'info' },
  decided: { text: 'beslutat', tone: 'good' },
}

export const noPosition: Tag = { text: 'inte registrerat', tone: 'neutral' }
