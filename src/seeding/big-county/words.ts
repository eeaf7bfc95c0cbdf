/** Words for a county that does not exist. Everything is made up, and looks it. Pure. */
import type { Random } from '../../kernel/random.ts'

const givenStarts = ['Exi', 'Pro', 'Tes', 'Mal', 'Ski', 'Fik', 'Låt', 'Mod']
const givenEnds = ['la', 'vemo', 'tarda', 'olf', 'nna', 'bert']
const familyStarts = ['Exempel', 'Prov', 'Test', 'Påhitts', 'Låtsas', 'Skiss', 'Modell', 'Utkasts']
const familyEnds = ['berg', 'ström', 'gren', 'dal', 'lund', 'kvist']

/** How many people can be named without two being called the same. */
export const mostPersons = givenStarts.length * givenEnds.length * familyStarts.length * familyEnds.length

/** The name of person number so and so; no two alike. */
export function personName(number: number): string {
  const families = familyStarts.length * familyEnds.length
  const [given, family] = [Math.floor(number / families), (number * 7) % families]
  return `${givenStarts[given % givenStarts.length]}${givenEnds[Math.floor(given / givenStarts.length)]} ${
    familyStarts[family % familyStarts.length]
  }${familyEnds[Math.floor(family / familyStarts.length)]}`
}

export const municipalityNames = [
  'Exempelby',
  'Provköping',
  'Teststad',
  'Påhittsvik',
  'Låtsaslunda',
  'Skissås',
  'Modellholm',
  'Utkastfors',
  'Mallhult',
  'Fiktvalla',
  'Attrapptuna',
  'Dummybo',
]

/** What groups, plans, documents and items are about. */
export const subjects = [
  'utskrivning från slutenvård',
  'hemsjukvård',
  'fallprevention',
  'psykisk hälsa',
  'barn och unga',
  'äldres hälsa',
  'habilitering',
  'rehabilitering',
  'läkemedel',
  'suicidprevention',
  'skadligt bruk och beroende',
  'informationsöverföring',
  'samordnad individuell plan',
  'vård i livets slutskede',
  'demenssjukdom',
  'hjälpmedel',
  'e-hälsa',
  'kompetensförsörjning',
  'nära vård',
  'tandhälsa',
  'munhälsa i särskilt boende',
  'nutrition',
  'sår och trycksår',
  'vårdhygien',
  'krisberedskap',
  'våld i nära relationer',
  'elevhälsa',
  'föräldraskapsstöd',
  'anhörigstöd',
  'patientsäkerhet',
]

const openings = [
  'Ledningen får en genomgång av arbetet med',
  'Gruppen redovisar läget för',
  'En arbetsgrupp har sett över rutinerna för',
  'Kommunerna och regionen har gemensamt kartlagt',
  'Uppföljningen visar hur länet klarar',
  'Förslaget beskriver ansvar och samverkan kring',
  'Verksamheterna har lämnat synpunkter på',
]
const middles = [
  'Flera kommuner beskriver att samverkan har blivit tydligare sedan förra mötet',
  'Det finns skillnader mellan kommunerna som behöver följas upp',
  'Tidplanen håller, men bemanningen är ansträngd under sommaren',
  'Riktlinjen behöver kompletteras med ansvarsfördelning och kontaktvägar',
  'Resultaten jämförs med föregående år och redovisas vid nästa möte',
  'Brukarnas erfarenheter har samlats in genom intervjuer och enkäter',
  'Utbildningsinsatser planeras för chefer och legitimerad personal',
  'Statistiken bygger på inrapporterade uppgifter och har vissa brister',
]
const endings = [
  'Gruppen återkommer med en skriftlig sammanställning',
  'Frågan tas upp igen när underlaget är klart',
  'Huvudmännen ansvarar för att informationen når verksamheterna',
  'Synpunkter lämnas till samordnaren före nästa möte',
  'Arbetet fortsätter enligt handlingsplanen',
  'Kostnaderna ryms inom befintlig ram',
]

/** Some sentences about the subject. */
export function paragraph(random: Random, subject: string, sentences = 3): string {
  const middle = Array.from({ length: Math.max(0, sentences - 2) }, () => random.one(middles))
  return `${[`${random.one(openings)} ${subject}`, ...middle, random.one(endings)].join('. ')}.`
}

export const itemVerbs = ['Information om', 'Uppföljning av', 'Lägesrapport om', 'Dialog om', 'Redovisning av']
export const tasks = [
  'ta fram förslag till gemensam rutin för',
  'kartlägga länets behov inom',
  'redovisa kostnader och nytta för',
  'samla in synpunkter från huvudmännen om',
  'planera en utbildning om',
  'följa upp resultaten inom',
]
export const standpoints = [
  'ställer sig positiv till fortsatt utveckling av',
  'ser behov av en gemensam prioritering av',
  'vill att huvudmännen avsätter resurser för',
  'anser att brukarnas röst behöver stärkas i arbetet med',
]
export const notes = [
  'Informationen om utvecklingen läggs till handlingarna:',
  'Redovisningen godkänns:',
  'Frågan bereds vidare till nästa möte:',
  'Underlaget sprids till huvudmännen:',
]
export const deeds = [
  'Ta fram gemensam rutin för',
  'Utbilda chefer och medarbetare inom',
  'Följa upp indikatorer för',
  'Utveckla digitalt stöd för',
  'Säkra kontaktvägar mellan huvudmännen inom',
  'Stärka brukarmedverkan inom',
  'Pröva nya arbetssätt för',
]
export const documentNames: readonly (readonly [string, string])[] = [
  ['guideline', 'Riktlinje för'],
  ['memo', 'PM om'],
  ['agreement', 'Överenskommelse om'],
  ['care_programme', 'Vårdprogram för'],
  ['report', 'Rapport om'],
  ['material', 'Informationsmaterial om'],
  ['assignment_description', 'Uppdragsbeskrivning för'],
  ['strategy', 'Strategi för'],
]
export const places = ['Länsgårdens stora sal', 'Digitalt möte', 'Folkhögskolan', 'Kommunhuset, sal B', 'Regionens hus']
export const jobTitles = ['verksamhetschef', 'socialchef', 'utvecklingsledare', 'enhetschef', 'samordnare', 'skolchef']
