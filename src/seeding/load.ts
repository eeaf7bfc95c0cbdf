import type { Kysely } from 'kysely'
import { change, systemActor, type Work } from '../audit/work.ts'
import type { Database, Reader } from '../db/database.ts'
import { carryOutDecisions, DecisionConflict } from '../decisions/changes.ts'
import { effectHandlers } from '../effect-handlers.ts'
import type { Day } from '../kernel/dates.ts'
import { publishMeeting } from '../meetings/changes.ts'
import { at } from './fact-file.ts'
import { FactsError, References } from './facts.ts'
import { type County, digestOf, readCounty } from './format-read.ts'
import { loadCatalogues, loadChangeModel } from './load-catalogues.ts'
import { loadDocuments } from './load-documents.ts'
import { type Coming, loadDecisions, loadMeetings } from './load-meetings.ts'
import { loadPlanLinks, loadPlans, loadProjects } from './load-plans.ts'
import {
  loadAssignments,
  loadBodies,
  loadMatters,
  loadMemberships,
  loadOrganisations,
  loadParameters,
  loadPartyPositions,
  loadPersons,
  loadSources,
  loadThemes,
  loadTimelines,
} from './load-registers.ts'

/**
 * Loads a county's facts into the registers, in one transaction. Decisions of the facts are carried out as any
 * decision is, and minutes published as any minutes are, in the order of their days.
 *
 * Facts are loaded once: from then on the registers change in the portal. The same files again change nothing.
 * @param folder the facts as files; seeds/README.md tells how
 * @param today minutes of a meeting later than today cannot have been published
 * @returns loaded: false when these facts are there already
 * @throws FactsError when a file does not hold together, or the files have changed since they were loaded; nothing
 *   is written
 */
export async function loadFacts(db: Kysely<Database>, folder: string, today: Day): Promise<{ loaded: boolean }> {
  const digest = await digestOf(folder)
  const county = await readCounty(folder)
  const { name } = county.head
  if (await areLoaded(db, name, digest)) return { loaded: false }
  try {
    await change(db, systemActor, async (work) => {
      // Whoever else loads the same facts now waits here, and then finds them loaded.
      const mine = await work.trx
        .insertInto('facts_loaded')
        .values({ name, digest })
        .onConflict((conflict) => conflict.doNothing())
        .returning('name')
        .executeTakeFirst()
      if (!mine) throw new LoadedMeanwhile()
      await loadCounty(work, county, folder, today)
      await work.record('facts.loaded', `facts/${name}`, { county: county.head.county, digest })
    })
  } catch (error) {
    if (error instanceof LoadedMeanwhile && (await areLoaded(db, name, digest))) return { loaded: false }
    throw error
  }
  return { loaded: true }
}

class LoadedMeanwhile extends Error {
  override name = 'LoadedMeanwhile'
}

/** @throws FactsError when facts of that name were loaded from other files */
async function areLoaded(db: Reader, name: string, digest: string): Promise<boolean> {
  const before = await db.selectFrom('facts_loaded').select('digest').where('name', '=', name).executeTakeFirst()
  if (before && before.digest !== digest) {
    throw new FactsError(
      `the facts "${name}" were loaded from other files than these; facts are loaded once, later changes are made in the portal`,
    )
  }
  return before !== undefined
}

/** What is referred to is loaded before what refers to it. */
async function loadCounty(work: Work, county: County, folder: string, today: Day) {
  const refs = new References(work)
  await loadSources(work, county)
  await loadThemes(work, county)
  await loadOrganisations(work, refs, county)
  await loadPersons(work, refs, county)
  await loadBodies(work, refs, county)
  await loadMatters(work, refs, county)
  await loadDocuments(work, refs, folder)
  await loadPartyPositions(work, refs, county)
  await loadMeetings(work, refs, county)
  await loadMemberships(work, refs, county)
  await loadParameters(work, refs, county)
  await loadPlans(work, refs, folder)
  await carryOut(work, await loadDecisions(work, refs, county), today)
  await loadAssignments(work, refs, county)
  await loadProjects(work, refs, folder)
  await loadChangeModel(work, refs, folder)
  await loadCatalogues(work, refs, folder)
  await loadTimelines(work, refs, county)
  await loadPlanLinks(work, refs, folder)
}

async function carryOut(work: Work, coming: readonly Coming[], today: Day) {
  for (const one of coming) {
    await at(one.place, async () => {
      if (one.day > today)
        throw new FactsError(`${one.day} is later than today, ${today}: nothing has been decided yet`)
      try {
        if ('meetingId' in one) await publishMeeting(work, effectHandlers, one.meetingId)
        else await carryOutDecisions(work, effectHandlers, [one.decisionId])
      } catch (error) {
        if (error instanceof DecisionConflict) throw new FactsError(error.message, { cause: error })
        throw error
      }
    })
  }
}
