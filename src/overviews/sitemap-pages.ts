import type { PublicAddress } from './sitemap-queries.ts'

const namespace = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/**
 * A sitemap as XML.
 * @param root protocol, host and base path, which the portal's own paths are put after
 */
export function sitemapXml(root: string, addresses: readonly Omit<PublicAddress, 'kind'>[]): string {
  return document(
    'urlset',
    addresses.map(({ path, changed }) => {
      const lastmod = changed === null ? '' : `<lastmod>${changed.toISOString()}</lastmod>`
      return `<url><loc>${escaped(root + path)}</loc>${lastmod}</url>`
    }),
  )
}

/** The sitemap of a county with more addresses than one holds: where its parts are, numbered from 1. */
export function sitemapIndexXml(root: string, parts: number): string {
  return document(
    'sitemapindex',
    Array.from({ length: parts }, (_, place) => `<sitemap><loc>${root}/sitemap.xml?del=${place + 1}</loc></sitemap>`),
  )
}

function document(root: string, entries: readonly string[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<${root} xmlns="${namespace}">`,
    ...entries,
    `</${root}>`,
    '',
  ].join('\n')
}

/** Slugs and base paths have no such characters, but an origin is typed by a person. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
