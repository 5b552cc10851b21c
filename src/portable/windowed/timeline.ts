import type { Layout } from './layout.js'

/** What a windowed store has to know beside its rows. Never changed: a view and a mark keep the one that they saw. */
export interface Timeline {
  /** The largest start of a window, or end of a session, that was ever put; -Infinity before the first. */
  readonly streamTime: number
  /** Windows: no row is shorter. Sessions: no row is longer. */
  readonly span: number
}

export function firstTimeline({ isSessions }: Layout, windowSize: number): Timeline {
  return { streamTime: -Infinity, span: isSessions ? 0 : windowSize }
}

/** What is known once a row was put. */
export function afterPut(timeline: Timeline, layout: Layout, start: number, end: number): Timeline {
  const time = layout.timeOf({ start, end })
  const span = layout.isSessions ? Math.max(timeline.span, end - start) : Math.min(timeline.span, end - start)
  if (time <= timeline.streamTime && span === timeline.span) return timeline
  return { streamTime: Math.max(timeline.streamTime, time), span }
}
