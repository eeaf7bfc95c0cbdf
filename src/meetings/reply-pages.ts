import type { Reader } from '../db/database.ts'
import { type FormState, problemOf, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Fact, ListItem, Tag, Value } from '../http/parts.ts'
import { type Identity, keptBy } from '../http/permissions.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText, momentText, stockholmToday } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import {
  itemPath,
  meetingPath,
  meetingReplyPath,
  meetingsPath,
  newProposalPath,
  proposalPath,
  proposalsPath,
  replyLinkPath,
  workMeetingPath,
} from '../kernel/urls.ts'
import type { Question } from './form-page.ts'
import { replyQuestions, whyQuestion, workspaceCrumb } from './workbench-pages.ts'
import * as queries from './workbench-queries.ts'
import { refuseReply } from './workbench-rules.ts'
import { proposalTags, replyRefusals, replyTags, whenText } from './workbench-texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'meetings/reply': ReplyPage
    'meetings/propose': ProposePage
    'meetings/proposals': ProposalsPage
    'meetings/proposal': ProposalPage
  }
}

export type ReplyPage = {
  head: PageHead
  kicker: string
  title: string
  lead: string
  problems: readonly Problem[]
  answered: { tag: Tag; text: string } | null
  facts: readonly Fact[]
  /** Null: too late. */
  form: { path: string; questions: readonly Question[] } | null
  closed: string | null
  agenda: Value
}

/**
 * Where somebody who is called says whether to come.
 * @param token the mailed link's, when that is the way in: it stands in the form's address and nowhere else on the page
 */
export function replyPage(
  invitation: queries.AnsweredInvitation,
  today: Day,
  token: string | null,
  form: FormState = untouched,
): ReplyPage {
  const heldOn = invitation.held_on as Day
  const refusal = refuseReply({ state: invitation.state, held_on: heldOn }, today)
  return {
    head: {
      title: `Svar på kallelse: ${invitation.title}`,
      section: 'meetings',
      crumbs: [
        { text: 'Möten och protokoll', path: meetingsPath },
        { text: invitation.title, path: meetingPath(invitation.slug) },
        { text: 'Svar på kallelse' },
      ],
      hidden: true,
      ...(token === null ? {} : { address: replyLinkPath }),
    },
    kicker: invitation.body_name,
    title: 'Kommer du?',
    lead: `${invitation.name}, du är kallad till ${invitation.title}.`,
    problems: form.problems,
    answered:
      invitation.reply === null || invitation.replied_at === null
        ? null
        : {
            tag: replyTags[invitation.reply],
            text: [`Svarat ${momentText(invitation.replied_at)}.`, invitation.substitute_text]
              .filter(Boolean)
              .join(' Ersättare: '),
          },
    facts: [
      { term: 'Tid', values: [{ text: whenText(invitation) }] },
      { term: 'Plats', values: [{ text: invitation.place ?? 'meddelas senare' }] },
      ...(invitation.video_link === null
        ? []
        : [{ term: 'Videolänk', values: [{ text: invitation.video_link, url: invitation.video_link }] }]),
    ],
    form:
      refusal === null
        ? {
            path: token === null ? meetingReplyPath(invitation.slug) : `${replyLinkPath}/${encodeURIComponent(token)}`,
            questions: replyQuestions(form, invitation),
          }
        : null,
    closed:
      refusal === null
        ? null
        : refusal === 'cancelled' && invitation.cancelled_because !== null
          ? `Mötet är inställt. Skäl: ${invitation.cancelled_because}`
          : replyRefusals[refusal],
    agenda: { text: 'Dagordningen', path: meetingPath(invitation.slug) },
  }
}

type Proposal = Awaited<ReturnType<typeof queries.proposalById>>

function answerText(proposal: Proposal): string | null {
  if (proposal.state === 'open') return null
  const where =
    proposal.state === 'accepted' && proposal.meeting_title !== null
      ? `Tas upp på ${proposal.meeting_title}${proposal.item_number === null ? '' : `, punkt ${proposal.item_number}`}.`
      : null
  return [where, proposal.answer].filter((part) => part !== null).join(' ') || null
}

