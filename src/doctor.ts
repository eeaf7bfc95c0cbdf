import { statfs } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'
import { verifyChain } from './audit/verify.ts'
import type { Config } from './config.ts'
import { hearChanges } from './db/change-channel.ts'
import { lookAtDataFolder, ourUser } from './db/data-folder.ts'
import { type Database, openDatabase, withoutPassword } from './db/database.ts'
import { appendOnlyTables, migrationState, migrationsFolder, readMigrations, whoAmI } from './db/migrate.ts'
import { isCertificate, systemCode, systemReason } from './kernel/system-errors.ts'
import type { ReachedDatabase } from './start.ts'

/** ok: as it should be. warn: works, but somebody should look at it. fail: something does not work. */
export type Finding = { what: string; state: 'ok' | 'warn' | 'fail'; says: string; mend: string | null }

type Verdict = Omit<Finding, 'what'>
const ok = (says: string): Verdict => ({ state: 'ok', says, mend: null })
const warn = (says: string, mend: string): Verdict => ({ state: 'warn', says, mend })
const fail = (says: string, mend: string): Verdict => ({ state: 'fail', says, mend })

/** The oldest PostgreSQL that the portal is tested with. */
const oldestServer = 15
/** Below this free space there is soon none for what is written, in bytes. */
const littleSpace = 1024 ** 3
/** Clocks that differ more than this make sessions and one-time codes end at the wrong time, in milliseconds. */
const clockPatience = 5_000
/** How long mail servers and identity providers may take to answer, in milliseconds. */
const patience = 8_000

/** Looks at everything that the portal stands on. Changes nothing; what cannot be asked is a finding, not an error. */
export async function examine(config: Config, reach: () => Promise<ReachedDatabase>): Promise<Finding[]> {
  const findings: Finding[] = []
  const look = async (what: string, ask: () => Promise<Verdict> | Verdict, mend = 'Se loggen.') => {
    const verdict = await Promise.resolve()
      .then(ask)
      .catch((error) => fail(systemReason(error), mend))
    findings.push({ what, ...verdict })
  }

  await look('Node', () =>
    Number(process.versions.node.split('.')[0]) >= 24
      ? ok(process.versions.node)
      : fail(process.versions.node, 'Portalen behöver Node 24. npm ci hämtar den, och npm start använder den.'),
  )
  await look('Adress utåt', () => addressVerdict(config))
  // What everything else stands on is looked at first: what is wrong with it is not told again as faults of the rest.
  let folderUsable = true
  if (config.databaseUrl === undefined) {
    await look('Datamappen', () => {
      const verdict = folderVerdict(config.dataDir)
      folderUsable = verdict.state === 'ok'
      return verdict
    })
  }
  let urls: ReachedDatabase | undefined
  if (folderUsable) {
    await look(
      'Databasen',
      async () => {
        const reached = await reach()
        const verdict = await databaseVerdict(reached)
        if (verdict.state === 'ok') urls = reached
        return verdict
      },
      config.databaseUrl === undefined ? 'Den skapas, eller startas om, av npm start.' : 'Rätta DATABASE_URL.',
    )
  }
  if (urls !== undefined) await lookAtDatabase(urls, config, look)
  else {
    const first = folderUsable ? 'Databasen' : 'Datamappen'
    await look('Resten av databasen', () =>
      warn('har inte kunnat undersökas', `Åtgärda det som står vid ${first}, och kör sedan doctor igen.`),
    )
  }
  if (folderUsable) await look('Diskutrymme', () => spaceVerdict(config))
  await look('E-post', () => mailVerdict(config))
  await look('Arbetsgivarens inloggning', () => signInVerdict(config))
  return findings
}

function addressVerdict({ publicOrigin, databaseUrl }: Config): Verdict {
  const { hostname, protocol } = new URL(publicOrigin)
  if (protocol === 'https:') return ok(publicOrigin)
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return here && databaseUrl === undefined
    ? ok(`${publicOrigin} (bara den här datorn)`)
    : warn(publicOrigin, 'Sätt PUBLIC_ORIGIN till portalens https-adress; annars är kakorna oskyddade.')
}

