import { resolve } from 'node:path'
import fastifyView from '@fastify/view'
import { Eta } from 'eta'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../config.ts'
import type { Day } from '../kernel/dates.ts'
import { dayText } from '../kernel/dates.ts'
import { holdsPersonalNumber } from '../kernel/personal-number.ts'
import {
  bodiesPath,
  decisionsPath,
  documentsPath,
  historyPath,
  mattersPath,
  meetingsPath,
  plansPath,
  searchPath,
  signInPath,
  signInPathFrom,
} from '../kernel/urls.ts'
import { addressWithoutNumbers, pageNumber } from './addresses.ts'
import { footerSections, menuSections, type NavSection, sections } from './navigation.ts'
import { allows, anyCoordinator, coordinatorOf } from './permissions.ts'
import { type Subject, structuredData } from './structured-data.ts'

export const viewsFolder = resolve(import.meta.dirname, '../../views')

/**
 * What each page's template gets. A room adds its own beside its view models:
 * `declare module '../http/view.ts' { interface Views { 'meetings/show': MeetingPage } }`
 */
export interface Views {
  'errors/trouble': TroublePage
}

/** What each included part gets: `<%~ include('/parts/tag', { … }) %>`. Rooms add their own in the same way as views. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Parts {}

/** What the layouts get besides `Shared`: the page's head, its rendered body and the frame around it. */
export interface Layouts {
  'layouts/page': { head: PageHead; body: Html; frame: Frame }
}

/** Text that is markup already: what include() gives, or what trusted() was given. Everything else is escaped. */
export type Html = string & { readonly __html: never }

/** Only for markup that this code wrote itself or has sanitised. */
export const trusted = (markup: string): Html => markup as Html

/** A step from the start page. The last one is the page itself and has no path. */
export type Crumb = { text: string; path?: string }

export type PageHead = {
  /** What the page is about, without section and site: 'Barn och unga'. */
  title: string
  section?: NavSection
  /** From below the start page to this page; empty on the start page. */
  crumbs: readonly Crumb[]
  /** One sentence for search results. */
  description?: string
  /** The day asked for by ?datum=; the layout then says so, links back to today and keeps search engines out. */
  asOf?: Day | null
  /** Where search engines find what the page shows, unless at its own address; relative to the base path. */
  canonical?: string
  /** When what the page shows was last changed, in words: '12 december 2025'. */
  changed?: string
  /** Keeps search engines out. */
  hidden?: boolean
  /** Feeds of what the page shows, which programs find in its head. Paths from kernel/urls.ts. */
  feeds?: readonly { title: string; path: string }[]
  /** What the page is about, told to programs in the words of schema.org. */
  about?: Subject
  /** The page's address holds a secret (a single-use link), so this one, relative to the base path, is shown instead. */
  address?: string
}

/** What every template sees as `it` besides its own model. */
export type Shared = {
  /** The base path: '' or '/x'. Every address in a template begins with it. */
  base: string
  site: Config['site']
  today: Day
  /** Who is signed in; null for readers. */
  viewer: { name: string; coordinator: boolean } | null
  /** The address of a file in public/, with the version that lets browsers keep it for ever. */
  asset: (file: string) => string
}

type MenuItem = { text: string; path: string; current: boolean }

export type Frame = {
  title: string
  /** The page's absolute address. */
  address: string
  /** The one address under which search engines list the page; null for what they shall not list. */
  canonicalUrl: string | null
  /** The page's JSON-LD; null where search engines shall not look. */
  structured: Html | null
  /** Protocol and host, for what must be named with a whole address. */
  origin: string
  /** The day that is shown instead of today, and the page's address without it. */
  asOf: { text: string; todayUrl: string } | null
  /** A mail to the portal's own mailbox about this page. */
  correction: string
  menu: readonly MenuItem[]
  footer: readonly { title: string; links: readonly MenuItem[] }[]
  search: string | null
  /** Where to sign in, with the way back to this page; null where one cannot. */
  signIn: string | null
  /** Where the history of what the page shows is read; null for those who may not. */
  history: string | null
}

