/** Atom feeds (RFC 4287) as XML. */

export type AtomEntry = {
  /** The entry's permanent id, a UUID; it stays when the entry is changed or moved. */
  id: string
  title: string
  /** Its page, whole. */
  url: string
  published: Date
  updated: Date
  /** Plain text. */
  summary: string | null
  /** Safe HTML with whole addresses. */
  html?: string | null
  category: string
}

export type AtomFeed = {
  id: string
  title: string
  /** Who answers for the feed. */
  author: string
  /** The page that the feed belongs to, and the feed itself, whole. */
  pageUrl: string
  url: string
  updated: Date
  entries: readonly AtomEntry[]
}

/** Text as it may stand between tags and in attributes. What XML 1.0 cannot hold is left out. */
function xml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .toWellFormed()
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}

/** The feed as a document. The same feed is the same bytes. */
export function atomXml(feed: AtomFeed): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv">',
    `<id>urn:uuid:${feed.id}</id>`,
    `<title>${xml(feed.title)}</title>`,
    `<updated>${feed.updated.toISOString()}</updated>`,
    `<author><name>${xml(feed.author)}</name></author>`,
    `<link rel="self" type="application/atom+xml" href="${xml(feed.url)}"/>`,
    `<link rel="alternate" type="text/html" hreflang="sv" href="${xml(feed.pageUrl)}"/>`,
    ...feed.entries.map((entry) =>
      [
        '<entry>',
        `<id>urn:uuid:${entry.id}</id>`,
        `<title>${xml(entry.title)}</title>`,
        `<published>${entry.published.toISOString()}</published>`,
        `<updated>${entry.updated.toISOString()}</updated>`,
        `<link rel="alternate" type="text/html" hreflang="sv" href="${xml(entry.url)}"/>`,
        `<category term="${xml(entry.category)}"/>`,
        ...(entry.summary === null ? [] : [`<summary>${xml(entry.summary)}</summary>`]),
        ...(entry.html ? [`<content type="html">${xml(entry.html)}</content>`] : []),
        '</entry>',
      ].join('\n'),
    ),
    '</feed>',
    '',
  ].join('\n')
}
