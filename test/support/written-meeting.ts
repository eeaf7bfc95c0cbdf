/** A made-up meeting, written through the forms as a coordinator does. */
import { expect } from 'vitest'
import { fieldIn, type Person } from './workspace.ts'

export type Written = { slug: string; work: string; publicPath: string }

/** Makes a meeting of the leading body on a day that has been, with the items as they are pasted. */
export async function writeMeeting(coordinator: Person, on: string, items: string): Promise<Written> {
  const made = await coordinator.post('/arbetsyta/moten/nytt', {
    grupp: 'lansgemensam-ledning',
    utgangspunkt: 'tom',
    datum: on,
    start: '10.00',
    slut: '12.00',
    plats: 'Provsalen',
    videolank: '',
  })
  expect(made.status).toBe(303)
  const slug = `${on}-lansgemensam-ledning`
  const work = `/arbetsyta/moten/${slug}`
  expect((await coordinator.post(`${work}/protokoll/punkter`, { punkter: items })).status).toBe(303)
  return { slug, work, publicPath: `/moten-och-protokoll/${slug}` }
}

/** Writes texts of items, by number. */
export async function writeTexts(
  coordinator: Person,
  { work }: Written,
  texts: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<void> {
  const { body } = await coordinator.get(`${work}/protokoll`)
  for (const [number, fields] of Object.entries(texts)) {
    const section = body.slice(body.indexOf(`id="punkt-${number}"`))
    const [, id = '', mark = ''] = /name="mark-(\d+)" value="([^"]+)"/.exec(section) ?? []
    const typed = Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${name}-${id}`, value]))
    const saved = await coordinator.post(`${work}/protokoll/${number}`, {
      [`mark-${id}`]: mark,
      [`typ-${id}`]: 'information',
      ...typed,
    })
    expect(saved.status).toBe(303)
  }
}

/** Registers a decision in an item. */
export async function decide(
  coordinator: Person,
  { work }: Written,
  item: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const made = await coordinator.post(`${work}/beslut/ny`, { punkt: item, gor: 'spara', ...fields })
  expect(made.status).toBe(303)
  return made.location
}

/** Publishes without adjusters, as the preview shows it. */
export async function publish(coordinator: Person, { work }: Written): Promise<void> {
  const preview = await coordinator.get(`${work}/publicering`)
  expect(preview.status).toBe(200)
  const published = await coordinator.post(`${work}/publicering`, {
    sett: fieldIn(preview.body, 'sett'),
    utan_justering: 'Prov utan justerare',
  })
  expect(published.status).toBe(303)
}