/** A proposal as an entry; its page is for those who answer it, others find the item once it is public. */
function proposalItem(proposal: Proposal, path: string): ListItem {
  return {
    title: proposal.title,
    path,
    kicker: `${proposal.body_name} · ${dayText(stockholmToday(proposal.recorded_at))} · ${proposal.proposed_by}`,
    text: answerText(proposal) ?? proposal.proposal,
    tags: [proposalTags[proposal.state]],
  }
}

export type ProposePage = {
  head: PageHead
  lead: string
  problems: readonly Problem[]
  sent: boolean
  form: { path: string; questions: readonly Question[] } | null
  mine: readonly { title: string; kicker: string; text: string; answer: string | null; tag: Tag; item: Value | null }[]
}

/** Which bodies somebody may propose items to: where they sit, and where they keep the matters. */
export async function bodiesToPropose(db: Reader, identity: Identity, today: Day) {
  const kept = keptBy(identity)
  if (kept === null) return queries.bodiesToMeet(db, null, today)
  const all = new Set([...kept, ...(identity.memberOf ?? [])])
  return queries.bodiesToMeet(db, all, today)
}

/** Where members propose items, and see what became of those they have proposed. */
export async function proposePage(
  db: Reader,
  identity: Identity,
  today: Day,
  sent: boolean,
  form: FormState = untouched,
): Promise<ProposePage> {
  const [bodies, mine, groups] = await Promise.all([
    bodiesToPropose(db, identity, today),
    identity.personId === undefined ? [] : queries.proposalsBy(db, identity.personId),
    groupsOf(db, identity, today),
  ])
  const leading = bodies.find(({ kind }) => kind === 'leadership') ?? bodies[0]
  return {
    head: {
      title: 'Föreslå en punkt',
      section: 'meetings',
      crumbs: [{ text: 'Möten och protokoll', path: meetingsPath }, { text: 'Föreslå en punkt' }],
      hidden: true,
    },
    lead: 'Samordnaren tar upp förslaget på ett möte eller svarar varför inte. Du får svaret här och med e-post.',
    problems: form.problems,
    sent,
    form:
      bodies.length === 0
        ? null
        : {
            path: newProposalPath,
            questions: [
              {
                as: 'select',
                name: 'grupp',
                label: 'Till vilken grupp?',
                value: typedText(form, 'grupp', leading?.slug),
                options: bodies.map(({ slug, name }) => ({ value: slug, text: name })),
                error: problemOf(form, 'grupp'),
                required: true,
              },
              {
                as: 'field',
                name: 'rubrik',
                label: 'Vad ska punkten heta?',
                value: typedText(form, 'rubrik'),
                error: problemOf(form, 'rubrik'),
                required: true,
              },
              {
                as: 'area',
                name: 'forslag',
                label: 'Vad vill du att mötet ska göra, och varför?',
                hint: 'Texten står i dagordningen om punkten tas upp. Skriv inget om enskilda personer.',
                value: typedText(form, 'forslag'),
                error: problemOf(form, 'forslag'),
                required: true,
              },
              ...(groups.length === 0
                ? []
                : [
                    {
                      as: 'select' as const,
                      name: 'for_grupp',
                      label: 'För vem föreslår du?',
                      value: typedText(form, 'for_grupp'),
                      empty: 'Mig själv',
                      options: groups.map(({ slug, name }) => ({ value: slug, text: name })),
                      error: problemOf(form, 'for_grupp'),
                    },
                  ]),
            ],
          },
    mine: mine.map((proposal) => ({
      title: proposal.title,
      kicker: `${proposal.body_name} · ${dayText(stockholmToday(proposal.recorded_at))}`,
      text: proposal.proposal,
      answer: answerText(proposal),
      tag: proposalTags[proposal.state],
      // A meeting that is only planned has no page yet.
      item:
        proposal.state === 'accepted' &&
        proposal.meeting_slug !== null &&
        proposal.item_number !== null &&
        proposal.meeting_state !== 'planned'
          ? { text: `Punkt ${proposal.item_number}`, path: itemPath(proposal.meeting_slug, proposal.item_number) }
          : null,
    })),
  }
}

