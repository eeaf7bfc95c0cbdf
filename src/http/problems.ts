import type { FastifyReply } from 'fastify'

/** What programs get for a question that cannot be read: 400, which parameter it is, and what is wrong with it. */
export function badQuestion(reply: FastifyReply, parameter: string, message: string): FastifyReply {
  return reply
    .code(400)
    .type('application/problem+json; charset=utf-8')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: 'Frågan gick inte att läsa',
        status: 400,
        detail: `${parameter}: ${message}`,
        parameter,
        requestId: reply.request.id,
      }),
    )
}
