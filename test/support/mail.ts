import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** A letter as the mail server got it. */
export type Received = { to: string[]; subject: string; text: string; links: string[] }

export type MailServer = {
  url: string
  received: Received[]
  /** While true every letter is turned away, as by a server with a full disk. */
  refusing: boolean
}

/** A real mail server in the process, on a port of its own (or a given one); closed when the test is done. */
export async function mailServer(port = 0): Promise<MailServer> {
  const received: Received[] = []
  const mail: MailServer = { url: '', received, refusing: false }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk) => chunks.push(chunk))
      stream.on('end', () => {
        if (mail.refusing) return done(Object.assign(new Error('disk full'), { responseCode: 452 }))
        const raw = Buffer.concat(chunks).toString('utf8')
        const [head = '', ...rest] = raw.split('\r\n\r\n')
        const text = decoded(head, rest.join('\n\n'))
        received.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          subject: words(/^Subject: ((?:.|\r\n[ \t])*)$/m.exec(head)?.[1] ?? ''),
          text,
          links: text.match(/https?:\/\/\S+/g) ?? [],
        })
        done()
      })
    },
  })
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready))
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
  mail.url = `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return mail
}

function decoded(head: string, body: string): string {
  if (/^Content-Transfer-Encoding: base64/im.test(head)) return Buffer.from(body, 'base64').toString('utf8')
  if (!/^Content-Transfer-Encoding: quoted-printable/im.test(head)) return body
  return bytes(body.replace(/=\r?\n/g, ''))
}

/** =C3=A5 → å */
function bytes(text: string): string {
  return Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
}

function words(subject: string): string {
  return subject
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?Q\?(.*?)\?=/gi, (_all, text: string) => bytes(text.replaceAll('_', ' ')))
    .replace(/=\?UTF-8\?B\?(.*?)\?=/gi, (_all, text: string) => Buffer.from(text, 'base64').toString('utf8'))
}
