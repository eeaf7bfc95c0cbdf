import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

/** A value that nobody can guess, for a cookie or a link: 256 random bits, 43 characters that fit in an address. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is kept of such a value. It is random, so a plain hash cannot be searched backwards. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Locks what must be read again, such as the secrets of one-time codes, with a key that is not in the database. */
export type Safe = {
  lock: (content: Uint8Array) => Buffer
  /** Null when it was locked with another key, or is damaged. */
  unlock: (locked: Buffer) => Buffer | null
}

const nonceLength = 12
const tagLength = 16

/** @param secret PORTAL_SECRET, or the data folder's own */
export function openSafe(secret: string): Safe {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'portal: one-time codes', 32))
  return {
    lock(content) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()])
    },
    unlock(locked) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, locked.subarray(0, nonceLength))
        decipher.setAuthTag(locked.subarray(-tagLength))
        return Buffer.concat([decipher.update(locked.subarray(nonceLength, -tagLength)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}
