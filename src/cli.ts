/** The command line: `npm run -s portal -- COMMAND`. Works beside a running server, which it finds through the data folder. */
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Kysely, sql } from 'kysely'
import { createUserCommand, demoUsersCommand, resetPasswordCommand, retentionCommand } from './accounts/commands.ts'
import { remindCommand } from './action-plans/reminders.ts'
import { verifyChain } from './audit/verify.ts'
import { type Config, readConfig } from './config.ts'
import { type Database, openDatabase, withoutPassword } from './db/database.ts'
import { migrate, migrationState, migrationsFolder, oneAtATime, readMigrations, unreachable } from './db/migrate.ts'
import { type ExitCode, exitCodes, farewell, Refusal, sayFarewell } from './exit.ts'
import { stockholmToday } from './kernel/dates.ts'
import { type ReachedDatabase, reachDatabase } from './start.ts'

// What one command alone has use for, it imports itself: nobody who waits for another has to wait for that.

/** What a command is given. */
type Call = {
  config: Config
  /** The command's own flags. */
  flags: Readonly<Record<string, string | boolean | undefined>>
  /** What stands after the command's name. */
  args: string[]
  /** Whether the answer is asked for as JSON. */
  json: boolean
  /** For whoever waits: goes to stderr, so that stdout holds the answer alone. */
  log: (line: string) => void
  /** The database's addresses. The portal's own is started if need be, and made if `create`. */
  reach: (options?: { create: boolean }) => Promise<ReachedDatabase>
}

/** What a command answers: lines for a person, `data` for --json. */
type Outcome = { code: ExitCode; lines: string[]; data: Record<string, unknown> }

type Command = {
  /** The arguments as the help shows them, such as '[MAPP]'. */
  usage: string
  summary: string
  /** Most arguments that the command takes. */
  most: number
  /** Its flags besides --json and --help. */
  flags?: Readonly<Record<string, { type: 'boolean' | 'string' }>>
  run: (call: Call) => Promise<Outcome>
}

