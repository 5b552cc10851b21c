import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LmdbOptions, lmdb } from '../../src/index.js'
import { temporaryDirectory } from '../engines.js'
import { counts } from '../unit/provider/lmdb/directory.js'
import { failure } from '../unit/store/stores.js'

const library = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)

/** A program of its own that has a directory open, with two stores in it. */
function program(stateDir: string, body: string, options: Partial<LmdbOptions> = {}): string {
  const path = join(temporaryDirectory(), 'program.mjs')
  const opened = JSON.stringify({ stateDir, ...options })
  writeFileSync(
    path,
    `import { spawnSync } from 'node:child_process'
    import { lmdb, bytes, string, u32 } from ${library}
    process.on('unhandledRejection', () => console.log('unhandled'))
    const one = lmdb(${opened})
    const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
    const blobs = one.createKeyValueStore('blobs', { keyCodec: string(), valueCodec: bytes() })
    const report = value => console.log(JSON.stringify(value))
    ${body}`,
  )
  return path
}

function run(stateDir: string, body: string, options?: Partial<LmdbOptions>, shell = 'exec "$0" "$1"') {
  const args = ['-c', shell, process.execPath, program(stateDir, body, options)]
  const { status, signal, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', timeout: 50_000 })
  return { status, signal, stderr, lines: stdout.trim().split('\n') }
}

/** What the store of counts in a directory holds. */
async function held(stateDir: string, options: Partial<LmdbOptions> = {}) {
  const one = lmdb({ stateDir, ...options })
  const rows = Object.fromEntries(
    Array.from(one.createKeyValueStore('rows', counts).all(), ({ key, value }) => [key, value]),
  )
  const offsets = [...one.offsets()]
  await one.close()
  return { rows, offsets }
}

describe('a process that ends without close', () => {
  it('by process.exit keeps every stretch that ended, and the one that runs', async () => {
    const stateDir = temporaryDirectory()
    const { status } = run(
      stateDir,
      `rows.putSync('earlier', 1)
      await new Promise(setImmediate)
      for (let i = 0; i < 50; i++) rows.putSync('running', i)
      void rows.put('never awaited', 1)
      process.exit(3)`,
    )
    expect(status).toBe(3)
    expect((await held(stateDir)).rows).toEqual({ earlier: 1, running: 49, 'never awaited': 1 })
  })

  it('by process.exit inside a transaction keeps nothing of that stretch', async () => {
    const stateDir = temporaryDirectory()
    run(
      stateDir,
      `await rows.put('before', 1)
      one.transactionSync(() => {
        rows.putSync('before', 2)
        process.exit()
      })`,
    )
    expect((await held(stateDir)).rows).toEqual({ before: 1 })
  })

  it('because there is nothing left to do keeps everything, and does end', async () => {
    const stateDir = temporaryDirectory()
    const { status, stderr } = run(stateDir, `rows.putSync('a', 1); await Promise.resolve(); rows.putSync('b', 2)`)
    expect([status, stderr]).toEqual([0, ''])
    expect((await held(stateDir)).rows).toEqual({ a: 1, b: 2 })
  })

  it('stays alive for a promise that waits, and no longer', async () => {
    const stateDir = temporaryDirectory()
    const { lines } = run(
      stateDir,
      `rows.put('a', 1).then(() => one.commit()).then(() => one.close()).then(() => report('closed'))`,
    )
    expect(lines).toEqual(['"closed"'])
  })

  it('by a throw keeps every stretch that ended', async () => {
    const stateDir = temporaryDirectory()
    const { status } = run(stateDir, `rows.putSync('a', 1); await null; rows.putSync('b', 1); throw new Error('boom')`)
    expect(status).toBe(1)
    expect((await held(stateDir)).rows).toEqual({ a: 1, b: 1 })
  })

  it("with commits: 'manual' keeps the last commit, state and offsets, and nothing later", async () => {
    const stateDir = temporaryDirectory()
    const options = { commits: 'manual' } as const
    run(
      stateDir,
      `rows.putSync('a', 1)
      await one.commit({ offsets: { orders: 7 } })
      rows.putSync('a', 2)
      await rows.put('b', 2)
      process.exit()`,
      options,
    )
    expect(await held(stateDir, options)).toEqual({ rows: { a: 1 }, offsets: [['orders', 7n]] })
  })

  it('and was closed without waiting keeps what it wrote', async () => {
    const stateDir = temporaryDirectory()
    run(stateDir, `for (let i = 0; i < 2000; i++) rows.putSync('a', i); void one.close(); process.exit()`)
    expect((await held(stateDir)).rows).toEqual({ a: 1999 })
  })

  it('because it was killed keeps what was acknowledged', async () => {
    const stateDir = temporaryDirectory()
    const { signal, lines } = run(
      stateDir,
      `for (let i = 0; i < 100; i++) await rows.put('a', i)
      report('acknowledged')
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})`,
    )
    expect([signal, lines]).toEqual(['SIGKILL', ['"acknowledged"']])
    expect((await held(stateDir)).rows).toEqual({ a: 99 })
  })
})

describe('a directory that another process has open', () => {
  async function holder(stateDir: string) {
    const child = spawn(process.execPath, [
      program(stateDir, `await rows.put('a', 1); report(1); setInterval(() => {}, 1e6)`),
    ])
    await once(child.stdout, 'data')
    return child
  }

  it('is locked, and the error names the process; once that was killed it is not', async () => {
    const stateDir = temporaryDirectory()
    const child = await holder(stateDir)
    expect(() => lmdb({ stateDir })).toThrow(failure('LOCKED', { retryable: true }))
    expect(() => lmdb({ stateDir })).toThrow(new RegExp(`${stateDir}.* process ${child.pid}`))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await held(stateDir)).rows).toEqual({ a: 1 })
  })
})

