import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { kindChoices } from '../../src/decisions/effect-forms.ts'
import type { EffectKind } from '../../src/effects/effect.ts'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { readPage } from '../support/html.ts'
import { as, startWorkspace, textOf } from '../support/workspace.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-11-22'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')

type Case = {
  code: string
  kind: EffectKind
  fields: Record<string, string>
  says: string
  /** The words of the ways, the likeliest first. */
  ways: readonly string[]
  /** Decided and carried out first. */
  before?: { kind: EffectKind; fields: Record<string, string> }[]
}

const seat = { grupp: 'barn-och-unga', roll: 'representative' }
const chair = { grupp: 'psykisk-halsa', roll: 'chair', ny_person: 'ja' }
const established = { namn: 'Provgruppen', slags_grupp: 'working_group', fran: '2026-05-01' }

const cases: readonly Case[] = [
  {
    code: 'outgoing-not-in-register',
    kind: 'member_replaced',
    fields: { ...seat, ut_namn: 'Simon Edberg', in_namn: 'Prova Nysson', ny_person: 'ja' },
    says: 'är inte registrerad som representant',
    ways: ['Lägg till som ingångsläge', 'Ändra dag eller person'],
  },
  {
    code: 'opening-state-taken',
    kind: 'member_released',
    fields: { ...seat, ut_namn: 'Chris Landergren', ingangslage: 'ja', fran: '2026-05-01' },
    says: 'kan inte läggas till som ingångsläge',
    ways: ['Ta bort ingångsläget eller ändra dag'],
  },
  {
    code: 'outgoing-already-leaves',
    kind: 'member_released',
    fields: { ...seat, ut_namn: 'Rebecka Nilsson', fran: '2026-05-01' },
    says: 'lämnar redan uppdraget',
    ways: ['Ändra dag eller person'],
    before: [{ kind: 'member_released', fields: { ...seat, ut_namn: 'Rebecka Nilsson', fran: '2026-06-01' } }],
  },
  {
    code: 'incoming-already-seated',
    kind: 'member_appointed',
    fields: { ...seat, in_namn: 'Petra Hornstra', fran: '2026-05-01' },
    says: 'är redan representant',
    ways: ['Ändra dag eller person'],
  },
  {
    code: 'chair-taken',
    kind: 'member_appointed',
    fields: { ...chair, in_namn: 'Prova Ordförandesson' },
    says: 'är redan ordförande',
    ways: ['Utse till ny ordförande i stället', 'Ange vem som lämnar, eller ändra dag'],
    before: [{ kind: 'chair_appointed', fields: { ...chair, in_namn: 'Prova Sittandesson', fran: '2026-01-15' } }],
  },
  {
    code: 'chair-later',
    kind: 'chair_appointed',
    fields: { ...chair, in_namn: 'Prova Tidigaresson', fran: '2026-01-01' },
    says: 'Prova Sittandesson är ordförande i Samordnande grupp Psykisk hälsa från den 15 januari 2026',
    ways: ['Välj en senare dag'],
  },
  {
    code: 'slug-taken',
    kind: 'body_established',
    fields: established,
    says: 'används redan av Provgruppen',
    ways: ['Ge gruppen ett annat namn'],
    before: [{ kind: 'body_established', fields: established }],
  },
  {
    code: 'body-not-valid',
    kind: 'member_appointed',
    fields: {
      grupp: 'provgruppen',
      roll: 'representative',
      in_namn: 'Prova Tidigsson',
      ny_person: 'ja',
      fran: '2026-04-01',
    },
    says: 'finns inte den 1 april 2026',
    ways: ['Välj en annan dag eller grupp'],
  },
  {
    code: 'not-begun',
    kind: 'body_closed',
    fields: { grupp: 'provgruppen', fran: '2026-04-01' },
    says: 'kan inte avslutas den 1 april 2026',
    ways: ['Välj en senare dag'],
  },
  {
    code: 'already-closed',
    kind: 'body_closed',
    fields: { grupp: 'provgruppen', fran: '2026-09-01' },
    says: 'är redan avslutad',
    ways: ['Välj en annan grupp'],
    before: [{ kind: 'body_closed', fields: { grupp: 'provgruppen', fran: '2026-08-01' } }],
  },
  {
    code: 'already-adopted',
    kind: 'plan_adopted',
    fields: { plan: 'aldre-2025-2026' },
    says: 'är redan beslutad',
    ways: ['Revidera planen i stället', 'Välj en annan plan'],
  },
  {
    code: 'nothing-to-revise',
    kind: 'plan_revised',
    fields: { plan: 'aldre-2025-2026' },
    says: 'Revideringen ändrar ingenting',
    ways: ['Förbered revideringen', 'Välj en annan plan'],
  },
  {
    code: 'not-adopted',
    kind: 'plan_revised',
    fields: { plan: 'prov-2027-2028' },
    says: 'är inte beslutad och kan inte revideras',
    ways: ['Fastställ planen i stället', 'Välj en annan plan'],
  },
  {
    code: 'later-version',
    kind: 'document_adopted',
    fields: { dokument: '', fran: '2026-04-01' },
    says: 'gäller redan från',
    ways: ['Välj en senare dag'],
    before: [{ kind: 'document_adopted', fields: { dokument: '', fran: '2026-05-01' } }],
  },
  {
    code: 'not-earlier',
    kind: 'minutes_filed',
    fields: { mote: '2025-12-12-lansgemensam-ledning', beslutsdag: '2025-12-01' },
    says: 'är inte ett tidigare möte',
    ways: ['Välj ett annat möte'],
  },
  {
    code: 'already-filed',
    kind: 'minutes_filed',
    fields: { mote: '2025-12-12-lansgemensam-ledning' },
    says: 'har redan lagts till handlingarna',
    ways: ['Välj ett annat möte'],
    before: [{ kind: 'minutes_filed', fields: { mote: '2025-12-12-lansgemensam-ledning' } }],
  },
  {
    code: 'due-before-decision',
    kind: 'assignment_given',
    fields: { uppdrag: 'prova', till: 'b:beredningen', senast: '2026-01-15' },
    says: 'före dagen för beslutet',
    ways: ['Ange ett senare datum'],
  },
]

