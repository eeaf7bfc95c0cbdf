/** Where everything goes in the picture of how the groups hang together. Pure: sizes are user units of the SVG. */

export type PictureBody = {
  id: number
  name: string
  path: string
  parent: number | null
  /** The family that the group is listed in, as the heading of its panel. */
  family: string
  planned: boolean
}

export type Box = {
  x: number
  y: number
  width: number
  height: number
  /** top: beside the hub. hub: has groups below it. group: directly under a hub. inner: further down. */
  level: 'top' | 'hub' | 'group' | 'inner'
  body: PictureBody
  lines: { x: number; y: number; text: string }[]
}
export type Panel = { x: number; y: number; width: number; height: number; title: string }
export type Picture = {
  width: number
  height: number
  panels: Panel[]
  boxes: Box[]
  /** Belongs to: plain lines. */
  ties: string[]
  /** Reports to: lines with an arrowhead at the end. */
  arrows: string[]
}

const width = 1120
const gap = 24
const mostColumns = 4
const lineHeight = 20
// Source Sans at 16 units is on average 7.4 wide in Swedish text; wide letters need the margin.
const letter = 8

/**
 * Breaks a name into lines of at most so many letters, between words where that goes. A line that ends with a word keeps
 * its space, so that the lines together are the name.
 */
export function brokenInto(name: string, letters: number): string[] {
  const lines: string[] = []
  for (const word of name.split(/\s+/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length <= letters) {
      lines[lines.length - 1] = `${last}${word} `
    } else {
      const pieces = word.match(new RegExp(`.{1,${letters}}`, 'gu')) ?? []
      lines.push(...pieces.slice(0, -1), `${pieces.at(-1) ?? ''} `)
    }
  }
  return lines.map((line, place) => (place === lines.length - 1 ? line.trimEnd() : line))
}

function boxAt(body: PictureBody, level: Box['level'], x: number, y: number, boxWidth: number): Box {
  const padding = level === 'inner' ? 8 : 14
  const lines = brokenInto(body.name, Math.floor((boxWidth - 2 * padding) / letter))
  const height = lines.length * lineHeight + 2 * padding - 4
  return {
    x,
    y,
    width: boxWidth,
    height,
    level,
    body,
    lines: lines.map((text, place) => ({ x: x + padding, y: y + padding + 12 + place * lineHeight, text })),
  }
}

const bottom = ({ y, height }: Box | Panel) => y + height
const middle = ({ x, width: own }: Box | Panel) => x + own / 2

/**
 * The groups without a parent on top; those of them that have groups below them become hubs with panels under them, one
 * for each family, in columns of even length.
 * @param reports who reports to whom, by id: drawn between hubs and the groups above them
 */
export function pictureOf(bodies: readonly PictureBody[], reports: readonly { from: number; to: number }[]): Picture {
  const picture: Picture = { width, height: 0, panels: [], boxes: [], ties: [], arrows: [] }
  const ids = new Set(bodies.map(({ id }) => id))
  const childrenOf = Map.groupBy(bodies, ({ parent }) => (parent !== null && ids.has(parent) ? parent : null))
  const roots = childrenOf.get(null) ?? []
  const hubs = roots.filter(({ id }) => childrenOf.has(id))
  const tops = roots.filter(({ id }) => !childrenOf.has(id))

  const topBoxes = placeTops(tops)
  picture.boxes.push(...topBoxes)
  // Room for the arrows between the rows.
  let y = topBoxes.length === 0 ? 0 : Math.max(...topBoxes.map(bottom)) + 2 * gap
  for (const body of hubs) {
    const hub = boxAt(body, 'hub', width / 4, y, width / 2)
    picture.boxes.push(hub)
    picture.arrows.push(...arrowsFrom(hub, topBoxes, reports))
    y = placeBelow(picture, hub, childrenOf) + 2 * gap
  }
  picture.height = Math.max(0, ...picture.boxes.map(bottom), ...picture.panels.map(bottom)) + 2
  return picture
}

