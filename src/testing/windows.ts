import type { Theme } from './bench.js'
import { windowBench } from './windows/bench.js'
import { duplicates } from './windows/duplicates.js'
import { expiry } from './windows/expiry.js'
import { fetching } from './windows/fetching.js'
import { points } from './windows/points.js'
import { refusals } from './windows/refusals.js'
import { views } from './windows/views.js'

export const windows: Theme = bench => {
  const ofWindows = windowBench(bench)
  for (const define of [points, fetching, duplicates, expiry, views, refusals]) define(ofWindows)
}
