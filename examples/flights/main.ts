// The main job: three million real departures into key-value, window and session stores on disk. `npm start`
import { command } from './command.js'
import { openStorage } from './open.js'

await command(openStorage)
