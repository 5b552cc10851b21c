// Real departures through a topology of @kafkats/flow, its state kept by millpond. `npm run example:flow`
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { codec } from '@kafkats/flow'
import { TestDriver } from '@kafkats/flow/testing'
import { type FlowStateStoreProvider, flowLmdb, flowMemory } from 'millpond/kafkats'
import { complain } from '../flights/command.js'
import { Mismatch } from '../flights/complaint.js'
import { showProgress } from '../flights/progress.js'
import { type Options, parseArguments, usage } from './args.js'
import { flightsOf, report } from './report.js'
import { type Departure, readAirports, readDepartures } from './source.js'
import { build, type VeryLate } from './topology.js'

const say = (line: string) => console.log(line)
/** How many records are sent before others have their turn: the disk among them. */
const STRETCH = 500

try {
  const options = parseArguments(process.argv.slice(2))
  if (options.help) process.stdout.write(usage)
  else await main(options)
} catch (error) {
  process.exitCode = complain(error)
}

async function main({ limit, memory }: Options): Promise<void> {
  say('There is no Kafka broker here: TestDriver of @kafkats/flow hands the records over, in this process.')
  const departures = await readDepartures(limit)
  if (memory) return run(flowMemory(), departures)
  const stateDir = await mkdtemp(join(tmpdir(), 'flow-'))
  try {
    await run(flowLmdb({ stateDir }), departures)
    const reopened = flowLmdb({ stateDir })
    check('found after a reopen', await flightsOf(reopened), departures.length)
    await reopened.close()
    say('Closed, opened again: every departure is still in the tallies.')
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

/** Sends everything, and reports; flow closes the provider in the end. */
async function run(provider: FlowStateStoreProvider, departures: readonly Departure[]): Promise<void> {
  const driver = new TestDriver({ applicationId: 'flights', stateStoreProvider: provider })
  build(driver.flow)
  const { consumer, output } = await driver.start()
  const json = codec.json<unknown>()
  for (const airport of await readAirports()) {
    await consumer.sendMessage('airports', json.encode(airport), { key: Buffer.from(airport.code), timestamp: 0n })
  }
  const progress = showProgress(process.stderr, departures.length)
  const start = performance.now()
  for (const [i, { origin, time, flight }] of departures.entries()) {
    const options = { key: Buffer.from(origin), timestamp: BigInt(time) }
    await consumer.sendMessage('flights', json.encode(flight), options)
    if (i % STRETCH !== 0) continue
    progress.update(i)
    await setImmediate()
  }
  const seconds = (performance.now() - start) / 1000
  progress.end()
  check('counted', await flightsOf(provider), departures.length)
  const veryLate = output('very-late', { value: codec.json<VeryLate>() }).map(({ value }) => value!)
  for (const line of await report(provider, veryLate)) say(line)
  const rate = Math.round(departures.length / seconds).toLocaleString('en-US')
  say(
    `${departures.length.toLocaleString('en-US')} departures in ${seconds.toFixed(1)} s, ${rate} a second (${provider.name})`,
  )
  await driver.stop()
}

function check(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Mismatch(`${found} departures ${what}, ${expected} were sent`)
}
