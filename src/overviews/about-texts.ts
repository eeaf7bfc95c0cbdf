import type { Database } from '../db/database.ts'
import type { Certainty, SourceKind } from '../db/schema.ts'
import { type Day, day } from '../kernel/dates.ts'

/** Every table whose rows say where they come from. */
export type FactTable = {
  [Table in keyof Database]: Database[Table] extends { provenance_id: number | null } ? Table : never
}[Exclude<keyof Database, 'provenance_source' | 'fact_due'>]

/** What the facts of each table are called when they are counted: one and several. */
export const factTables: Record<FactTable, readonly [one: string, many: string]> = {
  meeting: ['möte', 'möten'],
  agenda_item: ['punkt i dagordningen', 'punkter i dagordningen'],
  attendance: ['närvarouppgift', 'närvarouppgifter'],
  decision: ['beslut', 'beslut'],
  effect: ['följd av beslut', 'följder av beslut'],
  matter: ['ärende', 'ärenden'],
  person: ['person', 'personer'],
  organisation: ['organisation', 'organisationer'],
  body: ['grupp', 'grupper'],
  body_name: ['annat namn på en grupp', 'andra namn på grupper'],
  body_reporting: ['rapporteringsväg', 'rapporteringsvägar'],
  body_requirement: ['krav på sammansättning', 'krav på sammansättning'],
  seat: ['platstyp', 'platstyper'],
  membership: ['plats i en grupp', 'platser i grupper'],
  plan: ['handlingsplan', 'handlingsplaner'],
  strategic_direction: ['strategisk inriktning', 'strategiska inriktningar'],
  plan_area: ['område i en plan', 'områden i planer'],
  plan_section: ['avsnitt i en plan', 'avsnitt i planer'],
  activity: ['aktivitet', 'aktiviteter'],
  milestone: ['milstolpe', 'milstolpar'],
  follow_up: ['uppföljning', 'uppföljningar'],
  plan_link: ['koppling mellan planer', 'kopplingar mellan planer'],
  document: ['dokument', 'dokument'],
  document_version: ['version av ett dokument', 'versioner av dokument'],
  document_party: ['part i ett dokument', 'parter i dokument'],
  party_position: ['beslutsläge hos en part', 'beslutslägen hos parterna'],
  parameter_value: ['gränsvärde', 'gränsvärden'],
  published_county_figure: ['publicerad siffra', 'publicerade siffror'],
  assignment: ['uppdrag', 'uppdrag'],
  project: ['projekt', 'projekt'],
  catalogue: ['katalog', 'kataloger'],
  catalogue_entry: ['post i en katalog', 'poster i kataloger'],
  change_model: ['modell för ordnat införande', 'modeller för ordnat införande'],
  change_step: ['steg i ordnat införande', 'steg i ordnat införande'],
  change_question: ['fråga i ordnat införande', 'frågor i ordnat införande'],
  change_level: ['beslutsnivå', 'beslutsnivåer'],
  change_proposal: ['förslag till förändring', 'förslag till förändringar'],
  link: ['länk', 'länkar'],
  timeline_entry: ['steg i en tidslinje', 'steg i tidslinjer'],
}

export const sourceKindNames: Record<SourceKind, string> = {
  minutes: 'Protokoll',
  slides: 'Bildspel',
  plan: 'Handlingsplaner',
  strategy: 'Strategi',
  agreement: 'Avtal',
  law: 'Lag',
  regulation: 'Föreskrift',
  website: 'Webbplats',
  assumption: 'Antagande',
  portal: 'Portalen',
}

/** The same words as beside each fact (views/parts/provenance), with what they mean. */
export const certaintyMeanings: Record<Certainty, { name: string; meaning: string }> = {
  stated: { name: 'uppgift i källan', meaning: 'Det står så i källan.' },
  derived: { name: 'härledd', meaning: 'Källan säger det inte rakt ut, men det följer av det som står där.' },
  uncertain: { name: 'osäker', meaning: 'Läsningen eller tolkningen kan vara fel. Skälet står vid uppgiften.' },
}

/**
 * The accessibility statement's two dates. Assessed: the day on which all checks of test/browser passed over every page
 * and the list of gaps was gone through. Updated: the day on which the statement's text was last gone through. Change
 * them when that is done again, never otherwise.
 */
export const statementDates: { assessed: Day; updated: Day } = {
  assessed: day('2026-11-22'),
  updated: day('2026-11-22'),
}

/** The law's supervisor and where to complain: the regulation MDFFS 2019:2, 6 §, asks for both. */
export const supervisor = {
  name: 'Myndigheten för digital förvaltning (Digg)',
  shortName: 'Digg',
  reportUrl: 'https://www.digg.se/tdosanmalan',
}

export const accessibilityActUrl =
  'https://www.riksdagen.se/sv/dokument-och-lagar/dokument/svensk-forfattningssamling/lag-20181937-om-tillganglighet-till-digital_sfs-2018-1937/'

export const dataProtectionSupervisor = {
  name: 'Integritetsskyddsmyndigheten (IMY)',
  url: 'https://www.imy.se/',
}
