import * as urls from '../kernel/urls.ts'

/** The parts of the portal, as in the menu and in page titles. */
export const sections = {
  meetings: { text: 'Möten', path: urls.meetingsPath },
  decisions: { text: 'Beslut', path: urls.decisionsPath },
  bodies: { text: 'Grupper', path: urls.bodiesPath },
  plans: { text: 'Handlingsplaner', path: urls.plansPath },
  'discharge-days': { text: 'Utskrivningsklara dagar', path: urls.dischargeDaysPath },
  'follow-up': { text: 'Uppföljning', path: urls.followUpPath },
  parties: { text: 'Parter', path: urls.partiesPath },
  matters: { text: 'Ärenden', path: urls.mattersPath },
  documents: { text: 'Dokument', path: urls.documentsPath },
  projects: { text: 'Projekt', path: urls.projectsPath },
  'change-proposals': { text: 'Ordnat införande', path: urls.changeProposalsPath },
  'primary-care-data': { text: 'Gemensam primärvårdsdata', path: urls.primaryCareDataPath },
  'interest-bank': { text: 'Intressebanken', path: urls.interestBankPath },
  organisation: { text: 'Organisation', path: urls.organisationPath },
  about: { text: 'Om portalen', path: urls.aboutPath },
} as const

export type NavSection = keyof typeof sections

/** What the header shows, in this order; the rest is found in the footer. */
export const menuSections: readonly NavSection[] = [
  'meetings',
  'decisions',
  'bodies',
  'plans',
  'discharge-days',
  'follow-up',
  'parties',
  'documents',
]

export const footerSections: readonly { title: string; links: readonly { text: string; path: string }[] }[] = [
  {
    title: 'Mer i registret',
    links: [
      sections.organisation,
      sections.matters,
      sections.projects,
      sections['change-proposals'],
      sections['primary-care-data'],
      sections['interest-bank'],
      { text: 'Sök', path: urls.searchPath },
      { text: 'Nyhetsbrev', path: urls.newslettersPath },
      { text: 'Följ arbetet', path: urls.followPath },
    ],
  },
  {
    title: 'Om portalen',
    links: [
      { text: 'Om portalen', path: urls.aboutPath },
      { text: 'Källor och metod', path: urls.sourcesPath },
      { text: 'Öppna data', path: urls.openDataPath },
      { text: 'Tillgänglighetsredogörelse', path: urls.accessibilityPath },
      { text: 'Kakor', path: urls.cookiesPath },
      { text: 'Personuppgifter', path: urls.privacyPath },
    ],
  },
]
