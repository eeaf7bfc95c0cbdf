import { setTimeout as wait } from 'node:timers/promises'

/** One request at a time to each host, and a pause before the next. */
export class Turns {
  readonly #pauseMs: number
  readonly #hosts = new Map<string, { last: Promise<unknown>; freeAt: number }>()

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs
  }

  /**
   * Does the work when the host's turn comes.
   * @param pauseMs the pause after it, when the host asks for a longer one than ours
   */
  async take<T>(host: string, work: () => Promise<T>, pauseMs = 0): Promise<T> {
    const queue = this.#hosts.get(host) ?? { last: Promise.resolve(), freeAt: 0 }
    this.#hosts.set(host, queue)
    const turn = queue.last.then(async () => {
      const left = queue.freeAt - performance.now()
      if (left > 0) await wait(left)
      try {
        return await work()
      } finally {
        queue.freeAt = performance.now() + Math.max(this.#pauseMs, pauseMs)
      }
    })
    queue.last = turn.catch(() => {})
    return await turn
  }

  /** Leaves the host alone for a while. */
  rest(host: string, ms: number): void {
    const queue = this.#hosts.get(host)
    if (queue) queue.freeAt = Math.max(queue.freeAt, performance.now() + ms)
  }
}
