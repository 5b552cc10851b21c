import type { Theme } from './bench.js'
import { sessionBench } from './sessions/bench.js'
import { expiry } from './sessions/expiry.js'
import { finding } from './sessions/finding.js'
import { merging } from './sessions/merging.js'
import { points } from './sessions/points.js'
import { refusals } from './sessions/refusals.js'
import { views } from './sessions/views.js'

export const sessions: Theme = bench => {
  const ofSessions = sessionBench(bench)
  for (const define of [points, finding, merging, expiry, views, refusals]) define(ofSessions)
}
