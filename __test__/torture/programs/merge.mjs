// What is not part of the interface: a merge now, without waiting for 64 MiB to gather.
/** @type {{ native: () => any }} */
const { native } = await import(new URL('../../../dist/native/binding.js', import.meta.url).href)

/** Has what was ended merged soon. @param {object} provider of `lmdb` */
export function mergeSoon(provider) {
  const { engine } = /** @type {any} */ (provider)
  const outcome = native().binding.mergeSoon(engine.handle)
  if (outcome < 0) throw new Error(`no merge: status ${outcome}`)
}