export type TroublePage = {
  head: PageHead
  text: string
  details: string
  /** For the one who reports it; empty when there is nothing to look for in the log. */
  requestId: string
  /** What the one who asks had typed in a form that cannot be shown again. */
  written?: readonly { name: string; text: string }[]
}

declare module 'fastify' {
  interface FastifyReply {
    /** Renders views/<view>.eta with its model. */
    page<View extends keyof Views>(view: View, model: Views[View]): Promise<FastifyReply>
    /** After a change: 303 to an address of kernel/urls.ts. */
    seeOther(path: string): FastifyReply
    /** For what has got a new address: 301. */
    moved(path: string): FastifyReply
  }
}

// Eta lets an included part see everything the including page has; a part must only see what it is given.
const everything = '{...it, ...(__eta_d ?? {})}'
const onlyShared =
  '{base: it.base, site: it.site, today: it.today, viewer: it.viewer, asset: it.asset, ...(__eta_d ?? {})}'

/** The body whose coordinators may read the history of a thing (register 'meeting', key its slug); null: of no body. */
export type OwnerOf = (register: string, key: string) => Promise<string | null>

type ViewParts = { config: Config; today: () => Day; ownerOf?: OwnerOf | undefined }

/** Where a template is that another includes: Eta works it out anew for each of a page's hundreds of parts. */
function rememberPlaces(eta: Eta): void {
  const resolve = eta.resolvePath.bind(eta)
  const places = new Map<string, string>()
  eta.resolvePath = (template, options) => {
    const asked = `${options?.filepath ?? ''} ${template}`
    const place = places.get(asked) ?? resolve(template, options)
    places.set(asked, place)
    return place
  }
}

export const view = fp(async (app: FastifyInstance, { config, today, ownerOf = async () => null }: ViewParts) => {
  const eta = new Eta({
    autoTrim: false,
    plugins: [
      {
        // Without indentation, and a part ends where its text ends, so that a comma can follow it.
        processTemplate: (source: string) => source.replace(/^[ \t]+|[ \t]+$/gm, '').replace(/\n+$/, ''),
        processFnString: (source: string) => {
          if (!source.includes(everything)) throw new Error('this version of Eta writes include() in another way')
          return source.replaceAll(everything, onlyShared)
        },
      },
    ],
  })
  rememberPlaces(eta)
  await app.register(fastifyView, { engine: { eta }, root: viewsFolder, viewExt: 'eta', production: true })

  const base = config.basePath
  // The routes are there before the first page: they are looked through once for each way in the frame, not for each page.
  const existing = new Map<string, boolean>()
  const exists = (path: string) => {
    const known = existing.get(path) ?? app.methodsAt(base + path).includes('GET')
    existing.set(path, known)
    return known
  }

  app.decorateReply('page', async function (name, model): Promise<FastifyReply> {
    const { head } = model
    const shared: Shared = {
      base,
      site: config.site,
      today: today(),
      viewer: viewerOf(this.request),
      asset: (file) => app.asset(file),
    }
    const found = this.statusCode < 400
    const asked = found ? this.request.originalUrl : addressWithoutNumbers(this.request.originalUrl)
    const frame = {
      ...frameOf(this.request, asked, head, config, exists),
      history: await historyFor(this.request, found),
    }
    const html = await this.viewAsync(name, { ...shared, ...model, frame })
    return this.type('text/html; charset=utf-8').send(html)
  })

  /** The way to the history of what the page shows, for those who may read it. */
  async function historyFor(
    { identity, params, routeOptions }: FastifyRequest,
    found: boolean,
  ): Promise<string | null> {
    const register = historyRegisters[routeOptions.url?.slice(base.length) ?? '']
    const { slug } = (params ?? {}) as { slug?: string }
    if (!identity?.signedIn || register === undefined || slug === undefined) return null
    // Its address would be shown again.
    if (!found && holdsPersonalNumber(slug)) return null
    if (!allows(anyCoordinator, identity, null)) return null
    const may = allows(coordinatorOf('history'), identity, await ownerOf(register, slug))
    return may ? historyPath(`${register}/${slug}`) : null
  }

  app.decorateReply('seeOther', function (path) {
    return this.redirect(base + path, 303)
  })
  app.decorateReply('moved', function (path) {
    return this.redirect(base + path, 301)
  })
})

