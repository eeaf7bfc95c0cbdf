import { HtmlValidate } from 'html-validate'
import { describe, expect, test } from 'vitest'
import { foldedUnder, groupFilter, pagesOf, type SharedParts } from '../../src/http/parts.ts'
import { anyone, reader } from '../../src/http/permissions.ts'
import type { App } from '../../src/http/server.ts'
import type { PageHead } from '../../src/http/view.ts'
import { day } from '../../src/kernel/dates.ts'
import { serverWith } from '../support/app.ts'

const config = { may: anyone, cache: 'shared' } as const

/** A page with the given head; the text is markup, to see that it is escaped. */
function page(head: Partial<PageHead>) {
  return (app: App) =>
    app.get('/grupper', { config }, async (_request, reply) =>
      reply.page('errors/trouble', {
        head: {
          title: 'Barn och unga',
          section: 'bodies',
          crumbs: [{ text: 'Grupper', path: '/grupper' }, { text: 'Barn och unga' }],
          ...head,
        },
        text: '<b>Å & Ö</b>',
        details: '',
        requestId: '',
      }),
    )
}

const rules = new HtmlValidate({
  extends: ['html-validate:recommended'],
  // Our titles name page, section and site, and the doctype is written as the standard's own examples write it.
  rules: { 'long-title': 'off', 'doctype-style': 'off' },
})

async function faults(html: string): Promise<string[]> {
  const report = await rules.validateString(html)
  return report.results.flatMap(({ messages }) => messages.map(({ line, message }) => `${line}: ${message}`))
}

const titleOf = (body: string) => /<title>(.*?)<\/title>/.exec(body)?.[1]

