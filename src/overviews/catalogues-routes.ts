import { z } from 'zod'
import { answerListFiles, factCells, fileTable } from '../http/list-files.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { interestBankPath, primaryCareDataPath } from '../kernel/urls.ts'
import { cataloguePage } from './catalogues-pages.ts'

const catalogues = [
  [primaryCareDataPath, 'primary-care-data'],
  [interestBankPath, 'interest-bank'],
] as const

/** The catalogues, each with an address of its own. */
export function cataloguesRoutes({ db, config }: Room) {
  return async (app: App) => {
    for (const [path, section] of catalogues) {
      app.get(path, { config: { may: anyone, cache: 'shared' } }, async (_request, reply) =>
        reply.page('overviews/catalogue', await cataloguePage(db, path.slice(1), section)),
      )
      answerListFiles(app, path, z.object({}), async () => {
        const { title, entries } = await cataloguePage(db, path.slice(1), section)
        const address = config.publicOrigin + config.basePath + path
        const rows = entries.map(({ anchor, title: rubrik, summary, tags, facts }) => ({
          rubrik,
          'i korthet': summary,
          läge: tags.map(({ text }) => text).join(', ') || 'finns',
          ...factCells(facts),
          adress: `${address}#${anchor}`,
        }))
        return fileTable(path.slice(1), title, rows)
      })
    }
  }
}
