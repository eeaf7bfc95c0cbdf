import { sql } from 'kysely'
import { z } from 'zod'
import type { Reader } from '../db/database.ts'
import { asking, type EditPage, type Notice, optionsIn, optionsOf, type RegisterPage } from '../http/edit-page.ts'
import { linesOf, optionalId, optionalText, requiredText, versionField } from '../http/field-values.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Problem, readForm } from '../http/forms.ts'
import type { Identity } from '../http/permissions.ts'
import { allows, coordinatorOf, keeps } from '../http/permissions.ts'
import type { Crumb } from '../http/view.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { counted } from '../kernel/text.ts'
import {
  changeModelPath,
  changeProposalPath,
  changeProposalsPath,
  closeChangeProposalPath,
  decisionPath,
  decisionsPath,
  documentPath,
  documentsPath,
  moveChangeProposalPath,
  newChangeProposalPath,
  shareChangeProposalPath,
  workChangeProposalPath,
  workChangeProposalsPath,
} from '../kernel/urls.ts'
import type { ProposalValues } from './changes.ts'
import { standingTag } from './pages.ts'
import {
  allProposals,
  answersOf,
  decisionIds,
  decisionsOf,
  documentIds,
  documentsOf,
  listLevels,
  listQuestions,
  listSteps,
  type ProposalRow,
  proposalBySlug,
} from './queries.ts'
import { slugIn } from './rules.ts'
import { outcomes } from './texts.ts'

const home: Crumb = { text: 'Ordnat införande', path: workChangeProposalsPath }

/** Who wrote a draft may change it until it is shared; from then on whoever keeps the body it belongs to. */
export function mayChange(identity: Identity | null, proposal: ProposalRow): boolean {
  if (identity === null) return false
  if (keeps(identity, proposal.body_slug)) return true
  const mine = proposal.proposed_account_id !== null && proposal.proposed_account_id === identity.actor.accountId
  return mine && proposal.shared_on === null
}

const answerName = (question: number) => `svar_${question}`

const proposalForm = z.object({
  version: versionField.optional(),
  titel: requiredText('Skriv vad förslaget gäller.', 200),
  sammanfattning: requiredText('Beskriv förändringen i korthet.', 5000),
  grupp: optionalId,
  arende: optionalId,
  niva: optionalId,
  beslut: linesOf(40, 500),
  dokument: linesOf(40, 500),
})

/** The answers that a form may hold; which depends on the model's questions. */
async function answersForm(db: Reader) {
  const questions = await listQuestions(db)
  return z
    .object(Object.fromEntries(questions.map(({ id }) => [answerName(id), optionalText(10_000)])))
    .transform((typed) => new Map(questions.map(({ id }) => [id, typed[answerName(id)] ?? null] as const)))
}

/**
 * The rows that lines of addresses name, or which line names none. A title that only one row has names it too; of two
 * with the same title none is chosen.
 */
async function named(
  lines: readonly string[],
  path: string,
  look: (slugs: readonly string[]) => Promise<{ id: number; slug: string; title?: string }[]>,
): Promise<{ ids: number[]; unknown: string | null }> {
  const slugs = lines.map((line) => slugIn(line, path))
  const rows = await look(slugs.filter((slug) => slug !== null))
  const lower = (text: string | undefined) => text?.toLocaleLowerCase('sv')
  const ids = lines.map((line, place) => {
    const titled = rows.filter(({ title }) => lower(title) === lower(line))
    return rows.find(({ slug }) => slug === slugs[place])?.id ?? (titled.length === 1 ? titled[0]?.id : undefined)
  })
  return {
    ids: [...new Set(ids.filter((id) => id !== undefined))],
    unknown: lines.find((_, place) => ids[place] === undefined) ?? null,
  }
}

export type ProposalRead =
  | { ok: true; version: number; values: ProposalValues }
  | { ok: false; problems: readonly Problem[] }

/** Reads the form: its fields, and that what they refer to is there. */
export async function readProposal(db: Reader, body: unknown): Promise<ProposalRead> {
  const [form, answers] = [readForm(proposalForm, body), readForm(await answersForm(db), body)]
  if (!form.ok || !answers.ok) {
    return { ok: false, problems: [form, answers].flatMap((read) => (read.ok ? [] : read.problems)) }
  }
  const { version, titel, sammanfattning, grupp, arende, niva, beslut, dokument } = form.values
  const problems: Problem[] = []
  const decisions = await named(beslut, decisionsPath, (slugs) => decisionIds(db, slugs))
  if (decisions.unknown !== null)
    problems.push({ field: 'beslut', text: `Det finns inget fattat beslut på ${decisions.unknown}.` })
  const documents = await named(dokument, documentsPath, (slugs) => documentIds(db, slugs, dokument))
  if (documents.unknown !== null)
    problems.push({
      field: 'dokument',
      text: `Det finns inget dokument med adressen eller namnet ${documents.unknown}.`,
    })
  for (const [field, table, id] of [
    ['grupp', 'body', grupp],
    ['arende', 'matter', arende],
    ['niva', 'change_level', niva],
  ] as const) {
    if (id === null) continue
    const row = await db.selectFrom(table).select('id').where('id', '=', id).executeTakeFirst()
    if (!row) problems.push({ field, text: 'Välj i listan.' })
  }
  if (problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    version: version ?? 0,
    values: {
      title: titel,
      summary: sammanfattning,
      bodyId: grupp,
      matterId: arende,
      levelId: niva,
      decisionIds: decisions.ids,
      documentIds: documents.ids,
      answers: answers.values,
    },
  }
}