describe('the frame around every page', () => {
  test('is valid HTML, dated or not', async () => {
    const app = await serverWith(page({ asOf: day('2025-12-01'), changed: '12 december 2025', description: 'Gruppen' }))
    expect(await faults((await app.inject('/grupper?datum=2025-12-01')).body)).toEqual([])
  })

  test('names page, section and site in the title', async () => {
    const app = await serverWith(page({}))
    expect(titleOf((await app.inject('/grupper')).body)).toBe(
      'Barn och unga – Grupper – Länsgemensam ledning i samverkan',
    )
  })

  test('does not say the same thing twice in the title', async () => {
    const app = await serverWith(page({ title: 'Grupper' }), { env: { PORTAL_NAME: 'Grupper' } })
    expect(titleOf((await app.inject('/grupper')).body)).toBe('Grupper')
  })

  test('escapes what it is given', async () => {
    const app = await serverWith(page({ title: '"><script>', crumbs: [{ text: '</script><script>' }] }))
    const { body } = await app.inject('/grupper')
    expect(body).toContain('&lt;b&gt;Å &amp; Ö&lt;/b&gt;')
    // What programs are told stands in a block of data, which nothing that is given can end or begin.
    const [data, ...more] = [...body.matchAll(/<script type="application\/ld\+json">([^<]*)<\/script>/g)]
    expect(more).toEqual([])
    expect(JSON.stringify(JSON.parse(data?.[1] ?? ''))).toContain('</script><script>')
    expect(body.replace(data?.[0] ?? '', '')).not.toMatch(/<script/)
  })

  test('writes the base path before every address', async () => {
    const app = await serverWith(page({ asOf: day('2025-12-01') }), { env: { BASE_PATH: '/lgl' } })
    const { body } = await app.inject('/lgl/grupper?datum=2025-12-01&vy=tabell')
    const addresses = [...body.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, address]) => address)
    expect(addresses.length).toBeGreaterThan(5)
    expect(addresses.filter((address) => !address?.startsWith('/lgl/'))).toEqual([])
    expect(addresses).toContain('/lgl/grupper?vy=tabell')
  })

  test('shows only what there is in the menu, and where one is', async () => {
    const app = await serverWith((room) => {
      page({})(room)
      room.get('/moten-och-protokoll', { config }, async () => 'x')
    })
    const { body } = await app.inject('/grupper')
    const menu = /<nav class="site-menu"[\s\S]*?<\/nav>/.exec(body)?.[0] ?? ''
    expect([...menu.matchAll(/<a href="([^"]*)"( aria-current="true")?>/g)].map((link) => link.slice(1))).toEqual([
      ['/moten-och-protokoll', undefined],
      ['/grupper', ' aria-current="true"'],
    ])
  })

  test('says which day it shows, leads back to today and keeps search engines out', async () => {
    const app = await serverWith(page({ asOf: day('2025-12-01') }))
    const { body } = await app.inject('/grupper?datum=2025-12-01')
    expect(body).toContain('Visar läget <strong>1 december 2025</strong>. <a href="/grupper">Visa läget i dag</a>')
    expect(body).toContain('<meta name="robots" content="noindex">')
    expect(titleOf(body)).toMatch(/^Barn och unga den 1 december 2025 – /)
  })

  test('says nothing about days and lets search engines in otherwise', async () => {
    const app = await serverWith(page({}))
    const { body } = await app.inject('/grupper')
    expect(body).not.toMatch(/Visar läget|noindex/)
  })

  test('offers a mail about the page, with its address, to the portal’s own mailbox', async () => {
    const app = await serverWith(page({}), {
      env: {
        PUBLIC_ORIGIN: 'https://samverkan.example.se',
        BASE_PATH: '/lgl',
        PORTAL_CONTACT_EMAIL: 'test@example.se',
      },
    })
    const { body } = await app.inject('/lgl/grupper')
    const mail = new URL(/href="(mailto:[^"]*subject[^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '')
    expect(mail.pathname).toBe('test@example.se')
    expect(mail.searchParams.get('subject')).toBe('Föreslå rättelse: Barn och unga')
    expect(mail.searchParams.get('body')).toContain('https://samverkan.example.se/lgl/grupper\r\n')
  })

  test('has one h1, a skip link first, and landmarks', async () => {
    const app = await serverWith(page({}))
    const { body } = await app.inject('/grupper')
    expect(body.match(/<h1/g)).toHaveLength(1)
    expect(body).toMatch(/<body>\s*<a class="ds-skip-link" href="#innehall">/)
    for (const landmark of ['<header', '<main id="innehall"', '<footer', 'aria-label="Du är här"'])
      expect(body).toContain(landmark)
  })

  test('is the same for a reader whoever else is signed in', async () => {
    const app = await serverWith(page({}), { identify: () => reader })
    const [first, second] = await Promise.all([app.inject('/grupper'), app.inject('/grupper')])
    expect(first.body).toBe(second.body)
  })
})

