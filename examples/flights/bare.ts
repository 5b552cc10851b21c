// The main job with plain Maps in the place of the stores, wherever those were to be: to compare with.
import { command } from './command.js'
import { mapState } from './map-state.js'
import { notDurable } from './storage.js'

await command(async () => notDurable(mapState(), 'In Maps', async () => {}))
