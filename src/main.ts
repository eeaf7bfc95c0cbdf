/** The server process: `npm start`. */
import { keepTicksFast } from './ticks.ts'

// Before anything else is read: that takes a second in which the collector comes by several times.
keepTicksFast()
await import('./serve.ts')
