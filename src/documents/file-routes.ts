import { z } from 'zod'
import { isSame } from '../http/cache.ts'
import type { Identity } from '../http/permissions.ts'
import { anyone } from '../http/permissions.ts'
import type { App, Room } from '../http/server.ts'
import { notFound } from '../kernel/errors.ts'
import { attachmentById, fileBytes } from './files.ts'

const params = z.object({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER), name: z.string() })

/** Who may read what is attached to a meeting, and whether that is everybody. The meetings room decides; app.ts hands it in. */
export type MeetingReading = (
  meetingId: number,
  identity: Identity | null,
) => Promise<{ readable: boolean; isPublic: boolean }>

/** Files, to be saved: never opened as a page of the portal, whatever they hold. */
export const fileRoutes =
  ({ db }: Pick<Room, 'db'>, meetingReading: MeetingReading) =>
  async (app: App) => {
    app.get(
      '/filer/:id/:name',
      { schema: { params }, config: { may: anyone, cache: 'private' } },
      async (request, reply) => {
        const file = await attachmentById(db, request.params.id)
        if (!file) throw notFound(`attachment ${request.params.id}`)
        const { readable, isPublic } =
          file.meeting_id === null
            ? { readable: true, isPublic: true }
            : await meetingReading(file.meeting_id, request.identity)
        // Whoever may not read it is not told that it exists.
        if (!readable) throw notFound(`attachment ${request.params.id}`)
        // Weak, since a text may be packed on its way.
        const tag = `W/"${file.sha256.toString('base64url')}"`
        reply
          .header('content-disposition', `attachment; filename*=UTF-8''${encodeName(file.file_name)}`)
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('x-content-type-options', 'nosniff')
          .header('etag', tag)
          .header(
            'cache-control',
            isPublic && !request.identity?.signedIn ? 'public, max-age=0, must-revalidate' : 'private, no-store',
          )
        if (isSame(request.headers['if-none-match'], tag)) return reply.code(304).send()
        return reply.type(file.media_type).send(await fileBytes(db, file.file_id))
      },
    )
  }

/** As RFC 8187 wants a name in a header. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
