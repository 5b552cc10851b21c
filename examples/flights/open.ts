import { memory } from 'millpond'
import type { Place } from './args.js'
import { openOnDisk } from './disk.js'
import type { Flights } from './source.js'
import { openState } from './state.js'
import { notDurable, type Storage } from './storage.js'

/** Opens the state where the command line wants it. */
export async function openStorage(place: Place, flights: Flights): Promise<Storage> {
  if (place.kind === 'disk') return openOnDisk(place, flights)
  const provider = memory()
  return notDurable(openState(provider), 'In memory', () => provider.close())
}
