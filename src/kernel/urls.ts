import type { Day } from './dates.ts'
import { slugify } from './text.ts'

// Every public address of the portal, relative to the base path. Templates write href="<%= it.base %><%= path %>".

type Query = Readonly<Record<string, string | number | null | undefined>>

/** Adds a query; empty values are left out. */
export function withQuery(path: string, query: Query): string {
  let text = ''
  for (const key in query) {
    const value = query[key]
    if (value === null || value === undefined || value === '') continue
    text += `${text === '' ? '' : '&'}${queryText(key)}=${queryText(String(value))}`
  }
  if (text === '') return path
  const [before = '', anchor] = path.includes('#') ? path.split('#') : [path]
  return `${before}${before.includes('?') ? '&' : '?'}${text}${anchor === undefined ? '' : `#${anchor}`}`
}

/** As a form would send it. What needs no sign of its own, as most names do, stands as it is: a page has a hundred of them. */
const queryText = (text: string) =>
  /^[\w.*-]*$/.test(text) ? text : new URLSearchParams([[text, '']]).toString().slice(0, -1)

const slug = encodeURIComponent

export const startPath = '/'

export const meetingsPath = '/moten-och-protokoll'
export const meetingPath = (meeting: string) => `${meetingsPath}/${slug(meeting)}`
/** `label` is the item's number with its letter: '7b'. */
export const itemAnchor = (label: string) => `punkt-${label.toLowerCase()}`
/** The minutes as a printed document. */
export const minutesPdfPath = (meeting: string) => `${meetingPath(meeting)}/protokoll.pdf`
export const itemPath = (meeting: string, label: string) => `${meetingPath(meeting)}#${itemAnchor(label)}`

/** One ZIP of the agenda and its attachments. */
export const meetingBundlePath = (meeting: string) => `${meetingPath(meeting)}/handlingar.zip`
/** Where an invited member says whether to come. */
export const meetingReplyPath = (meeting: string) => `${meetingPath(meeting)}/svar`
/** The same through a mailed link, for whoever is not signed in. */
export const replyLinkPath = '/svara'
export const replyLink = (token: string) => `${replyLinkPath}/${slug(token)}`

/** `id` is the attachment's; the name is for whoever saves the file. */
export const filePath = (id: number, name: string) => `/filer/${id}/${slug(name)}`

/** What coordinators work on. */
export const workspacePath = '/arbetsyta'
export const workMeetingsPath = `${workspacePath}/moten`
/** Old protocols that have been read, and those that wait to become meetings. */
export const protocolImportsPath = `${workspacePath}/protokoll`
export const newProtocolImportPath = `${protocolImportsPath}/nytt`
export const protocolImportPath = (id: number) => `${protocolImportsPath}/${id}`
export const newMeetingPath = `${workMeetingsPath}/nytt`
export const workMeetingPath = (meeting: string) => `${workMeetingsPath}/${slug(meeting)}`
export const meetingDetailsPath = (meeting: string) => `${workMeetingPath(meeting)}/uppgifter`
export const agendaPath = (meeting: string) => `${workMeetingPath(meeting)}/dagordning`
export const newItemPath = (meeting: string) => `${agendaPath(meeting)}/punkter/ny`
/** `label` is the item's number with its letter: '7b'. */
export const editItemPath = (meeting: string, label: string) => `${agendaPath(meeting)}/punkter/${slug(label)}`
/** Nästa möte: what the registers say should be on the agenda. */
export const agendaProposalPath = (meeting: string) => `${agendaPath(meeting)}/forslag`
export const callPath = (meeting: string) => `${workMeetingPath(meeting)}/kallelse`
export const attachmentsPath = (meeting: string) => `${workMeetingPath(meeting)}/bilagor`
export const cancelMeetingPath = (meeting: string) => `${workMeetingPath(meeting)}/stall-in`

