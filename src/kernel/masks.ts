/** Words that must not be shown (maskerade): the mask is visible, what it covers is not. Pure. */

/** What readers see instead. */
export const maskText = '[maskerat]'

/**
 * Line breaks, spaces and emphasis between the words match any in the text: a sentence keeps its mask when it is wrapped
 * anew or has a word in bold. Capitals are no way around a mask.
 */
function patternOf(words: string): RegExp {
  const escaped = plain(words)
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(escaped.join('[*_]*\\s+[*_]*'), 'giu')
}

/** Å may be one sign or two: the same word all the same. */
const plain = (text: string) => text.normalize('NFC')

/**
 * What takes the masked words out of texts, for whoever has many of them. The longest words are taken first, so that none
 * of their parts is left.
 */
export function maskOf(words: readonly string[]): (text: string) => string {
  if (words.length === 0) return (text) => text
  const patterns = [...words].sort((a, b) => b.length - a.length).map(patternOf)
  return (text) => patterns.reduce((left, pattern) => left.replace(pattern, maskText), plain(text))
}

/** The text without the masked words. */
export const masked = (text: string, words: readonly string[]): string => maskOf(words)(text)

/** How many times the words stand in the text. */
export function timesIn(text: string, words: string): number {
  return words.trim() === '' ? 0 : [...plain(text).matchAll(patternOf(words))].length
}

/** Do the words stand in the text? */
export function holdsWords(text: string, words: string): boolean {
  return timesIn(text, words) > 0
}
