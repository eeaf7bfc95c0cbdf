import { type Answer, type Asking, ask, LinkTrouble } from './requests.ts'
import {
  everythingAllowed,
  type Found,
  isPermanent,
  isRedirect,
  judge,
  notChecked,
  type Reason,
  type Robots,
  readRobots,
  refuseAddress,
  retryAfter,
  robotsAllow,
  withoutHash,
} from './rules.ts'
import { Turns } from './turns.ts'

/** The program's name, which a site's robots.txt can address. */
export const programName = 'portal-lankkontroll'

/** How hard the world is asked. */
export type Pace = {
  /** Between two requests to the same host. */
  pauseMs: number
  /** The most that one request may take. */
  seconds: number
  /** Hosts that are asked beside each other. */
  hostsAtOnce: number
  /** The longest that a host may ask us to wait (Retry-After, Crawl-delay); one that asks for more is left alone. */
  mostWaitSeconds: number
}

export const politePace: Pace = { pauseMs: 1000, seconds: 15, hostsAtOnce: 4, mostWaitSeconds: 60 }

const mostRedirects = 5
const mostRobotsBytes = 512 * 1024

/** What one host's robots.txt says, or why it could not be had. */
type Leave = { robots: Robots } | { found: Found }

/** Follows links to other sites, one request at a time to each host. One for each run: it remembers robots.txt. */
export class Follower {
  readonly #asking: Asking
  readonly #pace: Pace
  readonly #now: () => Date
  readonly #turns: Turns
  readonly #leaves = new Map<string, Promise<Leave>>()
  /** Hosts that have asked to be left alone for longer than we wait. */
  readonly #busy = new Set<string>()

  constructor(asking: Omit<Asking, 'seconds'>, pace: Pace, now: () => Date) {
    this.#asking = { ...asking, seconds: pace.seconds }
    this.#pace = pace
    this.#now = now
    this.#turns = new Turns(pace.pauseMs)
  }

  /** Follows every link, and tells of each as it is done. */
  async followAll(urls: readonly string[], tell: (url: string, found: Found) => void): Promise<void> {
    const byHost = Map.groupBy(urls, (url) => new URL(url).hostname)
    const waiting = [...byHost.values()]
    const lane = async () => {
      for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
        for (const url of host) tell(url, await this.follow(url))
      }
    }
    await Promise.all(Array.from({ length: this.#pace.hostsAtOnce }, lane))
  }

  /** Follows one link to where it ends. */
  async follow(link: string): Promise<Found> {
    let at = new URL(link)
    let movedTo: string | null = null
    let forGood = true
    const been = new Set<string>()
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      been.add(withoutHash(at))
      const refused = this.#refused(at)
      if (refused !== null) return notChecked(refused)
      const answer = await this.#answerOf(at)
      if ('outcome' in answer) return answer
      const { status, location } = answer
      if (!isRedirect(status) || location === null) return judge(status, movedTo)
      const next = URL.parse(location, at.href)
      if (next === null || !/^https?:$/.test(next.protocol)) return broken('bad-redirect', status)
      next.hash = ''
      // What comes after a redirect for the time being has not moved for good.
      forGood &&= isPermanent(status)
      if (forGood) movedTo = next.href.length <= 2000 ? next.href : movedTo
      if (been.has(next.href)) return broken('loop', status)
      at = next
    }
    return broken('too-many-redirects', null)
  }

  #refused(url: URL): Reason | null {
    const reason = refuseAddress(url)
    return reason === 'port' && this.#asking.reach.anyPort ? null : reason
  }

  async #answerOf(url: URL): Promise<Answer | Found> {
    const leave = await this.#leaveFor(url)
    if ('found' in leave) return leave.found
    if (!robotsAllow(leave.robots, url.pathname + url.search)) return notChecked('robots')
    try {
      const head = await this.#ask(url, 'HEAD', leave.robots)
      if (head.status < 400 || head.status === 429) return head
      // Many servers do not know HEAD, or answer it otherwise than GET.
      return await this.#ask(url, 'GET', leave.robots)
    } catch (error) {
      if (!(error instanceof LinkTrouble)) throw error
      if (error.reason !== 'broken-off') return troubled(error.reason)
    }
    try {
      return await this.#ask(url, 'GET', leave.robots)
    } catch (error) {
      if (error instanceof LinkTrouble) return troubled(error.reason)
      throw error
    }
  }

  /** Asks when it is the host's turn, and once more when the host says how long to wait and that is not long. */
  async #ask(url: URL, method: 'HEAD' | 'GET', { delaySeconds }: Robots, mostBytes = 0): Promise<Answer> {
    const { mostWaitSeconds } = this.#pace
    const pauseMs = 1000 * Math.min(delaySeconds ?? 0, mostWaitSeconds)
    const once = (how: 'HEAD' | 'GET') => {
      if (this.#busy.has(url.hostname)) throw new LinkTrouble('busy')
      return this.#turns.take(url.hostname, () => ask(url, how, this.#asking, mostBytes), pauseMs)
    }
    const answer = await once(method)
    const { status } = answer
    if (status !== 429 && status !== 503) return answer
    const seconds = retryAfter(answer.retryAfter, this.#now().getTime())
    if (seconds === null && status === 503) return answer
    if (seconds !== null && seconds <= mostWaitSeconds) {
      this.#turns.rest(url.hostname, seconds * 1000)
      const again = await once(method)
      if (again.status !== 429) return again
    }
    this.#busy.add(url.hostname)
    throw new LinkTrouble('busy')
  }

  #leaveFor(url: URL): Promise<Leave> {
    const known = this.#leaves.get(url.origin)
    if (known) return known
    const asked = this.#askLeave(url.origin)
    this.#leaves.set(url.origin, asked)
    return asked
  }

  /** Reads robots.txt, following redirects. None, or one that may not be read: everything is allowed (RFC 9309, 2.3.1). */
  async #askLeave(origin: string): Promise<Leave> {
    let at = new URL('/robots.txt', origin)
    try {
      for (let hop = 0; hop <= mostRedirects; hop += 1) {
        const refused = this.#refused(at)
        if (refused !== null) return { robots: everythingAllowed }
        const { status, location, body } = await this.#ask(at, 'GET', everythingAllowed, mostRobotsBytes)
        if (status >= 200 && status < 300) return { robots: readRobots(body, programName) }
        if (status >= 500) return { found: notChecked('robots-failed', status) }
        const next = isRedirect(status) && location !== null ? URL.parse(location, at.href) : null
        if (next === null) break
        at = next
      }
    } catch (error) {
      if (!(error instanceof LinkTrouble)) throw error
      // Where robots.txt led elsewhere it says nothing of this site.
      if (at.origin === origin) return { found: troubled(error.reason) }
    }
    return { robots: everythingAllowed }
  }
}

const broken = (reason: Reason, status: number | null): Found => ({ outcome: 'broken', status, leadsTo: null, reason })

/** What is found where there is no answer to judge. */
function troubled(reason: Reason): Found {
  if (reason === 'busy' || reason === 'closed-address') return notChecked(reason)
  return { outcome: 'unreachable', status: null, leadsTo: null, reason }
}
