import { accessSync, constants, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** How it is with the folder of the portal's own database, for the user who looks. */
export type DataFolder = {
  /** False: it is made at the first start. */
  exists: boolean
  /** The folder itself, or the nearest above it that there is. */
  nearest: string
  /** What this user may not use, and whose it is; null: everything may be used. */
  closed: { path: string; owner: number | null } | null
}

const { R_OK, W_OK, X_OK } = constants

/** Looks, and changes nothing. That a folder may not be looked into must not pass for its being empty. */
export function lookAtDataFolder(dataDir: string): DataFolder {
  let nearest = dataDir
  let exists = true
  for (;;) {
    try {
      statSync(nearest)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        return { exists, nearest: dirname(nearest), closed: { path: nearest, owner: ownerOf(nearest) } }
      }
      exists = false
      nearest = dirname(nearest)
    }
  }
  const database = join(dataDir, 'database')
  const needed: readonly (readonly [path: string, rights: number])[] = exists
    ? [
        [dataDir, R_OK | W_OK | X_OK],
        [database, R_OK | W_OK | X_OK],
        [join(database, 'cluster'), R_OK | W_OK | X_OK],
        [join(database, 'passwords.json'), R_OK],
      ]
    : [[nearest, W_OK | X_OK]]
  const path = needed.find(([path, rights]) => !may(path, rights))?.[0]
  return { exists, nearest, closed: path === undefined ? null : { path, owner: ownerOf(path) } }
}

/** What is not there may be made. */
function may(path: string, rights: number): boolean {
  try {
    accessSync(path, rights)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function ownerOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.uid ?? null
}

/** The user that the portal runs as here; a number where it has no name. */
export function ourUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}
