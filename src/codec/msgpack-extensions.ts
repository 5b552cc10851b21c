/**
 * The types of extension that we write. The data of a map is a message of its own: an array of a key, its value, the
 * next key …; that of a set is the array of its members. A date is MessagePack's own timestamp.
 */
export const EXTENSION = { date: -1, map: 1, set: 2 } as const

/** How deep arrays, objects, maps and sets may stand in each other; past this it is taken for a cycle. */
export const MAX_DEPTH = 500
