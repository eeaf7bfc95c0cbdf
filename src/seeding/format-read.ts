import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { z } from 'zod'
import { at, readFactFile } from './fact-file.ts'
import { FactsError } from './facts.ts'
import * as format from './format.ts'

/** One county's registers and meetings, read and checked before anything is written. */
export type County = Awaited<ReturnType<typeof readCounty>>

/**
 * Reads a folder of facts. A file that is not there is an empty register; only facts.json must be.
 * @throws FactsError naming file and place
 */
export async function readCounty(folder: string) {
  const head = await readFactFile(folder, 'facts.json', format.headFile)
  if (!head) throw new FactsError(`there are no facts in ${folder}: facts.json is missing`)
  const rows = async <S extends z.ZodArray>(file: string, schema: S) =>
    ((await readFactFile(folder, file, schema)) ?? []) as z.output<S>
  const meetings: { file: string; meeting: format.MeetingFact }[] = []
  for (const file of (await jsonFiles(folder)).filter((name) => name.startsWith('meetings/'))) {
    const meeting = await readFactFile(folder, file, format.meetingFile)
    if (meeting) meetings.push({ file, meeting })
  }
  return {
    head,
    sources: await rows('sources.json', format.sourcesFile),
    themes: await rows('themes.json', format.themesFile),
    organisations: await rows('organisations.json', format.organisationsFile),
    persons: await rows('persons.json', format.personsFile),
    bodies: await rows('bodies.json', format.bodiesFile),
    memberships: await rows('memberships.json', format.membershipsFile),
    matters: await rows('matters.json', format.mattersFile),
    decisions: await rows('decisions.json', format.decisionsFile),
    partyPositions: await rows('party-positions.json', format.partyPositionsFile),
    parameters: (await readFactFile(folder, 'parameters.json', format.parametersFile)) ?? {
      values: [],
      publishedFigures: [],
    },
    assignments: await rows('assignments.json', format.assignmentsFile),
    timelines: await rows('timelines.json', format.timelinesFile),
    meetings,
  }
}

/** What the folder's files say, as SHA-256: another digest means that somebody has changed a file. */
export async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await jsonFiles(folder)) hash.update(`${file}\0${await readFile(join(folder, file), 'utf8')}\0`)
  return hash.digest('hex')
}

async function jsonFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .sort()
  } catch (error) {
    throw new FactsError(`the folder of facts cannot be read: ${(error as Error).message}`)
  }
}

/** Does the same with each fact of a list, in order; what goes wrong names the place. @throws FactsError */
export async function each<T>(place: string, facts: readonly T[], load: (fact: T, index: number) => Promise<void>) {
  for (const [index, fact] of facts.entries()) await at(`${place}[${index}]`, () => load(fact, index))
}
