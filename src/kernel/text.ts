import { swedishNumber } from './numbers.ts'

const collator = new Intl.Collator('sv', { numeric: true })

/** Alphabetical order with å, ä, ö last, and 7b before 10. */
export const compareSwedish: (a: string, b: string) => number = collator.compare

/** 'Hab och rehab (länet)' → 'hab-och-rehab-lanet' */
export function slugify(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

/** '1 möte', '0 möten', '1 234 möten' */
export function counted(count: number, one: string, many: string): string {
  return `${swedishNumber(count)} ${count === 1 ? one : many}`
}

export function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase('sv') + text.slice(1)
}

/** For a name that stands within a sentence: 'Första betalningsdag' → 'första betalningsdag'. */
export function uncapitalised(text: string): string {
  return text.charAt(0).toLocaleLowerCase('sv') + text.slice(1)
}

/** 'a', 'a och b', 'a, b och c' */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} och ${words.at(-1)}`
}

/** The same words kept on one line: for dates and the like in narrow columns. */
export function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0')
}

/**
 * Without signs that no keyboard gives and that something on the way refuses: PostgreSQL takes no NUL and no half of a
 * pair, XML (feeds, spreadsheets) no other control characters. Tabs and line ends stay.
 */
export function storable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, '')
}