/** The data come escaped from the one place that writes them. */
const structuredMarkup = (data: string | null): Html | null => (data === null ? null : trusted(data))

function viewerOf({ identity }: FastifyRequest): Shared['viewer'] {
  if (!identity?.signedIn) return null
  return { name: identity.name ?? identity.actor.name, coordinator: allows(anyCoordinator, identity, null) }
}

/** The pages of single things, by what the log calls them. */
const historyRegisters: Readonly<Record<string, string>> = {
  [`${meetingsPath}/:slug`]: 'meeting',
  [`${decisionsPath}/:slug`]: 'decision',
  [`${bodiesPath}/:slug`]: 'body',
  [`${plansPath}/:slug`]: 'plan',
  [`${documentsPath}/:slug`]: 'document',
  [`${mattersPath}/:slug`]: 'matter',
}

function frameOf(
  request: FastifyRequest,
  asked: string,
  head: PageHead,
  config: Config,
  exists: (path: string) => boolean,
): Omit<Frame, 'history'> {
  const section = head.section === undefined ? undefined : sections[head.section]
  const dated = head.asOf ? `${head.title} den ${dayText(head.asOf)}` : head.title
  // Pages of the workspace are called alike in many places: the two nearest above tell them apart.
  const above = head.hidden ? head.crumbs.slice(0, -1).slice(-2).reverse() : []
  const names = [dated, ...above.map(({ text }) => text), section?.text, config.site.name].filter(
    (name, place, all) => name && all.indexOf(name) === place,
  )
  const here = head.address === undefined ? asked : config.basePath + head.address
  const address = config.publicOrigin + here
  const canonicalUrl =
    head.asOf || head.hidden
      ? null
      : config.publicOrigin +
        (head.canonical === undefined ? withoutFilters(here, request.query) : config.basePath + head.canonical)
  const link = ({ text, path }: { text: string; path: string }) => ({ text, path, current: path === section?.path })
  return {
    title: names.join(' – '),
    address,
    canonicalUrl,
    structured:
      canonicalUrl === null ? null : structuredMarkup(structuredData(head, { config, address: canonicalUrl })),
    origin: config.publicOrigin,
    asOf: head.asOf ? { text: dayText(head.asOf), todayUrl: withoutDatum(asked) } : null,
    correction: correctionMail(config.site.contactEmail, head.title, address),
    menu: menuSections
      .map((name) => sections[name])
      .filter(({ path }) => exists(path))
      .map(link),
    footer: footerSections
      .map(({ title, links }) => ({ title, links: links.filter(({ path }) => exists(path)).map(link) }))
      .filter(({ links }) => links.length > 0),
    search: exists(searchPath) ? searchPath : null,
    signIn: exists(signInPath)
      ? signInPathFrom(request.method === 'GET' ? here.slice(config.basePath.length) : '')
      : null,
  }
}

/**
 * A filtered list shows what the whole list shows; only the further pages (?sida=) of the whole list show something else.
 * @param read what the route reads of the address: what it does not know filters nothing
 */
function withoutFilters(url: string, read: unknown): string {
  const [path = ''] = url.split('?', 1)
  const { sida, ...filters } = (read ?? {}) as Record<string, unknown>
  const isWhole = Object.values(filters).every((value) => value === undefined || value === null || value === '')
  const page = pageNumber.parse(sida)
  return isWhole && page > 1 ? `${path}?sida=${page}` : path
}

function withoutDatum(url: string): string {
  const [path = '', query = ''] = url.split('?', 2)
  const kept = new URLSearchParams(query)
  kept.delete('datum')
  return kept.size === 0 ? path : `${path}?${kept}`
}

function correctionMail(to: string, title: string, address: string): string {
  const subject = `Föreslå rättelse: ${title}`
  const body = `Sidan: ${address}\r\n\r\nVad är fel?\r\n\r\n\r\nVad ska stå i stället?\r\n\r\n\r\nVar framgår det?\r\n\r\n`
  return `mailto:${to}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`
}
