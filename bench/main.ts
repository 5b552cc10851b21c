// npm run bench: every driver at every workload, a process each.
//   --quick   what the goals need, in under two minutes; writes nothing
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkGoals } from './goals.js'
import { thisMachine } from './machine.js'
import { plan } from './plan.js'
import { plot } from './plot.js'
import { goalsTable, memoryTable, timesTable } from './report.js'
import { type Effort, runAll } from './run.js'

const QUICK: Effort = { turns: 2, warmUp: 150, time: 300 }
const FULL: Effort = { turns: 3, warmUp: 300, time: 800 }

// From out/bench, where this runs.
const RESULTS = new URL('../../bench/results/', import.meta.url)

const { quick } = parseArgs({ options: { quick: { type: 'boolean', default: false } } }).values
const start = performance.now()
const date = new Date().toISOString().slice(0, 10)
const effort = quick ? QUICK : FULL
const cases = plan.filter(entry => entry.quick || !quick)

const machine = thisMachine()
const results = await runAll(cases, effort, (done, of, what) => {
  if (process.stderr.isTTY) process.stderr.write(`\x1b[2K\r${done + 1}/${of} ${what}`)
})
if (process.stderr.isTTY) process.stderr.write('\x1b[2K\r')
const goals = checkGoals(results, quick)
const seconds = Math.round((performance.now() - start) / 1000)

console.log(`${machine.cpu}, ${machine.cpus} CPUs, Node ${machine.node}, ${effort.turns} turns, ${seconds} s\n`)
console.log(`${timesTable(results)}\n\n${memoryTable(results)}\n\n${goalsTable(goals)}`)

if (!quick) {
  const run = { date, machine, effort, seconds, goals, results }
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(new URL(`${date}-${machine.name}.json`, RESULTS), `${JSON.stringify(run, undefined, 2)}\n`)
  writeFileSync(new URL('memory.svg', RESULTS), plot(run))
}
