import { type Kysely, sql } from 'kysely'
import { change, systemActor } from '../audit/work.ts'
import type { Database } from '../db/database.ts'
import { counted, slugify } from '../kernel/text.ts'
import { aboutPath } from '../kernel/urls.ts'
import { type CheckedLink, countOutcomes, keepLinkChecks } from './changes.ts'
import { collectLinks, type ReadPage } from './collect.ts'
import { Follower, type Pace, programName } from './follow.ts'
import type { Reach } from './requests.ts'
import type { Found } from './rules.ts'
import { outcomeOrder, outcomes, reasonText } from './texts.ts'

export type LinkCheckOutcome = { code: 0 | 1; lines: string[]; data: Record<string, unknown> }

export type LinkCheck = {
  db: Kysely<Database>
  read: ReadPage
  /** The portal's address outwards with its base path. */
  root: string
  /** The portal's name. */
  name: string
  reach: Reach
  pace: Pace
  now: () => Date
  log: (line: string) => void
}

/** Who asks, so that whoever is asked can find out why: the program, the portal and its address. */
export const userAgentOf = (name: string, root: string) => `${programName}/1.0 (${slugify(name)}; +${root}${aboutPath})`

/**
 * Finds every link to another site on the public pages, follows each and keeps what was found. Nothing is kept when
 * no site at all could be reached: then it is the portal that is without a network.
 */
export async function checkLinks(check: LinkCheck): Promise<LinkCheckOutcome> {
  const { db } = check
  // Two at once would ask every host twice as often.
  return await db.connection().execute(async (held) => {
    const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_lock(${lock}) as free`.execute(held)
    if (rows[0]?.free !== true) return refusal('En annan länkkontroll pågår redan.')
    try {
      return await checkAlone(check)
    } finally {
      await sql`select pg_advisory_unlock(${lock})`.execute(held)
    }
  })
}

const lock = 1_847_302_115

const refusal = (text: string): LinkCheckOutcome => ({ code: 1, lines: [text], data: { error: text } })

async function checkAlone({ db, read, root, name, reach, pace, now, log }: LinkCheck): Promise<LinkCheckOutcome> {
  const { links, pages, tooLong } = await collectLinks(read, root)
  const hosts = new Set([...links.keys()].map((url) => new URL(url).hostname))
  log(
    `${counted(links.size, 'länk', 'länkar')} till ${counted(hosts.size, 'webbplats', 'webbplatser')} på ${pages} sidor.`,
  )
  const follower = new Follower({ reach, userAgent: userAgentOf(name, root) }, pace, now)
  const found = new Map<string, Found>()
  await follower.followAll([...links.keys()], (url, one) => {
    found.set(url, one)
    if (found.size % 25 === 0) log(`${found.size} av ${links.size} prövade.`)
  })
  const checked: CheckedLink[] = [...links].flatMap(([url, places]) => {
    const one = found.get(url)
    return one === undefined ? [] : [{ url, places, ...one }]
  })
  if (hosts.size >= 3 && checked.every(({ outcome, status }) => outcome === 'unreachable' && status === null)) {
    return refusal('Ingen webbplats gick att nå. Är det portalen som saknar nät? Inget har sparats.')
  }
  const at = now()
  const since = await change(db, systemActor, (work) => keepLinkChecks(work, checked, at, pages))
  const counts = countOutcomes(checked)
  const wrong = checked.filter(({ outcome }) => outcome !== 'works')
  return {
    code: 0,
    lines: [
      ...outcomeOrder.flatMap((outcome) =>
        wrong
          .filter((link) => link.outcome === outcome)
          .flatMap((link) => [
            `${outcomes[outcome].one}: ${link.url}`,
            `  ${link.leadsTo === null ? reasonText(outcome, link.reason, link.status) : `nu på ${link.leadsTo}`}`,
            ...link.places.slice(0, 3).map(({ path, page }) => `  står på ${root}${path} (${page})`),
            ...(link.places.length > 3 ? [`  och på ${link.places.length - 3} sidor till`] : []),
          ]),
      ),
      `${counted(checked.length, 'länk', 'länkar')} på ${counted(pages, 'sida', 'sidor')}: ${outcomeOrder
        .map(
          (outcome) => `${counts[outcome]} ${counts[outcome] === 1 ? outcomes[outcome].one : outcomes[outcome].many}`,
        )
        .join(', ')}.`,
      ...(tooLong === 0 ? [] : [`${counted(tooLong, 'länk', 'länkar')} är för långa för att prövas.`]),
    ],
    data: {
      checkedAt: at.toISOString(),
      pages,
      tooLong,
      counts: {
        works: counts.works,
        moved: counts.moved,
        broken: counts.broken,
        unreachable: counts.unreachable,
        notChecked: counts.not_checked,
      },
      links: checked.map(({ url, outcome, status, leadsTo, reason, places }) => ({
        url,
        outcome: outcome === 'not_checked' ? 'notChecked' : outcome,
        status,
        leadsTo,
        reason,
        since: (since.get(url) ?? at).toISOString(),
        places: places.map(({ path, page, label }) => ({ url: root + path, page, label })),
      })),
    },
  }
}
