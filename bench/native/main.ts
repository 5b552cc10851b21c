// npm run bench:native: the engines in Rust beside other stores, and the snapshots of the sorted one.
//   --keys N,N        sizes of the comparison; 10 thousand and 1 million
//   --snapshots N,N   sizes of the stores that snapshots are taken of; 1 million and 10 million
//   --turns N         3
//   --draw FILE       no run: the page and the plot of an earlier one, in bench/results
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { thisMachine } from '../machine.js'
import { nativePage } from './page.js'
import { cases, IN_MEMORY, ON_DISK, snapshotCases } from './plan.js'
import { plotNative } from './plot.js'
import { buildBench, crateVersions, type NativeRecord, runNative, rustVersion } from './run.js'

/** Milliseconds a case. */
const TIME = 300

// From out/bench/native, where this runs.
const RESULTS = new URL('../../../bench/results/', import.meta.url)
const DOCS = new URL('../../../docs/', import.meta.url)

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '10000,1000000' },
    snapshots: { type: 'string', default: '1000000,10000000' },
    turns: { type: 'string', default: '3' },
    draw: { type: 'string' },
  },
})

const numbers = (text: string) => text.split(',').filter(Boolean).map(Number)

const tell = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2K\r${what}`)
}

function write(record: NativeRecord, file: string): void {
  writeFileSync(new URL('native-benchmarks.md', DOCS), nativePage(record, file))
  writeFileSync(new URL('native-benchmarks.svg', DOCS), plotNative(record))
}

async function measure(): Promise<void> {
  const start = performance.now()
  const date = new Date().toISOString().slice(0, 10)
  // Before anything is written: the commit that was measured.
  const machine = thisMachine()
  const bench = buildBench()
  const rust = rustVersion()
  const versions = crateVersions([...new Set([...IN_MEMORY, ...ON_DISK].flatMap(({ crate }) => crate ?? []))])
  const [keys, snapshots] = [numbers(values.keys), numbers(values.snapshots)]
  const wanted = { cases: cases(keys), snapshots: snapshotCases(snapshots), turns: Number(values.turns), time: TIME }
  const file = `native-${date}-${machine.name}.json`
  for await (const measured of runNative(bench, wanted, tell)) {
    const seconds = Math.round((performance.now() - start) / 1000)
    const record: NativeRecord = { date, machine, rust, versions, seconds, ...measured }
    writeFileSync(new URL(file, RESULTS), `${JSON.stringify(record, undefined, 2)}\n`)
    write(record, file)
  }
  tell('')
}

mkdirSync(RESULTS, { recursive: true })
if (values.draw) write(JSON.parse(readFileSync(new URL(values.draw, RESULTS), 'utf8')), values.draw)
else await measure()