function folderVerdict(dataDir: string): Verdict {
  const { exists, closed } = lookAtDataFolder(dataDir)
  if (closed === null) return ok(exists ? dataDir : `${dataDir} finns inte ännu; den skapas av npm start`)
  const [user, { path, owner }] = [ourUser(), closed]
  const other = 'eller sätt PORTAL_DATA_DIR till en annan mapp.'
  if (!exists) {
    return fail(
      `${dataDir} finns inte, och ${user} får inte skapa den i ${path}`,
      `Skapa mappen och ge den till ${user} (mkdir -p ${dataDir}; chown ${user} ${dataDir}), ${other}`,
    )
  }
  if (owner !== null && owner === process.getuid?.())
    return fail(`${path} får inte läsas och skrivas av ${user}`, `Kör chmod u+rwX ${path}, ${other}`)
  return fail(
    `${path} får inte läsas och skrivas av ${user}${owner === null ? '' : `; den tillhör användaren med nummer ${owner}`}`,
    `Kör som den användare som äger mappen, ge den till den här användaren (chown -R ${user} ${dataDir}), ${other}`,
  )
}

/** Whether both roles are let in. */
async function databaseVerdict({ appUrl, ownerUrl, embedded }: ReachedDatabase): Promise<Verdict> {
  for (const [setting, url] of [
    ['DATABASE_URL', appUrl],
    ['DATABASE_OWNER_URL', ownerUrl],
  ] as const) {
    if (setting === 'DATABASE_OWNER_URL' && ownerUrl === appUrl) continue
    try {
      await whoAmI(url)
    } catch (error) {
      const { cause } = error as Error
      return fail(
        `${withoutPassword(url)}: ${systemReason(cause, placeOf(url))}`,
        embedded
          ? 'Starta om portalen; det databasen säger står i database/server.log i datamappen.'
          : mendOf(setting, systemCode(cause)),
      )
    }
  }
  return ok(`${withoutPassword(appUrl)}${embedded ? ' (portalens egen)' : ''}`)
}

