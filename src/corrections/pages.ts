import type { Kysely } from 'kysely'
import { membershipCorrections, membershipsToCorrect, replaceLink } from '../bodies/corrections.ts'
import { bodiesKept } from '../bodies/register-queries.ts'
import { roleNames } from '../bodies/texts.ts'
import type { Database } from '../db/database.ts'
import { parseRange } from '../db/ranges.ts'
import { decisionCorrections } from '../decisions/corrections.ts'
import { listDecisions } from '../decisions/queries.ts'
import { parameterCorrections, valuesToCorrect } from '../discharge-days/corrections.ts'
import { type Correctable, type Corrector, correctionsOf } from '../http/corrections.ts'
import { asking, type EditPage, type RegisterPage, type Table } from '../http/edit-page.ts'
import { type FormState, untouched } from '../http/fields.ts'
import { type Identity, keeps, keptBy } from '../http/permissions.ts'
import { markOf } from '../http/stale.ts'
import { type Day, dayText } from '../kernel/dates.ts'
import { notFound } from '../kernel/errors.ts'
import { correctionPath, correctionsPath, registersPath, withQuery, workspacePath } from '../kernel/urls.ts'

const crumb = { text: 'Arbetsyta', path: workspacePath }
const mostDecisions = 200

const period = (valid: string) => {
  const { from, to } = parseRange(valid)
  return [from === null ? 'startdatum framgår inte' : `från ${dayText(from)}`, to && `till ${dayText(to)}`]
    .filter(Boolean)
    .join(' ')
}

/** Where a coordinator finds what was recorded wrongly. @param group the body whose memberships are listed */
export async function correctionsPage(
  db: Kysely<Database>,
  identity: Identity | null,
  group: string | null,
  removed = false,
): Promise<RegisterPage> {
  const kept = keptBy(identity)
  const bodies = await bodiesKept(db, kept)
  if (group !== null && !bodies.some(({ slug }) => slug === group)) throw notFound(`kept body ${group}`)
  const tables: Table[] = []
  if (group === null) {
    tables.push({
      anchor: 'grupper',
      title: 'Uppdrag i grupper',
      text: 'Välj gruppen.',
      columns: [{ text: 'Grupp' }],
      rows: bodies.map(({ slug, name }) => [{ text: name, path: withQuery(correctionsPath, { grupp: slug }) }]),
      none: 'Du samordnar ingen grupp.',
    })
  } else {
    const { id, name } = await db
      .selectFrom('body')
      .select(['id', 'name'])
      .where('slug', '=', group as never)
      .executeTakeFirstOrThrow()
    const memberships = await membershipsToCorrect(db, id)
    tables.push({
      anchor: 'uppdrag',
      title: `Uppdrag i ${name}`,
      columns: ['Namn', 'Roll', 'Tid'].map((text) => ({ text })),
      rows: memberships.map((row) => [
        { text: row.name, path: correctionPath(membershipCorrections.word, row.id) },
        { text: roleNames[row.role] },
        { text: period(row.valid) },
      ]),
      none: 'Ingen är registrerad i gruppen.',
      add: { text: 'Har det ändrats på riktigt? För in ett beslut', path: replaceLink(group) },
    })
  }
  if (group === null && keeps(identity, null)) {
    tables.push({
      anchor: 'gransvarden',
      title: 'Regler och gränsvärden',
      columns: ['Vad', 'Värde', 'Från', 'Till och med'].map((text) => ({ text })),
      rows: (await valuesToCorrect(db)).map(({ id, told }) => [
        { text: told.name ?? '', path: correctionPath(parameterCorrections.word, id) },
        { text: told.value ?? '' },
        { text: told.from ?? 'framgår inte' },
        { text: told.until ?? 'tills vidare' },
      ]),
      none: 'Inga värden.',
    })
  }
  const decisions = await listDecisions(db, { body: group }, mostDecisions, 0)
  const owned = decisions.filter(({ body_slug }) => kept === null || kept.has(body_slug))
  tables.push({
    anchor: 'beslut',
    title: 'Beslut',
    text: `De ${mostDecisions} senaste. Vad ett beslut ändrade i ett register rättas i registret.`,
    columns: ['Beslut', 'Dag'].map((text) => ({ text })),
    rows: owned.map((one) => [
      { text: one.title, path: correctionPath(decisionCorrections.word, one.id) },
      { text: dayText(one.decided_on as Day) },
    ]),
    none: 'Inga beslut.',
  })
  return {
    head: {
      title: group === null ? 'Rätta i registren' : 'Rätta i gruppens register',
      crumbs: [
        crumb,
        { text: 'Register', path: registersPath },
        ...(group === null ? [] : [{ text: 'Rätta', path: correctionsPath }]),
        { text: group === null ? 'Rätta' : 'Gruppen' },
      ],
      hidden: true,
    },
    lead: 'En rättelse är till för det som är fel infört. Den har ett skäl, visas på sidan och bevarar det som stod. Det som har ändrats på riktigt förs in som ett beslut.',
    notices: removed
      ? [{ tone: 'good', text: 'Uppgiften är borttagen. Rättelsen visas för alla, med vad som stod och ditt skäl.' }]
      : [],
    ways: [],
    tables,
  }
}

/** The form of one correction. */
export async function correctionPage(
  db: Kysely<Database>,
  corrector: Corrector,
  id: number,
  row: Correctable,
  form: FormState = untouched,
  saved = false,
): Promise<EditPage> {
  const own: Record<string, { key: string; value: string }> = {
    membership: { key: 'person_id', value: row.told.person_id ?? '' },
    parameter_value: { key: 'parameter', value: row.told.parameter ?? '' },
    decision: { key: 'decision', value: row.told.decision ?? '' },
  }
  const done = await correctionsOf(db, corrector, own[corrector.register] ?? null)
  return {
    head: {
      // Two rows of a register may be called the same.
      title: `Rättelse: ${row.title} (nr ${id})`,
      crumbs: [
        crumb,
        { text: 'Register', path: registersPath },
        { text: 'Rätta', path: correctionsPath },
        { text: row.title },
      ],
      hidden: true,
    },
    lead: row.lead,
    problems: form.problems,
    notices: saved
      ? [{ tone: 'good', text: 'Rättelsen är gjord och visas för alla.', link: { text: 'Visa sidan', path: row.path } }]
      : [],
    path: correctionPath(corrector.word, id),
    hidden: [{ name: 'sett', value: markOf(row.told) }],
    ways: [{ text: 'Sidan som den visas för alla', path: row.path }],
    groups: [
      ...row.ask(form),
      {
        legend: null,
        questions: [
          asking(form).area('skal', 'Vad var fel, och hur vet du det?', '', {
            hint: 'Visas för alla, med vad som stod och vad som står nu.',
          }),
        ],
      },
    ],
    submit: 'Rätta',
    tables: [
      {
        anchor: 'gjorda',
        title: 'Tidigare rättelser',
        columns: ['Rättelse', 'Vad'].map((text) => ({ text })),
        rows: done.map(({ title, text }) => [{ text: title }, { text }]),
        none: 'Inga.',
      },
    ],
  }
}
