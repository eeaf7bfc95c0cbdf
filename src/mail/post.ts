import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import type { Transporter } from 'nodemailer'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { type LetterWriters, type Post, sendWaiting } from './letters.ts'

/** How often a process looks for letters to send, in milliseconds. */
const pause = 2_000

type Log = Pick<FastifyBaseLogger, 'info' | 'warn'>

/**
 * How letters go out: through the mail server of SMTP_URL. Without one, a portal that runs its own database writes them
 * in the log, where its only user finds the links; on a server's database they wait until there is a mail server.
 */
export function openPost(config: Config, log: Log): Post | null {
  if (config.mail === undefined) {
    if (config.databaseUrl !== undefined) return null
    return async ({ subject, text }) => log.info({ letter: { subject, text } }, 'no mail server: the letter is here')
  }
  const { url, from } = config.mail
  const server = new URL(url)
  // The letters hold links that let people in: in the clear only on this machine, or where the address says so.
  if (!['localhost', '127.0.0.1', '[::1]'].includes(server.hostname) && !server.searchParams.has('requireTLS')) {
    server.searchParams.set('requireTLS', 'true')
  }
  let transport: Promise<Transporter> | undefined
  return async ({ to, subject, text, calendar }) => {
    // Loaded with the first letter: few libraries are as large, and commands and pages do without it.
    transport ??= import('nodemailer').then(({ createTransport }) =>
      createTransport(server.href, { from: { name: config.site.name, address: from } }),
    )
    await (await transport).sendMail({
      to,
      subject,
      text,
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...(calendar ? { icalEvent: { ...calendar, filename: 'mote.ics' } } : {}),
    })
  }
}

/** Sends letters until stopped. @returns how to stop; it waits for the letter that is under way */
export function keepSending(
  db: Kysely<Database>,
  config: Config,
  writers: LetterWriters,
  log: Log,
): () => Promise<void> {
  const post = openPost(config, log)
  if (!post) {
    log.warn('no mail server (SMTP_URL): invitations and password links wait in the database')
    return async () => {}
  }
  let stopped = false
  let round: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout
  const next = () => {
    round = sendWaiting(db, writers, post, (kind, error) => log.warn({ kind, code: codeOf(error) }, 'a letter waits'))
      // The database is away; it is told elsewhere, and the next round finds it again.
      .catch((error) => log.warn({ code: codeOf(error) }, 'letters could not be looked for'))
      .then(() => {
        if (!stopped) timer = setTimeout(next, pause)
      })
  }
  timer = setTimeout(next, pause)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await round
  }
}

function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? message?.split('\n')[0] ?? 'unknown'
}
