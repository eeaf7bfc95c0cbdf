import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fractionText, readNumber, scaled, swedishNumber, unscaled } from '../../src/kernel/numbers.ts'

describe('numbers are read as people write them', () => {
  test.each([
    ['0,8', '0.8'],
    ['0.8', '0.8'],
    ['1 234', '1234'],
    ['1\u00a0234,50', '1234.50'],
    ['1\u202f234', '1234'],
    ['\u2212 12,5', '-12.5'],
    ['\u201312', '-12'],
    ['-3', '-3'],
    ['  7 ', '7'],
  ])('%j is %s', (typed, value) => {
    expect(readNumber(typed)).toBe(value)
  })

  test.each(['', ' ', ',5', '5,', '1,2,3', '1.2,3', 'NaN', '1e5', '0x10', '12 st', '--1', '1'.repeat(31)])(
    '%j is no number',
    (typed) => {
      expect(readNumber(typed)).toBeNull()
    },
  )
})

describe('decimals are kept exactly', () => {
  test('a limit of 0,8 is 80 hundredths, never 0,7999', () => {
    expect(scaled('0.8', 2)).toBe(80n)
    expect(scaled('-0.8', 2)).toBe(-80n)
    expect(scaled('0.80000', 1)).toBe(8n)
    expect(unscaled(80n, 2)).toBe('0.80')
    expect(unscaled(-8n, 2)).toBe('-0.08')
    expect(unscaled(0n, 0)).toBe('0')
  })

  test('more decimals than asked for are refused, not rounded away', () => {
    expect(() => scaled('0.805', 2)).toThrow(RangeError)
    expect(() => scaled('0,8', 2)).toThrow(RangeError)
  })

  test('scaling there and back is the same number', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 0, max: 10 }),
        (units, decimals) => {
          expect(scaled(unscaled(units, decimals), decimals)).toBe(units)
        },
      ),
    )
  })
})

describe('numbers are written the Swedish way', () => {
  test.each<[number | bigint | string, string]>([
    [0, '0'],
    [999, '999'],
    [1234, '1\u00a0234'],
    [1234567n, '1\u00a0234\u00a0567'],
    ['1234.50', '1\u00a0234,50'],
    ['0.33', '0,33'],
    ['-1234.5', '\u22121\u00a0234,5'],
  ])('%s is "%s"', (value, text) => {
    expect(swedishNumber(value)).toBe(text)
  })

  test('what is written can be read again', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.integer({ min: 0, max: 6 }), (units, decimals) => {
        const value = unscaled(units, decimals)
        expect(readNumber(swedishNumber(value))).toBe(value)
      }),
    )
  })

  test('no value is not written as a number', () => {
    expect(() => swedishNumber(Number.NaN)).toThrow(RangeError)
    expect(() => swedishNumber('')).toThrow(RangeError)
  })
})

describe('averages are rounded half up on the exact fraction', () => {
  test.each<[number, number, string]>([
    [265, 804, '0,33'],
    [41, 51, '0,80'],
    [1, 8, '0,13'],
    [1, 200, '0,01'],
    [1, 201, '0,00'],
    [5, 1000, '0,01'],
    [-1, 8, '\u22120,13'],
    [0, 5, '0,00'],
    [2_000_000, 3, '666\u00a0666,67'],
  ])('%i days in %i episodes is %s', (days, episodes, text) => {
    expect(fractionText(days, episodes, 2)).toBe(text)
  })

  test('without decimals no comma is written', () => {
    expect(fractionText(5, 2, 0)).toBe('3')
  })

  test('there is no average of no episodes', () => {
    expect(() => fractionText(3, 0, 2)).toThrow(RangeError)
  })

  test('the written value is never more than half a hundredth from the fraction', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 100_000 }), (days, episodes) => {
        const hundredths = scaled(readNumber(fractionText(days, episodes, 2)) ?? '', 2)
        const difference = 2n * (hundredths * BigInt(episodes) - 100n * BigInt(days))
        expect(difference > -BigInt(episodes) && difference <= BigInt(episodes)).toBe(true)
      }),
    )
  })
})
