import { createRequire } from 'node:module'

type Library = typeof import('@msgpack/msgpack')

let loaded: Library | undefined

/** The library, once the first codec that needs it is made: loading it takes 9 ms, all of millpond 11. */
export function library(): Library {
  loaded ??= createRequire(import.meta.url)('@msgpack/msgpack') as Library
  return loaded
}
