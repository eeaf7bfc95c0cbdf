import { BackupTrouble } from './backup/trouble.ts'
import { ConfigError } from './config.ts'
import { DatabaseTrouble } from './db/database.ts'
import { FactsError } from './seeding/facts.ts'

/** What the process says to whoever started it. `npm run -s portal -- help` shows the same table. */
export const exitCodes = {
  done: 0,
  /** Refused, or the state asked about is not there. Nothing was changed. */
  refused: 1,
  /** Wrong usage, an environment variable that is wrong, or input that cannot be used. */
  unusable: 2,
  /** The database cannot be reached, is too old, or is only half migrated. */
  database: 3,
  /** An error of the portal's own. */
  broken: 4,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A refusal that ends the process with one line, such as a port that is taken. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = exitCodes.refused) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The exit code and the one Swedish line that an error gives. */
export function farewell(error: unknown): { code: ExitCode; line: string } {
  if (error instanceof Refusal) return { code: error.exitCode, line: error.message }
  if (error instanceof ConfigError)
    return { code: exitCodes.unusable, line: `Fel i miljövariablerna: ${error.message}` }
  if (error instanceof FactsError) return { code: exitCodes.unusable, line: `Fel i faktafilerna: ${firstLine(error)}` }
  if (error instanceof BackupTrouble) return { code: exitCodes[error.kind], line: error.message }
  if (error instanceof DatabaseTrouble) return { code: exitCodes.database, line: error.message }
  return { code: exitCodes.broken, line: `Oväntat fel: ${firstLine(error)} (LOG_LEVEL=debug visar var)` }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

/** Writes the line to stderr, and where the error came from when LOG_LEVEL is debug or trace. */
export function sayFarewell(error: unknown, env: NodeJS.ProcessEnv = process.env): ExitCode {
  const { code, line } = farewell(error)
  process.stderr.write(`${line}\n`)
  if (env.LOG_LEVEL === 'debug' || env.LOG_LEVEL === 'trace') {
    for (let cause = error; cause instanceof Error; cause = cause.cause) process.stderr.write(`${cause.stack}\n`)
  }
  return code
}