// A new part without a sample does not compile.
const samples: SharedParts = {
  'parts/as-of': { text: '1 december 2025', todayUrl: '/x' },
  'parts/change': {
    changes: [
      {
        what: 'Ordförande',
        before: { text: 'Testa Testsson', path: '/personer/testa' },
        after: { text: 'Prova Provström' },
      },
      { what: 'Indikator', before: null, after: { text: '0,8' } },
      { what: 'Plats', before: { text: 'Fiktiv Person' }, after: null },
    ],
  },
  'parts/contents': { links: [{ text: 'Ledamöter', anchor: 'ledamoter' }] },
  'parts/day-choice': { path: '/grupper', day: day('2025-12-12'), label: 'Visa läget den' },
  'parts/period-choice': { path: '/grupper/barn-och-unga/jamfor', from: day('2025-12-01'), to: day('2025-12-12') },
  'parts/downloads': { label: 'Hämta listan', csv: '/beslut.csv?ar=2025', xlsx: '/beslut.xlsx?ar=2025' },
  'parts/empty': { text: 'Inga möten.', hint: 'Välj ett annat år.', link: { text: 'Alla år', path: '/moten' } },
  'parts/error-summary': {
    problems: [
      { field: 'titel', text: 'Fyll i fältet.' },
      { field: '', text: 'Försök igen.' },
    ],
  },
  'parts/facts': {
    facts: [
      {
        term: 'Plats',
        sources: [{ text: 'Protokoll', place: 'sidan 1', certainty: 'derived' }],
        values: [
          { text: 'Kalmar', note: 'digitalt' },
          { text: 'Länk', url: 'https://example.se' },
        ],
      },
    ],
  },
  'parts/filters': {
    groups: [
      { title: 'År', choices: [{ text: 'Alla', path: '/beslut', current: true, count: 0 }] },
      ...groupFilter('Grupp', 'Alla grupper', manyGroups(30), '/beslut', { ar: 2025, grupp: 'g7' }),
    ],
  },
  'parts/key-figure': {
    label: 'Länet',
    value: '0,33',
    text: '265 dagar',
    tag: { text: 'Under', tone: 'good' },
    link: { text: 'Mer', path: '/x' },
  },
  'parts/link-list': {
    items: [
      {
        title: 'Beslut',
        path: '/beslut/1',
        kicker: '12 december 2025',
        text: 'Text',
        facts: ['a', 'b'],
        tags: [{ text: 'Gäller', tone: 'good' }],
      },
    ],
  },
  'parts/notice': { tone: 'info', title: 'Exempeldata', text: 'Påhittat.', link: { text: 'Mer', path: '/om' } },
  'parts/page-head': {
    title: 'Barn och unga',
    kicker: 'Grupp',
    lead: 'Ingress',
    tags: [{ text: 'Gäller', tone: 'good' }],
  },
  'parts/pagination': pagesOf('/beslut', { ar: 2025 }, 5, 500, 50) ?? { previous: null, next: null, pages: [] },
  'parts/person': {
    name: 'Testa Testsson',
    path: '/personer/testa',
    role: 'ordförande',
    title: 'Socialchef',
    organisation: 'Testkommun',
  },
  'parts/provenance': {
    about: 'Barn och unga',
    sources: [
      { text: 'Protokoll', path: '/moten', place: 'punkt 7b', certainty: 'stated' },
      { text: 'Plan', certainty: 'derived', note: 'av två uppgifter' },
      { text: 'Bild', certainty: 'uncertain' },
    ],
  },
  'parts/table': {
    caption: 'Ledamöter',
    captionHidden: true,
    stack: true,
    columns: [{ text: 'Namn' }, { text: 'Antal', numeric: true }],
    rows: [
      [
        { text: 'Testa Testsson', path: '/x', note: 'ny' },
        { text: '1', tag: { text: 'Ny', tone: 'info' }, sources: [{ text: 'Protokoll', certainty: 'stated' }] },
      ],
    ],
  },
  'parts/tag': { text: 'Gäller', tone: 'good' },
  'parts/timeline': {
    items: [
      { when: 'hösten 2023', title: 'Beslut', path: '/x', text: 'Text', tag: { text: 'Klart', tone: 'good' } },
      { when: '2025', title: 'Slut', sources: [{ text: 'Protokoll', certainty: 'uncertain' }] },
    ],
  },
  'parts/value': { text: 'Kalmar', path: '/parter/kalmar', note: 'kommun' },
}

