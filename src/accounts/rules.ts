import { isSecretField, withoutNumbers } from '../http/forms.ts'

/** Least and most characters of a password. */
export const passwordLength = { least: 12, most: 200 }

/** Long enough but first in every list of guesses. */
const tooCommon = [
  'password',
  'lösenord',
  'losenord',
  'qwerty',
  'qwertyuiop',
  'asdfgh',
  'abcdef',
  'abc123',
  'iloveyou',
  'hejhej',
  'sommar',
  'vinter',
  'admin',
  'administrator',
  'welcome',
  'välkommen',
  'kalmar',
  'länsgemensam',
]

/**
 * Why a password cannot be chosen, or null. Length is what makes a password strong; the rest keeps away those that
 * are guessed first. No demands on kinds of characters: they make passwords weaker and harder to remember.
 */
export function refusePassword(password: string, email: string): string | null {
  if (password.length < passwordLength.least) return `Skriv minst ${passwordLength.least} tecken, gärna flera ord.`
  if (password.length > passwordLength.most) return `Skriv högst ${passwordLength.most} tecken.`
  const bare = password.toLowerCase()
  if (new Set(bare).size < 5) return 'Välj något som är svårare att gissa: här upprepas samma tecken.'
  const [local = ''] = email.split('@')
  if (bare.includes(email) || (local.length > 3 && bare.replace(local, '').length < 6)) {
    return 'Välj något som inte är din e-postadress.'
  }
  const rest = tooCommon.reduce((left, word) => left.replaceAll(word, ''), bare).replace(/[^a-zåäö]/g, '')
  if (rest.length < 4 && /[a-zåäö]/.test(bare))
    return 'Välj något som är svårare att gissa: det här är ett vanligt lösenord.'
  if (/^[\d\s-]+$/.test(bare)) return 'Välj något som är svårare att gissa än bara siffror.'
  return null
}

/** The longest way back that is kept, in characters. */
const longestReturnPath = 1000

/**
 * The address to go to after signing in, if it is one of the portal's own pages: relative to the base path, never to
 * another site, never to the pages of signing in and out themselves. Null otherwise.
 */
export function returnPathIn(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > longestReturnPath) return null
  if (!/^\/[\x21-\x7e]*$/.test(text) || text.includes('\\')) return null
  const own = 'https://portal.invalid'
  const url = URL.parse(text, own)
  if (url === null || url.origin !== own || url.pathname.startsWith('//')) return null
  if (/^\/(logga-in|logga-ut|valj-losenord|glomt-losenord)(\/|$)/.test(url.pathname)) return null
  return url.pathname + url.search + url.hash
}

/** A form that was sent when its sender was no longer signed in. `path` is where it was sent. */
export type KeptForm = { path: string; fields: Readonly<Record<string, string | readonly string[]>> }

/** The longest form that is brought back, in characters of JSON. */
const longestKeptForm = 200_000

/** What to keep of a form whose sender has to sign in. Null: nothing was typed, or it is too long. */
export function keptFormOf(path: string, body: unknown): KeptForm | null {
  if (typeof body !== 'object' || body === null || returnPathIn(path) === null) return null
  const fields = Object.entries(body).filter(
    (field): field is [string, string | string[]] => !isSecretField(field[0], path) && isText(field[1]),
  )
  const form = { path, fields: withoutNumbers(Object.fromEntries(fields)).clean }
  return fields.length === 0 || JSON.stringify(form).length > longestKeptForm ? null : form
}

function isText(value: unknown): value is string | string[] {
  return typeof value === 'string' || (Array.isArray(value) && value.every((part) => typeof part === 'string'))
}

/** Reads it again after it has been in the browser. Null when it is not such a form. */
export function keptFormIn(text: unknown): KeptForm | null {
  if (typeof text !== 'string' || text === '' || text.length > longestKeptForm) return null
  try {
    const { path, fields } = JSON.parse(text) as { path?: unknown; fields?: unknown }
    return typeof path === 'string' ? keptFormOf(path, fields) : null
  } catch {
    return null
  }
}

/** Everybody in a house may share an IPv4 address; an IPv6 network (/64) is one customer's. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail = ''] = plain.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const whole = [...groups, ...Array(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after]
  return `${whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** 'Firefox på Windows', for the list of one's own sessions; nothing that tells people apart. */
export function browserOf(userAgent: string | undefined): string {
  const text = userAgent ?? ''
  const browser = [
    ['Edg/', 'Edge'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ].find(([mark = '']) => text.includes(mark))?.[1]
  const system = [
    ['Windows', 'Windows'],
    ['Android', 'Android'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Mac OS', 'Mac'],
    ['Linux', 'Linux'],
  ].find(([mark = '']) => text.includes(mark))?.[1]
  if (!browser && !system) return 'okänd webbläsare'
  return [browser ?? 'okänd webbläsare', system && `på ${system}`].filter(Boolean).join(' ')
}
