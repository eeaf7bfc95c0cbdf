import { type Kysely, sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import type { Database } from '../db/database.ts'
import { PortalError } from '../kernel/errors.ts'
import type { Safe } from './secrets.ts'

// One-time codes from an authenticator app (TOTP, RFC 6238): six digits, new every 30 seconds.

const codesOf = (secret: Secret, issuer = '', label = '') => new TOTP({ issuer, label, secret, digits: 6, period: 30 })

/** A new secret of 160 bits, locked as it is kept. */
export function newTwoStepSecret(safe: Safe): Buffer {
  return safe.lock(new Secret({ size: 20 }).bytes)
}

/** What the app is given: an address it can open, and the key in groups of four to type. Null: locked with another key. */
export function twoStepKey(
  safe: Safe,
  locked: Buffer,
  site: string,
  email: string,
): { url: string; key: string } | null {
  const bytes = safe.unlock(locked)
  if (bytes === null) return null
  const codes = codesOf(secretOf(bytes), site, email)
  return { url: codes.toString(), key: codes.secret.base32.replace(/.{4}(?=.)/g, '$& ') }
}

/** Copied: the bytes are a window on a larger buffer, which Secret would take whole. */
const secretOf = (bytes: Buffer) => new Secret({ buffer: new Uint8Array(bytes).buffer })

/**
 * Is it the right code just now (a clock may be half a minute wrong), used for the first time? A right code is used up.
 * @throws PortalError when the secret was locked with another PORTAL_SECRET: nobody is let in without the code
 */
export async function useCode(
  db: Pick<Kysely<Database>, 'updateTable'>,
  safe: Safe | null,
  account: { id: number; totp_secret: Buffer | null },
  typed: string,
): Promise<boolean> {
  if (account.totp_secret === null) return false
  const bytes = safe?.unlock(account.totp_secret)
  if (!bytes) {
    throw new PortalError(
      'broken',
      'PORTAL_SECRET is missing or another than when one-time codes were turned on',
      'Engångskoder kan inte kontrolleras just nu. En administratör kan slå av dem för ditt konto.',
    )
  }
  const codes = codesOf(secretOf(bytes))
  const off = codes.validate({ token: typed.replace(/\s/g, ''), window: 1 })
  if (off === null) return false
  const step = codes.counter() + off
  const { numUpdatedRows } = await db
    .updateTable('account')
    .set({ totp_last_step: step, totp_confirmed_at: sql`coalesce(totp_confirmed_at, now())` })
    .where('id', '=', account.id)
    .where((eb) => eb.or([eb('totp_last_step', 'is', null), eb('totp_last_step', '<', step)]))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
