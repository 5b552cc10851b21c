import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../../examples/flights/args.js'
import { UsageError } from '../../../../examples/flights/complaint.js'

const place = { kind: 'disk', stateDir: './state/flights', fresh: false }

describe('the arguments of the flights job', () => {
  it('default to all flights, as text, with the state on disk', () => {
    const picture = './state/flights-rhythm.svg'
    expect(parseArguments([])).toEqual({ place, picture, limit: Infinity, json: false, help: false })
  })

  it('are read in any order', () => {
    expect(parseArguments(['--json', '--limit', '5000'])).toMatchObject({ place, limit: 5000, json: true, help: false })
    expect(parseArguments(['--limit=1', '--help'])).toMatchObject({ place, limit: 1, json: false, help: true })
  })

  it('say where the state is kept', () => {
    const placeOf = (...args: string[]) => parseArguments(args).place
    expect(placeOf('--memory')).toEqual({ kind: 'memory' })
    expect(placeOf('--fresh')).toEqual({ ...place, fresh: true })
    expect(placeOf('--state', 'here')).toEqual({ ...place, stateDir: 'here' })
  })

  it('say where the picture is drawn: beside the state, or nowhere for a machine', () => {
    const pictureOf = (...args: string[]) => parseArguments(args).picture
    expect(pictureOf('--state', 'here/')).toBe('here-rhythm.svg')
    expect(pictureOf('--json')).toBe(undefined)
    expect(pictureOf('--memory')).toBe(undefined)
    for (const more of [[], ['--json'], ['--memory']]) expect(pictureOf('--picture', 'a.svg', ...more)).toBe('a.svg')
  })

  it.each([['--memory --fresh'], ['--memory --state here'], ['--state='], ['--state'], ['--picture=']])(
    'refuse %j',
    line => {
      expect(() => parseArguments(line.split(' '))).toThrow(UsageError)
    },
  )

  it.each(['0', '-5', '1.5', '1e3', '0x10', '', ' 7', 'many', '9007199254740993'])('refuse a limit of %j', limit => {
    expect(() => parseArguments([`--limit=${limit}`])).toThrow(UsageError)
    expect(() => parseArguments([`--limit=${limit}`])).toThrow(`whole number above 0, not '${limit}'`)
  })

  it.each([['--fast'], ['now'], ['--limit'], ['--json=yes'], ['--no-json']])('refuse %j', argument => {
    expect(() => parseArguments([argument])).toThrow(UsageError)
    expect(() => parseArguments([argument])).toThrow(argument.split('=')[0])
  })
})