describe('every part', () => {
  const render = async (name: string, data: object): Promise<string> => {
    const app = await serverWith(() => {})
    const view = (app as unknown as { view: (name: string, data: object) => Promise<string> }).view
    return view(name, { base: '/lgl', site: {}, today: '2025-12-12', viewer: null, asset: String, ...data })
  }

  test.each(Object.entries(samples))('%s is valid HTML with nothing missing', async (name, data) => {
    const html = await render(name, data)
    expect(html).not.toMatch(/undefined|null|\[object/)
    expect(await faults(html)).toEqual([])
  })

  test('a part does not see what the page around it has', async () => {
    // The page's own note must not turn up beside the linked person.
    const html = await render('parts/person', {
      name: 'Testa Testsson',
      note: 'sidans egen',
      url: 'https://example.se',
    })
    expect(html).toBe('<span class="person"><span class="person-name">Testa Testsson</span></span>')
  })

  test('certainty is said in words', async () => {
    const html = await render('parts/provenance', samples['parts/provenance'])
    for (const word of ['uppgift i källan', 'härledd', 'osäker']) expect(html).toContain(word)
  })
})

describe('long lists are cut into pages', () => {
  const shown = (page: number, total: number) =>
    pagesOf('/beslut', { ar: 2025 }, page, total, 50)?.pages.map((link) => link?.text ?? '…')

  test('one page needs no links', () => {
    expect(pagesOf('/beslut', {}, 1, 50, 50)).toBeNull()
  })

  test('a page beyond the last is not there, and an empty list has one page', () => {
    expect(pagesOf('/beslut', {}, 1, 0, 50)).toBeNull()
    for (const [page, total] of [
      [2, 0],
      [2, 50],
      [3, 100],
    ] as const)
      expect(() => pagesOf('/beslut', {}, page, total, 50)).toThrow(`not found: page ${page}`)
  })

  test('the first, the last and those around are shown', () => {
    expect(shown(1, 51)).toEqual(['1', '2'])
    expect(shown(1, 500)).toEqual(['1', '2', '…', '10'])
    expect(shown(5, 500)).toEqual(['1', '…', '4', '5', '6', '…', '10'])
    expect(shown(10, 500)).toEqual(['1', '…', '9', '10'])
  })

  test('the filters stay when turning the page, and the first page has one address', () => {
    const pages = pagesOf('/beslut', { ar: 2025, grupp: null }, 2, 150, 50)
    expect([pages?.previous, pages?.next]).toEqual(['/beslut?ar=2025', '/beslut?ar=2025&sida=3'])
  })
})

describe('groups to narrow a page by', () => {
  const filter = (count: number, grupp: string | null) =>
    groupFilter('Grupp', 'Alla grupper', manyGroups(count), '/beslut', { ar: 2025, grupp, slag: null })

  test('are nothing while there is nothing to choose between, but what has been chosen can be undone', () => {
    expect(filter(1, null)).toEqual([])
    expect(filter(1, 'g0')[0]?.choices.map(({ path }) => path)).toEqual(['/beslut?ar=2025', '/beslut?ar=2025&grupp=g0'])
  })

  test('are links in alphabetical order while they are few', () => {
    const [group] = filter(12, 'g9')
    expect(group?.list).toBeNull()
    expect(group?.choices.map(({ text }) => text)).toEqual([
      'Alla grupper',
      ...Array.from({ length: 12 }, (_, place) => `Grupp ${place}`),
    ])
    expect(group?.choices.filter(({ current }) => current).map(({ text }) => text)).toEqual(['Grupp 9'])
  })

  test('are a list when links would fill a screen, sent with what else has been chosen', () => {
    const [group] = filter(30, 'g7')
    expect(group?.list?.kept).toEqual([{ name: 'ar', value: '2025' }])
    expect(group?.list?.options).toHaveLength(31)
    expect(group?.list?.options.slice(0, 2).map(({ value, text }) => [value, text])).toEqual([
      ['', 'Alla grupper'],
      ['g0', 'Grupp 0'],
    ])
    expect(group?.list?.options.filter(({ chosen }) => chosen).map(({ value }) => value)).toEqual(['g7'])
    // What folded filters are opened by says which one is chosen.
    expect(group && foldedUnder([group], 'Avgränsa')).toBe('Urval: Grupp 7')
  })
})

function manyGroups(count: number) {
  return Array.from({ length: count }, (_, place) => ({ slug: `g${place}`, name: `Grupp ${place}` })).toReversed()
}
