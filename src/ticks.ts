import { executionAsyncResource } from 'node:async_hooks'

const held: object[] = []

/**
 * Holds on to one of what `process.nextTick` makes for each call, for as long as the process lives. Without one, V8's
 * collector sooner or later comes by when there is none at all, forgets their shape, and each later call is made the slow
 * way, for good: 0.3 µs instead of 0.06, and every answer makes several. See docs/adr/0092. Call it before the process has
 * done anything.
 */
export function keepTicksFast(): void {
  process.nextTick(() => held.push(executionAsyncResource()))
}