function placeTops(tops: readonly PictureBody[]): Box[] {
  const inRow = Math.min(tops.length, mostColumns)
  const boxWidth = Math.min(300, (width - (inRow - 1) * gap) / inRow)
  const boxes: Box[] = []
  let y = 0
  for (let start = 0; start < tops.length; start += inRow) {
    const row = tops.slice(start, start + inRow)
    const left = (width - row.length * boxWidth - (row.length - 1) * gap) / 2
    const placed = row.map((body, place) => boxAt(body, 'top', left + place * (boxWidth + gap), y, boxWidth))
    const height = Math.max(...placed.map((box) => box.height))
    boxes.push(...placed.map((box) => ({ ...box, height })))
    y += height + gap
  }
  return boxes
}

/** Arrows go to the lowest row only: those above would be drawn across it. */
function arrowsFrom(hub: Box, tops: readonly Box[], reports: readonly { from: number; to: number }[]): string[] {
  const lowest = Math.max(...tops.map(bottom))
  const told = tops.filter(
    (top) => bottom(top) === lowest && reports.some(({ from, to }) => from === hub.body.id && to === top.body.id),
  )
  return told.map((top, place) => {
    const x = hub.x + (hub.width * (place + 1)) / (told.length + 1)
    const turn = hub.y - gap
    return `M${x} ${hub.y}V${turn}H${middle(top)}V${bottom(top) + 7}`
  })
}

/** Panels under a hub, each in the column that is shortest so far. Returns how far down they reach. */
function placeBelow(
  picture: Picture,
  hub: Box,
  childrenOf: ReadonlyMap<number | null, readonly PictureBody[]>,
): number {
  const families = Map.groupBy(childrenOf.get(hub.body.id) ?? [], ({ family }) => family)
  const columns = Math.min(families.size, mostColumns)
  const panelWidth = (width - (columns - 1) * gap) / columns
  const bus = bottom(hub) + gap
  const reached = Array.from({ length: columns }, () => bus + gap)
  const used = new Set<number>()
  for (const [family, children] of families) {
    const column = reached.indexOf(Math.min(...reached))
    const panel = {
      x: column * (panelWidth + gap),
      y: reached[column] ?? 0,
      width: panelWidth,
      height: 0,
      title: family,
    }
    let y = panel.y + 40
    for (const body of children)
      y = placeTree(picture, body, 'group', panel.x + 12, y, panelWidth - 24, childrenOf) + 12
    panel.height = y - panel.y
    picture.panels.push(panel)
    if (used.has(column)) picture.ties.push(`M${middle(panel)} ${panel.y - gap}V${panel.y}`)
    used.add(column)
    reached[column] = bottom(panel) + gap
  }
  const drops = [...used].map((column) => column * (panelWidth + gap) + panelWidth / 2)
  const ends = [...drops, middle(hub)]
  picture.ties.push(`M${middle(hub)} ${bottom(hub)}V${bus}`, `M${Math.min(...ends)} ${bus}H${Math.max(...ends)}`)
  picture.ties.push(...drops.map((x) => `M${x} ${bus}V${bus + gap}`))
  return Math.max(...reached)
}

const indent = 20

/** A group and, indented under it, all that belong to it. Returns how far down they reach. */
function placeTree(
  picture: Picture,
  body: PictureBody,
  level: 'group' | 'inner',
  x: number,
  y: number,
  boxWidth: number,
  childrenOf: ReadonlyMap<number | null, readonly PictureBody[]>,
): number {
  const box = boxAt(body, level, x, y, boxWidth)
  picture.boxes.push(box)
  let down = bottom(box)
  for (const child of childrenOf.get(body.id) ?? []) {
    const top = down + 6
    // Deep trees stop moving in before the words get no room.
    const step = boxWidth - indent < 140 ? 0 : indent
    if (step > 0) picture.ties.push(`M${x + 8} ${bottom(box)}V${top + 16}H${x + step}`)
    down = placeTree(picture, child, 'inner', x + step, top, boxWidth - step, childrenOf)
  }
  return down
}
