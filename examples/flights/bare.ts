// The main job with plain Maps in the place of the stores, to compare with.
import { command } from './command.js'
import { mapState } from './map-state.js'

await command(run => run(mapState()))
