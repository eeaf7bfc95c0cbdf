/** Where the folders of a test run are made: its databases, and the data folders of the portals it starts. */
import { accessSync, constants, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const memory = '/dev/shm'

/** Several times what a run has needed at once. */
const needed = 6 * 1024 ** 3

/**
 * In memory where the machine has a folder there and room to spare, since a database's files take ten times as long to
 * write to a disk; nothing here has to outlast the machine. TEST_FOLDER names another.
 */
export function rootFolder(): string {
  return process.env.TEST_FOLDER ?? (roomInMemory() ? memory : tmpdir())
}

/** Both may hold what a run has left that was killed. */
export const possibleRoots = (): string[] => [...new Set([rootFolder(), memory, tmpdir()])]

function roomInMemory(): boolean {
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    return bavail * bsize >= needed && process.availableMemory() >= needed
  } catch {
    return false
  }
}
