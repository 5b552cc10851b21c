// Reads a directory, and holds on to what it saw until it is killed.
//   node hold.mjs STATE_DIR
import { lmdb } from 'millpond'
import { openBoth } from './numbered.mjs'

const reader = lmdb({ stateDir: process.argv[2] ?? '', readOnly: true })
for (const store of openBoth(reader)) store.all()[Symbol.iterator]().next()
console.log('holding')
setInterval(() => {}, 1e6)
