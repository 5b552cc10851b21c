import { describe, expect, it } from 'vitest'
import { beginningOf } from '../../../../examples/flights/beginning.js'
import { Unfinished } from '../../../../examples/flights/complaint.js'

const wanted = { stateDir: './here', input: 'one file', rows: 3_000_000, fresh: false }
const unfinished = { input: 'one file', position: 650_000, finished: false }
const finished = { ...unfinished, position: 3_000_000, finished: true }

describe('a run of the flights job', () => {
  it.each([
    ['the beginning', undefined, wanted],
    ['the beginning', { ...unfinished, position: 0 }, wanted],
    ['the beginning', { ...unfinished, position: 0, input: 'another file' }, wanted],
    ['finished', finished, wanted],
    ['finished', { ...finished, input: 'another file' }, wanted],
    ['finished', finished, { ...wanted, rows: 100 }],
    ['asked to', unfinished, { ...wanted, fresh: true }],
    ['asked to', { ...unfinished, input: 'another file' }, { ...wanted, fresh: true }],
  ])('starts afresh: %s', (why, saved, run) => {
    expect(beginningOf(saved, run)).toEqual({ position: 0, afresh: true, because: expect.stringContaining(why) })
  })

  it.each([3_000_000, 700_000, 650_000])('resumes an unfinished one of %i departures', rows => {
    const of = rows.toLocaleString('en-US')
    const because = `It resumes an unfinished run at departure 650,000 of ${of}.`
    expect(beginningOf(unfinished, { ...wanted, rows })).toEqual({ position: 650_000, afresh: false, because })
  })

  it('refuses to go on in another file, or to throw away what is past its limit', () => {
    expect(() => beginningOf(unfinished, { ...wanted, input: 'another file' })).toThrow(Unfinished)
    expect(() => beginningOf(unfinished, { ...wanted, input: 'another file' })).toThrow(/^\.\/here .*--fresh/)
    expect(() => beginningOf(unfinished, { ...wanted, rows: 649_999 })).toThrow('past the 649,999 to count')
  })
})
