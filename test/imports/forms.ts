/** Writes printed lines as one extractor or another would. */
export function doubleSpaced(printed: string): string {
  return printed
    .split('\n')
    .map((line) => {
      if (line === '') return ' \n\n'
      if (line.startsWith('http')) return `${line}\n`
      return line.startsWith('#') ? ` ${line.slice(1)} \n\n` : `${line} \n\n`
    })
    .join('')
}
export const trimmed = (printed: string) =>
  doubleSpaced(printed)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
export const singleSpaced = (printed: string) => printed.replace(/\n#/g, '\n\f').replace('#', '')
export const numberedPages = (printed: string) => {
  let page = 1
  return printed.replace(/\n#/g, () => `\n\nSida ${page++} (9)\n\f`).replace('#', '')
}
