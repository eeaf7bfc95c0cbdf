import { afterAll, expect, test } from 'vitest'
import { day } from '../../src/kernel/dates.ts'
import { kalmarDatabase } from '../support/database.ts'
import { everything, nothing, readyToPublish, written } from '../support/publication.ts'
import { as, fieldIn, type Person, startWorkspace, textOf } from '../support/workspace.ts'
import { publish, writeTexts } from '../support/written-meeting.ts'

const db = await kalmarDatabase()
const app = await startWorkspace(db, day('2026-03-10'))
afterAll(() => app.close())
const coordinator = as(app, 'samordnare')
const colleague = as(app, 'kollega')

test('two coordinators who publish at once: one does, the other is told, and everything is done once', async () => {
  const meeting = await readyToPublish(coordinator, '2026-03-06', '2031')
  const seen = async (who: Person) => fieldIn((await who.get(`${meeting.work}/publicering`)).body, 'sett')
  const marks = [await seen(coordinator), await seen(colleague)]
  const answers = await Promise.all(
    [coordinator, colleague].map((who, place) =>
      who.post(`${meeting.work}/publicering`, { sett: marks[place] ?? '', utan_justering: 'Prov utan justerare' }),
    ),
  )
  expect(answers.map(({ status }) => status).sort()).toEqual([303, 409])
  const told = answers.find(({ status }) => status === 409)
  expect(textOf(told?.body ?? '')).toContain('Någon annan har redan publicerat mötet.')
  expect(await written(db, meeting)).toEqual(everything)
})

test('what has changed since the preview is shown again instead of published', async () => {
  const meeting = await readyToPublish(coordinator, '2026-02-06', '2032')
  const { body } = await coordinator.get(`${meeting.work}/publicering`)
  await writeTexts(colleague, meeting, { 1: { text: 'En annan text än den som granskades.' } })
  const answer = await coordinator.post(`${meeting.work}/publicering`, {
    sett: fieldIn(body, 'sett'),
    utan_justering: 'Prov utan justerare',
  })
  expect(answer.status).toBe(409)
  expect(textOf(answer.body)).toContain('En annan text än den som granskades.')
  expect(await written(db, meeting)).toEqual(nothing)
  await publish(coordinator, meeting)
  expect(await written(db, meeting)).toEqual(everything)
})
