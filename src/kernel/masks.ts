/** Words that must not be shown (maskerade): the mask is visible, what it covers is not. Pure. */

/** What readers see instead. */
export const maskText = '[maskerat]'

/** Line breaks and spaces in the words match any in the text: a sentence keeps its mask when it is wrapped anew. */
function patternOf(words: string): RegExp {
  const escaped = words
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(escaped.join('\\s+'), 'gu')
}

/** The text without the masked words. The longest are taken first, so that none of their parts is left. */
export function masked(text: string, words: readonly string[]): string {
  return [...words]
    .sort((a, b) => b.length - a.length)
    .reduce((left, one) => left.replace(patternOf(one), maskText), text)
}

/** Do the words stand in the text? */
export function holdsWords(text: string, words: string): boolean {
  return words.trim() !== '' && patternOf(words).test(text)
}
