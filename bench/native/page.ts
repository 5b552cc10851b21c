// docs/native-benchmarks.md, of a run.
import { median } from '../measure.js'
import { nanoseconds } from '../report.js'
import { GROWING, GROWN, IN_MEMORY, keysText, type NativeDriver, ON_DISK, SYNCED, WORKLOADS } from './plan.js'
import type { NativeRecord, NativeResult, SnapshotResult } from './run.js'

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

/** Reads are told by medians. Writes by means: what merges and compactions hold up is theirs too. */
export const told = ({ workload, median, mean }: NativeResult): number =>
  workload.startsWith('get') || workload.startsWith('scan') ? median : mean

export const find = ({ results }: NativeRecord, driver: string, workload: string, keys: number) =>
  results.find(result => result.driver === driver && result.workload === workload && result.keys === keys)

/** Figures of drivers, the smallest of each line in bold. */
function line(record: NativeRecord, drivers: readonly NativeDriver[], workload: string, keys: number): string[] {
  const found = drivers.map(({ name }) => find(record, name, workload, keys))
  const best = Math.min(...found.map(result => (result ? told(result) : Number.POSITIVE_INFINITY)))
  return found.map(result => {
    if (!result) return '–'
    const figure = nanoseconds(told(result))
    return told(result) === best ? `**${figure}**` : figure
  })
}

function comparison(record: NativeRecord, drivers: readonly NativeDriver[], sizes: readonly number[]): string {
  const rows = sizes.flatMap(keys =>
    WORKLOADS.map(workload => [workload, keysText(keys), ...line(record, drivers, workload, keys)]),
  )
  return table(['ns an operation', 'keys', ...drivers.map(({ name }) => name)], rows)
}

/** Sizes of the comparison: the smaller of what grows were measured in memory alone. */
const sizesOf = ({ results }: NativeRecord) =>
  [...new Set(results.filter(({ driver }) => driver === ON_DISK[0]!.name).map(({ keys }) => keys))].sort(
    (a, b) => a - b,
  )

function between(turns: readonly number[]): string {
  const [least, most] = [Math.min(...turns), Math.max(...turns)]
  return least === most ? `${most} turn${most === 1 ? '' : 's'}` : `${least} to ${most} turns`
}

function growth(record: NativeRecord): string {
  const rows = GROWN.flatMap(workload =>
    GROWING.map(keys => [workload, keysText(keys), ...line(record, IN_MEMORY, workload, keys)]),
  )
  return table(['ns an operation', 'keys', ...IN_MEMORY.map(({ name }) => name)], rows)
}

const synced = (record: NativeRecord) =>
  table(
    ['ns an overwrite', 'keys', ...ON_DISK.map(({ name }) => name)],
    [['each 10,000 on the disk', '1 M', ...line(record, SYNCED, 'overwrite', 1_000_000)]],
  )

/** A figure of a part, if it was measured. */
type Look = (part: string, name: string, place?: SnapshotResult['place']) => number | undefined

const looker =
  ({ snapshots }: NativeRecord, keys: number): Look =>
  (part, name, place = 'disk') =>
    snapshots.find(found => found.part === part && found.keys === keys && found.place === place)?.figures[name]

function time(nanos: number | undefined): string {
  if (nanos === undefined) return '–'
  if (nanos < 1e3) return `${nanos.toFixed(0)} ns`
  if (nanos < 1e6) return `${(nanos / 1e3).toFixed(1)} µs`
  return nanos < 1e9 ? `${(nanos / 1e6).toFixed(nanos < 1e7 ? 2 : 0)} ms` : `${(nanos / 1e9).toFixed(2)} s`
}

const rate = (figure: number | undefined) => (figure === undefined ? '–' : `${figure.toFixed(2)} GB/s`)

/** An overwrite, and how much longer it takes than under no snapshot. */
function overwrite(look: Look, name: string): string {
  const [figure, alone] = [look('overwrite', name), look('overwrite', 'overwrite')]
  return figure === undefined || alone === undefined ? '–' : `${figure.toFixed(0)} ns, ${(figure / alone).toFixed(2)}×`
}

