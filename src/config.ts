import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { z } from 'zod'

/** The environment does not describe a portal that can start. The message names each variable that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const databaseUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
    'ska vara postgres://roll:lösenord@värd:port/databas',
  )

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `ska vara ett heltal ${least}–${most}`)
    .transform(Number)
    .refine((number) => number >= least && number <= most, `ska vara ett heltal ${least}–${most}`)

const origin = z.string().transform((text, context) => {
  const url = URL.parse(text)
  if (
    url &&
    /^https?:$/.test(url.protocol) &&
    url.href === `${url.origin}/` &&
    !text.endsWith('?') &&
    !text.endsWith('#')
  ) {
    return url.origin
  }
  context.addIssue({
    code: 'custom',
    message: 'ska vara protokoll och värd utan sökväg, till exempel https://samverkan.example.se',
  })
  return z.NEVER
})

const text = z.string().max(200, 'är längre än 200 tecken')

const mailServer = z
  .string()
  .refine(
    (text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? ''),
    'ska vara smtp://användare:lösenord@värd:port eller smtps://…',
  )

/** Plain http would let anyone on the way read who signs in; only a provider on this very machine may speak it. */
const issuer = z.string().refine((text) => {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname))
}, 'ska vara en https-adress')

function isThisMachine(host: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(host)
}

const proxies = z.string().refine(
  (text) =>
    text.split(',').every((part) => {
      const [address = '', bits = '0', ...rest] = part.trim().split('/')
      if (['loopback', 'linklocal', 'uniquelocal'].includes(part.trim())) return true
      const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
      return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
    }),
  'ska vara IP-adresser eller nät (10.0.0.0/8) med komma mellan, eller loopback',
)

const environment = z
  .object({
    DATABASE_URL: databaseUrl.optional(),
    DATABASE_OWNER_URL: databaseUrl.optional(),
    PORT: wholeNumber(0, 65_535).default(3000),
    HOST: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'ska vara ett värdnamn eller en IP-adress')
      .default('localhost'),
    BASE_PATH: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'ska börja med / och bara ha bokstäverna a–z, siffror och . _ ~ -')
      .transform((path) => path.replace(/\/$/, ''))
      .default(''),
    PUBLIC_ORIGIN: origin.optional(),
    LOG_LEVEL: z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'ska vara fatal, error, warn, info, debug, trace eller silent',
      )
      .default('info'),
    PORTAL_DATA_DIR: z.string().default('data'),
    PORTAL_FACTS: z.string().default('seeds/kalmar'),
    PORTAL_NAME: text.default('Länsgemensam ledning i samverkan'),
    PORTAL_AUTHORITY: text.default('Region Kalmar län och länets kommuner'),
    PORTAL_CONTACT_EMAIL: z.email('ska vara en e-postadress').default('samverkan@example.se'),
    PORTAL_ACCESSIBILITY_FORM: z
      .url({ protocol: /^https?$/, error: 'ska vara en webbadress som börjar med https://' })
      .optional(),
    PORTAL_SECRET: z.string().min(32, 'ska ha minst 32 tecken').max(500, 'är längre än 500 tecken').optional(),
    TRUSTED_PROXIES: proxies.default('loopback'),
    METRICS_PORT: wholeNumber(1, 65_535).optional(),
    METRICS_TOKEN: z.string().min(16, 'ska ha minst 16 tecken').max(500, 'är längre än 500 tecken').optional(),
    PAGE_CACHE_MB: wholeNumber(0, 10_000).default(32),
    SESSION_IDLE_MINUTES: wholeNumber(1, 24 * 60).default(240),
    SESSION_HOURS: wholeNumber(1, 30 * 24).default(24),
    SMTP_URL: mailServer.optional(),
    MAIL_FROM: z.email('ska vara en e-postadress').optional(),
    OIDC_ISSUER: issuer.optional(),
    OIDC_CLIENT_ID: text.optional(),
    OIDC_CLIENT_SECRET: z.string().max(500, 'är längre än 500 tecken').optional(),
    OIDC_NAME: text.default('arbetsgivarens inloggning'),
    LINK_CHECKS: z.enum(['on', 'off'], 'ska vara on eller off').default('off'),
  })
  .refine((env) => env.DATABASE_URL !== undefined || env.DATABASE_OWNER_URL === undefined, {
    path: ['DATABASE_OWNER_URL'],
    message: 'kräver att DATABASE_URL också är satt',
  })
  .refine((env) => (env.OIDC_ISSUER === undefined) === (env.OIDC_CLIENT_ID === undefined), {
    path: ['OIDC_CLIENT_ID'],
    message: 'och OIDC_ISSUER hör ihop: sätt båda eller ingen',
  })

