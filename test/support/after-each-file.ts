/** Files of one worker share what they import, so what each of them leaves behind is cleaned up here, after each. */
import { afterAll } from 'vitest'
import { cleanUp } from './process.ts'

afterAll(cleanUp, 120_000)
