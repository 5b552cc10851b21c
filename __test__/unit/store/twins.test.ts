import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { json, type KeyValueStore, string, u32 } from '../../../src/index.js'
import { runChild } from '../child.js'
import { failure, provider } from './stores.js'

/** The method names of an interface, as its source declares them. */
function declared(name: string): string[] {
  const source = readFileSync(new URL('../../../src/store/types.ts', import.meta.url), 'utf8')
  const body = source.split(`export interface ${name}<`)[1]!.split('\n}')[0]!
  return Array.from(body.matchAll(/^ {2}(\w+)\(/gm), ([, method]) => method!)
}

const reading = declared('ReadonlyKeyValueStore')
const writing = declared('KeyValueStore')
const pairs = (methods: string[]) => methods.filter(name => methods.includes(`${name}Sync`))

const open = () => provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })

describe('the pairs of async and Sync methods', () => {
  it('are those of the contract', () => {
    expect(pairs(reading)).toEqual(['get', 'has', 'getMany', 'count'])
    expect(pairs(writing)).toEqual(['put', 'delete', 'putIfAbsent', 'update', 'add', 'updateFields', 'batch'])
    const lonely = [...reading, ...writing].filter(name => name.endsWith('Sync')).map(name => name.slice(0, -4))
    expect(lonely.filter(name => ![...reading, ...writing].includes(name))).toEqual([])
  })

  it('are all there, on a store and as far as they read on a snapshot', () => {
    const store = open()
    using view = store.snapshot()
    for (const name of [...reading, ...writing]) expect(typeof (store as any)[name], name).toBe('function')
    for (const name of reading) expect(typeof (view as any)[name], name).toBe('function')
  })

  const args: Record<string, unknown[]> = {
    get: ['k'],
    has: ['k'],
    getMany: [['k', 'x']],
    count: ['a', 'z'],
    put: ['k', 2],
    delete: ['k'],
    putIfAbsent: ['x', 2],
    update: ['k', (n: number) => n + 1],
    add: ['k', 2],
    batch: [[{ type: 'put', key: 'x', value: 1 }]],
  }

  it.each(Object.keys(args))('%s and its twin do the same, at once', async name => {
    const [first, second] = [open(), open()] as any[]
    for (const store of [first, second]) store.putSync('k', 1)
    const promise = first[name](...args[name]!)
    expect(promise).toBeInstanceOf(Promise)
    const outcome = second[`${name}Sync`](...args[name]!)
    expect(outcome).not.toBeInstanceOf(Promise)
    // The async one has done its work before it is awaited.
    expect(first.all().toArray()).toEqual(second.all().toArray())
    expect(await promise).toEqual(outcome)
    expect([first[name].name, first[name].length >= 0]).toEqual([name, true])
  })

  it.each(Object.keys(args))('%s rejects with what its twin throws', async name => {
    const store: any = open()
    await store.close()
    expect(() => store[`${name}Sync`](...args[name]!)).toThrow(failure('CLOSED'))
    const promise = store[name](...args[name]!)
    await expect(promise).rejects.toEqual(failure('CLOSED'))
  })
})

describe('a promise that nobody awaited', () => {
  it('never becomes an unhandled rejection', () => {
    const { status, lines, stderr } = runChild(`
      const { memory, string, u32 } = millpond
      const one = memory({ maxBytes: 100_000 })
      const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: string() })
      process.on('unhandledRejection', () => console.log('unhandled'))
      rows.put('k', 'x'.repeat(1_000_000))
      rows.putIfAbsent('k', 'x'.repeat(1_000_000))
      rows.batch([{ type: 'put', key: 'k', value: 'x'.repeat(1_000_000) }])
      await one.close()
      rows.put('k', 'v')
      rows.delete('k')
      await collect()
      console.log('alive')
    `)
    expect(lines, stderr).toEqual(['alive'])
    expect(status).toBe(0)
  })

  it('still tells whoever awaits it, late as well', async () => {
    const rows = open()
    await rows.close()
    const promise = rows.put('k', 1)
    await new Promise(setImmediate)
    await expect(promise).rejects.toEqual(failure('CLOSED'))
  })
})

describe('what a callback does', () => {
  const opened = () => {
    const rows = provider().createKeyValueStore('rows', { keyCodec: string(), valueCodec: json<any>() })
    rows.putSync('k', 1)
    return rows as KeyValueStore<string, any>
  }

  it('by throwing changes nothing', async () => {
    const rows = opened()
    const boom = new Error('boom')
    const fail = () => {
      throw boom
    }
    expect(() => rows.updateSync('k', fail)).toThrow(boom)
    await expect(rows.update('k', fail)).rejects.toBe(boom)
    await expect(rows.update('new', fail)).rejects.toBe(boom)
    expect(rows.all().toArray()).toEqual([{ key: 'k', value: 1 }])
  })

  it('by returning a promise changes nothing', async () => {
    const rows = opened()
    const invalid = expect.objectContaining({ code: 'ERR_MILLPOND_INVALID_ARG' })
    expect(() => rows.updateSync('k', async () => 2)).toThrow(invalid)
    // biome-ignore lint/suspicious/noThenProperty: what looks like a promise is one
    await expect(rows.update('k', () => ({ then: () => 2 }))).rejects.toEqual(invalid)
    for (const fn of [undefined, null, 7, {}]) expect(() => rows.updateSync('k', fn as any)).toThrow(invalid)
    expect(rows.all().toArray()).toEqual([{ key: 'k', value: 1 }])
  })
})