/** From the meeting to its published minutes. */
export const attendancePath = (meeting: string) => `${workMeetingPath(meeting)}/narvaro`
export const minutesPath = (meeting: string) => `${workMeetingPath(meeting)}/protokoll`
export const itemMinutesPath = (meeting: string, label: string) => `${minutesPath(meeting)}/${slug(label)}`
/** `label` is the number of the item that the decision belongs to. */
export const newItemDecisionPath = (meeting: string, label: string | null = null, kind: string | null = null) =>
  withQuery(`${workMeetingPath(meeting)}/beslut/ny`, { punkt: label, slag: kind })
export const approvalPath = (meeting: string) => `${workMeetingPath(meeting)}/justering`
export const publicationPath = (meeting: string) => `${workMeetingPath(meeting)}/publicering`
/** Errata, notes of what happened after the meeting, and masks. */
export const errataPath = (meeting: string) => `${workMeetingPath(meeting)}/rattelser`
export const errataLink = (meeting: string, label: string | null) => withQuery(errataPath(meeting), { punkt: label })
/** Where an administrator covers words of published minutes. */
export const masksPath = (meeting: string) => `${errataPath(meeting)}/mask`
/** Where an adjuster (justerare) reads the minutes: signed in, or through a mailed link. */
export const adjustPath = '/justera'
export const adjustMeetingPath = (meeting: string) => `${adjustPath}/protokoll/${slug(meeting)}`
export const adjustLink = (token: string) => `${adjustPath}/${slug(token)}`
/** The frozen versions of published minutes. */
export const minutesVersionsPath = (meeting: string) => `${meetingPath(meeting)}/versioner`
export const minutesVersionPath = (meeting: string, number: number | string) =>
  `${minutesVersionsPath(meeting)}/${slug(String(number))}`
/** Exactly what the checksum is of. */
export const minutesTextPath = (meeting: string, number: number | string) =>
  `${minutesVersionPath(meeting, number)}/text`
/** The plans that a coordinator drafts, revises and follows up. */
export const workPlansPath = `${workspacePath}/planer`
export const newPlanPath = `${workPlansPath}/nytt`
export const workPlanPath = (plan: string) => `${workPlansPath}/${slug(plan)}`
export const planDetailsPath = (plan: string) => `${workPlanPath(plan)}/uppgifter`
export const planAreasPath = (plan: string) => `${workPlanPath(plan)}/omraden`
export const newPlanAreaPath = (plan: string) => `${planAreasPath(plan)}/nytt`
/** `code` is the area's own within the plan: 'f1'. */
export const planAreaPath = (plan: string, code: string) => `${planAreasPath(plan)}/${slug(code)}`
export const planSectionsPath = (plan: string) => `${workPlanPath(plan)}/avsnitt`
export const planMilestonesPath = (plan: string) => `${workPlanPath(plan)}/milstolpar`
export const planMilestonePath = (plan: string, milestone: number | string) =>
  `${planMilestonesPath(plan)}/${slug(String(milestone))}`
export const planRevisionPath = (plan: string) => `${workPlanPath(plan)}/revidering`
export const planFollowUpPath = (plan: string) => `${workPlanPath(plan)}/uppfoljning`
export const planNotePath = (plan: string, note: number | string) =>
  `${workPlanPath(plan)}/anteckningar/${slug(String(note))}`
/** The form that makes a decision outside a meeting, with the kind of effect and what it concerns filled in. */
export const newDecisionPath = `${workspacePath}/beslut/nytt`
export const newDecisionLink = (kind: string, about: Query = {}) => withQuery(newDecisionPath, { slag: kind, ...about })

/** A decision while it is written, by its id; published it has the address decisionPath. */
export const workDecisionsPath = `${workspacePath}/beslut`
export const workDecisionPath = (decision: number | string) => `${workDecisionsPath}/${slug(String(decision))}`
export const newEffectPath = (decision: number | string, kind: string | null = null) =>
  withQuery(`${workDecisionPath(decision)}/verkan/ny`, { slag: kind })
export const effectPath = (decision: number | string, effect: number | string) =>
  `${workDecisionPath(decision)}/verkan/${slug(String(effect))}`
/** A fact in a register that was recorded wrongly. */
export const correctionsPath = `${workspacePath}/rattelse`
export const correctionPath = (register: string, row: number | string) =>
  `${correctionsPath}/${slug(register)}/${slug(String(row))}`