describe('a directory that another thread has open', () => {
  it('is locked, until that thread has closed it or was terminated', () => {
    const stateDir = temporaryDirectory()
    const worker = `
      const { parentPort } = require('node:worker_threads')
      import(${library}).then(async ({ lmdb, string, u32 }) => {
        const one = lmdb({ stateDir: ${JSON.stringify(stateDir)} })
        const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
        for (let i = 1; ; i++) {
          await rows.put('of the worker', i)
          if (i === 20) parentPort.postMessage('open')
        }
      })`
    const { lines, stderr } = run(
      temporaryDirectory(),
      `const { Worker } = await import('node:worker_threads')
      const { once } = await import('node:events')
      const open = () => lmdb({ stateDir: ${JSON.stringify(stateDir)} })
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(${JSON.stringify(worker)}, { eval: true })
        await once(worker, 'message')
        try { open() } catch ({ code }) { report(code) }
        await worker.terminate()
        const mine = open()
        const rows = mine.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
        report(rows.getSync('of the worker') >= 20)
        await mine.close()
      }`,
    )
    const round = ['"ERR_MILLPOND_LOCKED"', 'true']
    expect(lines, stderr).toEqual([...round, ...round, ...round])
  })
})

// A limit on the size of files stands in for a disk that takes no more; the signal of it is ignored.
const withFileLimit = `trap '' XFSZ; ulimit -S -f 2048; exec "$0" "$1"`
const lift = `spawnSync('prlimit', ['--pid', process.pid, '--fsize=unlimited'])`

describe('a commit that fails', () => {
  it('rejects whoever waits with its error, and the next one, while it keeps failing; what was written stays visible', async () => {
    const stateDir = temporaryDirectory()
    const { lines, stderr } = run(
      stateDir,
      `await rows.put('before', 1)
      const code = promise => promise.then(() => 'done', ({ code, retryable }) => code)
      const put = blobs.put('large', Buffer.alloc(4e6))
      const added = rows.add('before', 1)
      report([await code(put), await code(added), rows.getSync('before'), blobs.hasSync('large')])
      report([await code(one.commit()), await code(one.flush()), await code(rows.flush())])
      report([one.stats().failedCommits > 0, one.stats().pendingBytes > 4e6])
      report(await code(one.close()))`,
      {},
      withFileLimit,
    )
    const io = 'ERR_MILLPOND_IO'
    expect(lines, stderr).toEqual([
      JSON.stringify([io, io, 2, true]),
      JSON.stringify([io, io, io]),
      '[true,true]',
      JSON.stringify(io),
    ])
    expect((await held(stateDir)).rows).toEqual({ before: 1 })
  })

  it('that nobody awaited is no unhandled rejection, and the next commit tries it again', async () => {
    const stateDir = temporaryDirectory()
    const { status, lines, stderr } = run(
      stateDir,
      `void blobs.put('large', Buffer.alloc(4e6))
      void rows.put('a', 1)
      void rows.update('a', n => n + 1)
      while (one.stats().failedCommits === 0) await new Promise(resolve => setTimeout(resolve, 5))
      report('failed')
      ${lift}
      await one.commit()
      report(one.stats().pendingBytes)
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})`,
      {},
      withFileLimit,
    )
    expect(lines, stderr).toEqual(['"failed"', '0'])
    expect(status).toBe(null)
    expect((await held(stateDir)).rows).toEqual({ a: 2 })
  })

  it('is tried again by close', async () => {
    const stateDir = temporaryDirectory()
    const { lines, stderr } = run(
      stateDir,
      `rows.putSync('a', 1)
      await blobs.put('large', Buffer.alloc(4e6)).catch(({ code }) => report(code))
      ${lift}
      await one.close()
      report('closed')`,
      {},
      withFileLimit,
    )
    expect(lines, stderr).toEqual(['"ERR_MILLPOND_IO"', '"closed"'])
    expect((await held(stateDir)).rows).toEqual({ a: 1 })
  })
})

describe('a provider that was dropped without close', () => {
  it('is closed once it was collected, with one warning, and keeps what was written', () => {
    const { lines, stderr } = run(
      temporaryDirectory(),
      `process.on('warning', ({ message }) => report(message.includes('without close()')))
      const stateDir = ${JSON.stringify(temporaryDirectory())}
      const open = () => lmdb({ stateDir }).createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
      const drop = () => { open().putSync('a', 1) }
      drop()
      for (let i = 0; i < 20; i++) { gc(); await new Promise(resolve => setTimeout(resolve, 20)) }
      report(open().getSync('a'))
      process.exit()`,
      {},
      'exec "$0" --expose-gc "$1"',
    )
    expect(lines, stderr).toEqual(['true', '1'])
  })
})