/** What the portal is told from outside. Paths are absolute; `basePath` is '' or '/x' without a slash at the end. */
export type Config = {
  /** The application role's address. Undefined: the portal runs its own database in `dataDir`. */
  databaseUrl: string | undefined
  /** The owner role's address, for migrations. Undefined: the application role migrates too. */
  databaseOwnerUrl: string | undefined
  port: number
  host: string
  basePath: string
  /** Protocol, host and port as the readers' browsers see them; forms from elsewhere are refused. */
  publicOrigin: string
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  dataDir: string
  /** The folder of facts that is loaded at first start. */
  facts: string
  site: {
    name: string
    authority: string
    contactEmail: string
    /** The authority's form for what is not accessible. Null: readers report it by mail to `contactEmail`. */
    accessibilityForm: string | null
  }
  /** The key that one-time code secrets are encrypted with. Undefined: the one in `dataDir`, if the database is there too. */
  secret: string | undefined
  /** The addresses whose word is taken for where a request comes from (X-Forwarded-For). */
  trustedProxies: string
  /** Figures for whoever watches: on a port of their own, or on the main one for whoever knows the token. */
  metrics: { port: number | undefined; token: string | undefined }
  /** Room for rendered pages, in megabytes; 0 keeps none. */
  pageCacheMegabytes: number
  /** A session ends when unused for `idleMinutes`, and after `hours` in any case. */
  session: { idleMinutes: number; hours: number }
  /** May the command check-links ask other sites whether links to them work? */
  linkChecks: boolean
  /** Undefined: there is no mail server; links are then written in the log while the portal runs its own database. */
  mail: { url: string; from: string } | undefined
  /** The employers' common sign-in (OpenID Connect). `name` as in 'Logga in med …'. */
  oidc: { issuer: string; clientId: string; clientSecret: string | undefined; name: string } | undefined
}

/** The checkout itself; relative paths in the environment are read from here whatever the working folder is. */
const checkout = resolve(import.meta.dirname, '..')

/**
 * Reads the environment. An empty variable counts as not set.
 * @throws ConfigError with one line that names every variable that is wrong
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const read = environment.safeParse(given)
  if (!read.success) {
    throw new ConfigError(read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; '))
  }
  const values = read.data
  return {
    databaseUrl: values.DATABASE_URL,
    databaseOwnerUrl: values.DATABASE_OWNER_URL,
    port: values.PORT,
    host: values.HOST,
    basePath: values.BASE_PATH,
    publicOrigin: values.PUBLIC_ORIGIN ?? `http://localhost:${values.PORT}`,
    logLevel: values.LOG_LEVEL,
    dataDir: resolve(checkout, values.PORTAL_DATA_DIR),
    facts: resolve(checkout, values.PORTAL_FACTS),
    site: {
      name: values.PORTAL_NAME,
      authority: values.PORTAL_AUTHORITY,
      contactEmail: values.PORTAL_CONTACT_EMAIL,
      accessibilityForm: values.PORTAL_ACCESSIBILITY_FORM ?? null,
    },
    secret: values.PORTAL_SECRET,
    metrics: { port: values.METRICS_PORT, token: values.METRICS_TOKEN },
    pageCacheMegabytes: values.PAGE_CACHE_MB,
    trustedProxies: values.TRUSTED_PROXIES,
    session: { idleMinutes: values.SESSION_IDLE_MINUTES, hours: values.SESSION_HOURS },
    linkChecks: values.LINK_CHECKS === 'on',
    mail: values.SMTP_URL ? { url: values.SMTP_URL, from: values.MAIL_FROM ?? values.PORTAL_CONTACT_EMAIL } : undefined,
    oidc:
      values.OIDC_ISSUER !== undefined && values.OIDC_CLIENT_ID !== undefined
        ? {
            issuer: values.OIDC_ISSUER,
            clientId: values.OIDC_CLIENT_ID,
            clientSecret: values.OIDC_CLIENT_SECRET,
            name: values.OIDC_NAME,
          }
        : undefined,
  }
}
