import { type Field, type FormState, problemOf, type Select, typedText, untouched } from '../http/fields.ts'
import type { Problem } from '../http/forms.ts'
import type { Cell, Fact, Tag } from '../http/parts.ts'
import type { PageHead } from '../http/view.ts'
import { type Day, momentText } from '../kernel/dates.ts'
import { counted, listed } from '../kernel/text.ts'
import {
  accountPath,
  accountsPath,
  bodyPath,
  historyPath,
  logPath,
  newAccountPath,
  personDataPath,
  withQuery,
} from '../kernel/urls.ts'
import { grantValue, stateOf, validText } from './account-pages.ts'
import { type Held, type PersonalData, reasonsToKeep } from './personal-data.ts'
import type { AccountRow, bodiesForRoles, GrantRow, personsWithoutAccount, seatsOf, waitingLetters } from './queries.ts'
import { retention } from './retention.ts'
import { roleNames, tableNames } from './texts.ts'

type BodyRow = Awaited<ReturnType<typeof bodiesForRoles>>[number]
type PersonRow = Awaited<ReturnType<typeof personsWithoutAccount>>[number]
type SeatRow = Awaited<ReturnType<typeof seatsOf>>[number]
type LetterRow = Awaited<ReturnType<typeof waitingLetters>>[number]

export type AccountListPage = {
  head: PageHead
  count: string
  newPath: string
  demoWarning: string | null
  rows: readonly (readonly Cell[])[]
  retention: string
}

export type NewAccountPage = {
  head: PageHead
  problems: readonly Problem[]
  path: string
  person: Select
  name: Field
  email: Field
  role: Select
  body: Select
}

type Act = { path: string; text: string }

export type AccountPage = {
  head: PageHead
  notice: { tone: 'good' | 'warning'; text: string } | null
  problems: readonly Problem[]
  tags: readonly Tag[]
  facts: readonly Fact[]
  letters: readonly string[]
  grants: readonly { text: string; path: string | null; note: string | null; valid: string; endPath: string | null }[]
  ended: readonly { text: string; valid: string }[]
  /** Null while the account is closed: it can only be opened again. */
  open: {
    grantPath: string
    role: Select
    body: Select
    from: Field
    until: Field
    substitute: Select
    emailPath: string
    email: Field
    acts: readonly Act[]
  } | null
  reopen: Act | null
  links: readonly Act[]
}

export type PersonDataPage = {
  head: PageHead
  filePath: string
  groups: readonly { title: string; count: string; keeps: boolean }[]
  erasure: { path: string; confirm: string } | null
  reasons: string
}

declare module '../http/view.ts' {
  interface Views {
    'accounts/list': AccountListPage
    'accounts/new': NewAccountPage
    'accounts/show': AccountPage
    'accounts/person-data': PersonDataPage
  }
}

export function accountListPage(
  accounts: readonly AccountRow[],
  grants: readonly GrantRow[],
  today: Day,
): AccountListPage {
  const inForce = Map.groupBy(
    grants.filter(({ valid }) => stateOf(valid, today) === 'valid'),
    ({ account_id }) => account_id,
  )
  return {
    head: { title: 'Konton', crumbs: [{ text: 'Konton' }], hidden: true },
    count: counted(accounts.length, 'konto', 'konton'),
    newPath: newAccountPath,
    demoWarning: accounts.some(({ demo, closed_at }) => demo && closed_at === null)
      ? 'Här finns demokonton. Stäng dem innan portalen används på riktigt.'
      : null,
    rows: accounts.map((account) => [
      { text: account.name, path: accountPath(account.id), tag: stateTag(account) },
      { text: account.email ?? 'borttagen' },
      { text: (inForce.get(account.id) ?? []).map((grant) => grantValue(grant).text).join(', ') || '–' },
      { text: account.last_visit_at === null ? 'aldrig' : momentText(account.last_visit_at) },
    ]),
    retention: `Konton som ingen har använt på ${retention.unusedMonths} månader stängs. E-postadressen i ett stängt konto tas bort efter ${retention.closedMonths} månader. Inloggningar tas bort när de har gått ut.`,
  }
}

function stateTag({ closed_at, password_hash, demo, last_visit_at }: AccountRow): Tag | null {
  if (closed_at !== null) return { tone: 'neutral', text: 'stängt' }
  if (demo) return { tone: 'warning', text: 'demokonto' }
  return password_hash === null && last_visit_at === null ? { tone: 'info', text: 'inbjuden' } : null
}