/** Where forms are kept while they are filled in. */
export const draftsPath = `${workspacePath}/utkast`

/** The registers that are edited without a decision. */
export const registersPath = `${workspacePath}/register`
export const bodyRegisterPath = `${registersPath}/grupper`
export const editBodyPath = (body: string) => `${bodyRegisterPath}/${slug(body)}`
export const seatsPath = (body: string) => `${editBodyPath(body)}/platser`
export const seatPath = (body: string, seat: number | string) => `${seatsPath(body)}/${slug(String(seat))}`
/** Somebody who sat in the body already when the register was opened. */
export const openingStatePath = (body: string) => `${editBodyPath(body)}/ingangslage`
export const personRegisterPath = `${registersPath}/personer`
export const editPersonPath = (person: string) => `${personRegisterPath}/${slug(person)}`
export const organisationRegisterPath = `${registersPath}/organisationer`
export const editOrganisationPath = (organisation: string) => `${organisationRegisterPath}/${slug(organisation)}`
export const matterRegisterPath = `${registersPath}/arenden`
export const editMatterPath = (matter: string) => `${matterRegisterPath}/${slug(matter)}`
export const documentRegisterPath = `${registersPath}/dokument`
export const editDocumentPath = (document: string) => `${documentRegisterPath}/${slug(document)}`
export const documentVersionsPath = (document: string) => `${editDocumentPath(document)}/versioner`
/** Beslutsläge hos parterna, all on one page. */
export const partyBoardPath = (document: string) => `${editDocumentPath(document)}/beslutslage`
export const parametersPath = `${registersPath}/gransvarden`

/** A mailed single-use link: a follow-up of a plan, or a party's decision. */
export const reportPath = '/rapportera'
export const reportLink = (token: string) => `${reportPath}/${slug(token)}`

export const proposalsPath = `${workspacePath}/forslag`
export const proposalPath = (proposal: number | string) => `${proposalsPath}/${slug(String(proposal))}`
export const newProposalPath = '/forslag/nytt'

export const decisionsPath = '/beslut'
export const decisionPath = (decision: string) => `${decisionsPath}/${slug(decision)}`
/** One decision as a printed document (protokollsutdrag). */
export const decisionPdfPath = (decision: string) => `${decisionPath(decision)}/protokollsutdrag.pdf`

export const bodiesPath = '/grupper'
export const bodyPath = (body: string, asOf: Day | null = null) =>
  withQuery(`${bodiesPath}/${slug(body)}`, { datum: asOf })
/** What changed in a group between two days, ?fran= and ?till=. */
export const bodyComparisonPath = (body: string) => `${bodiesPath}/${slug(body)}/jamfor`

export const plansPath = '/handlingsplaner'
export const planPath = (plan: string) => `${plansPath}/${slug(plan)}`
/** The plan as a printed document. */
export const planPdfPath = (plan: string) => `${planPath(plan)}/handlingsplan.pdf`
/** The plan read from its vision to what is followed up, and back. */
export const planChainPart = 'fran-malbild-till-uppfoljning'
export const planChainPath = (plan: string) => `${planPath(plan)}/${planChainPart}`
/** `code` is the activity's own number: 'HP4-A03'. */
export const activityAnchor = (code: string) => code.toLowerCase()
export const activityPath = (plan: string, code: string) => `${planPath(plan)}#${activityAnchor(code)}`

export const dischargeDaysPath = '/utskrivningsklara-dagar'
export const dischargeRulesPath = '/utskrivningsklara-dagar/regler'
/** The rules as they were on the day: a value of another time may not show today. */
export const dischargeRulesOn = (day: Day | null) => withQuery(dischargeRulesPath, { datum: day })
export const dischargeAdministrationPath = (administration: string) => `${dischargeDaysPath}/${slug(administration)}`
/** `administration` is 'hsf' or 'pf'; `period` is '2025-11', '2025-kv4' or '2025'. */
export const dischargePeriodPath = (administration: string, period: string) =>
  `${dischargeDaysPath}/${slug(administration)}/${slug(period)}`
