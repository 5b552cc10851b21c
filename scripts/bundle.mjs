// Turns the modules that tsc wrote into one file an entry: Node takes a good while to load 80 modules, see
// ARCHITECTURE.md. What entries share is in one of these files, so that there is one of each class. Declarations stay.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

// native/binding is an entry so that load.js, which is in it, stands as deep as its source does; the benches load it too.
const entries = ['index', 'adapter/kafkats/index', 'testing/index', 'native/binding']

// What entries share stands in one file more, where no entry can hold it: a public one exports what its sources do, no more.
const shared = 'shared.js'

/** @param {string} folder where tsc put modules and declarations */
export async function bundle(folder) {
  const input = Object.fromEntries(entries.map(entry => [entry, join(folder, `${entry}.js`)]))
  // What an entry shares with one that is no public one goes into the latter, by further exports of it; see the tests.
  const preserveEntrySignatures = 'allow-extension'
  const external = /^(node:|@msgpack\/)/
  const build = await rolldown({ input, platform: 'node', external, preserveEntrySignatures })
  const { output } = await build.generate({ dir: folder, chunkFileNames: shared })
  await build.close()
  const files = output.map(file => file.fileName)
  const expected = [...entries.map(entry => `${entry}.js`), shared]
  if (files.toSorted().join() !== expected.toSorted().join()) throw new Error(`the bundle is ${files.join(' ')}`)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js')) rmSync(join(folder, name))
  }
  for (const file of output) writeFileSync(join(folder, file.fileName), 'code' in file ? file.code : file.source)
}