const roleOptions = Object.entries(roleNames).map(([value, text]) => ({ value, text }))
const bodyOptions = (bodies: readonly BodyRow[]) => bodies.map(({ id, name }) => ({ value: String(id), text: name }))

export function newAccountPage(
  persons: readonly PersonRow[],
  bodies: readonly BodyRow[],
  form: FormState = untouched,
): NewAccountPage {
  return {
    head: {
      title: 'Nytt konto',
      crumbs: [{ text: 'Konton', path: accountsPath }, { text: 'Nytt konto' }],
      hidden: true,
    },
    problems: form.problems,
    path: accountsPath,
    person: {
      name: 'person',
      label: 'Person i registret',
      hint: 'Den som sitter i en grupp har redan rätt att se det som ledamöter ser.',
      value: typedText(form, 'person'),
      error: problemOf(form, 'person'),
      options: persons.map(({ id, name }) => ({ value: String(id), text: name })),
      empty: 'Finns inte i registret',
    },
    name: {
      name: 'namn',
      label: 'Namn',
      hint: 'Bara för den som inte finns i registret. Personen får ingen egen sida.',
      value: typedText(form, 'namn'),
      error: problemOf(form, 'namn'),
      autocomplete: 'off',
    },
    email: {
      name: 'epost',
      label: 'E-postadress',
      hint: 'Dit skickas inbjudan. Adressen visas bara för personen själv och för administratörer.',
      value: typedText(form, 'epost'),
      error: problemOf(form, 'epost'),
      type: 'email',
      autocomplete: 'off',
      required: true,
    },
    role: {
      name: 'roll',
      label: 'Får vara',
      hint: 'Fler roller kan ges när kontot finns.',
      value: typedText(form, 'roll'),
      error: problemOf(form, 'roll'),
      options: roleOptions,
      empty: 'Ingen roll utöver uppdragen i registret',
    },
    body: bodySelect(bodies, form, 'Gäller inte administratörer.'),
  }
}

function bodySelect(bodies: readonly BodyRow[], form: FormState, hint: string): Select {
  return {
    name: 'grupp',
    label: 'I gruppen',
    hint,
    value: typedText(form, 'grupp'),
    error: problemOf(form, 'grupp'),
    options: bodyOptions(bodies),
    empty: 'Välj grupp',
  }
}

export type AccountAbout = {
  account: AccountRow
  grants: readonly GrantRow[]
  seats: readonly SeatRow[]
  letters: readonly LetterRow[]
  bodies: readonly BodyRow[]
  others: readonly AccountRow[]
  ssoIssuers: readonly string[]
}

