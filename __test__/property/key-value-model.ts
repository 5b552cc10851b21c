import { bytes, i64, type KeyCodec, string, tuple, u32 } from '../../src/index.js'

/** A sequence that is the same for the same seed. */
export function random(seed: number) {
  let state = seed >>> 0
  const next = () => {
    // mulberry32, https://github.com/bryc/code/blob/master/jshash/PRNGs.md
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    below: (limit: number) => Math.floor(next() * limit),
    chance: (of: number) => next() < of,
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!,
  }
}
export type Random = ReturnType<typeof random>

/** A kind of key: how to make one, and a prefix where it has some. */
export interface KeyKind {
  readonly name: string
  readonly codec: KeyCodec<any, any>
  make(of: Random): any
  prefix?(of: Random): any
}

const ALPHABET = ['a', 'b', 'z', '\0', 'é', '\uffff', '\ufffd', '🦆', 'aaaaaaaaaaaaaaaaaaaaaaaa']
const BYTES = [0, 1, 127, 128, 254, 255]

const text = (of: Random, most: number) => Array.from({ length: of.below(most) }, () => of.pick(ALPHABET)).join('')
const someBytes = (of: Random, most: number) =>
  Buffer.from(Array.from({ length: of.chance(0.02) ? of.below(1900) : of.below(most) }, () => of.pick(BYTES)))

export const kinds: readonly KeyKind[] = [
  { name: 'text', codec: string(), make: of => text(of, 5), prefix: of => text(of, 3) },
  { name: 'bytes', codec: bytes(), make: of => someBytes(of, 5), prefix: of => someBytes(of, 3) },
  { name: 'u32', codec: u32(), make: of => (of.chance(0.1) ? 2 ** 32 - 1 - of.below(5) : of.below(600)) },
  { name: 'i64', codec: i64(), make: of => BigInt(of.below(600) - 300) },
  {
    name: 'tuples',
    codec: tuple(string(), u32()),
    make: of => [text(of, 3), of.below(20)],
    prefix: of => (of.chance(0.2) ? [] : [text(of, 3)]),
  },
]

/** What a store should hold: a sorted array, searched from its beginning. */
export class Model<K> {
  constructor(
    private readonly codec: KeyCodec<K, any>,
    private rows: { bytes: Buffer; key: K; value: string }[] = [],
  ) {}

  copy(): Model<K> {
    return new Model(this.codec, [...this.rows])
  }

  become(other: Model<K>): void {
    this.rows = [...other.rows]
  }

  get size(): number {
    return this.rows.length
  }

  get(key: K): string | undefined {
    const bytes = this.#encode(key)
    return this.rows.find(row => row.bytes.equals(bytes))?.value
  }

  put(key: K, value: string): void {
    this.delete(key)
    const bytes = this.#encode(key)
    const at = this.rows.findIndex(row => Buffer.compare(row.bytes, bytes) > 0)
    this.rows.splice(at < 0 ? this.rows.length : at, 0, { bytes, key, value })
  }

  delete(key: K): void {
    const bytes = this.#encode(key)
    const at = this.rows.findIndex(row => row.bytes.equals(bytes))
    if (at >= 0) this.rows.splice(at, 1)
  }

  clear(): void {
    this.rows = []
  }

  range(from: K | undefined, to: K | undefined): { key: K; value: string }[] {
    const [lower, upper] = [from, to].map(end => (end === undefined ? undefined : this.#encode(end)))
    return this.#where(
      ({ bytes }) => (!lower || Buffer.compare(bytes, lower) >= 0) && (!upper || Buffer.compare(bytes, upper) <= 0),
    )
  }

  /** The rows whose encoded key begins with these bytes. */
  starting(prefix: Buffer): { key: K; value: string }[] {
    return this.#where(({ bytes }) => bytes.subarray(0, prefix.length).equals(prefix))
  }

  #where(test: (row: { bytes: Buffer }) => boolean): { key: K; value: string }[] {
    return this.rows.filter(test).map(({ key, value }) => ({ key, value }))
  }

  #encode(key: K): Buffer {
    return Buffer.from(this.codec.encode(key))
  }
}
