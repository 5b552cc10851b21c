// The main job: three million real departures into two key-value stores. `npm start`
import { memory } from 'millpond'
import { command } from './command.js'
import { openState } from './state.js'

await command(async run => {
  await using provider = memory()
  await run(openState(provider))
})
