import { SessionWindows, TimeWindows } from 'millpond'

/**
 * The departures of an airport by the hour. The few that are more than a day late take stream time with them, so that a
 * day of grace is not enough for all that come after them: those are told apart.
 */
export const hours = TimeWindows.of('1h').grace('1d')

/**
 * Spells of delay: departures from one airport that were late, no two of them half an hour apart. They wait for as long
 * as an hour does for its last flight: whatever still comes into an hour can come into a spell.
 */
export const spells = SessionWindows.withInactivityGap('30m').grace(hours.size + hours.graceMs)

/** How long rows are kept after their end. What is older is closed. */
export const retention = { hours: hours.graceMs, spells: spells.gap + spells.graceMs }

export const MINUTE = 60_000
export const DAY = 86_400_000

/** From 0 to 23. Times are those on the clocks of the airport. */
export const hourOfDay = (time: number): number => (((time % DAY) + DAY) % DAY) / hours.size
