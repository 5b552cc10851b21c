import { describe, expect, it } from 'vitest'
import { parseArguments, UsageError } from '../../../../examples/flights/args.js'

describe('the arguments of the flights job', () => {
  it('default to all flights, as text', () => {
    expect(parseArguments([])).toEqual({ limit: Infinity, json: false, help: false })
  })

  it('are read in any order', () => {
    expect(parseArguments(['--json', '--limit', '5000'])).toEqual({ limit: 5000, json: true, help: false })
    expect(parseArguments(['--limit=1', '--help'])).toEqual({ limit: 1, json: false, help: true })
  })

  it.each(['0', '-5', '1.5', '1e3', '0x10', '', ' 7', 'many', '9007199254740993'])('refuse a limit of %j', limit => {
    expect(() => parseArguments([`--limit=${limit}`])).toThrow(UsageError)
    expect(() => parseArguments([`--limit=${limit}`])).toThrow(`whole number above 0, not '${limit}'`)
  })

  it.each([['--fast'], ['now'], ['--limit'], ['--json=yes'], ['--no-json']])('refuse %j', argument => {
    expect(() => parseArguments([argument])).toThrow(UsageError)
    expect(() => parseArguments([argument])).toThrow(argument.split('=')[0])
  })
})
