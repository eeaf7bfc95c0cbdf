/**
 * A real browser out of the package @sparticuz/chromium, which needs nothing installed: not even the libraries that a
 * bare machine lacks. It is unpacked once for each version and user.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const switches = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts the browser. Close it in afterAll. */
export async function launchBrowser(): Promise<Browser> {
  const folder = unpacked()
  return chromium.launch({
    executablePath: join(folder, 'chromium'),
    args: switches,
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
      LANG: 'sv_SE.UTF-8',
    },
  })
}

/** The folder with the unpacked browser. The package unpacks to the temporary folder, so it is given one of its own. */
function unpacked(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  const home = dirname(dirname(entry))
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  const folder = join(tmpdir(), `portal-chromium-${version}-fonts-${userInfo().uid}`)
  if (existsSync(folder)) return folder

  const draft = `${folder}.new-${process.pid}`
  mkdirSync(draft, { mode: 0o700 })
  const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => join(home, 'bin', name))
  const program = `import { inflate } from ${JSON.stringify(entry)}
    await Promise.all(${JSON.stringify(archives)}.map((archive) => inflate(archive)))`
  const done = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, TMPDIR: draft },
    encoding: 'utf8',
  })
  if (done.status !== 0) {
    rmSync(draft, { recursive: true, force: true })
    throw new Error(`the browser cannot be unpacked: ${done.stderr}`)
  }
  // The package's own list of font folders names none of this machine; without a font no text has any size.
  writeFileSync(
    join(draft, 'fonts', 'fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts', 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts', 'cache')}</cachedir>
  <config></config>
</fontconfig>
`,
  )
  try {
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(folder)) throw error // else another test file was first
  }
  return folder
}
