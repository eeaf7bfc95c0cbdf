import { type ChildProcess, fork } from 'node:child_process'
import { PortalError } from '../kernel/errors.ts'
import { dataOf, keyOf, type PdfDocument } from './document.ts'

export type PrinterLimits = {
  /** The most documents that may be under way; more are told to come back. */
  queue: number
  /** The most milliseconds that one document may take, the start of the process included. */
  patience: number
  /** How many milliseconds the process stays when nothing is asked for: its memory is given back then. */
  idle: number
  /** The most bytes of finished documents that are kept. */
  kept: number
}

const defaults: PrinterLimits = { queue: 8, patience: 20_000, idle: 10_000, kept: 8_000_000 }

/** What the process answers. */
export type Answer = { bytes: Uint8Array } | { trouble: string }

const busy = (why: string) => new PortalError('not-made', `pdf: ${why}`)

export type Printer = ReturnType<typeof openPrinter>

/**
 * Sets documents as PDF, one at a time, in a process of its own: its memory is not the portal's, and a document that is
 * too heavy ends that process alone. What has been made is kept under the hash of its content.
 */
export function openPrinter(limits: Partial<PrinterLimits> = {}) {
  const { queue, patience, idle, kept } = { ...defaults, ...limits }
  const made = new Map<string, Buffer>()
  const underWay = new Map<string, Promise<Buffer>>()
  let bytesKept = 0
  let last: Promise<unknown> = Promise.resolve()
  let child: ChildProcess | null = null
  let rest: NodeJS.Timeout | undefined
  let abandon: ((why: string) => void) | null = null
  let closed = false

  function end(): void {
    clearTimeout(rest)
    child?.removeAllListeners()
    // An error on the way out is nobody's any more.
    child?.on('error', () => {})
    child?.kill('SIGKILL')
    child = null
  }

  function started(): ChildProcess {
    clearTimeout(rest)
    child ??= fork(new URL('./worker.ts', import.meta.url), {
      serialization: 'advanced',
      // Nothing of the portal's settings and secrets is for a process that reads what others have typed.
      env: {},
      execArgv: ['--max-old-space-size=128'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.ref()
    child.channel?.ref()
    return child
  }

  const set = (data: string): Promise<Buffer> =>
    new Promise((done, fail) => {
      if (closed) return fail(busy('closed'))
      const rested = child !== null
      const printing = started()
      const stop = (why: string) => {
        clearTimeout(timer)
        abandon = null
        end()
        fail(busy(why))
      }
      abandon = stop
      const timer = setTimeout(() => stop('took too long'), patience)
      printing.removeAllListeners()
      printing.once('error', (error) => stop(`the process failed: ${error.message}`))
      printing.once('exit', (code, signal) => {
        if (!rested) return stop(`the process ended (${signal ?? code})`)
        // It was ended while it rested, which nobody had been told yet: another one does it.
        clearTimeout(timer)
        abandon = null
        end()
        set(data).then(done, fail)
      })
      printing.once('message', (answer: Answer) => {
        if ('trouble' in answer) return stop(answer.trouble)
        clearTimeout(timer)
        abandon = null
        printing.removeAllListeners()
        printing.on('error', end)
        printing.on('exit', end)
        printing.unref()
        printing.channel?.unref()
        rest = setTimeout(end, idle).unref()
        done(Buffer.from(answer.bytes))
      })
      // What could not be sent is told by its exit or by the time that passes.
      printing.send(data, () => {})
    })

  function keep(key: string, bytes: Buffer): void {
    made.set(key, bytes)
    bytesKept += bytes.length
    for (const [oldest, old] of made) {
      if (bytesKept <= kept) return
      made.delete(oldest)
      bytesKept -= old.length
    }
  }

  /** The document's bytes: the same for the same content. @throws PortalError not-made */
  async function print(document: PdfDocument): Promise<Buffer> {
    const data = dataOf(document)
    const key = keyOf(data)
    const finished = made.get(key)
    if (finished) return finished
    const same = underWay.get(key)
    if (same) return same
    if (underWay.size >= queue) throw busy('too many wait')
    const making = last.then(() => set(data))
    last = making.catch(() => {})
    underWay.set(key, making)
    try {
      const bytes = await making
      keep(key, bytes)
      return bytes
    } finally {
      underWay.delete(key)
    }
  }

  return {
    print,
    /** The process that sets documents; null when there is none. */
    pid: (): number | null => child?.pid ?? null,
    /** Ends the process. Whoever waits is told that the document could not be made. */
    close(): void {
      closed = true
      if (abandon) abandon('closed')
      else end()
    },
  }
}
