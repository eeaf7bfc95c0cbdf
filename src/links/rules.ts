import type { LinkOutcome } from '../db/schema.ts'

/** Why a link does not work, or was not tried. texts.ts has the words. */
export type Reason =
  | 'status'
  | 'loop'
  | 'too-many-redirects'
  | 'bad-redirect'
  | 'timeout'
  | 'no-such-name'
  | 'no-connection'
  | 'broken-off'
  | 'certificate'
  | 'closed-address'
  | 'credentials'
  | 'port'
  | 'robots'
  | 'robots-failed'
  | 'busy'
  | 'refuses'

/** What was found about one link. */
export type Found = {
  outcome: LinkOutcome
  status: number | null
  /** Where the link has moved for good. */
  leadsTo: string | null
  reason: Reason | null
}

export const notChecked = (reason: Reason, status: number | null = null): Found => ({
  outcome: 'not_checked',
  status,
  leadsTo: null,
  reason,
})

export const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)
export const isPermanent = (status: number) => status === 301 || status === 308

/**
 * What the last answer means. A site that lets nobody but signed-in people or only browsers in says nothing of what a
 * reader meets, so it is not called broken.
 * @param movedTo where permanent redirects led before it, if they did
 */
export function judge(status: number, movedTo: string | null): Found {
  if (status >= 200 && status < 300) {
    return { outcome: movedTo === null ? 'works' : 'moved', status, leadsTo: movedTo, reason: null }
  }
  if (status === 401 || status === 403 || status === 451) return notChecked('refuses', status)
  if (status === 429) return notChecked('busy', status)
  const away = status === 502 || status === 503 || status === 504
  return { outcome: away ? 'unreachable' : 'broken', status, leadsTo: null, reason: 'status' }
}

/** Why the address is not asked at all; null when it may be. Ports other than the web's own are not for us to knock on. */
export function refuseAddress(url: {
  protocol: string
  username: string
  password: string
  port: string
}): Reason | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'bad-redirect'
  if (url.username !== '' || url.password !== '') return 'credentials'
  return url.port === '' || url.port === '80' || url.port === '443' ? null : 'port'
}

/**
 * The seconds that a server asks us to wait (Retry-After: seconds or a date). Null: it does not say.
 * @param nowMs the moment it was said
 */
export function retryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - nowMs) / 1000))
}

// ---------------------------------------------------------------- robots.txt (RFC 9309)

export type Robots = { rules: readonly { allow: boolean; pattern: string }[]; delaySeconds: number | null }

export const everythingAllowed: Robots = { rules: [], delaySeconds: null }

/**
 * The rules for one program: those of the groups that name it, else those for everybody.
 * @param token the program's name, as it stands first in its User-Agent
 */
export function readRobots(text: string, token: string): Robots {
  type Group = { agents: string[]; rules: { allow: boolean; pattern: string }[]; delaySeconds: number | null }
  const groups: Group[] = []
  let naming = false
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n?|\n/)) {
    // No regular expression: a line of half a megabyte of spaces is read as fast as any other.
    const [said = ''] = line.split('#', 1)
    const colon = said.indexOf(':')
    const field = colon === -1 ? '' : said.slice(0, colon).trim().toLowerCase()
    const value = said.slice(colon + 1).trim()
    if (field === 'user-agent') {
      if (!naming) groups.push({ agents: [], rules: [], delaySeconds: null })
      groups.at(-1)?.agents.push(value.toLowerCase())
      naming = true
      continue
    }
    const group = groups.at(-1)
    if (field === '' || group === undefined) continue
    if (field === 'allow' || field === 'disallow') {
      naming = false
      if (value !== '') group.rules.push({ allow: field === 'allow', pattern: value })
    } else if (field === 'crawl-delay') {
      naming = false
      if (/^\d{1,6}(\.\d{1,3})?$/.test(value)) group.delaySeconds = Number(value)
    }
  }
  const named = groups.filter(({ agents }) => agents.some((agent) => agent.split('/')[0] === token.toLowerCase()))
  const ours = named.length > 0 ? named : groups.filter(({ agents }) => agents.includes('*'))
  return {
    rules: ours.flatMap(({ rules }) => rules),
    delaySeconds: ours.find(({ delaySeconds }) => delaySeconds !== null)?.delaySeconds ?? null,
  }
}

/** May the path (with its query) be asked for? The longest rule that fits decides; of two as long, the one that allows. */
export function robotsAllow({ rules }: Robots, path: string): boolean {
  let longest = -1
  let allowed = true
  for (const { allow, pattern } of rules) {
    if (pattern.length < longest || (pattern.length === longest && !allow) || !fits(pattern, path)) continue
    longest = pattern.length
    allowed = allow
  }
  return allowed
}

/** Part by part between the stars: a pattern from elsewhere never becomes a regular expression, which could be made slow. */
function fits(pattern: string, path: string): boolean {
  const whole = pattern.endsWith('$')
  const [first = '', ...parts] = (whole ? pattern.slice(0, -1) : pattern).split('*')
  if (!path.startsWith(first)) return false
  const last = whole ? parts.pop() : undefined
  let at = first.length
  for (const part of parts) {
    const found = path.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  if (!whole) return true
  if (last === undefined) return at === path.length
  return path.length - last.length >= at && path.endsWith(last)
}

// ---------------------------------------------------------------- pages

/** A link as it stands on a page. `anchor`: the id that stands nearest before it. */
export type PageLink = { to: URL; anchor: string | null; label: string }

/**
 * The web links of a page that the portal itself has rendered: attributes always in double quotes, nothing unescaped.
 * @param pageUrl the page's own address
 */
export function readPage(html: string, pageUrl: string): { title: string; links: readonly PageLink[] } {
  const links: PageLink[] = []
  let anchor: string | null = null
  for (const { index, 0: whole, 1: tag, 2: attributes = '' } of html.matchAll(openingTag)) {
    const id = /\sid="([^"]*)"/.exec(attributes)?.[1]
    if (id !== undefined) anchor = unescaped(id)
    const href = tag === 'a' ? /\shref="([^"]*)"/.exec(attributes)?.[1] : undefined
    const to = href === undefined ? null : URL.parse(unescaped(href), pageUrl)
    if (to === null || (to.protocol !== 'http:' && to.protocol !== 'https:')) continue
    const from = index + whole.length
    links.push({ to, anchor, label: textOf(html.slice(from, Math.max(from, html.indexOf('</a>', from)))) })
  }
  return { title: textOf(/<h1[^>]*>([\s\S]*?)<\/h1>/.exec(html)?.[1] ?? ''), links }
}

const openingTag = /<([a-z][a-z0-9]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*\/?>/g

export const withoutHash = (url: URL) => url.href.slice(0, url.hash === '' ? undefined : -url.hash.length)

const textOf = (html: string) =>
  unescaped(html.replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()

function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return signs[name.toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
