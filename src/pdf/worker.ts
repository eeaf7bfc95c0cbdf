/** The process in which documents are set: print.ts starts it when one is asked for and ends it when it is idle. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { initSync, TypstCompilerBuilder } from '@myriaddreamin/typst-ts-web-compiler'
import type { Answer } from './print.ts'

const { resolve } = createRequire(import.meta.url)
const fontsFolder = '@expo-google-fonts/source-sans-3'
const fonts = ['400Regular', '400Regular_Italic', '600SemiBold', '700Bold', '700Bold_Italic']
/** What the compiler's numbers mean: diagnostics with their places. */
const fullDiagnostics = 3
/** Bytes. The compiler's memory only grows: above this it begins anew with the next document. */
const mostMemory = 400_000_000

initSync({ module: readFileSync(resolve('@myriaddreamin/typst-ts-web-compiler/wasm')) })
const builder = new TypstCompilerBuilder()
builder.set_dummy_access_model()
for (const font of fonts) {
  await builder.add_raw_font(readFileSync(resolve(`${fontsFolder}/${font}/SourceSans3_${font}.ttf`)))
}
const compiler = await builder.build()
compiler.add_source('/document.typ', readFileSync(new URL('./document.typ', import.meta.url), 'utf8'))

function set(data: string): Answer {
  try {
    compiler.map_shadow('/data.json', new TextEncoder().encode(data))
    const { result, diagnostics } = compiler.compile('/document.typ', null, 'pdf', fullDiagnostics)
    // What the compiler complains about may quote the document, which is not for the log.
    return result instanceof Uint8Array ? { bytes: result } : { trouble: `not set: ${diagnostics?.length} complaints` }
  } catch (error) {
    return { trouble: error instanceof Error ? error.name : 'the compiler failed' }
  } finally {
    compiler.reset()
  }
}

process.on('message', (data: string) => {
  process.send?.(set(data), () => {
    if (process.memoryUsage.rss() > mostMemory) process.exit()
  })
})
// The portal is gone: so is this.
process.on('disconnect', () => process.exit())