/** The proposals that the person keeps or has written. */
export async function proposalRegisterPage(db: Reader, identity: Identity | null): Promise<RegisterPage> {
  const mine = (await allProposals(db)).filter(
    (row) =>
      keeps(identity, row.body_slug) ||
      (row.proposed_account_id !== null && row.proposed_account_id === identity?.actor.accountId),
  )
  return {
    head: { title: 'Arbeta med ordnat införande', crumbs: [{ text: 'Ordnat införande' }], hidden: true },
    lead: counted(mine.length, 'förslag', 'förslag'),
    notices: [],
    ways: [
      { text: 'Sidan som den visas för alla', path: changeProposalsPath },
      ...(keeps(identity, null) ? [{ text: 'Modellens steg, frågor och beslutsnivåer', path: changeModelPath }] : []),
    ],
    tables: [
      {
        anchor: 'forslag',
        title: 'Förslag',
        columns: [{ text: 'Förslag' }, { text: 'Grupp' }, { text: 'Läge' }],
        rows: mine.map((row) => [
          {
            text: row.title,
            path: mayChange(identity, row) ? workChangeProposalPath(row.slug) : changeProposalPath(row.slug),
          },
          { text: row.body_name ?? '–' },
          { text: '', tag: standingTag(row) },
        ]),
        none: 'Inga förslag.',
        add: { text: 'Föreslå en förändring', path: newChangeProposalPath },
      },
    ],
  }
}

/** The form of a proposal; null is a new one. @throws PortalError not-found */
export async function proposalEditPage(
  db: Reader,
  slug: string | null,
  identity: Identity | null,
  form: FormState = untouched,
  notices: readonly Notice[] = [],
): Promise<EditPage> {
  const row = slug === null ? null : await proposalBySlug(db, slug)
  const none: ReadonlyMap<number, string> = new Map()
  const [bodies, matters, levels, questions, answers, decisions, documents] = [
    await db.selectFrom('body').select(['id', 'slug', 'name']).orderBy(sql`name collate "sv-x-icu"`).execute(),
    await db
      .selectFrom('matter')
      .select(['id', 'title as name'])
      .where((eb) => eb.or([eb('closed_on', 'is', null), eb('id', '=', row?.matter_id ?? 0)]))
      .orderBy(sql`title collate "sv-x-icu"`)
      .execute(),
    (await listLevels(db)).filter(({ retired, id }) => !retired || id === row?.level_id),
    await listQuestions(db),
    row ? await answersOf(db, row.id) : none,
    row ? await decisionsOf(db, row.id) : [],
    row ? await documentsOf(db, row.id) : [],
  ]
  const { field, area, select } = asking(form)
  const title = row?.title ?? 'Föreslå en förändring'
  const keeper = row !== null && identity !== null && allows(coordinatorOf('change-proposal'), identity, row.body_slug)
  const lines = (paths: readonly string[]) => paths.join('\n')
  return {
    head: { title, crumbs: [home, { text: title }], hidden: true },
    lead:
      row === null || row.shared_on === null
        ? 'Förslaget är ett utkast tills gruppens samordnare delar det.'
        : `Delat ${dayText(row.shared_on as Day)}. Det du sparar syns för alla.`,
    tags: row ? [standingTag(row)] : [],
    problems: form.problems,
    notices,
    path: row ? workChangeProposalPath(row.slug) : newChangeProposalPath,
    hidden: row ? [{ name: 'version', value: String(row.version) }] : [],
    ways: row?.shared_on
      ? [
          { text: 'Sidan som den visas för alla', path: changeProposalPath(row.slug) },
          ...(keeper
            ? [
                ...(row.closed_on === null
                  ? [{ text: 'Flytta till ett annat steg', path: moveChangeProposalPath(row.slug) }]
                  : []),
                {
                  text: row.closed_on === null ? 'Avsluta förslaget' : 'Ändra avslutet eller öppna igen',
                  path: closeChangeProposalPath(row.slug),
                },
              ]
            : []),
        ]
      : [],
    groups: [
      {
        legend: 'Förslaget',
        questions: [
          field('titel', 'Vad förslaget gäller', row?.title, { required: true }),
          area('sammanfattning', 'I korthet', row?.summary, {
            required: true,
            rows: 5,
            hint: 'Vad som ska ändras och varför. Skriv inga uppgifter om enskilda personer.',
          }),
          select('grupp', 'Grupp som håller i förslaget', row?.body_id, optionsOf(bodies), {
            empty: 'Länsgemensam lednings samordnare',
          }),
          select(
            'niva',
            'Beslutsnivå',
            row?.level_id,
            levels.map(({ id, title: text, scale, decided_by }) => ({
              value: String(id),
              text: `${text} – ${decided_by}`,
              hint: scale,
            })),
            { empty: 'Inte bedömd ännu' },
          ),
        ],
      },
      {
        legend: 'Bedömning',
        hint: 'Det som inte går att svara på ännu lämnas tomt.',
        questions: questions
          .filter(({ id, retired }) => !retired || answers.has(id))
          .map(({ id, heading, question, hint }) =>
            area(answerName(id), `${heading}: ${question}`, answers.get(id), { hint, rows: 3 }),
          ),
      },
      {
        legend: 'Hör ihop med',
        questions: [
          select('arende', 'Ärende', row?.matter_id, optionsOf(matters), { empty: 'Inget ärende' }),
          area('beslut', 'Beslut', lines(decisions.map((decision) => decisionPath(decision.slug))), {
            hint: 'Adressen till ett fattat beslut på varje rad.',
          }),
          area(
            'dokument',
            'Avtal, överenskommelser och underlag',
            lines(documents.map((one) => documentPath(one.slug))),
            {
              hint: 'Adressen till ett dokument i portalen, eller dess namn, på varje rad.',
            },
          ),
        ],
      },
    ].filter(({ questions: asked }) => asked.length > 0),
    submit: row ? 'Spara' : 'Spara utkastet',
    acts: keeper && row.shared_on === null ? [{ text: 'Dela med alla', path: shareChangeProposalPath(row.slug) }] : [],
  }
}

