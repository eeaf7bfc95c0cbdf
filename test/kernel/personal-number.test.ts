import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { holdsPersonalNumber, withoutPersonalNumbers } from '../../src/kernel/personal-number.ts'

// 9876 and 9873 are given to nobody with these dates.

/** The same digits in another script, by its nought. */
const inScript = (nought: number, text: string) =>
  text.replace(/\d/g, (digit) => String.fromCodePoint(nought + Number(digit)))

const numbers = [
  '811218-9876',
  '19811218-9876',
  '8112189876',
  '198112189876',
  '811218+9876',
  '811278-9873',
  '19811278-9873',
  '811218 9876',
  '19811218 9876',
  '811218\u00a09876',
  '811218\u20099876',
  '811218\u202f9876',
  '19811218  9876',
  '1981-12-18-9876',
  '1981-12-18 9876',
  '1981.12.18-9876',
  '1981/12/18-9876',
  '1981 12 18 9876',
  '81-12-18-9876',
  '81 12 18-9876',
  '81 12 18+9876',
  '-811218-9876',
  '– 811218-9876',
  '811218-9876-',
  '811218-9876–',
  '811218 - 9876',
  '811218 – 9876',
  '811218--9876',
  '811218-\n9876',
  '811218.9876',
  '811218/9876',
  '811218\\9876',
  '811218~9876',
  '811218·9876',
  '811218•9876',
  '811218_9876',
  '811218:9876',
  '811218\u20439876',
  '811218\u22129876',
  '811218\u20119876',
  'pnr811218-9876',
  'Pnr811218-9876',
  'personnummer811218-9876',
  'P8112189876',
  'pnr:8112189876',
  'anna811218-9876',
  'Brev-811218-9876',
  'brev_811218-9876_svar',
  '811218-9876s',
  '1-811218-9876',
  inScript(0x660, '811218-9876'),
  inScript(0x6f0, '811218-9876'),
  inScript(0x966, '811218-9876'),
  inScript(0xff10, '811218-9876'),
  inScript(0xff10, '8112189876'),
  inScript(0x1d7ce, '8112189876'),
  inScript(0x1d7f6, '8112189876'),
  inScript(0x116da, '8112189876'),
  '811218-987⑥',
  '811218-9876'.split('').join('\u200e'),
  '811218\u200e-\u200f9876',
  '811218\u180e9876',
  '8112\ufe0f18-9876',
  '811218\u00ad-9876',
  '8112\u206018-98\ufeff76',
  '811\u{e0020}218-9876',
  '8\ufe0f\u20e31\ufe0f\u20e31218-9876',
]

const lookalikes = [
  // Another check digit, no such date, other lengths.
  '811218-9875',
  '811318-9876',
  '19810230-1234',
  '123456789012345',
  '2025110314',
  '88002511',
  // Times of day, of which one in ten has the right check digit, and what holds from a day to a year or a day.
  ...manyWith((last) => `2025-12-12 ${last}`, times()),
  ...manyWith((last) => `20251212 ${last}`, times()),
  ...manyWith((last) => `2025-12-12-${last}`, times()),
  ...manyWith((last) => `Protokoll_20251212_${last}.pdf`, times()),
  ...manyWith((last) => `1998-12-12 ${last}`, times()),
  '2025-12-12 09.30',
  '2025-12-12 kl. 14.00–16.00',
  ...manyWith((last) => `2023-01-01 – ${last}`, years()),
  ...manyWith((last) => `2023-01-01–${last}-12-31`, years()),
  ...manyWith((last) => `2023-01-01-${last}-12-31`, years()),
  // Numbering of others.
  ...manyWith((last) => `A20251103-${last}`),
  ...manyWith((last) => `HSF-20251103-${last}`),
  ...manyWith((last) => `20251103-${last}A`),
  ...manyWith((last) => `https://exempel.se/2025/11/03/${last}`),
  ...manyWith((last) => `https://exempel.se/20251103/${last}`),
  ...manyWith((last) => `20251103\t${last}`),
  ...manyWith((last) => `20251103;${last}`),
  ...manyWith((last) => `20251103,${last}`),
  ...manyWith((last) => `Det var den 20251103. ${last} kom`),
  'V8112189876',
  '2025/1234',
  'RS 2024-12345',
  'RS 2024/811218',
  'HSN 2025-1234',
  // Organisation numbers have a third digit of two or more.
  '232100-0073',
  '16232100-0073',
  '212000-0696',
  '802002-8711',
  // Telephones, amounts, books and accounts.
  '0480-84 51 23',
  '070-123 45 67',
  '+46 480 812 18 98',
  '+46701234567',
  '08-112 189 87',
  '811 218 987,60 kr',
  '81 121 898 kr',
  '978-91-7000-150-5',
  '9789170001505',
  ...manyWith((last) => `070-12 12 12-${last}`),
  ...manyWith((last) => `20 11 12 ${last}`),
  ...manyWith((last) => `20 11 12 – ${last}`),
  'SE45 5000 0000 0583 9825 7466',
  '123e4567-e89b-12d3-a456-426614174000',
]

function manyWith(write: (last: string) => string, lasts: string[] = times()): string[] {
  return lasts.map(write)
}
/** So many that the check digit is right for some. */
function times(): string[] {
  return Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}${hour % 2 ? '30' : '00'}`)
}
function years(): string[] {
  return Array.from({ length: 20 }, (_, past) => String(2020 + past))
}

describe('personal identity numbers', () => {
  test.each(numbers)('%j is one, and is taken out of a text', (number) => {
    expect(holdsPersonalNumber(number)).toBe(true)
    expect(holdsPersonalNumber(`Testa Testsson, ${number}, på Ö`)).toBe(true)
    const left = withoutPersonalNumbers(`Ansökan från ${number} om ½ tjänst ”nu”`)
    expect(left).toContain('[personnummer]')
    expect(left.normalize('NFKC')).not.toMatch(/\p{Nd}{4}/u)
    // The rest stands as it was typed.
    expect(left).toMatch(/^Ansökan från .*om ½ tjänst ”nu”$/su)
  })

  test('what only resembles one is none', () => {
    for (const text of lookalikes) {
      expect(holdsPersonalNumber(text), text).toBe(false)
      expect(holdsPersonalNumber(`Enligt ${text}, på Ö`), text).toBe(false)
      expect(withoutPersonalNumbers(text)).toBe(text)
    }
  })

  test('several in a text are all taken out, also after what resembles one', () => {
    expect(withoutPersonalNumbers('2025-12-12 811218-9876, 12 811278 9873 och 811218-9875')).toBe(
      '2025-12-12 [personnummer], 12 [personnummer] och 811218-9875',
    )
  })

  test('the county and the manuals hold none', () => {
    for (const folder of ['seeds', 'docs']) {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(json|ya?ml|md|csv|txt)$/.test(name)) continue
        const text = readFileSync(join(folder, name), 'utf8')
        for (const line of text.split('\n')) expect(holdsPersonalNumber(line), `${name}: ${line}`).toBe(false)
      }
    }
  })

  test('a long text is looked through at once', () => {
    const text = `${'Punkt 12 2025-12-12 den 1 234 567 890 – '.repeat(5_000)}811218-9876`
    const begun = performance.now()
    expect(holdsPersonalNumber(text)).toBe(true)
    expect(performance.now() - begun).toBeLessThan(2_000)
  })
})
