import type { Kysely } from 'kysely'
import { myAccountRoutes } from './accounts/account-routes.ts'
import { accountsRoutes } from './accounts/admin-routes.ts'
import { identifyBy } from './accounts/identity.ts'
import { accountLetters } from './accounts/letters.ts'
import { openSafe } from './accounts/secrets.ts'
import { signInAsked, signInRoutes } from './accounts/sign-in-routes.ts'
import { openSso } from './accounts/sso.ts'
import { planDraftRoutes } from './action-plans/draft-routes.ts'
import { followUpRoundRoutes, planBodies } from './action-plans/follow-up-routes.ts'
import { planLetters } from './action-plans/letters.ts'
import { milestoneRoutes } from './action-plans/milestone-routes.ts'
import { plansRoutes } from './action-plans/routes.ts'
import { bodyBodies, bodyRegisterRoutes, personRegisterRoutes } from './bodies/register-routes.ts'
import { bodiesRoutes, organisationRoutes, personsRoutes } from './bodies/routes.ts'
import { catalogueBodies, catalogueRegisterRoutes, projectRegisterRoutes } from './catalogues/routes.ts'
import { changeModelRoutes } from './change-proposals/model-routes.ts'
import { changeProposalBodies, changeProposalRoutes } from './change-proposals/routes.ts'
import type { Config } from './config.ts'
import { correctionBodies, correctionsRoutes } from './corrections/routes.ts'
import type { Database } from './db/database.ts'
import { decisionBodies } from './decisions/draft-queries.ts'
import { draftDecisionsRoutes } from './decisions/draft-routes.ts'
import { decisionsRoutes } from './decisions/routes.ts'
import { dischargeDaysRoutes } from './discharge-days/routes.ts'
import { fileRoutes } from './documents/file-routes.ts'
import { documentLetters } from './documents/letters.ts'
import { documentBodies, documentRegisterRoutes } from './documents/register-routes.ts'
import { documentsRoutes } from './documents/routes.ts'
import { correctors, effectHandlers } from './effect-handlers.ts'
import { newsletterRoutes } from './feeds/newsletter-routes.ts'
import { feedRoutes } from './feeds/routes.ts'
import { historyBodies, subjectOf } from './history/queries.ts'
import { historyRoutes } from './history/routes.ts'
import { draftRoutes } from './http/drafts.ts'
import { type App, openServer, type Room, type ServerParts } from './http/server.ts'
import { protocolImportRoutes } from './imports/routes.ts'
import { stockholmToday } from './kernel/dates.ts'
import { linkChecksRoutes } from './links/routes.ts'
import type { LetterWriters } from './mail/letters.ts'
import { matterBodies, matterRegisterRoutes } from './matters/routes.ts'
import { agendaRoutes } from './meetings/agenda-routes.ts'
import { approvalLetters } from './meetings/approval-letters.ts'
import { approvalRoutes } from './meetings/approval-routes.ts'
import { errataRoutes } from './meetings/errata-routes.ts'
import { meetingLetters } from './meetings/letters.ts'
import { minutesRoutes } from './meetings/minutes-routes.ts'
import { publicationRoutes } from './meetings/publication-routes.ts'
import { meetingReading, replyRoutes } from './meetings/reply-routes.ts'
import { meetingsRoutes } from './meetings/routes.ts'
import { meetingBodies } from './meetings/workbench-queries.ts'
import { workbenchRoutes } from './meetings/workbench-routes.ts'
import { openDataRoutes } from './open-data/routes.ts'
import { organisationRegisterRoutes } from './organisations/register-routes.ts'
import { aboutRoutes } from './overviews/about-routes.ts'
import { cataloguesRoutes } from './overviews/catalogues-routes.ts'
import { followUpRoutes } from './overviews/follow-up-routes.ts'
import { mattersRoutes } from './overviews/matters-routes.ts'
import { myPageRoutes } from './overviews/my-page-routes.ts'
import { partiesRoutes } from './overviews/parties-routes.ts'
import { projectsRoutes } from './overviews/projects-routes.ts'
import { registersRoutes } from './overviews/registers-routes.ts'
import { sitemapRoutes } from './overviews/sitemap-routes.ts'
import { startRoutes } from './overviews/start-routes.ts'
import { themesRoutes } from './overviews/themes-routes.ts'
import { pdfRoutes } from './pdf/routes.ts'
import { reportRoutes } from './reports/routes.ts'
import { searchRoutes } from './search/routes.ts'

