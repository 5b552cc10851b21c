// What this JavaScript thread does for its directories: hears of news from native threads, stays awake while something
// waits for one, and ends batches before the process goes. From node:timers, which tests with false clocks leave alone.
import { setInterval } from 'node:timers'
import { MillpondError } from '../error.js'
import { native } from '../native/binding.js'

/** What is told of news, and of the end of the process. */
export interface Listener {
  hearNews(): void
  beforeExit?(): void
}

const listeners = new Set<Listener>()
let isHearing = false

/** Has native code tell of news; before anything is opened that may have some. */
export function hearNews(): void {
  if (isHearing) return
  isHearing = native().binding.onNews(() => {
    for (const listener of listeners) listener.hearNews()
  })
  if (!isHearing) throw new MillpondError('ERR_MILLPOND_INTERNAL', 'native code has no way to tell of news')
}

export function listen(listener: Listener): void {
  if (listeners.size === 0) process.on('exit', beforeExit)
  listeners.add(listener)
}

export function ignore(listener: Listener): void {
  listeners.delete(listener)
  if (listeners.size === 0) process.off('exit', beforeExit)
}

function beforeExit(): void {
  for (const listener of listeners) listener.beforeExit?.()
}

let waiting = 0
let awake: NodeJS.Timeout | undefined

/** Something waits for news, which alone would not keep the process alive. */
export function stayAwake(): void {
  if (waiting++ > 0) return
  awake ??= setInterval(() => {}, 2 ** 31 - 1)
  awake.ref()
}

/** It waits no longer. */
export function mayEnd(): void {
  if (--waiting === 0) awake!.unref()
}