/** The page that is printed instead of the slide. */
export const dischargeReportPath = (administration: string, period: string) =>
  `${dischargePeriodPath(administration, period)}/rapport`
export const dischargeReportPdfPath = (administration: string, period: string) =>
  `${dischargePeriodPath(administration, period)}/rapport.pdf`
export const dischargePartyPath = (municipality: string) => `${dischargeDaysPath}/parter/${slug(municipality)}`
export const dischargeImportsPath = `${dischargeDaysPath}/inlasningar`
export const dischargeImportPath = (batch: string | number) => `${dischargeImportsPath}/${slug(batch)}`
export const dischargeWhatIfPath = `${dischargeDaysPath}/prova-regler`
export const dischargeApiPath = '/api/v1/discharge-days'
export const openApiPath = '/api/v1/openapi.json'
/** A register of the open data: 'meetings'. */
export const apiPath = (register: string) => `/api/v1/${slug(register)}`
/** The readable page about the open data, and its catalogue for other catalogues. */
export const openDataPath = '/oppna-data'
export const catalogPath = '/dcat.rdf'

export const partiesPath = '/parter'
/** `party` is the organisation's short name: 'Region Kalmar län' is at region-kalmar-lan. Its slug leads there too. */
export const partyPath = (party: string) => `${partiesPath}/${slugify(party)}`

export const mattersPath = '/arenden'
export const matterPath = (matter: string) => `${mattersPath}/${slug(matter)}`

export const themesPath = '/teman'
export const themePath = (theme: string) => `${themesPath}/${slug(theme)}`

export const documentsPath = '/dokument'
export const documentPath = (document: string) => `${documentsPath}/${slug(document)}`

export const personPath = (person: string) => `/personer/${slug(person)}`

export const followUpPath = '/uppfoljning'
/**
 * Where an assignment stands among the others.
 * @param paged whether their list has several pages, so that the one that it stands on has to be found
 */
export const assignmentPath = (assignment: string, paged: boolean) =>
  `${withQuery(followUpPath, { lage: 'uppdrag', uppdrag: paged ? assignment : null })}#${slug(assignment)}`
export const organisationPath = '/organisation'
export const organisationComparisonPath = '/organisation/jamfor'
export const projectsPath = '/projekt'
/** Ordnat införande: proposals of larger changes. */
export const changeProposalsPath = '/ordnat-inforande'
export const changeProposalPath = (proposal: string) => `${changeProposalsPath}/${slug(proposal)}`
export const workChangeProposalsPath = `${workspacePath}/ordnat-inforande`
export const newChangeProposalPath = `${workChangeProposalsPath}/nytt`
export const workChangeProposalPath = (proposal: string) => `${workChangeProposalsPath}/${slug(proposal)}`
export const moveChangeProposalPath = (proposal: string) => `${workChangeProposalPath(proposal)}/steg`
export const closeChangeProposalPath = (proposal: string) => `${workChangeProposalPath(proposal)}/avslut`
export const shareChangeProposalPath = (proposal: string) => `${workChangeProposalPath(proposal)}/dela`
/** The model itself: steps, questions and decision levels. */
export const changeModelPath = `${registersPath}/ordnat-inforande`
/** `part` is 'modell', 'steg', 'fragor' or 'nivaer'; `row` the row's slug, or 'ny'. */
export const changeModelRowPath = (part: string, row: string) => `${changeModelPath}/${slug(part)}/${slug(row)}`
/** `catalogue` is 'primarvardsdata' or 'intressebanken'. */
export const cataloguePath = (catalogue: string) => `/${slug(catalogue)}`
export const primaryCareDataPath = cataloguePath('primarvardsdata')
export const interestBankPath = cataloguePath('intressebanken')
/** Where the catalogues are kept, and the projects. */
export const catalogueRegisterPath = `${registersPath}/kataloger`
/** `catalogue` is 'primarvardsdata' or 'intressebanken'. */
export const editCataloguePath = (catalogue: string) => `${catalogueRegisterPath}/${slug(catalogue)}`
/** `entry` is the entry's slug, or 'ny'. */
export const catalogueEntryPath = (catalogue: string, entry: string) =>
  `${editCataloguePath(catalogue)}/poster/${slug(entry)}`