function snapshots(record: NativeRecord): string {
  const sizes = [...new Set(record.snapshots.map(({ keys }) => keys))]
  const looks = sizes.map(keys => looker(record, keys))
  const lines: readonly [string, (look: Look) => string][] = [
    ['pause of `snapshot()`: median', look => time(look('pause', 'pause'))],
    ['99 % below', look => time(look('pause', 'pause, 99 % below'))],
    ['`BTreeMap::clone`', look => time(look('pause BTreeMap', 'pause'))],
    ['overwrite, no snapshot', look => time(look('overwrite', 'overwrite'))],
    ['under one that lives for a pass over all keys', look => overwrite(look, 'overwrite, one snapshot a pass')],
    ['under the newest of 10 a pass', look => overwrite(look, 'overwrite, 10 snapshots a pass')],
    ['under the newest of 100 a pass', look => overwrite(look, 'overwrite, 100 snapshots a pass')],
    ['packed on another thread, the writer idle: to a disk', look => rate(look('pack', 'pack'))],
    ['to memory', look => rate(look('pack', 'pack', 'memory'))],
    ['while the writer overwrites: to a disk', look => rate(look('pack', 'pack, while the writer writes'))],
    ['to memory', look => rate(look('pack', 'pack, while the writer writes', 'memory'))],
    ['to nowhere', look => rate(look('pack', 'pack, to nowhere'))],
    ['as many bytes, only written: to a disk', look => rate(look('pack', 'write, nothing else'))],
    ['to memory', look => rate(look('pack', 'write, nothing else', 'memory'))],
    ['`BTreeMap` cloned and written: to a disk', look => rate(look('pack BTreeMap', 'pack'))],
    ['the clone not counted', look => rate(look('pack BTreeMap', 'pack, the clone not counted'))],
    ['open the file, first `get`: median', look => time(look('restore', 'first get of the file'))],
    ['most', look => time(look('restore', 'first get of the file, most'))],
    ['read it into a store, first `get`', look => time(look('restore', 'first get of a store'))],
    ['read a `BTreeMap`, first `get`', look => time(look('restore BTreeMap', 'first get of a store'))],
  ]
  return table(
    ['', ...sizes.map(keysText)],
    lines.map(([name, cell]) => [name, ...looks.map(cell)]),
  )
}

const javaScript = ({ map }: NativeRecord) =>
  table(
    ['a `Map` of 1 M strings and buffers', 'packed', 'back in a `Map`'],
    [
      ['into one buffer, by hand', rate(map['pack, GB/s']), time(map.unpack)],
      ['`v8.serialize`', rate(map['v8.serialize, GB/s']), time(map['v8.deserialize'])],
    ],
  )

const versions = ({ versions, rust }: NativeRecord) =>
  [...Object.entries(versions), ['Rust', rust]].map(([name, version]) => `${name} ${version}`).join(', ')

/** What has to be known of figures that were taken beside other work. */
const busy = ({ machine, load }: NativeRecord) =>
  median(load) > machine.cpus
    ? '\n**The machine was busy**: compare the figures of a line with each other, not with those of another run.'
    : ''

/** The page of a run; `file` is where the run is kept. */
export function nativePage(record: NativeRecord, file: string): string {
  const { date, machine, load } = record
  const turns = [...record.results, ...record.snapshots].map(({ turns }) => turns)
  const sizes = sizesOf(record)
  return `<!-- Written by \`npm run bench:native\` from bench/results/${file}. -->

# The engines beside other stores in Rust

${date}, ${machine.cpu}, ${machine.cpus} CPUs, ${machine.memoryGiB} GiB, ${machine.system}, commit ${machine.commit};
${versions(record)}.
Load of the machine, of which it has ${machine.cpus} to give: ${median(load).toFixed(1)} in the median, ${Math.max(...load).toFixed(1)} at most.${busy(record)}

Keys of 16 bytes, values of 100, in random order from a fixed seed. One process for each driver and workload, drivers interleaved, medians of
${between(turns)}. In a turn, reads are the median of rounds of 100,000 operations, after reads of all keys that are
not counted; writes are the mean over all rounds, for what a merge or a compaction holds up. In bold the best of a line, whoever it is; – where nothing was measured.

![Nanoseconds an operation at a million keys](native-benchmarks.svg)

## In memory

${comparison(record, IN_MEMORY, sizes)}

hashbrown is \`HashMap<Vec<u8>, Vec<u8>>\` with its own hash, foldhash; HashStore hashes by SipHash-1-3 with a random key, which keys made
by an attacker can't collide under, and has snapshots and order.

## On disk

Committed every 10,000 writes, without waiting for the disk: \`Durability::Relaxed\`, redb's \`Durability::None\`, fjall's
\`PersistMode::Buffer\`, LMDB's \`NO_SYNC\`. Environment and MmapStateStore write a log and merge into LMDB on threads of their own, fjall
compacts on its own: what they have still to do when a round ends is not in the figures of that round. MmapStateStore has no
batches, and waits for the disk at the end of each round, the others never. fjall is built without compression and has, like redb, 1 GiB for its cache.

${comparison(record, ON_DISK, sizes)}

With every batch on the disk before the next begins:

${synced(record)}

## Flat or not

${growth(record)}

## Snapshots of the sorted engine

"To a disk" is a file in the page cache of one, "to memory" a file of tmpfs; rates are of keys and values. Packing has a thread of its own.
A snapshot that lives makes the writer copy each page it sees once, when it is first written: the more writes fall
on a page before the next snapshot, the less of that a write bears.

${snapshots(record)}

In JavaScript, where nothing else can run meanwhile (Node ${machine.node}):

${javaScript(record)}
`
}
