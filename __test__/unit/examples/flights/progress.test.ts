import { describe, expect, it } from 'vitest'
import { progressLine, progressText, showProgress } from '../../../../examples/flights/progress.js'

function display(isTTY: boolean, from = 0) {
  const written: string[] = []
  const clock = { ms: 0 }
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) }
  return { written, clock, progress: showProgress(stream, 1000, from, () => clock.ms) }
}

describe('progress', () => {
  it('gives the share, the count and the rate', () => {
    expect(progressText({ done: 1_560_000, total: 3_000_000, rate: 780_000.4 })).toBe(
      ' 52%  1,560,000 of 3,000,000  780,000 events/s',
    )
  })

  it('says 100% of the whole alone', () => {
    expect(progressText({ done: 2_999_999, total: 3_000_000, rate: 1 })).toContain(' 99%')
    expect(progressText({ done: 3_000_000, total: 3_000_000, rate: 1 })).toContain('100%')
  })

  it.each([200, 80, 60, 30, 10])('keeps within %i columns', columns => {
    expect(progressLine({ done: 1_500_000, total: 3_000_000, rate: 750_000 }, columns).length).toBeLessThan(columns)
  })

  it('fills the bar as it goes', () => {
    const bar = (done: number) => progressLine({ done, total: 100, rate: 1 }, 120).match(/[█░]+/)?.[0]
    expect(bar(0)).toBe('░'.repeat(40))
    expect(bar(50)).toBe('█'.repeat(20) + '░'.repeat(20))
    expect(bar(100)).toBe('█'.repeat(40))
  })

  it('redraws one line on a terminal, no more than ten times a second, and clears it', () => {
    const { written, clock, progress } = display(true)
    for (clock.ms = 0; clock.ms <= 1000; clock.ms += 10) progress.update(clock.ms)
    progress.end()
    expect(written).toHaveLength(11)
    expect(written.every(text => text.startsWith('\r\x1b[K') && !text.includes('\n'))).toBe(true)
    expect(written.at(-1)).toBe('\r\x1b[K')
  })

  it('writes plain lines now and then elsewhere', () => {
    const { written, clock, progress } = display(false)
    for (clock.ms = 0; clock.ms <= 5000; clock.ms += 10) progress.update(clock.ms / 10)
    progress.end()
    expect(written).toEqual([' 20%    200 of 1,000  100 events/s\n', ' 40%    400 of 1,000  100 events/s\n'])
  })

  it('leaves out of the rate what earlier runs did', () => {
    const { written, clock, progress } = display(false, 500)
    clock.ms = 2000
    progress.update(700)
    expect(written).toEqual([' 70%    700 of 1,000  100 events/s\n'])
  })
})
