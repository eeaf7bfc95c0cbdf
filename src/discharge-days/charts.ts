import { max } from 'd3-array'
import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { swedishNumber } from '../kernel/numbers.ts'
import type { ControlChart } from './control-chart.ts'

/**
 * What the pictures are drawn from: places and paths in a box of user units, worked out here so that the templates only
 * write them down. Every picture has a table with the same figures beside it.
 */

declare module '../http/view.ts' {
  interface Parts {
    'discharge-days/_line-chart': LineChart
    'discharge-days/_bar-chart': BarChart
  }
}

export type ChartPoint = {
  /** What the point is about: 'november 2025'. */
  label: string
  short: string
  /** Null: withheld or unknown, and the line breaks. */
  value: number | null
  /** '0,33' */
  text: string
  over: boolean
}

export type LineChart = {
  id: string
  title: string
  description: string
  width: number
  height: number
  small: boolean
  example: string | null
  plot: { left: number; right: number; top: number; bottom: number }
  yTicks: readonly { y: number; text: string }[]
  xTicks: readonly { x: number; text: string }[]
  path: string
  /** Squares are over the indicator, dots are not; a ring marks a signal. */
  points: readonly { x: number; y: number; over: boolean; signal: boolean; title: string }[]
  last: { x: number; y: number; text: string } | null
  goal: readonly { path: string; labelX: number; labelY: number; text: string }[]
  limits: { mean: number; upper: number; lower: number; meanText: string; upperText: string; lowerText: string } | null
}

type LineInput = {
  id: string
  title: string
  description: string
  points: readonly ChartPoint[]
  /** The indicator of each point; it may change from year to year. */
  goals: readonly (number | null)[]
  control?: ControlChart | null
  /** Which point a value of the control chart is. */
  controlled?: readonly number[]
  example: string | null
  small?: boolean
  /** Largest value of the axis, to make several charts comparable. */
  top?: number
}

const decimals = (value: number, places: number) => swedishNumber(value.toFixed(places))

/** A line over time with the indicator, and with the limits of a control chart if there is one. */
export function lineChart(input: LineInput): LineChart {
  const { points, goals, control = null, controlled = [], small = false } = input
  const width = small ? 240 : 760
  const height = small ? 120 : 320
  const plot = small
    ? { left: 28, right: width - 34, top: 14, bottom: height - 20 }
    : { left: 48, right: width - 72, top: 20, bottom: height - 36 }
  const highest =
    max([...points.map(({ value }) => value ?? 0), ...goals.map((goal) => goal ?? 0), control?.upper ?? 0]) ?? 0
  const y = scaleLinear()
    .domain([0, input.top ?? Math.max(highest * 1.08, 0.1)])
    .range([plot.bottom, plot.top])
    .nice(small ? 2 : 4)
  const step = points.length > 1 ? (plot.right - plot.left) / (points.length - 1) : 0
  const x = (place: number) => round(plot.left + step * place)
  const draw = line<number | null>()
    .defined((value) => value !== null)
    .x((_value, place) => x(place))
    .y((value) => round(y(value ?? 0)))
  const signals = new Set(control?.signals.flatMap(({ from, to }) => controlled.slice(from, to + 1)) ?? [])
  const drawn = points.flatMap(({ value, label, text, over }, place) =>
    // Dots would hide a small line.
    value === null || (small && !over)
      ? []
      : [{ x: x(place), y: round(y(value)), over, signal: signals.has(place), title: `${label}: ${text}` }],
  )
  const every = Math.max(1, Math.ceil(points.length / (small ? 2 : 9)))
  const lastShown = points.findLastIndex(({ value }) => value !== null)
  const last = points[lastShown]
  return {
    id: input.id,
    title: input.title,
    description: input.description,
    width,
    height,
    small,
    example: input.example,
    plot,
    yTicks: y.ticks(small ? 2 : 5).map((tick) => ({ y: round(y(tick)), text: decimals(tick, 1) })),
    xTicks: points.flatMap(({ short }, place) =>
      (points.length - 1 - place) % every === 0 ? [{ x: x(place), text: short }] : [],
    ),
    path: draw(points.map(({ value }) => value)) ?? '',
    points: drawn,
    last: last?.value == null ? null : { x: x(lastShown), y: round(y(last.value)), text: last.text },
    goal: goalLines(goals, x, (value) => round(y(value)), step),
    limits: control && {
      mean: round(y(control.mean)),
      upper: round(y(control.upper)),
      lower: round(y(control.lower)),
      meanText: `medel ${decimals(control.mean, 2)}`,
      upperText: `övre gräns ${decimals(control.upper, 2)}`,
      lowerText: `undre gräns ${decimals(control.lower, 2)}`,
    },
  }
}

const round = (value: number) => Math.round(value * 10) / 10

/** One level line for each stretch with the same indicator. */
function goalLines(
  goals: readonly (number | null)[],
  x: (place: number) => number,
  y: (value: number) => number,
  step: number,
) {
  const found: { path: string; labelX: number; labelY: number; text: string }[] = []
  let start = 0
  for (let place = 1; place <= goals.length; place += 1) {
    const goal = goals[start]
    if (place < goals.length && goals[place] === goal) continue
    if (goal !== null && goal !== undefined) {
      const from = x(start) - (start === 0 ? 0 : step / 2)
      const to = x(place - 1) + (place === goals.length ? 0 : step / 2)
      found.push({
        path: `M${round(from)},${y(goal)}H${round(Math.max(to, from + 1))}`,
        labelX: x(place - 1),
        labelY: y(goal),
        text: decimals(goal, 1),
      })
    }
    start = place
  }
  return found
}

export type BarChart = {
  id: string
  title: string
  description: string
  width: number
  height: number
  example: string | null
  left: number
  bars: readonly {
    y: number
    height: number
    width: number
    label: string
    text: string
    over: boolean
    labelY: number
  }[]
  goal: { x: number; text: string; bottom: number } | null
}

/** Level bars, one for each row, with the indicator as a line across. */
export function barChart(input: {
  id: string
  title: string
  description: string
  example: string | null
  rows: readonly { label: string; value: number | null; text: string; over: boolean }[]
  goal: number | null
}): BarChart {
  const width = 760
  const left = 140
  const right = 660
  const rowHeight = 28
  const top = 26
  const highest = max([...input.rows.map(({ value }) => value ?? 0), input.goal ?? 0]) ?? 0
  const x = scaleLinear()
    .domain([0, highest || 1])
    .range([0, right - left])
  const height = top + input.rows.length * rowHeight + 8
  return {
    id: input.id,
    title: input.title,
    description: input.description,
    width,
    height,
    example: input.example,
    left,
    bars: input.rows.map(({ label, value, text, over }, place) => ({
      y: top + place * rowHeight + 4,
      height: rowHeight - 10,
      width: value === null ? 0 : round(x(value)),
      label,
      text,
      over,
      labelY: top + place * rowHeight + rowHeight / 2 + 4,
    })),
    goal:
      input.goal === null
        ? null
        : {
            x: round(left + x(input.goal)),
            text: `indikator ${swedishNumber(String(input.goal))}`,
            bottom: height - 4,
          },
  }
}
