import { batches } from './batches.js'
import { benchOf, type MakePlace, type OpenProvider, type TestRunner, type Theme } from './bench.js'
import { checkpoints } from './checkpoints.js'
import { counting } from './counting.js'
import { dictionaries } from './dictionaries.js'
import { dictionariesReopened } from './dictionaries-reopened.js'
import { doors } from './doors.js'
import { expiry } from './expiry.js'
import { expiryOfViews } from './expiry-views.js'
import { iterators } from './iterators.js'
import { lifecycle } from './lifecycle.js'
import { points } from './points.js'
import { prefixes } from './prefixes.js'
import { ranges } from './ranges.js'
import { reopening } from './reopening.js'
import { sessionMerges } from './session-merges.js'
import { sessionViews } from './session-views.js'
import { sessions } from './sessions.js'
import { versionsOfValues } from './versions.js'
import { windowExpiry } from './window-expiry.js'
import { windowFetches } from './window-fetches.js'
import { windowViews } from './window-views.js'
import { windows } from './windows.js'

export type { MakePlace, OpenOptions, OpenProvider, TestRunner } from './bench.js'
export { type MakeStorage, testCheckpointStorage } from './checkpoint-storage.js'

const themes: Readonly<Record<string, Theme>> = {
  points,
  ranges,
  prefixes,
  iterators,
  batches,
  counting,
  lifecycle,
  versions: versionsOfValues,
  windows,
  'window fetches': windowFetches,
  'window expiry': windowExpiry,
  'window views': windowViews,
  sessions,
  'session merges': sessionMerges,
  'session views': sessionViews,
  dictionaries,
  expiry,
  'expiry of views': expiryOfViews,
  checkpoints,
}

/** Of providers that keep what they hold. */
const reopeningThemes: Readonly<Record<string, Theme>> = {
  reopening,
  'dictionaries reopened': dictionariesReopened,
}

/**
 * Defines the tests of what every provider does, for one of your own: through each async method, and through its Sync
 * twin.
 *
 * ```js
 * import { afterEach, describe, expect, it } from 'vitest'
 * import { testProvider } from 'millpond/testing'
 *
 * testProvider({ afterEach, describe, expect, it }, 'mine', options => mine(options))
 * ```
 *
 * @param runner the functions of the test runner
 * @param name of the provider, for the names of the tests
 * @param open opens an empty provider; each test closes those that it opened
 * @param place of a provider that keeps what it holds, for the tests of what is there when it is opened again
 */
export function testProvider(runner: TestRunner, name: string, open: OpenProvider, place?: MakePlace): void {
  for (const [theme, define] of Object.entries(place ? { ...themes, ...reopeningThemes } : themes)) {
    for (const door of doors) {
      runner.describe(`${theme}: ${name}, ${door.name}`, () => define(benchOf(runner, open, place, door)))
    }
  }
}
