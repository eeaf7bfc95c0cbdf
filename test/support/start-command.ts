import { readFileSync } from 'node:fs'

const { start } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, 'utf8')).scripts as {
  start: string
}
const words = start.split(' ')

/** What `npm start` tells Node. */
export const startFlags: readonly string[] = words.filter((word) => word.startsWith('--'))

/** The surroundings in which `npm start` runs it. */
export const startEnvironment: Readonly<Record<string, string>> = Object.fromEntries(
  words.filter((word) => /^[A-Z_]+=/.test(word)).map((word) => word.split('=', 2)),
)
