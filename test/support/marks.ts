/**
 * What a page is made of: a mark for every tag as it is written, inside those that it stands in, and for what stands in
 * it after what. Two pages with the same marks differ in their words, addresses and names, and in how often
 * something is repeated; a rule that looks at tags, attributes and what may stand in what finds the same on both.
 */

/** Comments, the document's type, and tags with their attributes. */
const token = /<!--[\s\S]*?-->|<![^>]*>|<(\/?)([a-zA-Z][\w-]*)((?:[^"'>]|"[^"]*"|'[^']*')*)>/g
const attribute = /([^\s=/]+)=(?:"([^"]*)"|'([^']*)')/g
const empty = new Set('area base br col embed hr img input link meta source track wbr'.split(' '))

/** Attributes whose values are words, numbers or addresses, which no rule about single tags asks for. */
const free = new Set(
  `id href src action formaction value content datetime title alt placeholder label data-label data-item aria-label
  d x y x1 x2 y1 y2 r cx cy width height viewBox size`.split(/\s+/),
)
/** Attributes that name other elements by their ids. */
const references = new Set(['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'popovertarget', 'list'])

type Open = { mark: number; name: string; before: string; inside: Set<string> }

/** Every chain of tags has a number, since the chains are long. */
const numbers = new Map<string, number>()
function numberOf(chain: string): number {
  const number = numbers.get(chain) ?? numbers.size
  numbers.set(chain, number)
  return number
}

/** @returns null when tags are not closed in their order, or the page is written in a way that is not understood here */
export function marksOf(html: string): Set<string> | null {
  const ids = new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id))
  const marks = new Set<string>()
  const open: Open[] = [{ mark: numberOf(''), name: '', before: '', inside: new Set() }]
  let top = open[0] as Open

  const inside = (kind: string) => {
    marks.add(`${top.mark} has ${kind} after ${top.before}`)
    top.before = kind
    top.inside.add(kind)
  }
  const close = ({ mark, before, inside }: Open) =>
    marks.add(`${mark} ends after ${before}`).add(`${mark} holds ${[...inside].sort().join()}`)

  let at = 0
  for (const match of html.matchAll(token)) {
    const [whole, slash, name, written = ''] = match
    const text = html.slice(at, match.index)
    at = match.index + whole.length
    if (text !== '') for (const kind of kindsOf(text)) inside(kind)
    if (name === undefined) {
      inside(whole)
    } else if (slash === '/') {
      if (top.name !== name || open.length === 1) return null
      close(top)
      open.pop()
      top = open.at(-1) as Open
    } else {
      inside(name)
      const tag = `<${name}${written.replace(attribute, (whole, key, double, single) => {
        const value: string = double ?? single
        const quote = whole.at(-1)
        if (references.has(key)) {
          return `${key}=${quote}${value.split(' ').every((id) => ids.has(id)) ? 'there' : 'nowhere'}`
        }
        return free.has(key) && value !== '' ? `${key}=${quote}${kindOfValue(value)}` : whole
      })}>`
      const element: Open = { mark: numberOf(`${top.mark}${tag}`), name, before: '', inside: new Set() }
      if (empty.has(name) || written.endsWith('/')) {
        close(element)
      } else {
        open.push(element)
        top = element
      }
    }
  }
  return open.length === 1 && html.slice(at).trim() === '' ? marks : null
}

/** What of a text the rules see: whether there is any, signs that have to be escaped, blanks at the ends of lines. */
function kindsOf(text: string): string[] {
  const kinds = /[ \t]\r?\n/.test(text) ? ['blanks before a line end'] : []
  return text.trim() === '' ? kinds : [...kinds, `text${signsOf(text)}`]
}

/** Entities, and signs that should have been. */
const signsOf = (text: string) => [...new Set(text.match(/&#?\w*;?|[<>\0]/g))].sort().join('')

/** What of a value the rules see. */
const kindOfValue = (value: string) => `${/\s/.test(value) ? 'words' : 'word'}${signsOf(value)}`
