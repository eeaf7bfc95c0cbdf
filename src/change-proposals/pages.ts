import { provenances } from '../audit/provenance.ts'
import type { Reader } from '../db/database.ts'
import {
  type Cell,
  type Downloads,
  downloadsOf,
  type Fact,
  type ListItem,
  type Source,
  type Tag,
  type TimelineItem,
  type Value,
} from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { counted } from '../kernel/text.ts'
import {
  bodyPath,
  changeProposalPath,
  changeProposalsPath,
  decisionPath,
  documentPath,
  matterPath,
} from '../kernel/urls.ts'
import {
  answersOf,
  changeModel,
  decisionsOf,
  documentsOf,
  listLevels,
  listQuestions,
  listSteps,
  movesOf,
  type ProposalRow,
  proposalBySlug,
  sharedProposals,
} from './queries.ts'
import { outcomes } from './texts.ts'

declare module '../http/view.ts' {
  interface Views {
    'change-proposals/list': ProposalListPage
    'change-proposals/show': ProposalPage
  }
}

export type ProposalListPage = {
  downloads: readonly Downloads[]

  head: PageHead
  lead: string | null
  /** Set while the model is not adopted. */
  draft: string | null
  /** Where the model itself is followed. */
  matter: { text: string; path: string } | null
  going: readonly ListItem[]
  closed: readonly ListItem[]
  steps: readonly (readonly Cell[])[]
  questions: readonly (readonly Cell[])[]
  levels: readonly (readonly Cell[])[]
  sources: readonly Source[]
}

export type ProposalPage = {
  head: PageHead
  title: string
  lead: string
  tags: readonly Tag[]
  facts: readonly Fact[]
  /** The model's steps: passed, now or to come, as words. */
  steps: readonly { title: string; now: boolean; been: boolean }[]
  moves: readonly TimelineItem[]
  answers: readonly { heading: string; question: string; answer: string | null }[]
  decisions: readonly ListItem[]
  documents: readonly Value[]
}

const section = { text: 'Ordnat införande', path: changeProposalsPath }
const notYet = 'inte bedömd ännu'

/** How a proposal stands, in a tag. */
export function standingTag({ shared_on, closed_on, outcome, step_title }: ProposalRow): Tag {
  if (closed_on !== null && outcome !== null) return outcomes[outcome]
  return shared_on === null ? { text: 'utkast', tone: 'warning' } : { text: step_title, tone: 'info' }
}

const item = (proposal: ProposalRow): ListItem => ({
  kicker: proposal.body_name,
  title: proposal.title,
  path: changeProposalPath(proposal.slug),
  text: proposal.summary,
  facts: [
    `delat ${dayText(proposal.shared_on as Day)}`,
    ...(proposal.level_decided_by === null ? [] : [`beslutas av: ${proposal.level_decided_by}`]),
  ],
  tags: [standingTag(proposal)],
})

/** Every shared proposal, and the model that they follow. */
export async function proposalListPage(db: Reader): Promise<ProposalListPage> {
  const [model, proposals, allSteps, allQuestions, allLevels] = await Promise.all([
    changeModel(db),
    sharedProposals(db),
    listSteps(db),
    listQuestions(db),
    listLevels(db),
  ])
  const used = <Row extends { retired: boolean }>(rows: readonly Row[]) => rows.filter(({ retired }) => !retired)
  const [steps, questions, levels] = [used(allSteps), used(allQuestions), used(allLevels)]
  const sources = await provenances(
    db,
    [...(model ? [model] : []), ...steps, ...questions, ...levels].map(({ provenance_id }) => provenance_id),
  )
  /** A row's source, unless it is the model's own, and a tag where the reading is not sure. */
  const ground = ({ provenance_id }: { provenance_id: number }): Pick<Cell, 'sources' | 'tag'> => {
    if (provenance_id === model?.provenance_id) return {}
    const own = sources.get(provenance_id) ?? []
    const unsure = own.some(({ certainty }) => certainty === 'uncertain')
    return { sources: own, tag: unsure ? { text: 'osäker', tone: 'warning' } : null }
  }
  return {
    downloads: [downloadsOf('Hämta förslagen', changeProposalsPath)],
    head: {
      title: section.text,
      section: 'change-proposals',
      crumbs: [{ text: section.text }],
      description: 'Förslag till större förändringar som berör både region och kommuner: steg, bedömning och beslut.',
    },
    lead: model?.summary ?? null,
    draft: model?.is_draft ? (model.state_text ?? 'Modellen är ett utkast.') : null,
    matter: model?.matter_slug ? { text: model.matter_title ?? '', path: matterPath(model.matter_slug) } : null,
    going: proposals.filter(({ closed_on }) => closed_on === null).map(item),
    closed: proposals.filter(({ closed_on }) => closed_on !== null).map(item),
    steps: steps.map((step, place) => [
      { text: `${place + 1}. ${step.title}` },
      { text: step.description ?? '–', ...ground(step) },
    ]),
    questions: questions.map((question) => [
      { text: question.heading },
      { text: question.question, ...ground(question) },
      { text: question.step_title ?? 'när som helst' },
    ]),
    levels: levels.map((level) => [
      { text: level.title },
      { text: level.scale, ...ground(level) },
      { text: level.decided_by },
    ]),
    sources: model ? (sources.get(model.provenance_id) ?? []) : [],
  }
}

