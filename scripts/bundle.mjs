// Turns the modules that tsc wrote into one file, of which the entries export their part: Node takes a good while to load
// 80 modules, and each file that is imported by the one before it is one more wait; see ARCHITECTURE.md. What is loaded
// seldom stands in its own entry. Declarations stay.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

// native/binding is for the benches.
const entries = ['index', 'adapter/kafkats/index', 'testing/index', 'native/binding', 'portable/index']
const apart = /\/(adapter|testing|portable\/(?!choose|load))/

// As deep as native/load.js, which is in it and looks for the addon from where it stands.
const shared = 'native/millpond.js'

/** The portable engine has a file of its own, loaded by the first who needs it: in tests, of the sources, it is imported. */
const lazy = {
  name: 'lazy',
  load: (/** @type {string} */ module) =>
    module.endsWith('/portable/load.js')
      ? `import { createRequire } from 'node:module'
        export const loadPortable = () => createRequire(import.meta.url)('../portable/index.js').portable`
      : null,
}

/** @param {string} folder where tsc put modules and declarations */
export async function bundle(folder) {
  const input = Object.fromEntries(entries.map(entry => [entry, join(folder, `${entry}.js`)]))
  const external = /^(node:|@msgpack\/|sorted-btree$)/
  const build = await rolldown({ input, platform: 'node', external, plugins: [lazy] })
  const groups = [{ name: 'millpond', test: (/** @type {string} */ module) => !apart.test(module) }]
  const { output } = await build.generate({ dir: folder, chunkFileNames: shared, codeSplitting: { groups } })
  await build.close()
  const files = output.map(file => file.fileName)
  const expected = [...entries.map(entry => `${entry}.js`), shared]
  if (files.toSorted().join() !== expected.toSorted().join()) throw new Error(`the bundle is ${files.join(' ')}`)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.js')) rmSync(join(folder, name))
  }
  for (const file of output) writeFileSync(join(folder, file.fileName), 'code' in file ? file.code : file.source)
}
