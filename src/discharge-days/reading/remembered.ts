const mostRemembered = 50_000

/**
 * What a text in a file means, worked out once for each text that occurs: a file of a million rows has a dozen
 * municipalities and some thousand dates. Answers are numbers; below zero by the caller's own agreement.
 */
export class Remembered {
  readonly #resolve: (text: string) => number
  readonly #texts: Buffer[] = []
  readonly #answers: number[] = []
  #table = new Int32Array(1024)

  constructor(resolve: (text: string) => number) {
    this.#resolve = resolve
  }

  of(bytes: Buffer, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
    const mask = this.#table.length - 1
    let place = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const entry = this.#table[place] as number
      if (entry === 0) break
      const text = this.#texts[entry - 1] as Buffer
      if (text.length === end - start && isSame(text, bytes, start)) return this.#answers[entry - 1] as number
      place = (place + 1) & mask
    }
    const answer = this.#resolve(bytes.toString('utf8', start, end).trim())
    if (this.#texts.length >= mostRemembered) return answer
    this.#texts.push(Buffer.from(bytes.subarray(start, end)))
    this.#answers.push(answer)
    this.#table[place] = this.#texts.length
    if (this.#texts.length * 2 > this.#table.length) this.#grow()
    return answer
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 4)
    const mask = table.length - 1
    for (const [number, text] of this.#texts.entries()) {
      let hash = 0x811c9dc5
      for (const byte of text) hash = Math.imul(hash ^ byte, 0x01000193)
      let place = (hash ^ (hash >>> 15)) & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = number + 1
    }
    this.#table = table
  }
}

function isSame(text: Buffer, bytes: Buffer, start: number): boolean {
  for (let at = 0; at < text.length; at += 1) if (text[at] !== bytes[start + at]) return false
  return true
}

/**
 * Which ids have come before in the file: 128 bits of each, mixed with numbers drawn anew for every file, so that a
 * million ids take 32 MB and two different ones are never taken for the same (1 in 10^26 for a million).
 */
export class SeenIds {
  #slots = new Int32Array(4096)
  #count = 0
  readonly #seeds = crypto.getRandomValues(new Int32Array(4))

  /** True the first time. */
  isNew(bytes: Buffer, start: number, end: number): boolean {
    let a = this.#seeds[0] as number
    let b = this.#seeds[1] as number
    let c = this.#seeds[2] as number
    let d = this.#seeds[3] as number
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number
      a = b ^ Math.imul(a ^ byte, 597399067)
      b = c ^ Math.imul(b ^ byte, 2869860233)
      c = d ^ Math.imul(c ^ byte, 951274213)
      d = a ^ Math.imul(d ^ byte, 2716044179)
    }
    a = Math.imul(c ^ (a >>> 18), 597399067)
    b = Math.imul(d ^ (b >>> 22), 2869860233)
    c = Math.imul(a ^ (c >>> 17), 951274213)
    d = Math.imul(b ^ (d >>> 19), 2716044179) ^ (end - start)
    // A slot of four zeros is an empty one.
    if (a === 0 && b === 0 && c === 0 && d === 0) d = 1
    if (!this.#add(a, b, c, d)) return false
    this.#count += 1
    if (this.#count * 8 > this.#slots.length) this.#grow()
    return true
  }

  #add(a: number, b: number, c: number, d: number): boolean {
    const slots = this.#slots
    const mask = slots.length / 4 - 1
    let place = (a ^ c) & mask
    for (;;) {
      const at = place * 4
      if (slots[at] === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0) {
        slots[at] = a
        slots[at + 1] = b
        slots[at + 2] = c
        slots[at + 3] = d
        return true
      }
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c && slots[at + 3] === d) return false
      place = (place + 1) & mask
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 4) {
      const [a, b, c, d] = [old[at] as number, old[at + 1] as number, old[at + 2] as number, old[at + 3] as number]
      if (a !== 0 || b !== 0 || c !== 0 || d !== 0) this.#add(a, b, c, d)
    }
  }
}
