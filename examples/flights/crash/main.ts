// Kills the main job ten times, and shows that it ends as if nobody had. `npm run start:crash`
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { complain } from '../command.js'
import { type Options, parseArguments, usage } from './args.js'
import { contentsOf, differences, tableOf } from './compare.js'
import { interrupt } from './interrupt.js'
import { runToEnd } from './run.js'

const say = (line: string) => console.log(line)

try {
  const options = parseArguments(process.argv.slice(2))
  if (options.help) process.stdout.write(usage)
  else await crash(options)
} catch (error) {
  process.exitCode = complain(error)
}

async function crash({ kills, limit }: Options): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'flights-crash-'))
  const [whole, broken] = [join(directory, 'uninterrupted'), join(directory, 'interrupted')]
  const argsFor = (stateDir: string) => ['--state', stateDir, '--limit', String(limit)]

  const { report: expected, ms } = await runToEnd(argsFor(whole))
  say(`uninterrupted, ${expected.totals.flights.toLocaleString('en-US')} departures took ${(ms / 1000).toFixed(1)} s`)
  await interrupt(argsFor(broken), { kills, runMs: ms, countingMs: expected.run.seconds * 1000, say })
  const { report } = await runToEnd(argsFor(broken))
  say(`the last run began at departure ${report.run.position.toLocaleString('en-US')}, and finished`)

  say(`state without kills: ${expected.state.sha256}`)
  say(`state with ${kills} kills: ${report.state.sha256}`)
  const different = [
    ...differences(tableOf(expected), tableOf(report)),
    ...differences(await contentsOf(whole), await contentsOf(broken)),
  ]
  if (different.length > 0) {
    say(`DIFFERENT: ${different.join(', ')}; both states are kept in ${directory}`)
    process.exitCode = 1
  } else {
    say('the same: every row of the table, of the stores, and the position')
    await rm(directory, { recursive: true })
  }
}
