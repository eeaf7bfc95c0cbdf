import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { notFound } from '../kernel/errors.ts'
import { unasked } from './permissions.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The address of a file in public/ (or site.css), base path and version included. */
    asset(file: string): string
  }
}

const publicFolder = resolve(import.meta.dirname, '../../public')

// The parts of Designsystemet that the pages use, in its own order and layer.
const designsystemet = [
  'button',
  'input',
  'field',
  'fieldset',
  'label',
  'validation-message',
  'error-summary',
  'skip-link',
]
const fontFiles = ['latin', 'latin-ext'].flatMap((script) =>
  ['normal', 'italic'].map((style) => `source-sans-3-${script}-wght-${style}.woff2`),
)

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}

/**
 * Serves what pages are dressed in, from memory, under /static/<version>/. The version is a hash over all of it, so
 * browsers may keep every file for ever, and addresses inside the CSS stay relative.
 */
export const assets = fp(async (app: FastifyInstance, { base }: { base: string }) => {
  const files = readAssets()
  const hash = createHash('sha256')
  for (const [name, content] of files) hash.update(name).update('\0').update(content)
  const version = hash.digest('hex').slice(0, 12)

  app.decorate('asset', (file: string) => {
    if (!files.has(file)) throw new Error(`no such file in public/: ${file}`)
    return `${base}/static/${version}/${file}`
  })
  app.get<{ Params: { version: string; '*': string } }>(
    `${base}/static/:version/*`,
    { config: { may: unasked, cache: 'shared' } },
    async (request, reply) => {
      const content = files.get(request.params['*'])
      if (content === undefined) throw notFound(`asset ${request.params['*']}`)
      // A page from before the last installation still gets its style, but not for ever.
      if (request.params.version === version) reply.header('cache-control', 'public, max-age=31536000, immutable')
      return reply.type(types[extname(request.params['*'])] ?? 'application/octet-stream').send(content)
    },
  )
})

function readAssets(): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  for (const entry of readdirSync(publicFolder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(publicFolder.length + 1).replaceAll('\\', '/'), readFileSync(path))
  }
  for (const file of fontFiles)
    files.set(`fonts/${file}`, readFileSync(inPackage(`@fontsource-variable/source-sans-3/files/${file}`)))
  // One file to fetch. The layers' order is stated first: what is outside them, our own, wins.
  const style = ['@layer ds.theme, ds.base, ds.components;']
  style.push(`@layer ds.base{${designsystemetCss('base')}}`)
  style.push(`@layer ds.components{${designsystemet.map(designsystemetCss).join('\n')}}`)
  for (const name of ['vendor/theme.css', 'portal.css', 'plans.css', 'discharge-days.css', 'workspace.css']) {
    // Paper is white, whatever the screen is.
    const onScreen = String(files.get(name)).replaceAll(
      '@media (prefers-color-scheme',
      '@media screen and (prefers-color-scheme',
    )
    style.push(onScreen.replace('@charset "UTF-8";', ''))
    files.delete(name)
  }
  files.set('site.css', Buffer.from(style.join('\n')))
  return files
}

function designsystemetCss(component: string): string {
  return readFileSync(inPackage(`@digdir/designsystemet-css/${component}.css`), 'utf8')
}

function inPackage(file: string): string {
  return fileURLToPath(import.meta.resolve(file))
}