/** Host and port, or the folder of the socket. */
function placeOf(url: string): string {
  const { hostname, port, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? (decodeURIComponent(hostname) || 'localhost')
  return host.startsWith('/') ? host : `${host}:${port || 5432}`
}

function mendOf(setting: string, code: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `Rätta ${setting}: värdens namn är felskrivet, eller känner den här datorn inte till det.`
  if (code === '28P01' || code === '28000') return `Rätta ${setting}: användaren och lösenordet.`
  if (code === 'ETLS' || isCertificate(code))
    return `Rätta ${setting}: sslmode, eller låt NODE_EXTRA_CA_CERTS peka på utfärdarens certifikat.`
  if (code === '3D000') return `Rätta ${setting}: databasens namn, eller skapa databasen med createdb.`
  if (/^(53|57)/.test(code)) return 'Vänta tills databasen tar emot anslutningar, eller starta den.'
  return `Rätta ${setting}: värd och port, eller starta databasen.`
}

async function lookAtDatabase(
  urls: ReachedDatabase,
  config: Config,
  look: (what: string, ask: () => Promise<Verdict> | Verdict, mend?: string) => Promise<void>,
): Promise<void> {
  const db = openDatabase(urls.appUrl, { name: 'portal: doctor', max: 2 })
  try {
    await look('PostgreSQL', () => serverVerdict(db))
    let migrated = false
    await look('Tabeller', async () => {
      const { pending, applied } = await migrationState(db, readMigrations(migrationsFolder))
      migrated = pending.length === 0
      return migrated
        ? ok(`${applied.length} migreringar gjorda`)
        : fail(`saknar ${pending.join(', ')}`, 'Kör npm run -s portal -- migrate, eller starta om portalen.')
    })
    if (!migrated) return
    await look('Fakta', async () => {
      const rows = await db.selectFrom('facts_loaded').select('name').execute()
      return rows.length > 0
        ? ok(rows.map(({ name }) => name).join(', '))
        : fail('inga inlästa', 'Kör npm run -s portal -- seed, eller starta om portalen.')
    })
    await look('Roller', () => rolesVerdict(db, urls))
    await look('Historiken', async () => {
      const { events, breaks } = await verifyChain(db)
      return breaks.length === 0
        ? ok(`${events} händelser, kedjan är hel`)
        : fail(
            `kedjan är bruten vid händelse ${breaks.map(({ id }) => id).join(', ')}`,
            'Någon har ändrat i loggen utanför portalen. Jämför med en säkerhetskopia.',
          )
    })
    await look('Klockan', () => clockVerdict(db))
    await look('Ändringar hörs', () => channelVerdict(urls.appUrl))
    await look('Anslutningar', () => connectionsVerdict(db))
    await look('Brev', () => lettersVerdict(db))
    await look('Hemligheter', () =>
      config.databaseUrl === undefined || config.secret !== undefined
        ? ok('engångskoder kan slås på')
        : warn('PORTAL_SECRET saknas', 'Sätt PORTAL_SECRET; utan den kan ingen slå på engångskoder.'),
    )
  } finally {
    await db.destroy()
  }
}

async function serverVerdict(db: Kysely<Database>): Promise<Verdict> {
  const { rows } = await sql<{ version: string; major: number; encoding: string; missing: string[] }>`
    select current_setting('server_version') as version,
      current_setting('server_version_num')::int / 10000 as major,
      current_setting('server_encoding') as encoding,
      array(select needed from unnest(array['btree_gist', 'pg_trgm', 'unaccent']) needed
        where not exists (select from pg_extension where extname = needed)) as missing`.execute(db)
  const [server] = rows
  if (!server) return fail('svarar inte', 'Starta databasen.')
  if (server.major < oldestServer)
    return fail(server.version, `Portalen behöver PostgreSQL ${oldestServer} eller senare.`)
  if (server.encoding !== 'UTF8') return fail(`teckenkodningen är ${server.encoding}`, 'Gör databasen med UTF8.')
  if (server.missing.length > 0)
    return fail(
      `tillägg saknas: ${server.missing.join(', ')}`,
      'Kör npm run -s portal -- migrate; på vissa system ligger de i paketet postgresql-contrib.',
    )
  return ok(server.version)
}

/** The log is append-only by rights when the portal's role does not own it; by triggers alone otherwise. */
async function rolesVerdict(db: Kysely<Database>, urls: ReachedDatabase): Promise<Verdict> {
  const [app, owner] = [await whoAmI(urls.appUrl), await whoAmI(urls.ownerUrl)]
  const { rows } = await sql<{ may: boolean }>`
    select bool_or(has_table_privilege(name, 'update') or has_table_privilege(name, 'delete')) as may
    from unnest(${sql.val([...appendOnlyTables])}::text[]) name`.execute(db)
  return rows[0]?.may
    ? warn(
        app.role === owner.role ? `${app.role} äger tabellerna` : `${app.role} får ändra i loggen`,
        'Bara spärrar i databasen skyddar loggen. Ge portalen en egen roll i DATABASE_URL, och ägaren i DATABASE_OWNER_URL; starta sedan om.',
      )
    : ok(`${app.role} kan bara lägga till i loggen`)
}

async function clockVerdict(db: Kysely<Database>): Promise<Verdict> {
  const before = Date.now()
  const { rows } = await sql<{ now: Date; day: string }>`
    select clock_timestamp() as now, to_char(now() at time zone 'Europe/Stockholm', 'YYYY-MM-DD') as day`.execute(db)
  const now = rows[0]?.now.getTime() ?? 0
  const apart = Math.max(0, before - now, now - Date.now())
  return apart > clockPatience
    ? fail(
        `databasens klocka går ${Math.round(apart / 1000)} sekunder fel mot den här datorns`,
        'Ställ klockorna med NTP.',
      )
    : ok(`databasens klocka går rätt, ${rows[0]?.day} i Stockholm`)
}

async function channelVerdict(url: string): Promise<Verdict> {
  const heard = hearChanges(url, { warn() {}, info() {} })
  const until = Date.now() + patience
  while (heard.hearing() !== 'listening' && Date.now() < until) await new Promise((done) => setTimeout(done, 20))
  const hearing = heard.hearing() === 'listening'
  await heard.close()
  return hearing
    ? ok('LISTEN och NOTIFY fungerar')
    : warn(
        'NOTIFY når inte fram',
        'Sidor sparas inte i minnet. Går anslutningen genom PgBouncer ska den vara i läget session.',
      )
}

async function connectionsVerdict(db: Kysely<Database>): Promise<Verdict> {
  const { rows } = await sql<{ used: number; most: number }>`
    select (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as most`.execute(
    db,
  )
  const { used = 0, most = 0 } = rows[0] ?? {}
  return used > most * 0.8
    ? warn(
        `${used} av ${most} används`,
        'Höj max_connections, eller kör färre processer: varje process tar upp till 12.',
      )
    : ok(`${used} av ${most} används`)
}

async function lettersVerdict(db: Kysely<Database>): Promise<Verdict> {
  const { rows } = await sql<{ waiting: number; late: number; given_up: number }>`
    select count(*) filter (where given_up_at is null)::int as waiting,
      count(*) filter (where given_up_at is null and recorded_at < now() - interval '1 hour')::int as late,
      count(*) filter (where given_up_at is not null)::int as given_up from letter`.execute(db)
  const { waiting = 0, late = 0, given_up = 0 } = rows[0] ?? {}
  if (late > 0) return warn(`${late} brev har väntat mer än en timme`, 'Kontrollera e-postservern och SMTP_URL.')
  return given_up > 0
    ? warn(`${given_up} brev gick inte att skicka`, 'Adressen är antagligen fel: se kontona, och bjud in på nytt.')
    : ok(waiting === 0 ? 'inga väntar' : `${waiting} väntar`)
}

async function spaceVerdict({ dataDir, databaseUrl }: Config): Promise<Verdict> {
  const { bavail, bsize } = await statfs(databaseUrl === undefined ? lookAtDataFolder(dataDir).nearest : '.')
  const free = bavail * bsize
  const text = `${(free / 1024 ** 3).toFixed(1).replace('.', ',')} GB ledigt`
  return free < littleSpace ? warn(text, 'Ge disken mer plats: utan plats kan inget sparas.') : ok(text)
}

async function mailVerdict({ mail, databaseUrl }: Config): Promise<Verdict> {
  if (mail === undefined) {
    return databaseUrl === undefined
      ? ok('ingen server: breven skrivs i loggen')
      : warn('ingen server', 'Sätt SMTP_URL och MAIL_FROM; så länge väntar breven i databasen.')
  }
  const server = new URL(mail.url)
  for (const wait of ['connectionTimeout', 'greetingTimeout', 'dnsTimeout'])
    server.searchParams.set(wait, String(patience))
  const { createTransport } = await import('nodemailer')
  const transport = createTransport(server.href)
  try {
    await transport.verify()
    return ok(`${server.host} svarar och släpper in`)
  } catch (error) {
    return fail(
      systemReason(error, `${server.hostname}:${server.port || (server.protocol === 'smtps:' ? 465 : 587)}`),
      systemCode(error) === 'EAUTH'
        ? 'Rätta användaren och lösenordet i SMTP_URL. Breven väntar så länge.'
        : 'Rätta SMTP_URL, eller starta e-postservern. Breven väntar så länge.',
    )
  } finally {
    transport.close()
  }
}

async function signInVerdict({ oidc }: Config): Promise<Verdict> {
  if (oidc === undefined) return ok('inte inställd')
  const address = `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const mend = 'Rätta OIDC_ISSUER. Inloggning med lösenord fungerar ändå.'
  let answer: Response
  try {
    answer = await fetch(address, { signal: AbortSignal.timeout(patience), redirect: 'manual' })
  } catch (error) {
    const { hostname, port, protocol } = new URL(oidc.issuer)
    return fail(systemReason(error, `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`), mend)
  }
  if (!answer.ok) return fail(`${address} svarar ${answer.status}`, mend)
  const told = (await answer.json().catch(() => null)) as { issuer?: string } | null
  if (told === null) return fail(`${address} svarar med något annat än JSON`, mend)
  const { issuer } = told
  return issuer?.replace(/\/$/, '') === oidc.issuer.replace(/\/$/, '')
    ? ok(`${oidc.issuer} svarar`)
    : fail(`${oidc.issuer} säger sig heta ${issuer}`, 'Sätt OIDC_ISSUER till just det namnet.')
}
