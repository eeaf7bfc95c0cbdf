import { randomBytes } from 'node:crypto'
import type { Config } from '../config.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { adjustLink, adjustPath } from '../kernel/urls.ts'
import type { LetterWriters } from '../mail/letters.ts'
import { approvalLetter } from './approval-changes.ts'
import { askedById } from './approval-queries.ts'
import { linkHash } from './letters.ts'

/** Letters to adjusters. The link is made when the letter is sent: a newer letter's link takes the place of an older one's. */
export function approvalLetters(config: Config): LetterWriters {
  const { name: site } = config.site
  const origin = config.publicOrigin + config.basePath
  return {
    async [approvalLetter](db, { approverId }) {
      const asked = await askedById(db, Number(approverId))
      // Approved, taken back or published while the letter waited: there is nothing to ask for any more.
      if (asked?.meeting_state !== 'adjusting' || asked.state === 'approved') return null
      const account = await db
        .selectFrom('account')
        .select('email')
        .where('person_id', '=', asked.person_id)
        .where('closed_at', 'is', null)
        .executeTakeFirst()
      if (!account?.email) return null
      const token = randomBytes(32).toString('base64url')
      await db
        .updateTable('minutes_approver')
        .set({ token_hash: linkHash(token), token_used_at: null })
        .where('id', '=', asked.id)
        .execute()
      return {
        to: account.email,
        subject: `Justera: ${asked.title} – ${site}`,
        text: `${[
          `Hej ${asked.name}!`,
          `Du är justerare för ${asked.title}, mötet ${dayText(asked.held_on as Day)}. Läs protokollet och godkänn det, eller skriv vad som ska ändras:`,
          origin + adjustLink(token),
          `Länken är bara din och fungerar för ett svar. Du kan också logga in och svara här: ${origin}${adjustPath}`,
          `${site}\n${origin}/`,
        ].join('\n\n')}\n`,
      }
    },
  }
}