export type AppParts = Partial<ServerParts> & {
  config: Config
  db: Kysely<Database>
  /** What secrets in the database are locked with. Default: PORTAL_SECRET; without it nobody can turn on one-time codes. */
  secret?: string | undefined
}

/** Who writes the letters that wait to be sent. */
export const lettersOf = (config: Config): LetterWriters => ({
  ...accountLetters(config),
  ...planLetters(config),
  ...documentLetters(config),
  ...meetingLetters(config),
  ...approvalLetters(config),
})

const rooms: readonly ((room: Room) => (app: App) => Promise<void>)[] = [
  (room) => startRoutes(room, effectHandlers),
  (room) => meetingsRoutes(room, effectHandlers),
  (room) => pdfRoutes(room, effectHandlers),
  workbenchRoutes,
  protocolImportRoutes,
  agendaRoutes,
  replyRoutes,
  draftRoutes,
  (room) => minutesRoutes(room, effectHandlers),
  (room) => approvalRoutes(room, effectHandlers),
  (room) => publicationRoutes(room, effectHandlers),
  (room) => errataRoutes(room, effectHandlers),
  (room) => fileRoutes(room, meetingReading(room.db)),
  (room) => draftDecisionsRoutes(room, effectHandlers),
  (room) => decisionsRoutes(room, effectHandlers),
  (room) => correctionsRoutes(room, correctors),
  bodiesRoutes,
  personsRoutes,
  organisationRoutes,
  bodyRegisterRoutes,
  personRegisterRoutes,
  organisationRegisterRoutes,
  matterRegisterRoutes,
  catalogueRegisterRoutes,
  projectRegisterRoutes,
  registersRoutes,
  linkChecksRoutes,
  (room) => partiesRoutes(room, effectHandlers),
  plansRoutes,
  planDraftRoutes,
  followUpRoundRoutes,
  milestoneRoutes,
  reportRoutes,
  documentsRoutes,
  documentRegisterRoutes,
  followUpRoutes,
  mattersRoutes,
  themesRoutes,
  projectsRoutes,
  cataloguesRoutes,
  changeProposalRoutes,
  changeModelRoutes,
  dischargeDaysRoutes,
  (room) => openDataRoutes(room, effectHandlers),
  accountsRoutes,
  historyRoutes,
  myPageRoutes,
  aboutRoutes,
  searchRoutes,
  sitemapRoutes,
  (room) => feedRoutes(room, effectHandlers),
  (room) => newsletterRoutes(room, effectHandlers),
]

/**
 * The portal, ready to listen or to be asked with inject. The one place that names all rooms.
 * Left out: today is the day it is in Stockholm, and the portal counts as ready at once.
 */
export async function buildApp({
  db,
  today = stockholmToday,
  readiness = async () => ({ ready: true }),
  secret,
  ...parts
}: AppParts): Promise<App> {
  const { config } = parts
  const sso = openSso(config)
  const key = secret ?? config.secret
  const accounts = { safe: key === undefined ? null : openSafe(key), sso }
  const app = await openServer({
    identify: identifyBy(db, config, today),
    askToSignIn: signInAsked(config.basePath, sso),
    ownerOf: async (register, key) => (await subjectOf(db, { register, key }))?.bodySlug ?? null,
    ...parts,
    db,
    bodyOf: {
      ...historyBodies(db),
      ...planBodies(db),
      ...documentBodies(db),
      ...bodyBodies,
      ...matterBodies(db),
      ...catalogueBodies(db),
      ...changeProposalBodies(db),
      ...meetingBodies(db),
      ...decisionBodies(db),
      ...correctionBodies(db, correctors),
      ...parts.bodyOf,
    },
    today,
    readiness,
  })
  for (const room of [signInRoutes, myAccountRoutes]) {
    await app.register(room({ db, config, today }, accounts), { prefix: config.basePath })
  }
  for (const room of rooms) {
    await app.register(room({ db, config: parts.config, today }), { prefix: parts.config.basePath })
  }
  return app
}
