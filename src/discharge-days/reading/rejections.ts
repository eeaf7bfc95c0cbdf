import { type Reason, reasons } from './cells.ts'

/** A row that was not counted. `column` counts from 1. */
export type Rejection = { line: number; column: number; header: string; reason: Reason }

/** Every rejected row, in twelve bytes each: a wrong file of a million rows has a million of them. */
export class Rejections {
  #rows = new Uint32Array(3 * 64)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(line: number, column: number, reason: Reason): void {
    if ((this.#count + 1) * 3 > this.#rows.length) {
      const grown = new Uint32Array(this.#rows.length * 2)
      grown.set(this.#rows)
      this.#rows = grown
    }
    this.#rows.set([line, column, reasons.indexOf(reason)], this.#count * 3)
    this.#count += 1
  }

  /** In the order in which they were found. */
  *all(headers: readonly string[]): Generator<Rejection> {
    for (let at = 0; at < this.#count * 3; at += 3) {
      const column = this.#rows[at + 1] ?? 0
      yield {
        line: this.#rows[at] ?? 0,
        column: column + 1,
        header: headers[column] ?? '',
        reason: reasons[this.#rows[at + 2] ?? 0] ?? 'missing',
      }
    }
  }
}