const commands: Record<string, Command> = {
  help: {
    usage: '',
    summary: 'visar den här hjälpen',
    most: 0,
    run: async () => ({
      code: exitCodes.done,
      lines: helpText(),
      data: { commands: Object.entries(commands).map(([name, { usage, summary }]) => ({ name, usage, summary })) },
    }),
  },
  migrate: {
    usage: '',
    summary: 'ger databasen de tabeller som den här versionen behöver; skapar den inbyggda databasen om den saknas',
    most: 0,
    run: async ({ reach, log }) => {
      const urls = await reach({ create: true })
      const done = await oneAtATime(urls.appUrl, waitingFor(log), () => migrate(urls))
      return {
        code: exitCodes.done,
        lines: done.length > 0 ? done.map((name) => `Migrerade ${name}`) : ['Databasen är redan migrerad.'],
        data: { migrated: done },
      }
    },
  },
  seed: {
    usage: '[MAPP | --big]',
    summary:
      'läser in fakta ur en mapp (utan MAPP: den som PORTAL_FACTS anger); redan inlästa ändras inte. Med --big: ett stort påhittat län, bara i en tom databas',
    most: 1,
    flags: { big: { type: 'boolean' } },
    run: async ({ config, args, flags, reach, log }) => {
      if (flags.big === true) {
        if (args.length > 0) throw new Refusal('Ange antingen en mapp eller --big.', exitCodes.unusable)
        return await seedBig(await reach(), log)
      }
      const folder = args[0] === undefined ? config.facts : resolve(process.env.INIT_CWD ?? '.', args[0])
      if (!existsSync(folder) || !statSync(folder).isDirectory()) {
        throw new Refusal(`Det finns ingen mapp ${folder}.`, exitCodes.unusable)
      }
      const [urls, { loadFacts }] = [await reach(), await import('./seeding/load.ts')]
      return await oneAtATime(urls.appUrl, waitingFor(log), () =>
        withDatabase(urls, async (db) => {
          await refuseUnlessMigrated(db)
          const { loaded } = await loadFacts(db, folder, stockholmToday())
          return {
            code: exitCodes.done,
            lines: [loaded ? `Läste in fakta från ${folder}.` : `Fakta från ${folder} är redan inlästa.`],
            data: { folder, loaded },
          }
        }),
      )
    },
  },
  'import-discharge-days': {
    usage: 'FIL [--dry-run] [--accept-rejected] [--columns KOLUMNER]',
    summary: 'läser in utskrivningsklara dagar ur en CSV- eller XLSX-fil; avvisade rader stoppar om de inte godtas',
    most: 1,
    flags: {
      'dry-run': { type: 'boolean' },
      'accept-rejected': { type: 'boolean' },
      columns: { type: 'string' },
    },
    run: async ({ args, flags, reach, log }) => {
      if (args[0] === undefined) throw new Refusal('Ange filen som ska läsas in.', exitCodes.unusable)
      const path = resolve(process.env.INIT_CWD ?? '.', args[0])
      const options = {
        dryRun: flags['dry-run'] === true,
        acceptRejected: flags['accept-rejected'] === true,
        columns: typeof flags.columns === 'string' ? flags.columns : null,
      }
      const [urls, { importCommand }] = [await reach(), await import('./discharge-days/commands.ts')]
      return await withDatabase(urls, (db) => importCommand(db, path, options, stockholmToday(), log))
    },
  },
  'import-protocol': {
    usage: 'FIL',
    summary:
      'läser ett gammalt protokoll (PDF, Word, text) eller en mapp av dem, visar förslaget och sparar det för granskning; med --json sparas inget',
    most: 1,
    run: async ({ config, args, reach, log, json }) => {
      if (args[0] === undefined) throw new Refusal('Ange filen eller mappen som ska läsas.', exitCodes.unusable)
      const path = resolve(process.env.INIT_CWD ?? '.', args[0])
      const { importProtocol, keepIn } = await import('./imports/command.ts')
      // Without registers the protocol can be read all the same: only the comparison with them is left out.
      const urls = await reach().catch((error) => {
        log(`Registren går inte att nå: ${farewell(error).line}`)
        return null
      })
      if (urls === null) return await importProtocol(null, path)
      return await withDatabase(urls, async (db) => {
        const ready = await migrationState(db, readMigrations(migrationsFolder)).catch(() => null)
        if (ready === null || ready.pending.length > 0) return await importProtocol(null, path)
        return await importProtocol(db, path, json ? null : keepIn(db, config.publicOrigin + config.basePath))
      })
    },
  },
  'check-links': {
    usage: '',
    summary:
      'prövar länkarna till andra webbplatser på de öppna sidorna och sparar vad som är trasigt eller flyttat; kräver LINK_CHECKS=on',
    most: 0,
    run: async ({ config, reach, log }) => {
      if (!config.linkChecks) {
        throw new Refusal(
          'Länkkontrollen är avstängd, eftersom den frågar andras webbplatser. Slå på den med miljövariabeln LINK_CHECKS=on.',
        )
      }
      return await withDatabase(await reach(), async (db) => {
        const { pending } = await migrationState(db, readMigrations(migrationsFolder))
        if (pending.length > 0) {
          throw new Refusal('Databasen är inte migrerad. Kör först: npm run -s portal -- migrate')
        }
        const { checkLinks } = await import('./links/command.ts')
        const { politePace } = await import('./links/follow.ts')
        const { openInternet } = await import('./links/requests.ts')
        // The pages are read in this process, as anybody gets them; a server need not be running.
        const { buildApp } = await import('./app.ts')
        const app = await buildApp({ db, config: { ...config, logLevel: 'silent' } })
        try {
          return await checkLinks({
            db,
            read: async (url) => {
              const { statusCode: status, headers, body } = await app.inject({ url, headers: { accept: 'text/html' } })
              return { status, type: String(headers['content-type'] ?? ''), body }
            },
            root: config.publicOrigin + config.basePath,
            name: config.site.name,
            reach: openInternet,
            pace: politePace,
            now: () => new Date(),
            log,
          })
        } finally {
          await app.close()
        }
      })
    },
  },
  'load-example-data': {
    usage: '',
    summary: 'läser in påhittade utskrivningsklara dagar 2024–2026, märkta som exempeldata överallt',
    most: 0,
    run: async ({ config, reach }) => {
      const { loadExamplesCommand } = await import('./discharge-days/commands.ts')
      return await withDatabase(await reach(), (db) => loadExamplesCommand(db, config.facts))
    },
  },
  'remove-example-data': {
    usage: '',
    summary: 'tar bort all exempeldata',
    most: 0,
    run: async ({ reach }) => {
      const { removeExamplesCommand } = await import('./discharge-days/commands.ts')
      return await withDatabase(await reach(), removeExamplesCommand)
    },
  },
  'create-user': {
    usage: 'EPOST PERSON [ROLL[:GRUPP] …]',
    summary:
      'skapar ett konto (roller: ledamot:GRUPP, samordnare:GRUPP, administrator) och visar länken till lösenordet',
    most: 20,
    run: async ({ config, args, reach }) =>
      await withDatabase(await reach(), (db) => createUserCommand(db, config, args, stockholmToday())),
  },
  'reset-password': {
    usage: 'EPOST',
    summary: 'visar en länk där kontots lösenord väljs på nytt, och slår av engångskoder',
    most: 1,
    run: async ({ config, args, reach }) =>
      await withDatabase(await reach(), (db) => resetPasswordCommand(db, config, args)),
  },
  'demo-users': {
    usage: '',
    summary:
      'visar hur man loggar in som påhittad samordnare, ledamot och administratör; bara i den inbyggda databasen',
    most: 0,
    run: async ({ config, reach, log }) => {
      const urls = await reach()
      if (!urls.embedded) throw new Refusal('Demokonton finns bara i den inbyggda databasen, aldrig med DATABASE_URL.')
      return await oneAtATime(urls.appUrl, waitingFor(log), () =>
        withDatabase(urls, (db) => demoUsersCommand(db, config, stockholmToday())),
      )
    },
  },
  'apply-retention': {
    usage: '',
    summary: 'tar bort det som inte längre ska finnas kvar: inloggningar, länkar, oanvända konton',
    most: 0,
    run: async ({ config, reach }) =>
      await withDatabase(await reach(), (db) => retentionCommand(db, config, stockholmToday())),
  },
  remind: {
    usage: '',
    summary:
      'mejlar påminnelser om planer som inte har följts upp och om milstolpar; högst en gång i veckan för varje plan',
    most: 0,
    run: async ({ reach }) => await withDatabase(await reach(), (db) => remindCommand(db, stockholmToday())),
  },
  backup: {
    usage: 'FIL',
    summary: 'skriver hela databasen, som den är i ett ögonblick, till en ny fil medan portalen är igång',
    most: 1,
    run: async ({ args, reach }) => {
      const path = fileNamed(args[0], 'Ange filen som säkerhetskopian ska skrivas till.')
      const { writeBackup } = await import('./backup/write.ts')
      const done = await writeBackup((await reach()).appUrl, path, migrationsFolder)
      return {
        code: exitCodes.done,
        lines: [
          `Skrev ${path}: ${done.tables} tabeller, ${done.rows} rader, ${done.bytes} byte, läget ${done.takenAt}.`,
          `Historiken: ${done.audit.events} händelser, sista kedja ${done.audit.lastHash ?? 'ingen'}.`,
        ],
        data: { ...done },
      }
    },
  },
  restore: {
    usage: 'FIL',
    summary: 'läser tillbaka en säkerhetskopia i en tom databas; allt eller inget',
    most: 1,
    run: async ({ args, reach, log }) => {
      const path = fileNamed(args[0], 'Ange säkerhetskopian som ska läsas tillbaka.')
      const { openBackup, verifyBackup } = await import('./backup/read.ts')
      const { restoreBackup } = await import('./backup/restore.ts')
      // A file that is missing or damaged makes no database.
      const file = await openBackup(path)
      await verifyBackup(file).finally(() => file.close())
      const urls = await reach({ create: true })
      const { manifest, rows, migrated } = await oneAtATime(urls.appUrl, waitingFor(log), () =>
        restoreBackup(urls, path, migrationsFolder),
      )
      const { breaks } = await withDatabase(urls, verifyChain)
      return {
        code: exitCodes.done,
        lines: [
          `Läste tillbaka ${path}: ${manifest.tables.length} tabeller, ${rows} rader, läget ${manifest.head.takenAt}.`,
          ...(migrated.length > 0 ? [`Migrerade sedan ${migrated.join(', ')}.`] : []),
          `Historiken: ${manifest.audit.events} händelser, sista kedja ${manifest.audit.lastHash ?? 'ingen'}.`,
          breaks.length === 0
            ? 'Kedjan är hel.'
            : `Kedjan var bruten när kopian togs, vid händelse ${breaks.map(({ id }) => id).join(', ')}.`,
        ],
        data: {
          takenAt: manifest.head.takenAt,
          tables: manifest.tables.length,
          rows,
          migrated,
          audit: manifest.audit,
          whole: breaks.length === 0,
        },
      }
    },
  },
  'verify-audit': {
    usage: '',
    summary: 'räknar om historikens kedja och visar om någon händelse är ändrad, borttagen eller inlagd i efterhand',
    most: 0,
    run: async ({ reach }) => await withDatabase(await reach(), verifyAudit),
  },
  doctor: {
    usage: '',
    summary:
      'undersöker inställningar, databas, roller, klocka, disk, e-post och inloggning, och säger vad som ska lagas',
    most: 0,
    run: async ({ config, reach }) => {
      const { examine } = await import('./doctor.ts')
      const findings = await examine(config, reach)
      const marks = { ok: 'bra ', warn: 'obs ', fail: 'FEL ' }
      const width = Math.max(...findings.map(({ what }) => what.length))
      return {
        code: findings.some(({ state }) => state === 'fail') ? exitCodes.refused : exitCodes.done,
        lines: findings.flatMap(({ what, state, says, mend }) => [
          `${marks[state]} ${what.padEnd(width)}  ${says}`,
          ...(mend === null ? [] : [`${' '.repeat(width + 7)}→ ${mend}`]),
        ]),
        data: { findings },
      }
    },
  },
  status: {
    usage: '',
    summary: 'visar om databasen är redo: migreringar, fakta och historikens kedja',
    most: 0,
    run: async ({ reach }) => {
      const urls = await reach()
      return await withDatabase(urls, (db) => status(db, urls))
    },
  },
}

