// What CI has time for a slice of, at its full number: every part of ./torture-parts.mjs, and one table at the end. Exits
// with 1 if a part fails or falls short.
//   npm run torture                  all parts
//   npm run torture -- kills flips   these alone
// SECONDS_OF_FUZZING (600) and SEEDS (2000) say how long those two take. With MILLPOND_PLANT=skip-sync, or another mistake of
// crates/millpond/src/lmdb/planted.rs, it must end red; the last parts prove that of each.
import { parts } from './torture-parts.mjs'

const named = process.argv.slice(2)
const unknown = named.filter(name => !parts.some(part => part.name === name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}. There are: ${parts.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const isPlanted = process.env.MILLPOND_PLANT !== undefined
const chosen = parts.filter(part => (named.length > 0 ? named.includes(part.name) : !(isPlanted && part.proves)))

const number = (/** @type {number | undefined} */ value) => (value === undefined ? '?' : value.toLocaleString('en'))

/** A part that could not even be run. @param {unknown} error @returns {import('./torture-parts.mjs').Outcome} */
function broken(error) {
  return { done: 0, failed: true, note: String(error) }
}

/** @type {string[][]} */
const rows = [['part', 'asked for', 'done', 'lost', 'invented', 'time', '']]
const notes = []
let red = 0
for (const { name, what, asked, run } of chosen) {
  console.log(`\n== ${name}: ${asked > 0 ? number(asked) : 'all'} ${what}`)
  const begun = performance.now()
  const { done, lost, invented, failed, note, asked: wanted = asked } = await run(asked).catch(broken)
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const verdict = failed ? 'RED' : done < wanted ? 'SHORT' : 'ok'
  if (verdict !== 'ok') red++
  rows.push([`${name}: ${what}`, number(wanted), number(done), number(lost), number(invented), `${seconds} s`, verdict])
  if (note) notes.push(`${name}: ${note}`)
}

const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
const lines = rows.map(row =>
  row
    .map((cell, column) =>
      column === 0 || column === 6 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    .join('  ')
    .trimEnd(),
)
console.log(`\n${notes.join('\n')}\n\n${lines.join('\n')}`)
console.log(red === 0 ? `all ${chosen.length} parts are green` : `${red} of ${chosen.length} parts are not green`)
process.exitCode = red === 0 ? 0 : 1
