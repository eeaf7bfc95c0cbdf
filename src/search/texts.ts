import type { SearchKind } from '../db/schema.ts'

/** What each kind of hit is called, one and many, and the word for it in addresses, in the order of the filter. */
export const kindNames: Record<SearchKind, { one: string; many: string; word: string }> = {
  item: { one: 'Punkt', many: 'Punkter i möten', word: 'punkter' },
  decision: { one: 'Beslut', many: 'Beslut', word: 'beslut' },
  meeting: { one: 'Möte', many: 'Möten', word: 'moten' },
  body: { one: 'Grupp', many: 'Grupper', word: 'grupper' },
  person: { one: 'Person', many: 'Personer med uppdrag', word: 'personer' },
  party: { one: 'Part', many: 'Parter', word: 'parter' },
  theme: { one: 'Tema', many: 'Teman', word: 'teman' },
  matter: { one: 'Ärende', many: 'Ärenden', word: 'arenden' },
  plan: { one: 'Handlingsplan', many: 'Handlingsplaner', word: 'handlingsplaner' },
  area: { one: 'Område i handlingsplan', many: 'Områden i handlingsplaner', word: 'omraden' },
  activity: { one: 'Aktivitet', many: 'Aktiviteter', word: 'aktiviteter' },
  document: { one: 'Dokument', many: 'Dokument', word: 'dokument' },
  assignment: { one: 'Uppdrag', many: 'Uppdrag', word: 'uppdrag' },
  proposal: { one: 'Förslag', many: 'Förslag till förändringar', word: 'forslag' },
  project: { one: 'Projekt', many: 'Projekt', word: 'projekt' },
  catalogue: { one: 'Katalog', many: 'Kataloger', word: 'kataloger' },
  catalogue_entry: { one: 'Uppgift i katalog', many: 'Uppgifter i kataloger', word: 'kataloguppgifter' },
  file: { one: 'Bilaga', many: 'Bilagor', word: 'bilagor' },
  page: { one: 'Sida', many: 'Sidor i portalen', word: 'sidor' },
}

/** The kind that a word of an address names; null for all. */
export function kindOfWord(word: string | undefined): SearchKind | null {
  const found = Object.entries(kindNames).find(([, names]) => names.word === word)
  return (found?.[0] as SearchKind | undefined) ?? null
}
