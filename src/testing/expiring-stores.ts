import { u32 } from '../index.js'
import type { Bench } from './bench.js'

/** A provider whose time stands still until it is told otherwise. */
export function still({ provider, through }: Pick<Bench, 'provider' | 'through'>) {
  const time = { now: 1_000_000 }
  const one = provider({ clock: () => time.now })
  const numbers = (ttl?: number) =>
    through(one.createKeyValueStore('rows', { keyCodec: u32(), valueCodec: u32(), ...(ttl && { ttl }) }))
  return { time, one, numbers }
}

/** Lets what is done in the background be done. */
export async function settled({ expect }: Pick<Bench, 'expect'>, done: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300 && !done(); tries++) await new Promise(resolve => setTimeout(resolve, 10))
  expect(done()).toBe(true)
}