export const projectRegisterPath = `${registersPath}/projekt`
export const editProjectPath = (project: string) => `${projectRegisterPath}/${slug(project)}`
export const searchPath = '/sok'

export const aboutPath = '/om'
export const sourcesPath = '/om/kallor-och-metod'
export const accessibilityPath = '/tillganglighetsredogorelse'
export const cookiesPath = '/kakor'
export const privacyPath = '/personuppgifter'

export const signInPath = '/logga-in'
/** The way to sign in and back to where one was; the start page needs no way back. */
export const signInPathFrom = (here: string) => withQuery(signInPath, { till: here === startPath ? null : here })
export const signInCodePath = `${signInPath}/kod`
export const signInSsoPath = `${signInPath}/arbetsgivare`
/** Where the employers' identity provider sends its answer; registered there. */
export const signInAnswerPath = `${signInPath}/svar`
export const signOutPath = '/logga-ut'
export const signOutEverywherePath = `${signOutPath}/overallt`
export const forgottenPasswordPath = '/glomt-losenord'
export const choosePasswordPath = '/valj-losenord'
export const choosePasswordLink = (token: string) => `${choosePasswordPath}/${slug(token)}`

export const myPagePath = '/min-sida'
export const myAccountPath = '/konto'
export const myPasswordPath = `${myAccountPath}/losenord`
export const myTwoStepPath = `${myAccountPath}/tvasteg`
export const mySessionsPath = `${myAccountPath}/inloggningar`
export const myDataPath = `${myAccountPath}/uppgifter.json`

export const accountsPath = '/konton'
export const newAccountPath = `${accountsPath}/nytt`
export const accountPath = (account: number | string) => `${accountsPath}/${slug(account)}`
export const personDataPath = (person: number | string) => `${accountsPath}/personer/${slug(person)}`

export const logPath = '/logg'
export const logFilePath = '/logg.csv'
/** `about` is what the log says it is about: 'meeting/2025-12-12-lansgemensam-ledning'. */
export const historyPath = (about: string) => `/historik/${about.split('/').map(slug).join('/')}`

export const sitemapPath = '/sitemap.xml'
export const robotsPath = '/robots.txt'

/** Följ arbetet: all feeds and calendars, and how to use them. */
export const followPath = '/prenumerera'
const feedPart = 'flode.atom'
const calendarPart = 'kalender.ics'
export const feedPath = `/${feedPart}`
export const decisionsFeedPath = `${decisionsPath}/${feedPart}`
export const bodyFeedPath = (body: string) => `${bodiesPath}/${slug(body)}/${feedPart}`
/** `party` is the organisation's short name, as in partyPath. */
export const partyFeedPath = (party: string) => `${partyPath(party)}/${feedPart}`
export const calendarPath = `/${calendarPart}`
export const bodyCalendarPath = (body: string) => `${bodiesPath}/${slug(body)}/${calendarPart}`

export const newslettersPath = '/nyhetsbrev'
export const newsletterPath = (newsletter: string) => `${newslettersPath}/${slug(newsletter)}`
export const newsletterFeedPath = `${newslettersPath}/${feedPart}`
/** Where newsletters are written, by id; published they have the address newsletterPath. */
export const workNewslettersPath = `${workspacePath}/nyhetsbrev`
export const newNewsletterPath = `${workNewslettersPath}/nytt`
export const workNewsletterPath = (id: number | string) => `${workNewslettersPath}/${slug(String(id))}`
export const newsletterPreviewPath = (id: number | string) => `${workNewsletterPath(id)}/granska`
export const newsletterPublicationPath = (id: number | string) => `${workNewsletterPath(id)}/publicering`
export const newsletterRefillPath = (id: number | string) => `${workNewsletterPath(id)}/pafyllning`
export const removeNewsletterPath = (id: number | string) => `${workNewsletterPath(id)}/ta-bort`
export const newsletterCorrectionPath = (id: number | string) => `${workNewsletterPath(id)}/rattelse`

/** Links to other sites that are broken or have moved. */
export const linkChecksPath = `${workspacePath}/lankar`
