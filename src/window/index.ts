export type { Duration } from './duration.js'
export { SessionWindows } from './session-windows.js'
export { SlidingWindows } from './sliding-windows.js'
export { TimeWindows, type WindowTimes } from './time-windows.js'
