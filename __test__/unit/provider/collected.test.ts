import { describe, expect, it } from 'vitest'
import { runChild } from '../child.js'

const prelude = `
  const { memory, string, u32 } = millpond
  const options = { keyCodec: u32(), valueCodec: string() }
  const warnings = []
  process.on('warning', warning => warnings.push(warning.message))
  const fill = (store, rows = 2000) => { for (let key = 0; key < rows; key++) store.putSync(key, 'x'.repeat(50)) }
  const report = value => console.log(JSON.stringify(value))
`

describe('the garbage collector', () => {
  it('takes a forgotten iterator, and its view with it', () => {
    const { lines, stderr } = runChild(`${prelude}
      const one = memory()
      const store = one.createKeyValueStore('rows', options)
      fill(store)
      const begin = () => { for (let i = 0; i < 10; i++) store.all()[Symbol.iterator]().next() }
      begin()
      const { openIterators, oldestIteratorMs } = one.stats()
      report([openIterators, oldestIteratorMs >= 0])
      await collect()
      report(one.stats().openIterators)
      await one.close()
    `)
    expect(stderr).toBe('')
    expect(lines).toEqual(['[10,true]', '0'])
  })

  it('takes a forgotten snapshot, and its memory with it', () => {
    const { lines, stderr } = runChild(`${prelude}
      const one = memory()
      const store = one.createKeyValueStore('rows', options)
      fill(store)
      const before = one.stats().nativeBytes
      const take = () => { store.snapshot(); one.snapshot(); fill(store) }
      take()
      report(one.stats().nativeBytes > before * 1.5)
      await collect()
      fill(store, 1)
      report(one.stats().nativeBytes < before * 1.2)
      report(store.countSync())
      await one.close()
    `)
    expect(stderr).toBe('')
    expect(lines).toEqual(['true', 'true', '2000'])
  })

  it('takes a provider that was dropped without close, frees its memory and warns once', () => {
    const { status, lines } = runChild(`${prelude}
      const filled = () => {
        const one = memory()
        one.createKeyValueStore('rows', options).putSync(1, 'x'.repeat(5_000_000))
        return one
      }
      const round = async () => {
        Array.from({ length: 20 }, filled)
        await collect()
        return process.memoryUsage().rss
      }
      const first = await round()
      for (let i = 0; i < 5; i++) await round()
      report([warnings.length, /without close/.test(warnings[0]), (await round()) < first + 200_000_000])
      filled()
      await collect()
      report(warnings.length)
    `)
    expect(status).toBe(0)
    expect(lines).toEqual(['[1,true,true]', '1'])
  })

  it('takes a dropped provider whose iteration was left in the middle, and all its memory', () => {
    const { status, lines } = runChild(`${prelude}
      const begun = () => {
        const store = memory().createKeyValueStore('rows', options)
        fill(store, 100_000)
        store.all()[Symbol.iterator]().next()
      }
      const round = async () => {
        for (let i = 0; i < 5; i++) begun()
        await collect()
        return process.memoryUsage().rss
      }
      const first = await round()
      for (let i = 0; i < 5; i++) await round()
      report((await round()) < first + 100_000_000)
    `)
    expect(status).toBe(0)
    expect(lines).toEqual(['true'])
  })

  it('does not warn of a provider that was closed', () => {
    const { lines, stderr } = runChild(`${prelude}
      const run = async () => { const one = memory(); fill(one.createKeyValueStore('rows', options)); await one.close() }
      await run()
      await collect()
      report(warnings)
    `)
    expect(stderr).toBe('')
    expect(lines).toEqual(['[]'])
  })

  it.each([
    ['a store', 'const kept = store', 'kept.getSync(1)'],
    ['rows', 'const kept = store.all()', 'kept.first().value'],
    ['an iterator', 'const kept = store.values()[Symbol.iterator](); kept.next()', 'kept.next().value'],
    ['a snapshot', 'const kept = store.snapshot()', 'kept.getSync(1)'],
    ['rows of a snapshot', 'const kept = store.snapshot().values()', 'kept.first()'],
    [
      'a snapshot of the provider',
      'const kept = one.snapshot()',
      `kept.createKeyValueStore('rows', options).getSync(1)`,
    ],
    ['a view of it', `const kept = one.snapshot().createKeyValueStore('rows', options)`, 'kept.getSync(1)'],
    ['a byte-level snapshot', 'const kept = bytes.snapshot()', 'kept.get(Buffer.of(1)).toString()'],
  ])('leaves a provider of which %s is still held', (_, keep, use) => {
    const { lines, stderr } = runChild(`${prelude}
      const open = () => {
        const one = memory()
        const store = one.createKeyValueStore('rows', options)
        const bytes = new millpond.InMemoryStore()
        bytes.put(Buffer.of(1), Buffer.from('x'.repeat(50)))
        fill(store)
        ${keep}
        return { kept }
      }
      const { kept } = open()
      await collect()
      report(${use} === 'x'.repeat(50))
    `)
    expect(lines, stderr).toEqual(['true'])
  })

  it('is told of native memory, and runs before dropped providers fill the machine', () => {
    const { lines } = runChild(`${prelude}
      const value = 'x'.repeat(5000)
      let most = 0
      for (let i = 0; i < 300; i++) {
        const store = memory().createKeyValueStore('rows', options)
        for (let key = 0; key < 1000; key++) store.putSync(key, value)
        await new Promise(setImmediate)
        most = Math.max(most, process.memoryUsage().rss)
      }
      report(most < 700_000_000)
    `)
    expect(lines).toEqual(['true'])
  })
})
