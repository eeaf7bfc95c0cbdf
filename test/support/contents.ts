/** What is sent to the portal in bulk: made up, and never the same twice. */
import { episodeHeader } from '../discharge-days/support/reading.ts'
import { autumn } from '../imports/autumn.ts'
import { doubleSpaced } from '../imports/forms.ts'
import type { Chance } from './chance.ts'

/** A picture as far as the portal looks into it. */
export function picture(chance: Chance, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 1) bytes[at] = chance.below(256)
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return bytes
}

/** A file of so many stays of one month; the number keeps it from being the same file as another. */
export function dischargeFile(number: number, rows: number): Uint8Array<ArrayBuffer> {
  const month = `20${18 + (Math.floor(number / 12) % 8)}-${String((number % 12) + 1).padStart(2, '0')}`
  const day = (n: number) => `${month}-${String(n).padStart(2, '0')}`
  const stays = Array.from({ length: rows }, (_, id) => `Kalmar;HSF;${day(3)};${day(3 + (id % 20))};V${number}x${id}`)
  return new TextEncoder().encode([episodeHeader, ...stays, ''].join('\n'))
}

/** An old protocol of another meeting for each number. */
export function oldProtocol(number: number): Uint8Array<ArrayBuffer> {
  const changed = autumn.replace('Ingen hade något att tillföra', `${letters(number)} hade något att tillföra`)
  return new TextEncoder().encode(doubleSpaced(changed))
}

/** A number as a name that no two numbers share. */
export function letters(number: number): string {
  const alphabet = 'abcdefghijklmnoprstuvy'
  let rest = number + alphabet.length
  let word = ''
  for (; rest > 0; rest = Math.floor(rest / alphabet.length)) word += alphabet[rest % alphabet.length]
  return `Prov${word}`
}
