const noBreakSpace = '\u00a0'
const minusSign = '\u2212'

/**
 * Reads a number as people in Sweden write it and returns it as a plain decimal ('-1234.5'), or null.
 * Accepts spaces of all kinds between the digits, comma or point as decimal sign, hyphen or U+2212 as minus.
 */
export function readNumber(text: string): string | null {
  const plain = text
    .replace(/[\s\u00a0\u2009\u202f]/g, '')
    .replace(/^[\u2212\u2013]/, '-')
    .replace(',', '.')
  return decimal.test(plain) ? plain : null
}

const decimal = /^-?\d{1,30}(\.\d{1,30})?$/

/** A decimal text as a whole number of units of 10^-decimals: scaled('0.8', 2) is 80n. RangeError if it has more decimals than that. */
export function scaled(value: string, decimals: number): bigint {
  if (!decimal.test(value)) throw new RangeError(`not a decimal number: ${value}`)
  const [whole = '', fraction = ''] = value.split('.')
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > decimals) throw new RangeError(`more than ${decimals} decimals: ${value}`)
  return BigInt(whole + kept.padEnd(decimals, '0'))
}

/** The way back: unscaled(80n, 2) is '0.80'. */
export function unscaled(units: bigint, decimals: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`
  return `${units < 0n ? '-' : ''}${whole}${fraction}`
}

/** A number as it is written on the pages: '1 234,5' with no-break spaces and U+2212. Takes decimals as text so that none is lost. */
export function swedishNumber(value: number | bigint | string): string {
  const plain = String(value)
  if (!decimal.test(plain)) throw new RangeError(`not a decimal number: ${plain}`)
  const [whole = '', fraction] = plain.replace('-', '').split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, noBreakSpace)
  return `${plain.startsWith('-') ? minusSign : ''}${grouped}${fraction === undefined ? '' : `,${fraction}`}`
}

/**
 * numerator / denominator with exactly so many decimals, rounded half up (away from zero) on the exact fraction:
 * fractionText(265, 804, 2) is '0,33'. RangeError when the denominator is not positive.
 */
export function fractionText(numerator: number | bigint, denominator: number | bigint, decimals: number): string {
  const below = BigInt(denominator)
  if (below <= 0n) throw new RangeError(`not a positive denominator: ${denominator}`)
  const above = BigInt(numerator)
  const size = above < 0n ? -above : above
  const rounded = (2n * size * 10n ** BigInt(decimals) + below) / (2n * below)
  return swedishNumber(unscaled(above < 0n ? -rounded : rounded, decimals))
}
