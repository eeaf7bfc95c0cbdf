import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { checkViews, toTypeScript } from '../../src/http/check-views.ts'

const folder = mkdtempSync(join(tmpdir(), 'portal-views-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): string {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const models = write(
  'models.ts',
  `import type { Html, PageHead } from '${resolve('src/http/view.ts')}'
declare module '${resolve('src/http/view.ts')}' {
  interface Views {
    'rooms/good': RoomPage
    'rooms/broken': RoomPage
    'rooms/markup': RoomPage
  }
  interface Parts {
    'rooms/_row': { name: string; count: number }
  }
}
type RoomPage = {
  head: PageHead
  rows: { name: string; count: number; note: string | null; path: string; url: string }[]
  chart: Html
}
`,
)

write('rooms/_row.eta', '<li><%= it.name %>: <%= it.count %></li>\n')
write(
  'rooms/good.eta',
  `<% layout('/layouts/page') %>
<h1><%= it.head.title %></h1>
<%~ it.chart %>
<ul>
  <% for (const row of it.rows) { %>
  <%~ include('/rooms/_row', row) %>
  <% if (row.note) { %><li><a href="<%= it.base %><%= row.path %>"><%= row.note %></a> <a href="<%= row.url %>">källa</a></li><% } else { %><li>–</li><% } %>
  <% } %>
</ul>
`,
)
write(
  'rooms/broken.eta',
  `<% layout('/layouts/pages') %>
<h1><%= it.head.titel %></h1>
<p><%= it.rows %></p>
<% for (const row of it.rows) { %>
  <%= row.note %>
  <%~ row.name %>
  <%~ include('/rooms/_row', { name: row.name }) %>
  <%~ include('/rooms/_missing', {}) %>
<% } %>
`,
)
write(
  'rooms/markup.eta',
  `<a href="/grupper">fel</a>
<form action="/sok"></form>
<% for (const row of it.rows) { %>
<a href="<%= row.path %>">fel</a>
<% } %>
<p style="color: red">fel</p>
<script>alert(1)</script>
<button onclick="x()">fel</button>
<%- it.head.title -%>
<% /* rätt */ const a = 'http://x' %>
<% const b = 1 // fel %>
<script src="<%= it.asset('x.js') %>"></script>
<script type="application/ld+json"><%~ it.head.title %></script>
<script type="module">fel()</script>
`,
)

describe('the check of the templates', () => {
  const findings = checkViews(folder, [models])
  const linesOf = (file: string) => findings.filter((finding) => finding.file.endsWith(file)).map(({ line }) => line)
  const said = (file: string, line: number) =>
    findings
      .filter((finding) => finding.file.endsWith(file) && finding.line === line)
      .map(({ text }) => text)
      .join()

  test('lets right templates be', () => {
    expect(linesOf('good.eta')).toEqual([])
    expect(linesOf('_row.eta')).toEqual([])
  })

  test('names file and line of every misspelt, missing or unprintable value', () => {
    expect(linesOf('broken.eta')).toEqual([1, 2, 3, 5, 6, 7, 8])
    expect(said('broken.eta', 2)).toContain("'titel' does not exist")
    expect(said('broken.eta', 5)).toContain("'string | null'")
    expect(said('broken.eta', 7)).toContain('count')
  })

  test('refuses what breaks under a base path or the content security policy', () => {
    expect(linesOf('markup.eta')).toEqual([1, 2, 4, 6, 7, 8, 9, 11, 13, 14])
    expect(said('markup.eta', 4)).toContain('<%= it.base %>')
  })
})

test('the code stays on its line and in its column', () => {
  const template = 'å <%= it.a %>\n<p>\n  <% if (x) { %> b <%~ c %><% } %>\n'
  const code = toTypeScript(template)
  expect(code.split('\n')).toHaveLength(template.split('\n').length)
  for (const part of ['it.a', 'if (x) {', '}']) expect(code.indexOf(part)).toBe(template.indexOf(part))
})
