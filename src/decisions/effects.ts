import { type EffectHandler, statesBy } from '../effects/effect.ts'

/** Standpoints and notes stand in the decision itself; no register changes. */
export const standpointEffects: EffectHandler = {
  kinds: ['position', 'note'],
  check: async () => [],
  preview: async () => [],
  carryOut: async () => [],
  clause: (effect) => effect.effect_text ?? '',
  statesOn: async (_db, effects) => statesBy(effects, () => ({ state: 'none' })),
}
