import MarkdownIt from 'markdown-it'

/**
 * What the wording of minutes may be written in: paragraphs, lists, emphasis, quotes, tables and links. Markup in the
 * text is shown as it was typed, and a link leads only to https or a mailbox.
 */
const markdown = renderer(/^(https:\/\/|mailto:)\S+$/i)

/** The same, and links to the portal's own pages by their paths: '/beslut/…', never '//elsewhere'. */
const markdownWithPaths = renderer(/^((https:\/\/|mailto:)\S+|\/(?![/\\])[^\s\\]*)$/i)

function renderer(links: RegExp): InstanceType<typeof MarkdownIt> {
  const markdown = new MarkdownIt({ html: false, linkify: false, breaks: false, typographer: false }).disable([
    'image',
    'code',
    'fence',
    'autolink',
    'html_block',
    'html_inline',
  ])
  markdown.validateLink = (url) => links.test(url)

  // The page has its own headings and its own order of them: a heading in the text is a line that stands out.
  markdown.renderer.rules.heading_open = () => '<p class="text-heading"><strong>'
  markdown.renderer.rules.heading_close = () => '</strong></p>\n'
  markdown.renderer.rules.table_open = () =>
    '<div class="table-box" role="group" aria-label="Tabell" tabindex="0">\n<table class="plain">\n'
  markdown.renderer.rules.table_close = () => '</table>\n</div>\n'
  // The alignment that a table asks for would be a style attribute, which the content security policy refuses.
  for (const cell of ['th_open', 'td_open'] as const) {
    markdown.renderer.rules[cell] = (tokens, place, options, _env, self) => {
      const token = tokens[place]
      if (token) token.attrs = token.tag === 'th' ? [['scope', 'col']] : null
      return self.renderToken(tokens, place, options)
    }
  }
  markdown.renderer.rules.hr = () => ''
  markdown.renderer.rules.link_open = (tokens, place, options, env, self) => {
    const token = tokens[place]
    // A title that nobody can reach with a keyboard says nothing.
    if (token) {
      token.attrs = (token.attrs ?? [])
        .filter(([name]) => name === 'href')
        .map(([name, href]) => [name, `${String(href).startsWith('/') ? (env as { root?: string }).root : ''}${href}`])
    }
    return self.renderToken(tokens, place, options)
  }
  return markdown
}

/**
 * Safe HTML of a text, in blocks. Nothing in the text can become markup of its own.
 * @param root when given, links by a path lead to the portal's own pages, which begin so; otherwise they are no links
 */
export function markdownHtml(text: string, root?: string): string {
  return root === undefined ? markdown.render(text) : markdownWithPaths.render(text, { root })
}

/** The same text in its parts, for what is not a page. The same rules hold: what is no markup on a page is none here. */
export function markdownParts(text: string): MarkdownPart[] {
  return markdown.parse(text, {})
}

export type MarkdownPart = ReturnType<typeof markdown.parse>[number]
