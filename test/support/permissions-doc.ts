/** docs/PERMISSIONS.md: who may do what, made from what the routes declare. `npm run docs:permissions` writes it anew. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/database.ts'
import { allows, type Declaration, type Identity, type Permission, reader } from '../../src/http/permissions.ts'

export const permissionsFile = resolve(import.meta.dirname, '../../docs/PERMISSIONS.md')

const person: Identity = { ...reader, actor: { kind: 'person', name: 'någon' }, signedIn: true }

/** The columns of the table. `own`: coordinator of the body that owns what the address is about. */
export const columns = [
  { key: 'signed-out', title: 'Utloggad', identity: reader },
  { key: 'no-role', title: 'Konto utan roll', identity: person },
  { key: 'member', title: 'Ledamot', identity: { ...person, member: true } },
  { key: 'other', title: 'Samordnare, annan grupp', identity: { ...person, coordinates: new Set(['annan']) } },
  { key: 'own', title: 'Samordnare, gruppen', identity: { ...person, coordinates: new Set(['gruppen']) } },
  { key: 'all', title: 'Samordnare, Länsgemensam ledning', identity: { ...person, coordinates: 'all' } },
  { key: 'administrator', title: 'Administratör', identity: { ...person, administrator: true } },
] as const satisfies readonly { key: string; title: string; identity: Identity }[]

export type Column = (typeof columns)[number]['key']

/** Every route of the portal, by path and method. HEAD follows GET. */
export async function declaredRoutes(): Promise<Declaration[]> {
  // Nothing is asked of the database: only the routes are looked at. An identity provider makes its pages exist.
  const db = openDatabase('postgres://nobody@localhost/none')
  const config = readConfig({ LOG_LEVEL: 'silent', OIDC_ISSUER: 'https://idp.example', OIDC_CLIENT_ID: 'portal' })
  const app = await buildApp({ db, config })
  await app.ready()
  const routes = app.declarations.filter(({ method }) => method !== 'HEAD')
  await app.close()
  await db.destroy()
  const order = ({ url, method }: Declaration) => `${url} ${method}`
  return routes.sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

export const mayIn = ({ may }: Declaration, { identity }: (typeof columns)[number]) => allows(may, identity, 'gruppen')

const words: Record<Permission['kind'], string> = {
  unasked: 'alla',
  anyone: 'alla',
  signedIn: 'inloggade',
  member: 'ledamöter',
  coordinatorOf: 'gruppens samordnare',
  anyCoordinator: 'samordnare',
  coordinatorOfAll: 'Länsgemensam lednings samordnare',
  administrator: 'administratörer',
}

/** The document as it should be. */
export function permissionsDocument(routes: readonly Declaration[]): string {
  const header = ['Adress', 'Metod', 'För', ...columns.map(({ title }) => title)]
  const rows = routes.map((route) => [
    `\`${route.url}\``,
    route.method,
    words[route.may.kind],
    ...columns.map((column) => (mayIn(route, column) ? 'ja' : '–')),
  ])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    '# Vem får göra vad',
    '',
    'Tabellen är gjord av vad varje adress själv deklarerar (`config: { may: … }`), med `npm run docs:permissions`. Ett test',
    'går alla adresser som varje roll, också med en inloggning som har gått ut, och jämför svaren med tabellen; ett annat',
    'faller när tabellen är gammal. En adress utan deklaration startar inte.',
    '',
    '- **Utloggad**: läsare utan konto. Den som har en inloggning som gått ut är också utloggad.',
    '- **Ledamot**: sitter i en grupp enligt registret, eller har fått rollen. Ersättare har samma rätt.',
    '- **Samordnare, gruppen**: samordnare för den grupp som äger det som adressen gäller (mötet, beslutet, planen).',
    '- **Samordnare, annan grupp**: samordnare, men för en annan grupp än den.',
    '- **Samordnare, Länsgemensam ledning**: samordnare i alla grupper.',
    '',
    'Den som inte får se en sida svaras 401 (utloggad) eller 403 (inloggad). Formulär från andra webbplatser nekas alla.',
    '',
    line(header),
    line(header.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n')
}

if (import.meta.main) {
  writeFileSync(permissionsFile, permissionsDocument(await declaredRoutes()))
  process.stdout.write('docs/PERMISSIONS.md is written.\n')
}
