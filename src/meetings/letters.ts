import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import { installation } from '../audit/installation.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { meetingBundlePath, meetingPath, newProposalPath, replyLink } from '../kernel/urls.ts'
import type { Letter, LetterWriters } from '../mail/letters.ts'
import { type AgendaSnapshot, agendaDifferences } from './agenda-rules.ts'
import { calendarFile } from './calendar.ts'
import { agendaSnapshot, agendaVersionsOf, invitationById, proposalById } from './workbench-queries.ts'
import { whenText } from './workbench-texts.ts'

/** The kinds of letters about meetings, with what is queued for each. */
export const callLetter = 'meeting.call'
export const cancelLetter = 'meeting.cancellation'
export const proposalLetter = 'proposal.answer'

/** What is kept of the secret in a mailed link. It is random, so a plain hash cannot be searched backwards. */
export function linkHash(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Links are made when the letter is sent, so that none lies readable in the database while it waits. */
async function makeReplyLink(db: Pick<Kysely<Database>, 'insertInto'>, invitationId: number): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db
    .insertInto('invitation_link')
    .values({ token_hash: linkHash(token), invitation_id: invitationId })
    .execute()
  return token
}

/** The address that a person's account has, if there is one to write to. */
async function addressOf(db: Kysely<Database>, personId: number): Promise<string | null> {
  const account = await db
    .selectFrom('account')
    .select('email')
    .where('person_id', '=', personId)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return account?.email ?? null
}

export function meetingLetters(config: Config): LetterWriters {
  const { name: site } = config.site
  const origin = config.publicOrigin + config.basePath
  const text = (paragraphs: readonly (string | null)[]) =>
    `${[...paragraphs.filter((part) => part !== null), `${site}\n${origin}/`].join('\n\n')}\n`

  async function calendarOf(db: Kysely<Database>, meetingId: number): Promise<NonNullable<Letter['calendar']>> {
    const meeting = await db.selectFrom('meeting').selectAll().where('id', '=', meetingId).executeTakeFirstOrThrow()
    return {
      method: meeting.state === 'cancelled' ? 'CANCEL' : 'PUBLISH',
      content: calendarFile(meeting, {
        site: config.site,
        installationId: (await installation(db)).id,
        urlOf: () => origin + meetingPath(meeting.slug),
      }),
    }
  }

  return {
    async [callLetter](db, { invitationId, again }) {
      const invitation = await invitationById(db, Number(invitationId))
      // Cancelled or held while the letter waited: nobody is called to it any more.
      if (invitation?.state !== 'called') return null
      const to = await addressOf(db, invitation.person_id)
      if (to === null) return null
      const agenda = await agendaSnapshot(db, invitation.meeting_id)
      const link = origin + replyLink(await makeReplyLink(db, invitation.id))
      const changes = again ? changesSince(await agendaVersionsOf(db, invitation.meeting_id)) : []
      await db.updateTable('invitation').set({ sent_at: new Date() }).where('id', '=', invitation.id).execute()
      return {
        to,
        subject: `${again ? 'Ändrad kallelse' : 'Kallelse'}: ${invitation.title} – ${site}`,
        text: text([
          `Hej ${invitation.name}!`,
          `${again ? 'Kallelsen är ändrad. ' : ''}Du är kallad till ${invitation.body_name}, ${whenText(invitation)}.`,
          changes.length === 0 ? null : `Ändrat sedan den första kallelsen:\n${changes.join('\n')}`,
          [
            `Plats: ${invitation.place ?? 'meddelas senare'}`,
            ...(invitation.video_link === null ? [] : [`Videolänk: ${invitation.video_link}`]),
          ].join('\n'),
          `Svara om du kommer, inte kommer eller om en ersättare kommer:\n${link}`,
          'Länken är bara din. Du kan ändra ditt svar fram till mötet.',
          `Dagordning\n${agendaLines(agenda).join('\n')}`,
          `Dagordningen: ${origin}${meetingPath(invitation.slug)}\nDagordning och handlingar i en fil (du behöver logga in): ${origin}${meetingBundlePath(invitation.slug)}`,
        ]),
        calendar: await calendarOf(db, invitation.meeting_id),
      }
    },

    async [cancelLetter](db, { invitationId }) {
      const invitation = await invitationById(db, Number(invitationId))
      if (invitation?.state !== 'cancelled') return null
      const to = await addressOf(db, invitation.person_id)
      if (to === null) return null
      return {
        to,
        subject: `Inställt: ${invitation.title} – ${site}`,
        text: text([
          `Hej ${invitation.name}!`,
          `Mötet i ${invitation.body_name}, ${whenText(invitation)}, är inställt.`,
          `Skäl: ${invitation.cancelled_because}`,
        ]),
        calendar: await calendarOf(db, invitation.meeting_id),
      }
    },

    async [proposalLetter](db, { proposalId }) {
      const proposal = await proposalById(db, Number(proposalId))
      if (proposal.proposed_by_person_id === null || proposal.state === 'open') return null
      const to = await addressOf(db, proposal.proposed_by_person_id)
      if (to === null) return null
      return {
        to,
        subject: `Svar på ditt förslag: ${proposal.title} – ${site}`,
        text: text([
          proposal.state === 'accepted'
            ? `Ditt förslag ”${proposal.title}” tas upp på ${proposal.meeting_title}${proposal.item_number === null ? '' : `, punkt ${proposal.item_number}`}.`
            : `Ditt förslag ”${proposal.title}” tas inte upp.`,
          proposal.answer === null ? null : `Svar: ${proposal.answer}`,
          `Dina förslag: ${origin}${newProposalPath}`,
        ]),
      }
    },
  }
}

/** The agenda as lines of plain text, sub-items indented. */
export function agendaLines(agenda: AgendaSnapshot): string[] {
  return agenda.items.map(({ number, title, presenters }) => {
    const line = `${number} ${title}${presenters.length === 0 ? '' : ` (${presenters.join('; ')})`}`
    return /\D$/.test(number) ? `   ${line}` : line
  })
}

/** What has changed since the first call, as lines. */
function changesSince(versions: readonly { agenda: AgendaSnapshot }[]): string[] {
  const [first, last] = [versions[0], versions.at(-1)]
  if (!first || !last) return []
  return agendaDifferences(first.agenda, last.agenda).map((line) => `- ${line}.`)
}
