import { expect, test } from 'vitest'
import { markdownHtml } from '../../src/kernel/markdown.ts'

test('what a coordinator types becomes paragraphs, lists and emphasis', () => {
  expect(markdownHtml('Första *viktiga*.\n\n- en\n- två')).toBe(
    '<p>Första <em>viktiga</em>.</p>\n<ul>\n<li>en</li>\n<li>två</li>\n</ul>\n',
  )
})

test('markup in the text is shown and never run', () => {
  const html = markdownHtml('<script>alert(1)</script> <img src=x onerror=alert(1)> ![x](https://a.example/b.png)')
  expect(html).not.toMatch(/<(script|img)/)
  expect(html).toContain('&lt;script&gt;')
})

test('a link leads to https or a mailbox, nothing else', () => {
  expect(markdownHtml('[sidan](https://a.example "titel")')).toContain('<a href="https://a.example">sidan</a>')
  expect(markdownHtml('[brev](mailto:a@b.example)')).toContain('href="mailto:a@b.example"')
  for (const url of ['javascript:alert(1)', 'http://a.example', 'data:text/html,x', '//a.example', 'JaVaScRiPt:x']) {
    expect(markdownHtml(`[klicka](${url})`)).not.toContain('<a')
  }
})

test('a heading in the text does not break the outline of the page, and a table has its own box', () => {
  expect(markdownHtml('# Stort')).toBe('<p class="text-heading"><strong>Stort</strong></p>\n')
  const table = markdownHtml('| a | b |\n|:--|--:|\n| 1 | 2 |')
  expect(table).toContain('class="table-box"')
  expect(table).not.toContain('style')
})
