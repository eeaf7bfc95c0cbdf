import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { PortalError, type Trouble } from '../kernel/errors.ts'
import { writtenIn } from './forms.ts'
import { longestAddress } from './security.ts'

// Not imported, since that takes a start 80 ms: see metrics.ts.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** The status and the words of every trouble: the only place where they stand. */
const troubles: Readonly<Record<Trouble, { status: number; title: string; text: string }>> = {
  'not-found': {
    status: 404,
    title: 'Sidan finns inte',
    text: 'Adressen kan vara felskriven, eller så har det som fanns här aldrig registrerats. Gå till startsidan eller välj en avdelning i menyn.',
  },
  'bad-request': {
    status: 400,
    title: 'Frågan gick inte att läsa',
    text: 'Något i adressen eller det du skickade är fel.',
  },
  'bad-date': {
    status: 400,
    title: 'Datumet gick inte att läsa',
    text: 'Skriv datumet som år-månad-dag, till exempel 2025-12-01. Dagen måste finnas i kalendern.',
  },
  'bad-address': {
    status: 400,
    title: 'Adressen gick inte att läsa',
    text: 'Adressen innehåller tecken som inte går att tolka. Den kan ha blivit avklippt eller skadad när den kopierades.',
  },
  'address-too-long': {
    status: 414,
    title: 'Adressen är för lång',
    text: `En adress får ha högst ${longestAddress} tecken. Korta det du söker efter, eller ta bort några val.`,
  },
  'head-too-large': {
    status: 431,
    title: 'Anropet har för mycket i huvudet',
    text: 'Adressen och det som skickas med den, till exempel kakor, får tillsammans vara högst 16 kB. Rensa kakorna för den här webbplatsen, eller korta adressen, och försök igen.',
  },
  'unmet-expectation': {
    status: 417,
    title: 'Anropet väntar sig något som portalen inte gör',
    text: 'Portalen kan bara svara på Expect: 100-continue.',
  },
  'sign-in-needed': { status: 401, title: 'Du behöver logga in', text: 'Sidan är bara för den som är inloggad.' },
  forbidden: { status: 403, title: 'Du får inte göra det här', text: 'Ditt konto har inte behörighet till sidan.' },
  'cross-site': {
    status: 403,
    title: 'Formuläret kom från en annan webbplats',
    text: 'Av säkerhetsskäl tas formulär bara emot från portalens egna sidor. Öppna sidan här i portalen och försök igen.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Det går inte att göra så här',
    text: 'Sidan finns, men svarar inte på den sortens anrop.',
  },
  conflict: {
    status: 409,
    title: 'Någon annan har ändrat samtidigt',
    text: 'Det du såg har ändrats sedan du öppnade sidan.',
  },
  'too-many-tries': {
    status: 429,
    title: 'För många försök',
    text: 'Vänta en kvart och försök sedan igen.',
  },
  'body-too-large': {
    status: 413,
    title: 'Det du skickade är för stort',
    text: 'Skicka en mindre fil eller dela upp den.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Formatet kan inte läsas',
    text: 'Portalen tar inte emot uppgifter i det format som skickades.',
  },
  invalid: { status: 422, title: 'Uppgifterna gick inte att spara', text: 'Något av det du fyllde i behöver rättas.' },
  unavailable: {
    status: 503,
    title: 'Portalen är tillfälligt otillgänglig',
    text: 'Registret svarar inte just nu. Försök igen om en stund.',
  },
  'not-made': {
    status: 503,
    title: 'Dokumentet kunde inte skapas',
    text: 'Försök igen om en stund. Det som skulle stå i dokumentet finns på portalens sidor.',
  },
  broken: {
    status: 500,
    title: 'Något gick fel hos oss',
    text: 'Felet är noterat. Försök igen om en stund. Hör gärna av dig om det fortsätter, och ange numret nedan.',
  },
}

/** What Fastify's own errors mean for the one who asked; the rest of its 4xx are 'bad-request'. */
const frameworkTroubles: Readonly<Record<string, Trouble>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_REQ_FILE_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported-media-type',
}

/**
 * PostgreSQL or Node saying that the database cannot be reached, is on its way down or up, can take nothing more (53: full
 * disk, memory, connections; 58030: disk; 25006: a copy that may only be read), or took too long (57014, 55P03).
 */
const databaseAway =
  /^(08...|53...|55P03|57014|57P0[1-5]|58030|25006|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ENOENT|ENOTFOUND|ETIMEDOUT|EPIPE)$/
const poolAway =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error)/

function troubleOf(error: unknown): Trouble {
  if (error instanceof PortalError) return error.trouble
  const { code, message, statusCode, validationContext } = error as {
    code?: string
    message?: string
    statusCode?: number
    validationContext?: string
  }
  // A path that no thing can have names nothing.
  if (validationContext !== undefined) return validationContext === 'params' ? 'not-found' : 'bad-request'
  if (code !== undefined && frameworkTroubles[code]) return frameworkTroubles[code]
  if (code !== undefined && databaseAway.test(code)) return 'unavailable'
  if (poolAway.test(message ?? '')) return 'unavailable'
  return statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? 'bad-request' : 'broken'
}

