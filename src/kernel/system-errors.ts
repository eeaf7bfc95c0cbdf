/** What the system, another server or its protocol said no with: the only place for the words. */
const words: Readonly<Record<string, (place: string) => string>> = {
  ECONNREFUSED: (place) => `ingen svarar på ${place}`,
  // A socket whose server is gone.
  ENOENT: (place) => `ingen svarar på ${place}`,
  ENOTFOUND: (place) => `värden ${place} finns inte`,
  EAI_AGAIN: (place) => `värdnamnet ${place} kan inte slås upp`,
  ETIMEDOUT: (place) => `${place} svarar inte i tid`,
  EHOSTUNREACH: (place) => `${place} kan inte nås`,
  ENETUNREACH: (place) => `nätet till ${place} kan inte nås`,
  ECONNRESET: (place) => `anslutningen till ${place} bröts`,
  EPIPE: (place) => `anslutningen till ${place} bröts`,
  // The mail client's own.
  ECONNECTION: (place) => `anslutningen till ${place} bröts`,
  EPROTOCOL: (place) => `${place} svarar, men inte som väntat`,
  EAUTH: () => 'fel användare eller lösenord',
  EENVELOPE: () => 'adressen nekades',
  ETLS: (place) => `${place} kan inte kryptera anslutningen`,
  EPROTO: (place) => `${place} kan inte kryptera anslutningen`,
  // PostgreSQL's own. It says the same of a role that does not exist.
  '28P01': () => 'fel användare eller lösenord',
  '28000': () => 'rollen får inte ansluta',
  '3D000': () => 'databasen finns inte',
  '53300': () => 'alla anslutningar är upptagna',
  '57P01': () => 'databasen stängs av',
  '57P03': () => 'databasen startar eller stängs av',
}

/** The same for a disk that does not take what is written, by code. */
export const diskReasons: Readonly<Record<string, string>> = {
  ENOSPC: 'disken är full',
  EACCES: 'mappen får inte skrivas i',
  ENOENT: 'mappen finns inte',
  EROFS: 'disken är skrivskyddad',
}

/** Said without a code, or with one that says less; the code here has the same words. */
const spoken: readonly (readonly [said: RegExp, code: string])[] = [
  [/client password must be a string|client password must be a non-empty string/, '28P01'],
  [/^(timeout exceeded when trying to connect|timeout expired|.*due to connection timeout)/, 'ETIMEDOUT'],
  [/^(Connection terminated|other side closed|socket hang up)/, 'ECONNRESET'],
  [/^The server does not support SSL connections|SSL routines/, 'ETLS'],
  [
    /self-signed certificate|unable to (verify|get)\b.* certificate|certificate has expired|certificate's altnames/,
    'CERT_UNTRUSTED',
  ],
  [/^Response does not match the HTTP/, 'EPROTOCOL'],
]

type Failure = {
  name?: string
  code?: unknown
  message?: string
  address?: string
  port?: number
  hostname?: string
  cause?: unknown
  errors?: readonly unknown[]
}

/** Of several addresses that were tried, and of what was wrapped in something else, the one that says why. */
function innermost(error: unknown): Failure {
  const failure = (typeof error === 'object' && error !== null ? error : { message: String(error) }) as Failure
  const inner = failure.errors?.[0] ?? (failure.message === 'fetch failed' ? failure.cause : undefined)
  return inner === undefined ? failure : innermost(inner)
}

/** The code that says most: a mail client puts its own before that of the system, which stands in what it says. */
function codeOf({ name, code, message = '' }: Failure): string {
  if (name === 'TimeoutError') return 'ETIMEDOUT'
  const said = /^(?:connect|getaddrinfo|read|write) (E[A-Z_]+)/.exec(message)?.[1]
  if (said !== undefined && said in words) return said
  const given = typeof code === 'string' ? code : ''
  return isCertificate(given) ? given : (spoken.find(([text]) => text.test(message))?.[1] ?? given)
}

/** Whether the code is about a certificate that is not trusted. */
export function isCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)
}

/** The code of what went wrong, also where it stands in the words alone; '' where there is none. */
export function systemCode(error: unknown): string {
  return codeOf(innermost(error))
}

/**
 * What went wrong between us and a server, in Swedish and one line, with the code in brackets for whoever looks
 * it up.
 * @param place the server's host and port, or the name of what was looked for; else it is the one that the error tells
 */
export function systemReason(error: unknown, place?: string): string {
  const failure = innermost(error)
  const { address, port, hostname, message = '' } = failure
  const code = codeOf(failure)
  const coded = (text: string) => (code === '' ? text : `${text} (${code})`)
  if (isCertificate(code)) return coded('certifikatet godtas inte')
  const told = address === undefined ? hostname : port === undefined ? address : `${address}:${port}`
  const where = (code === 'ENOTFOUND' || code === 'EAI_AGAIN' ? hostname : undefined) ?? place ?? told ?? 'den adressen'
  const word = words[code]
  return coded(word ? word(where) : (message.split('\n')[0] ?? ''))
}