/** One shared proposal. @throws PortalError not-found, also for drafts */
export async function proposalPage(db: Reader, slug: string): Promise<ProposalPage> {
  const proposal = await proposalBySlug(db, slug)
  if (proposal.shared_on === null) throw notFound(`shared change proposal ${slug}`)
  const [steps, moves, questions, answers, decisions, documents] = await Promise.all([
    listSteps(db),
    movesOf(db, proposal.id),
    listQuestions(db),
    answersOf(db, proposal.id),
    decisionsOf(db, proposal.id),
    documentsOf(db, proposal.id),
  ])
  const been = new Set(moves.map(({ title }) => title))
  const answered = questions.filter(({ id }) => answers.has(id)).length
  return {
    head: {
      title: proposal.title,
      section: 'change-proposals',
      crumbs: [section, { text: proposal.title }],
      description: proposal.summary.slice(0, 200),
    },
    title: proposal.title,
    lead: proposal.summary,
    tags: [standingTag(proposal)],
    facts: [
      { term: 'Steg nu', values: [{ text: proposal.closed_on === null ? proposal.step_title : 'avslutat' }] },
      {
        term: 'Beslutsnivå',
        values: [
          proposal.level_title === null
            ? { text: notYet }
            : { text: proposal.level_title, note: `beslutas av: ${proposal.level_decided_by ?? ''}` },
        ],
      },
      { term: 'Föreslaget av', values: [{ text: proposal.proposed_by }] },
      { term: 'Delat', values: [{ text: dayText(proposal.shared_on as Day) }] },
      ...(proposal.closed_on === null || proposal.outcome === null
        ? []
        : [
            {
              term: 'Avslutat',
              values: [
                {
                  text: `${dayText(proposal.closed_on as Day)}, ${outcomes[proposal.outcome].text}`,
                  note: proposal.outcome_text,
                },
              ],
            },
          ]),
      {
        term: 'Grupp',
        values:
          proposal.body_slug === null ? [] : [{ text: proposal.body_name ?? '', path: bodyPath(proposal.body_slug) }],
      },
      {
        term: 'Ärende',
        values:
          proposal.matter_slug === null
            ? []
            : [{ text: proposal.matter_title ?? '', path: matterPath(proposal.matter_slug) }],
      },
      {
        term: 'Frågor',
        values: [{ text: `${answered} av ${counted(questions.length, 'fråga', 'frågor')} besvarade` }],
      },
    ].filter(({ values }) => values.length > 0),
    steps: steps
      .filter(({ id, retired, title }) => !retired || id === proposal.step_id || been.has(title))
      .map(({ id, title }) => ({
        title,
        now: id === proposal.step_id && proposal.closed_on === null,
        been: been.has(title),
      })),
    moves: moves.map((move) => ({
      when: dayText(move.moved_on as Day),
      title: move.title,
      text: [move.note, `Infört av: ${move.moved_by}.`].filter(Boolean).join(' '),
    })),
    answers: questions
      .filter(({ id, retired }) => !retired || answers.has(id))
      .map(({ id, heading, question }) => ({ heading, question, answer: answers.get(id) ?? null })),
    decisions: decisions.map((decision) => ({
      kicker: decision.body_name,
      title: decision.title,
      path: decisionPath(decision.slug),
      facts: [dayText(decision.decided_on as Day)],
    })),
    documents: documents.map((document) => ({ text: document.title, path: documentPath(document.slug) })),
  }
}
