/** What a page is about in the words of schema.org, for search engines and other programs: the one place that writes it. */

import type { Config } from '../config.ts'
import { withoutContacts } from '../kernel/contacts.ts'
import { atClock, type Day } from '../kernel/dates.ts'

/** A step from the start page, as the page's head has it. */
type Crumb = { text: string; path?: string }
type Named = { name: string; path: string }
type Files = readonly { format: string; path: string }[]
type DataSet = { name: string; text: string; anchor?: string; files: Files }

/** The thing that a page shows. Only what stands on the page may be told; paths are from kernel/urls.ts. */
export type Subject =
  /** The portal itself, and the authority that answers for it. */
  | { kind: 'portal' }
  | {
      kind: 'meeting'
      name: string
      /** The day, with times of the clock in Stockholm ('10:00') where they are known. */
      on: Day
      from: string | null
      to: string | null
      place: string | null
      cancelled: boolean
      by: Named
    }
  | { kind: 'person'; name: string; roles: readonly { text: string; body: Named }[] }
  /** `on`: only a day that is known as a day. */
  | { kind: 'decision'; name: string; what: string; text: string | null; on: Day | null; by: Named }
  | { kind: 'document'; name: string; what: string; text: string | null; on: Day | null }
  | ({ kind: 'data' } & DataSet)
  | { kind: 'catalogue'; name: string; text: string; licence: string; sets: readonly DataSet[] }

type Node = Readonly<Record<string, unknown>>
type Parts = { config: Config /** The page's own absolute address. */; address: string }

/**
 * The page's JSON-LD, ready for a <script type="application/ld+json">: such a block is data, which no browser executes
 * and which the content security policy therefore does not concern. Null when there is nothing to tell.
 */
export function structuredData(
  { crumbs, about }: { crumbs: readonly Crumb[]; about?: Subject },
  parts: Parts,
): string | null {
  const graph = [
    ...(about === undefined ? [] : nodesOf(about, parts)),
    ...(crumbs.length === 0 ? [] : [trail(crumbs, parts)]),
  ]
  if (graph.length === 0) return null
  // A '<' in a title could otherwise end the block.
  return JSON.stringify({ '@context': 'https://schema.org', '@graph': graph }, withoutContactsIn).replaceAll(
    '<',
    '\\u003c',
  )
}

function trail(crumbs: readonly Crumb[], { config, address }: Parts): Node {
  const steps: readonly Crumb[] = [{ text: 'Start', path: '/' }, ...crumbs]
  return {
    '@type': 'BreadcrumbList',
    itemListElement: steps.map(({ text, path }, place) => ({
      '@type': 'ListItem',
      position: place + 1,
      name: text,
      ...(path !== undefined && { item: whole(config, path) }),
      ...(path === undefined && place === steps.length - 1 && { item: address }),
    })),
  }
}

const whole = (config: Config, path: string) => config.publicOrigin + config.basePath + path

function nodesOf(about: Subject, { config, address }: Parts): readonly Node[] {
  const page = { '@id': address, url: address }
  const organisation = ({ name, path }: Named): Node => ({
    '@type': 'Organization',
    '@id': whole(config, path),
    name,
    url: whole(config, path),
  })
  const authority: Node = {
    '@type': 'GovernmentOrganization',
    '@id': `${whole(config, '/')}#myndighet`,
    name: config.site.authority,
  }
  const downloads = (files: Files) =>
    files.map(({ format, path }) => ({
      '@type': 'DataDownload',
      encodingFormat: format,
      contentUrl: whole(config, path),
    }))
  const set = ({ name, text, anchor, files }: DataSet): Node => {
    const id = anchor === undefined ? address : `${address}#${anchor}`
    return {
      '@type': 'Dataset',
      '@id': id,
      name,
      description: text,
      url: id,
      inLanguage: 'sv',
      isAccessibleForFree: true,
      creator: authority,
      distribution: downloads(files),
    }
  }
  switch (about.kind) {
    case 'portal':
      return [
        { ...authority, email: config.site.contactEmail },
        {
          '@type': 'WebSite',
          ...page,
          name: config.site.name,
          inLanguage: 'sv',
          publisher: { '@id': authority['@id'] },
        },
      ]
    case 'meeting': {
      const { on, from, to, place } = about
      const at = (time: string) => atClock(on, time).toISO({ suppressMilliseconds: true })
      return [
        {
          '@type': 'Event',
          ...page,
          name: about.name,
          startDate: from === null ? on : at(from),
          ...(from !== null && to !== null && { endDate: at(to) }),
          eventStatus: `https://schema.org/${about.cancelled ? 'EventCancelled' : 'EventScheduled'}`,
          ...(place !== null && { location: { '@type': 'Place', name: place } }),
          organizer: organisation(about.by),
        },
      ]
    }
    case 'person':
      return [
        {
          '@type': 'Person',
          ...page,
          name: about.name,
          memberOf: about.roles.map(({ text, body }) => ({
            '@type': 'OrganizationRole',
            roleName: text,
            memberOf: organisation(body),
          })),
        },
      ]
    case 'decision':
      return [
        {
          '@type': 'CreativeWork',
          ...page,
          name: about.name,
          genre: about.what,
          inLanguage: 'sv',
          ...(about.text !== null && { text: about.text }),
          ...(about.on !== null && { dateCreated: about.on }),
          creator: organisation(about.by),
        },
      ]
    case 'document':
      return [
        {
          '@type': 'DigitalDocument',
          ...page,
          name: about.name,
          genre: about.what,
          inLanguage: 'sv',
          ...(about.text !== null && { abstract: about.text }),
          ...(about.on !== null && { dateCreated: about.on }),
        },
      ]
    case 'data':
      return [set(about)]
    case 'catalogue':
      return [
        {
          '@type': 'DataCatalog',
          ...page,
          name: about.name,
          description: about.text,
          inLanguage: 'sv',
          license: about.licence,
          publisher: authority,
          dataset: about.sets.map((one) => ({ ...set(one), license: about.licence })),
        },
      ]
  }
}

/** Running text is told to programs without the contact details that somebody may have written in it. */
const withoutContactsIn = (name: string, value: unknown) =>
  typeof value === 'string' && (name === 'name' || name === 'description' || name === 'text')
    ? withoutContacts(value)
    : value
