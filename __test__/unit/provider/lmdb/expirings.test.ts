import { expect, it } from 'vitest'
import { lmdb } from '../../../../src/index.js'
import { native } from '../../../../src/native/binding.js'
import { MISSING } from '../../../../src/native/status.js'
import { Expirings } from '../../../../src/provider/expirings.js'
import { counts, directory } from './directory.js'

const windows = { ...counts, windowSize: 10 }

it('of stores that were closed nothing is kept', () => {
  const asked: number[] = []
  const expirings = new Expirings(native(), Date.now, store => {
    asked.push(store)
    return MISSING
  })
  const askedNow = () => {
    asked.length = 0
    expirings.refresh()
    return [...asked]
  }
  const expiring = expirings.of('rows', 1)
  for (let store = 2; store < 1000; store++) {
    expect(expirings.of('rows', store)).toBe(expiring)
    expirings.release([store])
  }
  expect(askedNow()).toEqual([1])
  expirings.of('rows', 1000)
  expirings.release([1])
  expect(askedNow()).toEqual([1000])
  expirings.of('others', 1001)
  expirings.release([1000, 1001])
  expect(askedNow()).toEqual([])
  expect(expirings.of('rows', 1002)).not.toBe(expiring)
})

it('rows go on being removed by the provider that is left, and by one that comes later', async () => {
  const time = { now: 1_000_000 }
  const { open } = directory({ clock: () => time.now })
  const of = (one: ReturnType<typeof open>) => one.createKeyValueStore('rows', { ...counts, ttl: 100 })
  const removed = async (one: ReturnType<typeof open>) => {
    for (let tries = 0; tries < 200 && one.stats().entries > 0; tries++) {
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    return one.stats().entries === 0
  }
  const [first, second] = [open(), open()]
  of(second)
  await of(first).put('a', 1)
  await first.close()
  time.now += 100
  expect(await removed(second)).toBe(true)
  const third = open()
  await of(third).put('b', 1)
  await third.createKeyValueStore('others', { ...counts, ttl: 100 }).put('c', 1)
  await second.close()
  for (let round = 0; round < 50; round++) {
    const short = open()
    of(short)
    await short.close()
  }
  time.now += 100
  expect(of(third).hasSync('b')).toBe(false)
  expect(await removed(third)).toBe(true)
  // Of the store whose last object was closed the times are looked up anew.
  const fourth = open()
  const others = fourth.createKeyValueStore('others', { ...counts, ttl: 100 })
  await others.put('d', 1)
  await third.close()
  time.now += 100
  expect(others.hasSync('d')).toBe(false)
  expect(await removed(fourth)).toBe(true)
})

it('a store that is opened again and again for reading is open once', async () => {
  const { stateDir, open } = directory()
  const one = open()
  await one.createKeyValueStore('rows', counts).put('a', 1)
  await one.createWindowStore('windows', windows).put('a', 1, 0)
  await using reader = lmdb({ stateDir, readOnly: true })
  // More than there are handles for.
  for (let round = 0; round < 40_000; round++) {
    expect(reader.createKeyValueStore('rows', counts).getSync('a')).toBe(1)
    expect(reader.createWindowStore('windows', windows).getSync('a', 0)).toBe(1)
  }
}, 60_000)
