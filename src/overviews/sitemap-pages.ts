import type { PublicAddress } from './sitemap-queries.ts'

/** The most addresses that one sitemap may hold (sitemaps.org). */
export const addressesPerSitemap = 50_000

const namespace = 'http://www.sitemaps.org/schemas/sitemap/0.9'

/**
 * The sitemap as XML. When the addresses are more than fit in one, it is an index of parts, and `part` (from 1) is one
 * of them. Null: there is no such part.
 * @param root protocol, host and base path, which the portal's own paths are put after
 */
export function sitemapXml(
  root: string,
  addresses: readonly Omit<PublicAddress, 'kind'>[],
  part: number | null,
  perPart = addressesPerSitemap,
): string | null {
  const parts = Math.max(1, Math.ceil(addresses.length / perPart))
  if (part === null && parts > 1) {
    const places = Array.from(
      { length: parts },
      (_, place) => `<sitemap><loc>${root}/sitemap.xml?del=${place + 1}</loc></sitemap>`,
    )
    return document('sitemapindex', places)
  }
  if (part !== null && part > parts) return null
  const first = ((part ?? 1) - 1) * perPart
  return document(
    'urlset',
    addresses.slice(first, first + perPart).map(({ path, changed }) => {
      const lastmod = changed === null ? '' : `<lastmod>${changed.toISOString()}</lastmod>`
      return `<url><loc>${escaped(root + path)}</loc>${lastmod}</url>`
    }),
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