export const moveForm = z.object({
  version: versionField,
  steg: z
    .string('Välj steg i listan.')
    .regex(/^\d{1,15}$/, 'Välj steg i listan.')
    .transform(Number),
  anteckning: optionalText(5000),
})

/** The form that moves a proposal. @throws PortalError not-found */
export async function movePage(db: Reader, slug: string, form: FormState = untouched): Promise<EditPage> {
  const row = await proposalBySlug(db, slug)
  const steps = (await listSteps(db)).filter(({ retired, id }) => !retired && id !== row.step_id)
  const { select, area } = asking(form)
  return {
    head: {
      title: 'Flytta till ett annat steg',
      crumbs: [home, { text: row.title, path: workChangeProposalPath(slug) }, { text: 'Flytta' }],
      hidden: true,
    },
    kicker: row.title,
    lead: `Står nu i steget ${row.step_title}.`,
    problems: form.problems,
    notices: [],
    path: moveChangeProposalPath(slug),
    hidden: [{ name: 'version', value: String(row.version) }],
    ways: [],
    groups: [
      {
        legend: null,
        questions: [
          select(
            'steg',
            'Flytta till',
            '',
            steps.map(({ id, title }) => ({ value: String(id), text: title })),
            { empty: 'Välj steg', required: true },
          ),
          area('anteckning', 'Anteckning', '', { hint: 'Varför. Visas för alla i förslagets historik.' }),
        ],
      },
    ],
    submit: 'Flytta',
  }
}

export const closeForm = z
  .object({
    version: versionField,
    utfall: z.enum(['', 'introduced', 'declined', 'withdrawn'], 'Välj i listan.').default(''),
    motivering: optionalText(5000),
  })
  .transform(({ version, utfall, motivering }) => ({
    version,
    outcome: utfall === '' ? null : utfall,
    text: motivering,
  }))

/** The form that closes a proposal, or opens it again. @throws PortalError not-found */
export async function closePage(db: Reader, slug: string, form: FormState = untouched): Promise<EditPage> {
  const row = await proposalBySlug(db, slug)
  const { select, area } = asking(form)
  const words = Object.fromEntries(Object.entries(outcomes).map(([code, { text }]) => [code, text]))
  const title = row.closed_on === null ? 'Avsluta förslaget' : 'Ändra avslutet'
  return {
    head: {
      title,
      crumbs: [home, { text: row.title, path: workChangeProposalPath(slug) }, { text: title }],
      hidden: true,
    },
    kicker: row.title,
    problems: form.problems,
    notices: [],
    path: closeChangeProposalPath(slug),
    hidden: [{ name: 'version', value: String(row.version) }],
    ways: [],
    groups: [
      {
        legend: null,
        questions: [
          select('utfall', 'Hur det gick', row.outcome, optionsIn(words), { empty: 'Pågår' }),
          area('motivering', 'Varför', row.outcome_text, { hint: 'Visas för alla.' }),
        ],
      },
    ],
    submit: 'Spara',
  }
}
