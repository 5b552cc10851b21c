import { describe, expect, it } from 'vitest'
import { runChild } from '../unit/child.js'

const library = JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)

/** What a worker runs: a store of its own, written and read until it is told to stop or ended. */
const busy = `
  const { parentPort, workerData } = require('node:worker_threads')
  import(${library}).then(({ memory, string, struct, u32, f64 }) => {
    const one = memory()
    const rows = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: struct({ n: u32(), of: f64() }) })
    parentPort.postMessage('begun')
    for (let round = 0; round < workerData.rounds; round++) {
      for (let i = 0; i < 2000; i++) rows.putSync('key ' + i, { n: round, of: workerData.me })
      const view = rows.snapshot()
      let seen = 0
      for (const { key, value } of rows.all()) {
        if (value.of !== workerData.me || value.n !== round) throw new Error('mixed up: ' + JSON.stringify(value))
        if (rows.getSync(key).n !== round) throw new Error('mixed up')
        seen++
      }
      if (seen !== 2000) throw new Error('lost rows: ' + seen)
      if (round % 2) view[Symbol.dispose]()
      if (round % 5 === 4) one.createKeyValueStore('more ' + round, { keyCodec: u32(), valueCodec: string() }).putSync(1, 'x')
    }
    parentPort.postMessage('done')
  })
`

const prelude = `
  import { Worker } from 'node:worker_threads'
  import { once } from 'node:events'
  const start = (me, rounds) => new Worker(${JSON.stringify(busy)}, { eval: true, workerData: { me, rounds } })
  const { memory, string, u32 } = millpond
  const one = memory()
  const mine = one.createKeyValueStore('rows', { keyCodec: string(), valueCodec: u32() })
  const work = rounds => {
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 1000; i++) mine.putSync('key ' + i, i)
      for (const { key, value } of mine.all()) if (key !== 'key ' + value) throw new Error('mixed up: ' + key)
    }
  }
`

describe('stores in several threads', () => {
  it('of the main one and of workers at once, keep apart', () => {
    const { status, lines, stderr } = runChild(`${prelude}
      const workers = [1, 2].map(me => start(me, 20))
      const ends = workers.map(worker => once(worker, 'exit'))
      const said = []
      for (const worker of workers) worker.on('message', message => said.push(message))
      await Promise.all(workers.map(worker => once(worker, 'message')))
      for (let i = 0; i < 20; i++) { work(5); await new Promise(setImmediate) }
      const codes = (await Promise.all(ends)).map(([code]) => code)
      work(1)
      console.log(JSON.stringify([codes, said.filter(one => one === 'done').length, mine.countSync()]))
      await one.close()
    `)
    expect(lines, stderr).toEqual(['[[0,0],2,1000]'])
    expect(status).toBe(0)
  })

  it('terminated in flight leave the process and its own stores well', () => {
    const { status, signal, lines, stderr } = runChild(`${prelude}
      for (let i = 0; i < 8; i++) {
        const worker = start(i, 1e9)
        await once(worker, 'message')
        work(2)
        await new Promise(resolve => setTimeout(resolve, 5 * i))
        const code = await worker.terminate()
        if (code !== 1) throw new Error('the worker ended with ' + code)
        work(2)
      }
      await collect()
      work(2)
      console.log(mine.countSync(), one.stats().entries)
      await one.close()
    `)
    expect(lines, stderr).toEqual(['1000 1000'])
    expect([status, signal]).toEqual([0, null])
  })

  it('ended with stores, views and loops open take nothing with them, at process.exit either', () => {
    const { status, lines, stderr } = runChild(`${prelude}
      const worker = start(1, 1e9)
      await once(worker, 'message')
      work(1)
      mine.snapshot()
      const loop = mine.all()[Symbol.iterator]()
      loop.next()
      console.log('leaving')
      process.exit(7)
    `)
    expect(lines, stderr).toEqual(['leaving'])
    expect(status).toBe(7)
  })

  it('free their memory when they end', () => {
    const { lines, stderr } = runChild(`${prelude}
      const rss = []
      for (let i = 0; i < 6; i++) {
        const worker = new Worker(${JSON.stringify(`
          import(${library}).then(({ memory, string, u32 }) => {
            const rows = memory().createKeyValueStore('rows', { keyCodec: u32(), valueCodec: string() })
            for (let i = 0; i < 60000; i++) rows.putSync(i, 'x'.repeat(1000))
          })
        `)}, { eval: true })
        await once(worker, 'exit')
        rss.push(process.memoryUsage().rss)
      }
      console.log(rss.at(-1) < rss[0] + 150_000_000)
    `)
    expect(lines, stderr).toEqual(['true'])
  })
})
