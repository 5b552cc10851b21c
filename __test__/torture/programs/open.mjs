// Opens a directory, says what came of it, and closes it.
//   node open.mjs OPTIONS      as JSON
import { lmdb } from 'millpond'

const options = JSON.parse(process.argv[2] ?? '{}')
try {
  const one = lmdb(options)
  const { entries } = one.stats()
  await one.close()
  console.log(JSON.stringify({ entries }))
} catch (error) {
  const { name, code, message, retryable } = /** @type {any} */ (error)
  console.log(JSON.stringify({ name, code, message, retryable }))
}
