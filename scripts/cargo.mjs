// The action of binding.gyp: cargo builds the addon, and the result goes where the loader looks for it.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { binaryPath, root } from './platform.mjs'

const debug = process.argv[2] === 'Debug'
const names = { linux: 'libmillpond_node.so', darwin: 'libmillpond_node.dylib', win32: 'millpond_node.dll' }
const library = names[/** @type {keyof typeof names} */ (process.platform)] ?? names.linux

const args = ['build', '--locked', '--package', 'millpond-node', ...(debug ? [] : ['--profile', 'addon'])]
execFileSync('cargo', args, { cwd: root, stdio: 'inherit' })

mkdirSync(dirname(binaryPath), { recursive: true })
// Renamed into place: a process that has the old one mapped keeps it.
const fresh = `${binaryPath}.${process.pid}`
copyFileSync(join(root, 'target', debug ? 'debug' : 'addon', library), fresh)
renameSync(fresh, binaryPath)
