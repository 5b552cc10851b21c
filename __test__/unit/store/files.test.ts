import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bytes, dictionary, f64, json, type StateStoreProvider, string, struct, u32 } from '../../../src/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'
import { engine, temporaryDirectory } from '../../engines.js'

function opened(options: Parameters<typeof engine.open>[0] = {}): StateStoreProvider {
  const provider = engine.open(options)
  onTestFinished(() => provider.close())
  return provider
}

const path = () => join(temporaryDirectory(), 'file')
const rowOptions = { keyCodec: u32(), valueCodec: string() }
const windowOptions = { keyCodec: string(), valueCodec: json(), windowSize: 10 }

function rowsOf(provider: StateStoreProvider, count: number, name = 'rows') {
  const rows = provider.createKeyValueStore(name, rowOptions)
  provider.transactionSync(() => {
    for (let key = 0; key < count; key++) rows.putSync(key, `${key}`)
  })
  return rows
}

describe(`files of snapshots: ${engine.name}`, () => {
  it('a file is what the store was when the snapshot was taken, and may be disposed meanwhile', async () => {
    const [rows, file] = [rowsOf(opened(), 30_000), path()]
    const view = rows.snapshot()
    rows.deleteSync(5)
    const told: number[] = []
    const saving = view.save(file, { onProgress: ({ doneBytes }) => told.push(doneBytes) })
    view[Symbol.dispose]()
    rows.putSync(6, 'later')
    await saving
    expect(told.at(-1)).toBeGreaterThan(100_000)
    const other = opened().createKeyValueStore('rows', rowOptions)
    other.putSync(99_999, 'gone')
    await other.restore(file)
    expect([other.countSync(), other.getSync(5), other.getSync(6), other.getSync(99_999)]).toEqual([
      30_000,
      '5',
      '6',
      undefined,
    ])
    other.putSync(5, 'again')
    expect(readdirSync(join(file, '..'))).toEqual(['file'])
  })

  it('windows, sessions, times to live and codes come back', async () => {
    let now = 0
    const one = opened({ clock: () => now })
    const hourly = one.createWindowStore('hourly', windowOptions)
    const spells = one.createSessionStore('spells', { keyCodec: string(), valueCodec: f64() })
    const valueCodec = struct({ kind: dictionary(), n: u32() })
    const seen = one.createKeyValueStore('seen', { keyCodec: dictionary(), valueCodec, ttl: 100 })
    hourly.putSync('a', 1, 50)
    spells.mergeSync('s', 5, 10, () => 1)
    seen.putSync('x', { kind: 'cargo', n: 1 })
    const [views, file] = [one.snapshot(), path()]
    seen.putSync('y', { kind: 'other', n: 2 })
    await views.save(file)
    const two = opened({ clock: () => now })
    const [windows, sessions] = [
      two.createWindowStore('hourly', windowOptions),
      two.createSessionStore('spells', { keyCodec: string(), valueCodec: f64() }),
    ]
    const rows = two.createKeyValueStore('seen', { keyCodec: dictionary(), valueCodec, ttl: 100 })
    rows.putSync('another', { kind: 'first', n: 0 })
    for (const store of [windows, sessions, rows]) await store.restore(file)
    expect(windows.fetch('a', 0, 100).toArray()).toEqual([{ windowStart: 50, windowEnd: 60, value: 1 }])
    expect(windows.streamTime).toBe(50)
    expect(sessions.findSessions('s', 0, 10).toArray()).toEqual([{ sessionStart: 5, sessionEnd: 5, value: 1 }])
    expect(rows.all().toArray()).toEqual([{ key: 'x', value: { kind: 'cargo', n: 1 } }])
    rows.putSync('z', { kind: 'cargo', n: 3 }, { ttl: 1000 })
    now = 500
    expect(rows.all().toArray()).toEqual([{ key: 'z', value: { kind: 'cargo', n: 3 } }])
  })

  it('a file of a store of another name is restored where it is the only one in it', async () => {
    const [one, file] = [opened(), path()]
    const first = rowsOf(one, 10, 'first')
    using view = first.snapshot()
    await view.save(file)
    const renamed = opened().createKeyValueStore('renamed', rowOptions)
    await renamed.restore(file)
    expect(renamed.countSync()).toBe(10)
    rowsOf(one, 5, 'second')
    using both = one.snapshot()
    await both.save(file)
    await expect(renamed.restore(file)).rejects.toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH', store: 'renamed' })
    const second = opened().createKeyValueStore('second', rowOptions)
    await second.restore(file)
    expect(second.countSync()).toBe(5)
  })

  it('a file that is damaged, cut off, empty, of another kind or not there restores nothing', async () => {
    const [one, file] = [opened(), path()]
    using view = rowsOf(one, 500).snapshot()
    await view.save(file)
    const whole = readFileSync(file)
    const rows = rowsOf(opened(), 3)
    const refusal = async () => {
      const [outcome] = await Promise.allSettled([rows.restore(file)])
      return outcome.status === 'rejected' ? outcome.reason.code : 'it was restored'
    }
    for (let bit = 0; bit < whole.length * 8; bit += 4999) {
      const changed = Buffer.from(whole)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(file, changed)
      expect({ bit, code: await refusal() }).toEqual({
        bit,
        code: expect.stringMatching(/^ERR_MILLPOND_(CORRUPTION|UNUSABLE)$/),
      })
    }
    for (const length of [0, 1, 31, 32, 100, whole.length - 1]) {
      writeFileSync(file, whole.subarray(0, length))
      expect({ length, code: await refusal() }).toEqual({ length, code: 'ERR_MILLPOND_CORRUPTION' })
    }
    writeFileSync(file, 'something else entirely, and long enough to have an end')
    expect(await refusal()).toBe('ERR_MILLPOND_CORRUPTION')
    await expect(rows.restore(`${file}.none`)).rejects.toMatchObject({ code: 'ERR_MILLPOND_IO' })
    expect(rows.countSync()).toBe(3)
    rows.putSync(4, 'writes go on')
  })

  it('a file of a store with other codecs is refused', async () => {
    const [one, file] = [opened(), path()]
    using view = rowsOf(one, 5).snapshot()
    await view.save(file)
    const other = opened().createKeyValueStore('rows', { keyCodec: u32(), valueCodec: f64() })
    await expect(other.restore(file)).rejects.toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH' })
    const windows = opened().createWindowStore('rows', windowOptions)
    await expect(windows.restore(file)).rejects.toMatchObject({ code: 'ERR_MILLPOND_STORE_MISMATCH' })
  })

  it('a file that is called off, or can not be written, leaves what there was', async () => {
    const [rows, file] = [rowsOf(opened(), 20_000), path()]
    using view = rows.snapshot()
    writeFileSync(file, 'before')
    const reason = new Error('no more')
    await expect(view.save(file, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const onProgress = () => controller.abort(reason)
    await expect(view.save(file, { signal: controller.signal, onProgress })).rejects.toBe(reason)
    expect([readFileSync(file, 'utf8'), readdirSync(join(file, '..'))]).toEqual(['before', ['file']])
    await expect(view.save(join(file, 'below'))).rejects.toMatchObject({ code: 'ERR_MILLPOND_IO' })
    await expect(view.save('')).rejects.toMatchObject({ code: 'ERR_MILLPOND_INVALID_ARG' })
    await expect(view.save(file, { onProgress: 5 as never })).rejects.toMatchObject({
      code: 'ERR_MILLPOND_INVALID_ARG',
    })
    view[Symbol.dispose]()
    await expect(view.save(file)).rejects.toMatchObject({ code: 'ERR_MILLPOND_CLOSED' })
    expect(readFileSync(file, 'utf8')).toBe('before')
  })

  it.runIf(engine.countsMemory)('bytes that nobody reads hold on to nothing', async () => {
    const one = opened()
    const rows = one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: bytes() })
    const fill = (byte: number) => {
      for (let key = 0; key < 6000; key++) rows.putSync(key, Buffer.alloc(1000, byte))
    }
    fill(1)
    const { nativeBytes } = one.stats()
    const view = rows.snapshot()
    await expect(view.save(join(path(), 'below'))).rejects.toMatchObject({ code: 'ERR_MILLPOND_IO' })
    view[Symbol.dispose]()
    const unread = new StorageInMemory()
    unread.write = async () => {
      throw new Error('no room')
    }
    await expect(one.checkpoint(unread)).rejects.toThrow('no room')
    fill(2)
    // Another thread sees that soon.
    const held = () => {
      rows.putSync(0, Buffer.alloc(1000, 2))
      return one.stats().nativeBytes
    }
    await expect.poll(held, { timeout: 10_000 }).toBeLessThan(nativeBytes * 1.2)
  })
})
