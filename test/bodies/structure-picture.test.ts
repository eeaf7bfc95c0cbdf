import { describe, expect, test } from 'vitest'
import { type Box, brokenInto, type PictureBody, pictureOf } from '../../src/bodies/structure-picture.ts'

function body(id: number, parent: number | null, more: Partial<PictureBody> = {}): PictureBody {
  return { id, parent, name: `Grupp ${id}`, path: `/grupper/${id}`, family: 'Arbetsgrupper', planned: false, ...more }
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

describe('the picture of the organisation', () => {
  const families = ['Samordnande grupper', 'Arbetsgrupper', 'Nätverk', 'Lokala grupper', 'Externa organ', 'Beredning']
  const bodies = [
    body(1, null, { name: 'Ledningen' }),
    ...[2, 3, 4, 5, 6].map((id) => body(id, null)),
    ...families.flatMap((family, place) => [10, 20, 30].map((id) => body(100 * place + id, 1, { family }))),
    body(900, 10),
    body(901, 900),
    body(902, 901),
  ]

  test('every group is there once, linked, and no box covers another', () => {
    const { boxes } = pictureOf(bodies, [])
    expect(boxes.map((box) => box.body.id).sort()).toEqual(bodies.map(({ id }) => id).sort())
    for (const [place, box] of boxes.entries())
      for (const other of boxes.slice(place + 1))
        expect(overlap(box, other), `${box.body.name} ${other.body.name}`).toBe(false)
  })

  test('everything is inside the picture', () => {
    const { boxes, panels, width, height } = pictureOf(bodies, [])
    for (const { x, y, width: own, height: tall } of [...boxes, ...panels]) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + own).toBeLessThanOrEqual(width)
      expect(y + tall).toBeLessThanOrEqual(height)
    }
  })

  test('an arrow shows to whom the leadership reports', () => {
    expect(pictureOf(bodies, []).arrows).toHaveLength(0)
    expect(pictureOf([body(1, null), body(2, null), body(3, 1)], [{ from: 1, to: 2 }]).arrows).toHaveLength(1)
  })

  test('a county without groups has an empty picture', () => {
    expect(pictureOf([], [])).toMatchObject({ boxes: [], panels: [], height: 2 })
  })

  test('a group whose parent is not there that day stands by itself', () => {
    expect(pictureOf([body(7, 99)], []).boxes).toMatchObject([{ level: 'top' }])
  })
})

describe('names in boxes', () => {
  test('break between words, and read together they are the name', () => {
    expect(brokenInto('Samordnande grupp Barn och unga', 20)).toEqual(['Samordnande grupp ', 'Barn och unga'])
    expect(brokenInto('Äldre', 20)).toEqual(['Äldre'])
  })

  test('a word longer than the box is broken where the box ends, and nothing is left out', () => {
    const name = `Arbetsgrupp för ${'å'.repeat(90)} och mycket annat som hör dit`
    const lines = brokenInto(name, 20)
    expect(lines.every((line) => line.trimEnd().length <= 20)).toBe(true)
    expect(lines.join('')).toBe(name)
  })
})
