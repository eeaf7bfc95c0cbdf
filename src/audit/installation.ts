import { hash } from 'node:crypto'
import type { Reader } from '../db/database.ts'

/** Which portal this is, whatever address it has, and since when it has been there. */
export async function installation(db: Reader): Promise<{ id: string; madeAt: Date }> {
  const { id, made_at } = await db.selectFrom('installation').select(['id', 'made_at']).executeTakeFirstOrThrow()
  return { id, madeAt: made_at }
}

/**
 * The name that others know a thing by: a UUID (RFC 9562, version 5) of the portal's own identity and what the thing is
 * called in its register. It is the same whatever the portal's address, and no two portals share one.
 * @param thing register and id, 'mote/12'; never an address, which may change
 */
export function permanentId(installationId: string, thing: string): string {
  const named = Buffer.concat([Buffer.from(installationId.replaceAll('-', ''), 'hex'), Buffer.from(thing)])
  // At one go: a feed has dozens of ids, and an object for each to hash by takes longer than the hashing.
  const bytes = hash('sha1', named, 'buffer').subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