export type ErrorPageParts = {
  base: string
  /** The page that asks whoever needs to be signed in to do so. Absent: the plain error page. */
  askToSignIn?: ((request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>) | undefined
}

/** One answer for everything that goes wrong: a Swedish page, or problem+json for programs. */
export const errorPages = fp(async (app: FastifyInstance, { base, askToSignIn }: ErrorPageParts) => {
  app.addHook('onRequest', async (request, reply) => {
    const path = request.originalUrl.split('?', 1)[0] ?? ''
    const query = request.originalUrl.slice(path.length)
    const reading = request.method === 'GET' || request.method === 'HEAD'
    if (base !== '' && path === base && reading) return reply.redirect(`${base}/${query}`, 301)
    // Plain path parts only: a redirect to '//elsewhere' would lead out of the portal.
    if (reading && path !== `${base}/` && /^(\/[A-Za-z0-9._~%-]+)+\/$/.test(path)) {
      const shorter = path.slice(0, -1)
      if (app.methodsAt(shorter).includes('GET')) return reply.redirect(shorter + query, 301)
      throw new PortalError('not-found', 'no route')
    }
    if (!request.is404) return
    const methods = app.methodsAt(path)
    if (methods.length === 0) throw new PortalError('not-found', 'no route')
    reply.header('allow', methods.join(', '))
    throw new PortalError('method-not-allowed', `only ${methods.join(', ')}`)
  })

  app.setErrorHandler(async (error, request, reply) => {
    const trouble = troubleOf(error)
    const { status } = troubles[trouble]
    if (trouble === 'unavailable' && (await app.answerKept(request, reply))) return reply
    if (status >= 500) request.log.error({ err: error }, 'failed')
    else request.log.debug({ err: error }, trouble)
    if (status === 503) reply.header('retry-after', '30')
    if (trouble === 'too-many-tries') reply.header('retry-after', '900')
    reply.removeHeader('etag').removeHeader('content-disposition').removeHeader('cache-control')
    return answer(trouble, error instanceof PortalError ? error.details : '', request, reply.code(status))
  })

  async function answer(
    trouble: Trouble,
    details: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { status, title, text } = troubles[trouble]
    const requestId = status >= 500 ? request.id : ''
    reply.header('vary', 'Accept')
    // A page on another site that may read what is answered may also read why it was not.
    if (isApi(request)) reply.header('access-control-allow-origin', '*')
    if (wantsJson(request)) {
      return reply
        .type('application/problem+json; charset=utf-8')
        .send(JSON.stringify({ type: 'about:blank', title, status, detail: details || text, requestId: request.id }))
    }
    try {
      if (trouble === 'sign-in-needed' && askToSignIn) return await askToSignIn(request, reply)
      return await reply.page('errors/trouble', {
        head: { title, crumbs: [{ text: title }], hidden: true },
        text,
        details,
        requestId,
        written: writtenByAsker(trouble, request),
      })
    } catch (error) {
      request.log.error({ err: error }, 'the error page itself failed')
      return reply.code(500).type('text/html; charset=utf-8').send(barePage('broken'))
    }
  }

  /** What somebody typed in a form that has nowhere to go: its thing is gone, closed or out of reach. */
  function writtenByAsker(trouble: Trouble, request: FastifyRequest) {
    const lost: readonly Trouble[] = ['conflict', 'not-found', 'unavailable', 'broken']
    const typed = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
    return request.method === 'POST' && typed && lost.includes(trouble)
      ? writtenIn(request.body, request.originalUrl)
      : []
  }

  const isApi = ({ originalUrl }: FastifyRequest) => originalUrl.startsWith(`${base}/api/`)

  function wantsJson(request: FastifyRequest): boolean {
    if (isApi(request)) return true
    const accept = request.headers.accept ?? ''
    return /application\/(problem\+)?json/.test(accept) && !accept.includes('text/html')
  }
})

/** The beginning of a head whose address is longer than any that is answered. */
const longAddress = new RegExp(`^[A-Z]{1,20} \\S{${longestAddress + 1}}`)

function troubleOfBroken({ code, rawPacket }: BrokenRequest): Trouble {
  if (code !== 'HPE_HEADER_OVERFLOW') return 'bad-request'
  // Of a head that came in pieces only the last is known, and not whether that is still the address.
  const begins = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1', 0, 2 * longestAddress) : ''
  return longAddress.test(begins) ? 'address-too-long' : 'head-too-large'
}

/** Fastify's types tell of the packet as JSON would have it. */
type BrokenRequest = Error & { code?: string; rawPacket?: unknown }

/** Answers what is not even a request (headers too large, unfinished, garbled), before Fastify has seen it. */
export function answerBrokenRequest(error: BrokenRequest, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return
  const trouble = troubleOfBroken(error)
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : troubles[trouble].status
  const page = barePage(trouble)
  const headers = Object.entries(bareHeaders(page)).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers.join('')}\r\n${page}`)
}

/** Answers in the same way what Node can read, and HTTP does not allow. */
export function refuseRequest(trouble: Trouble, response: ServerResponse): void {
  const page = barePage(trouble)
  response.writeHead(troubles[trouble].status, bareHeaders(page)).end(page)
}

/** What follows on the connection could be anything: it is closed. */
function bareHeaders(page: string): Record<string, string | number> {
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(page),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    Connection: 'close',
  }
}

/** For when there is no layout to be had. */
function barePage(trouble: Trouble): string {
  const { title, text } = troubles[trouble]
  return `<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`
}