/** A file as it was named where the command was given. @throws Refusal when none was */
function fileNamed(name: string | undefined, missing: string): string {
  if (name === undefined || name === '') throw new Refusal(missing, exitCodes.unusable)
  return resolve(process.env.INIT_CWD ?? '.', name)
}

/** @throws Refusal when there are tables to be made first */
async function refuseUnlessMigrated(db: Kysely<Database>): Promise<void> {
  const { pending } = await migrationState(db, readMigrations(migrationsFolder))
  if (pending.length === 0) return
  throw new Refusal(
    `Databasen är inte migrerad (${pending.join(', ')} saknas). Kör först: npm run -s portal -- migrate`,
  )
}

/** The made-up county of twenty years, as the owner of the tables. @throws Refusal when something is there already */
async function seedBig(urls: ReachedDatabase, log: Call['log']): Promise<Outcome> {
  const began = Date.now()
  const { loadBigCounty, NotEmpty } = await import('./seeding/big-county/load.ts')
  const owner = openDatabase(urls.ownerUrl, { name: 'portal: stort län', max: 2, statementTimeout: 0 })
  try {
    return await oneAtATime(urls.appUrl, waitingFor(log), async () => {
      await refuseUnlessMigrated(owner)
      const { counts } = await loadBigCounty(owner, { today: stockholmToday() }, log)
      const { events, breaks } = await verifyChain(owner)
      const seconds = Math.round((Date.now() - began) / 1000)
      return {
        code: breaks.length === 0 ? exitCodes.done : exitCodes.broken,
        lines: [
          'Läste in ett påhittat län:',
          ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(18)} ${count}`),
          `Historiken: ${events} händelser. ${breaks.length === 0 ? 'Kedjan är hel.' : 'Kedjan är bruten.'}`,
          `Det tog ${seconds} s.`,
        ],
        data: { counts, events, whole: breaks.length === 0, seconds },
      }
    })
  } catch (error) {
    if (!(error instanceof NotEmpty)) throw error
    throw new Refusal(
      'Databasen är inte tom. Ett påhittat län läses bara in där det inte finns något annat: peka ut en ny databas. Inget har ändrats.',
    )
  } finally {
    await owner.destroy()
  }
}

async function verifyAudit(db: Kysely<Database>): Promise<Outcome> {
  const { events, last, breaks } = await verifyChain(db)
  const whole = breaks.length === 0
  return {
    code: whole ? exitCodes.done : exitCodes.refused,
    lines: [
      `Händelser:   ${events}`,
      `Sista kedja: ${last ? `${last.hash} (händelse ${last.id}, ${last.at.toISOString()})` : 'ingen'}`,
      whole
        ? 'Kedjan är hel.'
        : `Kedjan är bruten vid ${breaks.map(({ id, about }) => `händelse ${id} (${about})`).join(', ')}.`,
    ],
    data: { whole, events, last, breaks },
  }
}

async function status(db: Kysely<Database>, urls: ReachedDatabase): Promise<Outcome> {
  const server = await sql<{ version: string }>`select current_setting('server_version') as version`
    .execute(db)
    .catch((error) => {
      throw unreachable(urls.appUrl, error)
    })
  const { applied, pending } = await migrationState(db, readMigrations(migrationsFolder))
  const migrated = pending.length === 0
  const facts = migrated
    ? await db.selectFrom('facts_loaded').select(['name', 'loaded_at']).orderBy('name').execute()
    : []
  const breaks = migrated ? await db.selectFrom('audit_chain_break').select('id').orderBy('id').execute() : []
  const ready = migrated && facts.length > 0 && breaks.length === 0
  return {
    code: ready ? exitCodes.done : exitCodes.refused,
    lines: [
      `Databas:      ${withoutPassword(urls.appUrl)}${urls.embedded ? ' (inbyggd)' : ''}, PostgreSQL ${server.rows[0]?.version}`,
      `Migreringar:  ${applied.length} gjorda${migrated ? '' : `, återstår: ${pending.join(', ')}`}`,
      `Fakta:        ${facts.map((row) => row.name).join(', ') || 'inga inlästa'}`,
      `Historik:     ${breaks.length === 0 ? 'kedjan är hel' : `kedjan är bruten vid händelse ${breaks.map((row) => row.id).join(', ')}`}`,
      ready ? 'Redo.' : 'Inte redo.',
    ],
    data: {
      ready,
      database: withoutPassword(urls.appUrl),
      embedded: urls.embedded,
      serverVersion: server.rows[0]?.version,
      migrations: { applied, pending },
      facts: facts.map((row) => ({ name: row.name, loadedAt: row.loaded_at })),
      auditChainBreaks: breaks.map((row) => row.id),
    },
  }
}

function helpText(): string[] {
  const names = Object.entries(commands).map(([name, { usage }]) => `${name} ${usage}`.trim())
  const width = Math.max(...names.map((name) => name.length))
  return [
    'Så här: npm run -s portal -- KOMMANDO [--json]',
    '',
    ...Object.values(commands).map(({ summary }, place) => `  ${names[place]?.padEnd(width)}  ${summary}`),
    '',
    'Med --json är det som skrivs på stdout bara JSON; allt annat skrivs på stderr.',
    'Databasen är den som DATABASE_URL anger, annars portalens egen i datamappen (PORTAL_DATA_DIR, annars ./data).',
    '',
    'Slutkoder:',
    '  0  klart (check-links: också när länkar är trasiga)',
    '  1  nekat, eller inte redo; inget har ändrats',
    '  2  fel användning, fel miljövariabel eller indata som inte går att använda',
    '  3  databasen kan inte nås, är för gammal eller är bara delvis migrerad',
    '  4  fel i portalen',
  ]
}

const waitingFor = (log: Call['log']) => () => log('Väntar på en annan process som gör databasen klar')

async function withDatabase<T>(urls: ReachedDatabase, work: (db: Kysely<Database>) => Promise<T>): Promise<T> {
  const db = openDatabase(urls.appUrl, { name: 'portal: kommando', max: 2, statementTimeout: 0 })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

/** Runs one command and lets go of the database, whatever happens. */
async function run(name: string, args: string[], flags: Call['flags']): Promise<Outcome> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command)
    throw new Refusal(
      `Kommandot ${name} finns inte. npm run -s portal -- help visar dem som finns.`,
      exitCodes.unusable,
    )
  if (args.length > command.most) {
    throw new Refusal(`Så här: npm run -s portal -- ${name} ${command.usage}`.trim(), exitCodes.unusable)
  }
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const config = readConfig(process.env)
  try {
    return await command.run({
      config,
      args,
      flags,
      json,
      log,
      async reach({ create } = { create: false }) {
        reaching ??= reachDatabase(config, { create, log })
        return reaching
      },
    })
  } finally {
    await (await reaching?.catch(() => undefined))?.leave()
  }
}

let reaching: Promise<ReachedDatabase> | undefined

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    // The database may be on its way up; it is stopped again, and what the command had begun is undone by it.
    await (await reaching?.catch(() => undefined))?.leave({ cutOff: true })
    process.exit(signal === 'SIGINT' ? 130 : 143)
  })
}
// `… | head` closes our output before we are done; that is no error.
process.stdout.on('error', () => {})

let json = false
try {
  const { values, positionals } = parseCommandLine(process.argv.slice(2))
  const { json: asJson, help, ...flags } = values
  json = asJson === true
  const [name = 'help', ...args] = positionals
  const outcome = await run(help ? 'help' : name, help ? [] : args, flags)
  process.stdout.write(json ? `${JSON.stringify(outcome.data)}\n` : `${outcome.lines.join('\n')}\n`)
  process.exitCode = outcome.code
} catch (error) {
  if (json) process.stdout.write(`${JSON.stringify({ error: farewell(error).line })}\n`)
  process.exitCode = sayFarewell(error)
}

function parseCommandLine(argv: string[]) {
  json = argv.includes('--json')
  const name = argv.find((argument) => !argument.startsWith('-')) ?? 'help'
  const own = Object.hasOwn(commands, name) ? commands[name]?.flags : undefined
  const options: ParseArgsOptionsConfig = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' }, ...own }
  try {
    const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options })
    return { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch {
    const unknown = argv.find((argument) => argument.startsWith('-') && !(argument.replace(/^--?/, '') in options))
    throw new Refusal(
      unknown === undefined
        ? `Flaggorna är felskrivna. npm run -s portal -- help visar hur man gör.`
        : `Flaggan ${unknown} finns inte. npm run -s portal -- help visar hur man gör.`,
      exitCodes.unusable,
    )
  }
}
