import { expect, test } from 'vitest'
import { z } from 'zod'
import { readForm } from '../../src/http/forms.ts'

const meeting = z.object({
  title: z.string().min(1).max(10),
  kind: z.enum(['digital', 'plats']),
  heldOn: z.iso.date('Skriv datumet som år-månad-dag.'),
  places: z.array(z.string()).optional(),
})

test('a form that is right gives its values', () => {
  expect(readForm(meeting, { title: 'Möte', kind: 'plats', heldOn: '2025-12-12' })).toEqual({
    ok: true,
    values: { title: 'Möte', kind: 'plats', heldOn: '2025-12-12' },
  })
})

test('a form that is wrong gives back what was typed, and one Swedish problem a field', () => {
  const typed = {
    title: 'En alldeles för lång titel',
    kind: 'annat',
    heldOn: 'igår',
    places: ['a', 'b'],
    extra: 'kvar',
  }
  expect(readForm(meeting, typed)).toEqual({
    ok: false,
    typed,
    problems: [
      { field: 'title', text: 'Skriv högst 10 tecken.' },
      { field: 'kind', text: 'Välj ett av alternativen.' },
      { field: 'heldOn', text: 'Skriv datumet som år-månad-dag.' },
    ],
  })
})

test.each([undefined, null, {}, { title: '' }])('an empty form (%j) says what to fill in', (body) => {
  const read = readForm(z.object({ title: z.string().min(1) }), body)
  expect(read).toMatchObject({ ok: false, problems: [{ field: 'title', text: 'Fyll i fältet.' }] })
})

test('a personal identity number is refused in any field, and taken out of what is given back', () => {
  const typed = { title: 'Möte', kind: 'plats', heldOn: '2025-12-12', places: ['Salen', 'hos 19121212–1212'] }
  expect(readForm(meeting, typed)).toEqual({
    ok: false,
    typed: { ...typed, places: ['Salen', 'hos [personnummer]'] },
    problems: [
      {
        field: 'places',
        text: 'Fältet innehöll något som ser ut som ett personnummer, som är borttaget. Skriv texten utan det.',
      },
    ],
  })
})

test('a password may be anything', () => {
  const read = readForm(z.object({ losenord: z.string() }), { losenord: '19121212-1212' })
  expect(read).toEqual({ ok: true, values: { losenord: '19121212-1212' } })
})
