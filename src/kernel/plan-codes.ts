/** 'HP4-F1' is the first improvement area of plan HP4, 'HP4-L2' its second ongoing area (fortgår över tid). */
export function areaCode(plan: string, kind: 'improvement' | 'ongoing', number: number): string {
  return `${plan}-${kind === 'improvement' ? 'F' : 'L'}${number}`
}

/** 'HP4-A03' is activity 3 of plan HP4, counted through the whole plan. */
export function activityCode(plan: string, number: number): string {
  return `${plan}-A${String(number).padStart(2, '0')}`
}
