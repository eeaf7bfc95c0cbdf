import { hash, verify } from '@node-rs/argon2'
import { PortalError } from '../kernel/errors.ts'
import { newToken } from './secrets.ts'

/** OWASP's recommendation for argon2id: 19 MiB, two passes. About 30 ms and the reason that guessing is slow. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Together they take a moment of every core; whoever comes when this many wait is asked to come back. */
const atOnce = 2
const mostWaiting = 40

let running = 0
const waiting: (() => void)[] = []

/** Guessing from thousands of addresses must not take the memory and the processors from the readers. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting) throw new PortalError('unavailable', 'too many passwords to check at once')
    await new Promise<void>((go) => waiting.push(go))
  } else {
    running += 1
  }
  try {
    return await work()
  } finally {
    // The place is handed over, not given up and taken again.
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}

/** The same word typed on another keyboard may come in other bytes (å as one letter or as a with a ring). */
const bytesOf = (password: string) => password.normalize('NFKC')

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(bytesOf(password), cost))
}

let nobodysHash: Promise<string> | undefined

/** Call once before the first sign-in, so that the first unknown address is not answered later than the rest. */
export async function prepareNobody(): Promise<void> {
  nobodysHash ??= hash(newToken(), cost)
  await nobodysHash
}

/**
 * Is it the password? With no hash (no such account, none chosen) it takes as long and the answer is no.
 * @throws PortalError unavailable when too many are being checked
 */
export async function isPassword(passwordHash: string | null, password: string): Promise<boolean> {
  await prepareNobody()
  const right = await inTurn(async () => verify(passwordHash ?? (await nobodysHash) ?? '', bytesOf(password)))
  return right && passwordHash !== null
}