/** The bodies that somebody may speak for. */
export async function groupsOf(db: Reader, identity: Identity, today: Day) {
  const own = new Set([...(identity.memberOf ?? []), ...(identity.coordinates === 'all' ? [] : identity.coordinates)])
  return own.size === 0 ? [] : await queries.bodiesToMeet(db, own, today)
}

export type ProposalsPage = { head: PageHead; count: string; items: readonly ListItem[] }

export async function proposalsPage(db: Reader, identity: Identity): Promise<ProposalsPage> {
  const open = await queries.openProposals(db, keptBy(identity))
  return {
    head: { title: 'Förslag till dagordningar', crumbs: [workspaceCrumb, { text: 'Förslag' }], hidden: true },
    count: counted(open.length, 'förslag väntar på svar', 'förslag väntar på svar'),
    items: open.map((proposal) => proposalItem(proposal, proposalPath(proposal.id))),
  }
}

export type ProposalPage = {
  head: PageHead
  kicker: string
  title: string
  tags: readonly Tag[]
  problems: readonly Problem[]
  paragraphs: readonly string[]
  answer: string | null
  item: Value | null
  accept: { path: string; questions: readonly Question[] } | null
  noMeeting: boolean
  decline: { path: string; questions: readonly Question[] } | null
}

export async function proposalPageOf(db: Reader, id: number, form: FormState = untouched): Promise<ProposalPage> {
  const proposal = await queries.proposalById(db, id)
  const meetings = await queries.meetingsToCome(db, proposal.body_id)
  const open = proposal.state === 'open'
  return {
    head: {
      title: `Förslag: ${proposal.title}`,
      crumbs: [workspaceCrumb, { text: 'Förslag', path: proposalsPath }, { text: proposal.title }],
      hidden: true,
    },
    kicker: `${proposal.body_name} · från ${proposal.proposed_by} · ${dayText(stockholmToday(proposal.recorded_at))}`,
    title: proposal.title,
    tags: [proposalTags[proposal.state]],
    problems: form.problems,
    paragraphs: proposal.proposal.split(/\n{2,}/),
    answer: answerText(proposal),
    item: proposal.meeting_slug === null ? null : { text: 'Till mötet', path: workMeetingPath(proposal.meeting_slug) },
    noMeeting: open && meetings.length === 0,
    accept:
      open && meetings.length > 0
        ? {
            path: `${proposalPath(id)}/ta-upp`,
            questions: [
              {
                as: 'select',
                name: 'mote',
                label: 'På vilket möte?',
                value: typedText(form, 'mote', meetings[0]?.slug),
                options: meetings.map(({ slug, title, state }) => ({
                  value: slug,
                  text: state === 'called' ? `${title} (kallat)` : title,
                })),
                error: problemOf(form, 'mote'),
                required: true,
              },
              {
                as: 'area',
                name: 'svar',
                label: 'Svar till den som har föreslagit',
                hint: 'Behövs inte.',
                value: typedText(form, 'svar'),
                error: problemOf(form, 'svar'),
                rows: 3,
              },
              ...(meetings.some(({ state }) => state === 'called')
                ? [{ ...whyQuestion(form, 'dagordningen'), ...onlyIfCalled }]
                : []),
            ],
          }
        : null,
    decline: open
      ? {
          path: `${proposalPath(id)}/avboj`,
          questions: [
            {
              as: 'area',
              name: 'avbojt',
              label: 'Varför tas förslaget inte upp?',
              value: typedText(form, 'avbojt'),
              error: problemOf(form, 'avbojt'),
              rows: 3,
              required: true,
            },
          ],
        }
      : null,
  }
}

const onlyIfCalled = {
  hint: 'Behövs om mötet är kallat. Ändringen och skälet syns på mötets sida.',
  required: false,
}
