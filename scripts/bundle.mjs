// Turns the modules that tsc wrote into one file an entry: Node takes a good while to load 80 modules, see
// ARCHITECTURE.md. What entries share is in one of these files, so that there is one of each class. Declarations stay.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

// native/binding is an entry so that load.js, which is in it, stands as deep as its source does; the benches load it too.
const entries = ['index', 'adapter/kafkats/index', 'testing/index', 'native/binding']

/** @param {string} folder where tsc put modules and declarations */
export async function bundle(folder) {
  const input = Object.fromEntries(entries.map(entry => [entry, join(folder, `${entry}.js`)]))
  // What two entries share goes into one of them, by further exports of it; the public entries get none, see the tests.
  const preserveEntrySignatures = 'allow-extension'
  const external = /^(node:|@msgpack\/)/
  const build = await rolldown({ input, platform: 'node', external, preserveEntrySignatures })
  const { output } = await build.generate({ dir: folder })
  await build.close()
  const files = output.map(file => file.fileName)
  if (files.length !== entries.length) throw new Error(`the bundle has more files than entries: ${files.join(' ')}`)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js')) rmSync(join(folder, name))
  }
  for (const file of output) writeFileSync(join(folder, file.fileName), 'code' in file ? file.code : file.source)
}
