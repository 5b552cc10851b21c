import { binding } from './binding.js'

/**
 * What all copies of this library in a thread have in common. Test runners make some, which load it anew for each file, and
 * so do bundlers: each has modules of its own, and all have one addon, which knows one shared buffer and one listener.
 */
interface Common {
  /** The buffer of all point operations, once one of them has made it. */
  io?: ArrayBuffer
  /** Who is to be told of news, and whether native code tells of it. */
  readonly listeners: Set<() => void>
  isHearing: boolean
}

const COMMON = Symbol.for('millpond.common')
const place = binding as { [COMMON]?: Common }

place[COMMON] ??= { listeners: new Set(), isHearing: false }

export const common: Common = place[COMMON]
