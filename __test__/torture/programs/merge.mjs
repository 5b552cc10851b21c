// What is not part of the interface: a merge now, without waiting for 64 MiB to gather.
/** @type {{ binding: any }} */
const { binding } = await import(new URL('../../../dist/native/binding.js', import.meta.url).href)

/** Has what was ended merged soon. @param {object} provider of `lmdb` */
export function mergeSoon(provider) {
  const { engine } = /** @type {any} */ (provider)
  const outcome = binding.mergeSoon(engine.handle)
  if (outcome < 0) throw new Error(`no merge: status ${outcome}`)
}