export function accountShowPage(
  { account, grants, seats, letters, bodies, others, ssoIssuers }: AccountAbout,
  today: Day,
  { form = untouched, notice = null }: { form?: FormState; notice?: AccountPage['notice'] } = {},
): AccountPage {
  const path = accountPath(account.id)
  const closed = account.closed_at !== null
  const tag = stateTag(account)
  return {
    head: {
      title: account.name,
      crumbs: [{ text: 'Konton', path: accountsPath }, { text: account.name }],
      hidden: true,
    },
    notice,
    problems: form.problems,
    tags: tag === null ? [] : [tag],
    facts: [
      { term: 'E-postadress', values: [{ text: account.email ?? 'borttagen' }] },
      {
        term: 'I registret',
        values:
          seats.length === 0
            ? [{ text: 'sitter inte i någon grupp' }]
            : seats.map(({ name, slug }) => ({ text: name, path: bodyPath(slug) })),
      },
      {
        term: 'Senaste besök',
        values: [{ text: account.last_visit_at === null ? 'aldrig' : momentText(account.last_visit_at) }],
      },
      {
        term: 'Loggar in med',
        values: [{ text: listed(waysIn(account, ssoIssuers)) || 'har inte valt lösenord' }],
      },
      ...(account.closed_at === null ? [] : [{ term: 'Stängt', values: [{ text: momentText(account.closed_at) }] }]),
    ],
    letters: letters.map(letterText),
    grants: grants
      .filter(({ valid }) => stateOf(valid, today) !== 'ended')
      .map((grant) => {
        const { text, path: body = null, note = null } = grantValue(grant)
        return {
          text,
          path: body,
          note,
          valid: validText(grant.valid),
          endPath: closed ? null : `${path}/roller/${grant.id}/avslut`,
        }
      }),
    ended: grants
      .filter(({ valid }) => stateOf(valid, today) === 'ended')
      .map((grant) => ({ text: grantValue(grant).text, valid: validText(grant.valid) })),
    open: closed
      ? null
      : {
          grantPath: `${path}/roller`,
          role: {
            name: 'roll',
            label: 'Får vara',
            value: typedText(form, 'roll'),
            error: problemOf(form, 'roll'),
            options: roleOptions,
            empty: 'Välj roll',
            required: true,
          },
          body: bodySelect(
            bodies,
            form,
            'Lämna tomt för en administratör. Samordnare för Länsgemensam ledning är det i alla grupper.',
          ),
          from: {
            name: 'fran',
            label: 'Från och med',
            value: typedText(form, 'fran', today),
            error: problemOf(form, 'fran'),
            type: 'date',
            required: true,
          },
          until: {
            name: 'till_och_med',
            label: 'Till och med',
            hint: 'Lämna tomt om rollen gäller tills vidare.',
            value: typedText(form, 'till_och_med'),
            error: problemOf(form, 'till_och_med'),
            type: 'date',
          },
          substitute: {
            name: 'ersatter',
            label: 'Ersätter',
            hint: 'För den som vikarierar: välj vem.',
            value: typedText(form, 'ersatter'),
            error: problemOf(form, 'ersatter'),
            options: others
              .filter(({ id }) => id !== account.id)
              .map(({ id, name }) => ({ value: String(id), text: name })),
            empty: 'Ingen',
          },
          emailPath: `${path}/epost`,
          email: {
            name: 'epost',
            label: 'E-postadress',
            value: typedText(form, 'epost', account.email),
            error: problemOf(form, 'epost'),
            type: 'email',
            autocomplete: 'off',
            required: true,
          },
          acts: [
            {
              path: `${path}/inbjudan`,
              text: account.password_hash === null ? 'Skicka inbjudan igen' : 'Skicka en länk till nytt lösenord',
            },
            { path: `${path}/utloggning`, text: 'Logga ut överallt' },
            ...(account.totp_confirmed_at === null
              ? []
              : [{ path: `${path}/engangskoder`, text: 'Slå av engångskoder' }]),
            { path: `${path}/stangning`, text: 'Stäng kontot' },
          ],
        },
    reopen: closed && account.email !== null ? { path: `${path}/oppning`, text: 'Öppna kontot igen' } : null,
    links: [
      { path: withQuery(logPath, { om: `account/${account.id}` }), text: 'Vad som har gjorts med kontot' },
      { path: withQuery(logPath, { konto: account.id }), text: 'Vad kontot har gjort' },
      { path: personDataPath(account.person_id), text: 'Allt som finns om personen' },
      ...(account.no_page_because === null
        ? [{ path: historyPath(`person/${account.person_id}`), text: 'Personens historik' }]
        : []),
    ],
  }
}

function waysIn({ password_hash, totp_confirmed_at }: AccountRow, ssoIssuers: readonly string[]): string[] {
  const password = password_hash === null ? [] : [totp_confirmed_at === null ? 'lösenord' : 'lösenord och engångskod']
  return [
    ...password,
    ...ssoIssuers.map((issuer) => `arbetsgivarens inloggning (${URL.parse(issuer)?.host ?? issuer})`),
  ]
}

function letterText({ recorded_at, tries, failure, given_up_at }: LetterRow): string {
  const since = `Ett brev från ${momentText(recorded_at)}`
  if (given_up_at !== null) return `${since} kunde inte skickas (${failure}). Kontrollera adressen och skicka det igen.`
  return tries === 0
    ? `${since} är på väg.`
    : `${since} har inte kunnat skickas än (${failure ?? 'okänt fel'}). Nya försök görs.`
}

export function personDataPage(data: PersonalData): PersonDataPage {
  const { person, held } = data
  const path = personDataPath(person.id)
  const reasons = reasonsToKeep(data)
  return {
    head: {
      title: `Uppgifter om ${person.name}`,
      crumbs: [{ text: 'Konton', path: accountsPath }, { text: `Uppgifter om ${person.name}` }],
      hidden: true,
    },
    filePath: `${path}/uppgifter.json`,
    groups: held.map((some) => ({
      title: nameOf(some),
      count: counted(some.rows.length, 'uppgift', 'uppgifter'),
      keeps: reasons.includes(some),
    })),
    erasure: reasons.length === 0 ? { path: `${path}/radering`, confirm: person.name } : null,
    reasons: listed([...new Set(reasons.map(nameOf))].map((name) => name.toLowerCase())),
  }
}

const nameOf = ({ table }: Held) => tableNames[table] ?? table
