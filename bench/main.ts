// npm run bench: every driver at every workload, a process each.
//   --quick     what the goals need, in under two minutes; writes nothing
//   --dir DIR   where states are kept meanwhile, up to 12 GB of them: on the disk that is to be measured
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { peersOf } from './drivers/index.js'
import { checkGoals } from './goals.js'
import { thisMachine } from './machine.js'
import { installPeers } from './peers.js'
import { type Case, plan, type Run } from './plan.js'
import { plotDisk, plotMemory } from './plot.js'
import { goalsTable, memoryTable, missingText, notesTable, timesTable } from './report.js'
import { type Effort, runAll } from './run.js'

const EFFORTS: Readonly<Record<Run, Effort>> = {
  quick: { turns: { short: 2, long: 1, moment: 3 }, warmUp: 120, time: 220, sustained: 3500 },
  full: { turns: { short: 3, long: 1, moment: 5 }, warmUp: 300, time: 800, sustained: 20_000 },
}

// From out/bench, where this runs.
const RESULTS = new URL('../../bench/results/', import.meta.url)

const { quick, dir } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, dir: { type: 'string', default: tmpdir() } },
}).values
const start = performance.now()
const date = new Date().toISOString().slice(0, 10)
const run: Run = quick ? 'quick' : 'full'
const effort = EFFORTS[run]

const tell = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2K\r${what}`)
}

const wanted = plan.filter(({ runs }) => runs.includes(run))
const peers = new Set(wanted.flatMap(({ drivers }) => drivers.flatMap(driver => peersOf[driver] ?? [])))
const missing = installPeers([...peers], tell)
const isThere = (driver: Case['drivers'][number]) => !missing.some(({ name }) => name === peersOf[driver])
const cases = wanted.map(entry => ({ ...entry, drivers: entry.drivers.filter(isThere) }))

const states = mkdtempSync(join(dir, 'millpond-bench-'))
process.on('exit', () => rmSync(states, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const machine = thisMachine()
const results = await runAll(cases, effort, states, (done, of, what) => tell(`${done + 1}/${of} ${what}`))
tell('')
const goals = checkGoals(results, run)
const seconds = Math.round((performance.now() - start) / 1000)

const inMemory = results.filter(({ memory, workload }) => memory !== null || workload === 'insert')
const onDisk = results.filter(result => !inMemory.includes(result))
console.log(`${machine.cpu}, ${machine.cpus} CPUs, Node ${machine.node}, ${effort.turns.short} turns, ${seconds} s\n`)
console.log(`${timesTable(inMemory)}\n\n${memoryTable(inMemory)}\n\n${timesTable(onDisk)}\n\n${notesTable(onDisk)}\n`)
console.log(missingText(missing) + goalsTable(goals))

if (!quick) {
  const record = { date, machine, effort, seconds, missing, goals, results }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${date}-${machine.name}.json`, RESULTS), `${JSON.stringify(record, undefined, 2)}\n`)
  writeFileSync(new URL('memory.svg', RESULTS), plotMemory(record))
  writeFileSync(new URL('disk.svg', RESULTS), plotDisk(record))
}