/** Conflicts that no form can make: the fields are refused first. They are for decisions read in from files. */
const onlyFromFiles = ['bad-slug', 'bad-kind', 'bad-choice', 'no-value', 'no-administration']

async function proposed(kind: EffectKind, fields: Record<string, string>): Promise<string> {
  const made = await coordinator.post('/arbetsyta/beslut/nytt', {
    organ: 'lansgemensam-ledning',
    beslutsdag: '2026-02-01',
    slag: kind,
    rubrik: 'Provbeslut',
    gor: 'spara',
    ...fields,
  })
  expect([made.status, textOf(made.body)]).toEqual([303, ''])
  return made.location
}

describe('every conflict is told on the page with its way out', () => {
  test.each(cases)('$kind: $code', async ({ code, kind, fields, says, ways, before = [] }) => {
    const { slug: document } = await db.selectFrom('document').select('slug').orderBy('id').executeTakeFirstOrThrow()
    const filled = (given: Record<string, string>) => (given.dokument === '' ? { ...given, dokument: document } : given)
    if (code === 'not-adopted') {
      const { id } = await db.selectFrom('body').select('id').where('slug', '=', 'aldre').executeTakeFirstOrThrow()
      const period = { period_fran: '2027', period_till: '2028' }
      const plan = { titel: 'Prov 2027–2028', grupp: String(id), kod: 'HP9', ...period }
      expect((await coordinator.post('/arbetsyta/planer/nytt', plan)).status).toBe(303)
    }
    for (const one of before) {
      const draft = await proposed(one.kind, filled(one.fields))
      const version = /name="version" value="(\d+)"/.exec((await coordinator.get(draft)).body)?.[1] ?? ''
      const done = await coordinator.post(`${draft}/verkstall`, { version })
      expect([done.status, textOf(done.body)]).toEqual([303, ''])
    }
    const draft = await proposed(kind, filled(fields))
    const { body } = await coordinator.get(draft)
    const told =
      /<p class="notice-title">Det här går inte att verkställa<\/p>[\s\S]*?<div class="act-row">([\s\S]*?)<\/div>\s*<\/div>/.exec(
        body,
      )
    expect(textOf(body)).toContain(says)
    expect(body).toContain('Går inte att verkställa än')
    const offered = [
      ...(told?.[1] ?? '').matchAll(/(?:<a [^>]*href="([^"]+)"|action="([^"]+)"[^>]*><button)[^>]*>([^<]+)</g),
    ]
    expect(offered.map(([, , , text]) => text)).toEqual(ways)
    expect(readPage(body).invalid).toEqual([])
    for (const [, link] of offered) {
      if (link === undefined) continue
      const page = await coordinator.get(link.replaceAll('&amp;', '&'))
      expect([link, page.status]).toEqual([link, 200])
    }
    // Carried out all the same, it is refused with the same words and nothing has changed.
    const version = /name="version" value="(\d+)"/.exec(body)?.[1] ?? ''
    const refused = await coordinator.post(`${draft}/verkstall`, { version })
    expect(refused.status).toBe(409)
    expect(textOf(refused.body)).toContain(says)
    const way = /action="([^"]+\/ingangslage)"/.exec(body)?.[1]
    if (way !== undefined) {
      expect((await coordinator.post(way)).status).toBe(303)
      expect((await coordinator.get(draft)).body).not.toContain('Går inte att verkställa än')
    }
    expect((await coordinator.post(`${draft}/ta-bort`)).status).toBe(303)
  })

  test('none of those that the rooms can tell is left out', () => {
    const src = join(import.meta.dirname, '../../src')
    const told = readdirSync(src, { withFileTypes: true })
      .filter((one) => one.isDirectory() && readdirSync(join(src, one.name)).includes('effects.ts'))
      .flatMap(({ name }) => [...readFileSync(join(src, name, 'effects.ts'), 'utf8').matchAll(/code: '([a-z-]+)'/g)])
      .map(([, code]) => code ?? '')
    expect(told.length).toBeGreaterThan(15)
    expect([...new Set(told)].sort()).toEqual([...cases.map(({ code }) => code), ...onlyFromFiles].sort())
  })

  test('kinds without a conflict can always be carried out', () => {
    const kinds = new Set(cases.map(({ kind }) => kind))
    const free = kindChoices.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))
    expect(free.sort()).toEqual(['indicator_set', 'note', 'parameter_set', 'position'].sort())
  })
})
