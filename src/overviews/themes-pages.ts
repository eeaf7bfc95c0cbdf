import { provenances } from '../audit/provenance.ts'
import { memberColumns, memberRows } from '../bodies/memberships.ts'
import { membershipsOf } from '../bodies/queries.ts'
import { onDay, peopleIn } from '../bodies/rules.ts'
import type { Reader } from '../db/database.ts'
import { decidedText } from '../decisions/pages.ts'
import { decisionKindNames } from '../decisions/texts.ts'
import { documentKindNames, documentStates } from '../documents/texts.ts'
import type { Cell, Column, ListItem } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import {
  bodyPath,
  decisionPath,
  decisionsPath,
  documentPath,
  documentsPath,
  followUpPath,
  matterPath,
  mattersPath,
  planPath,
  plansPath,
  withQuery,
} from '../kernel/urls.ts'
import { bodiesOf, decisionsAbout, documentsAbout, mattersOf, plansOf, themeBySlug } from './themes-queries.ts'

declare module '../http/view.ts' {
  interface Views {
    'overviews/theme': ThemePage
  }
}

export type ThemePage = {
  head: PageHead
  title: string
  lead: string
  contents: readonly { text: string; anchor: string }[]
  bodies: readonly {
    anchor: string
    name: string
    path: string
    purpose: string | null
    count: string
    members: readonly (readonly Cell[])[]
    followUp: { text: string; path: string } | null
  }[]
  memberColumns: readonly Column[]
  plans: readonly ListItem[]
  matters: readonly ListItem[]
  decisions: readonly ListItem[]
  documents: readonly (readonly Cell[])[]
  /** Where the rest of a long list is; null when all of it is here. */
  more: Record<'plans' | 'matters' | 'decisions' | 'documents', { text: string; path: string } | null>
}

/** What is more than this is on lists of its own. */
const shown = 10
/** In how many groups the members are listed; when a theme has more, each group's own page has them. */
const fewGroups = 3

/** '3 ärenden', or 'fler än 25 ärenden' when not all of them have been fetched. */
const countedShown = ({ length }: readonly unknown[], one: string, many: string) =>
  length > shown ? `fler än ${shown} ${many}` : counted(length, one, many)

const moreThan = ({ length }: readonly unknown[], text: string, path: string) =>
  length > shown ? { text, path } : null

/** A theme in one place: group, members, plan, matters, decisions, documents. @throws PortalError not-found */
export async function themePage(db: Reader, slug: string, day: Day): Promise<ThemePage> {
  const theme = await themeBySlug(db, slug)
  const bodies = await bodiesOf(db, theme.id, day)
  const ids = bodies.map(({ id }) => id)
  const [plans, matters, memberships] =
    ids.length === 0
      ? [[], [], []]
      : await Promise.all([
          plansOf(db, ids, day),
          mattersOf(db, ids, shown + 1),
          membershipsOf(db, { bodies: ids, on: day, ...(ids.length > fewGroups ? { grounds: false } : {}) }),
        ])
  const about = { bodies: ids, matters: matters.map(({ id }) => id), plans: plans.map(({ id }) => id) }
  const [decisions, documents] =
    ids.length === 0
      ? [[], []]
      : await Promise.all([decisionsAbout(db, about, shown + 1), documentsAbout(db, about, shown + 1)])
  const sitting = onDay(memberships, day).current
  const listed = ids.length <= fewGroups
  const sources = await provenances(db, listed ? sitting.map(({ provenance_id }) => provenance_id) : [])
  return {
    head: {
      title: theme.name,
      crumbs: [{ text: theme.name }],
      description: `${theme.name} i samverkan: gruppen, handlingsplanen, ärenden, beslut och dokument på ett ställe.`,
    },
    title: theme.name,
    lead:
      bodies.length === 0
        ? 'Ingen grupp är registrerad för temat.'
        : `${[
            counted(bodies.length, 'grupp', 'grupper'),
            counted(plans.length, 'handlingsplan', 'handlingsplaner'),
            countedShown(matters, 'ärende', 'ärenden'),
            countedShown(decisions, 'beslut eller ställningstagande', 'beslut och ställningstaganden'),
            countedShown(documents, 'dokument', 'dokument'),
          ].join(', ')}.`,
    contents: [
      ...bodies.map((body) => ({ text: body.name, anchor: `grupp-${body.slug}` })),
      { text: 'Handlingsplan', anchor: 'handlingsplan' },
      { text: 'Ärenden', anchor: 'arenden' },
      { text: 'Beslut', anchor: 'beslut' },
      { text: 'Dokument', anchor: 'dokument' },
    ],
    bodies: bodies.map((body) => {
      const current = sitting.filter(({ body_id }) => body_id === body.id)
      return {
        anchor: `grupp-${body.slug}`,
        name: body.name,
        path: bodyPath(body.slug),
        purpose: body.purpose,
        count:
          current.length === 0
            ? 'Vilka som sitter i gruppen framgår inte av underlaget.'
            : `${counted(peopleIn(current), 'känd ledamot', 'kända ledamöter')}.`,
        members: listed ? memberRows(current, sources, true) : [],
        followUp: plans.some(({ body_id }) => body_id === body.id)
          ? { text: 'Uppföljning för gruppen', path: withQuery(followUpPath, { grupp: body.slug }) }
          : null,
      }
    }),
    memberColumns,
    plans: plans.slice(0, shown).map((plan) => ({
      title: plan.title,
      path: planPath(plan.slug),
      text: plan.ambition,
      facts: [
        `beslutad ${dayText(plan.decided_on as Day)}`,
        counted(plan.activities, 'aktivitet', 'aktiviteter'),
        plan.followed_up_on === null ? 'ingen uppföljning' : `senast uppföljd ${dayText(plan.followed_up_on as Day)}`,
      ],
    })),
    more: {
      plans: moreThan(plans, 'Alla handlingsplaner', plansPath),
      matters: moreThan(matters, 'Alla ärenden', mattersPath),
      decisions: moreThan(decisions, 'Alla beslut', decisionsPath),
      documents: moreThan(documents, 'Alla dokument', documentsPath),
    },
    matters: matters.slice(0, shown).map((matter) => ({
      title: matter.title,
      path: matterPath(matter.slug),
      text: matter.state_text,
    })),
    decisions: decisions.slice(0, shown).map((decision) => ({
      kicker: [
        decidedText(decision),
        decision.body_name,
        ...(decision.item_number === null ? [] : [`punkt ${decision.item_number}`]),
      ].join(' · '),
      title: decision.title,
      path: decisionPath(decision.slug),
      tags: decision.kind === 'decision' ? [] : [{ text: decisionKindNames[decision.kind].one, tone: 'info' as const }],
    })),
    documents: documents.slice(0, shown).map((document) => [
      { text: document.title, path: documentPath(document.slug) },
      { text: documentKindNames[document.kind], note: document.national ? 'nationellt' : null },
      { text: '', tag: documentStates[document.state] },
    ]),
  }
}
