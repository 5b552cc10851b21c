import { describe, expect, it } from 'vitest'
import { SessionWindows, SlidingWindows, TimeWindows } from '../../../src/index.js'

const starts = (windows: TimeWindows, time: number) => windows.windowsFor(time).map(({ windowStart }) => windowStart)

describe('TimeWindows', () => {
  it('tumbling: a moment is in one window, from its start up to but not with its end', () => {
    const windows = TimeWindows.of('10ms')
    for (const [time, start] of [
      [0, 0],
      [9, 0],
      [10, 10],
      [-1, -10],
      [-10, -10],
      [-11, -20],
    ] as const) {
      expect(windows.windowsFor(time)).toEqual([{ windowStart: start, windowEnd: start + 10 }])
      expect(windows.windowStart(time)).toBe(start)
    }
  })

  it('hopping: a moment is in each window that has begun and not ended, the earliest first', () => {
    const windows = TimeWindows.of(10).advanceBy(4)
    expect(starts(windows, 0)).toEqual([-8, -4, 0])
    expect(starts(windows, 11)).toEqual([4, 8])
    expect(starts(windows, 12)).toEqual([4, 8, 12])
    expect(windows.windowStart(11)).toBe(8)
    for (let time = -50; time < 50; time++) {
      const expected = Array.from({ length: 60 }, (_, i) => (i - 30) * 4).filter(s => s <= time && time < s + 10)
      expect(starts(windows, time)).toEqual(expected)
    }
  })

  it('closedBefore: the first start that is open yet', () => {
    const tumbling = TimeWindows.of(10)
    expect([9, 10, 19, 20, 0, -1].map(time => tumbling.closedBefore(time))).toEqual([0, 10, 10, 20, 0, -10])
    expect(tumbling.grace(5).closedBefore(14)).toBe(0)
    expect(tumbling.grace(5).closedBefore(15)).toBe(10)
    expect(TimeWindows.of(10).advanceBy(4).closedBefore(14)).toBe(8)
    expect(tumbling.closedBefore(-Infinity)).toBe(-Infinity)
  })

  it('takes durations with a unit', () => {
    const units = ['7ms', '7s', '7m', '7h', '7d'] as const
    expect(units.map(size => TimeWindows.of(size).size)).toEqual([7, 7000, 420_000, 25_200_000, 604_800_000])
    const windows = TimeWindows.of('1h').advanceBy('15m').grace('5m')
    expect([windows.size, windows.advance, windows.graceMs]).toEqual([3_600_000, 900_000, 300_000])
    expect(windows.windowsFor(0)).toHaveLength(4)
  })

  it('refuses what is no duration, and an advance that leaves gaps', () => {
    const error = (code: string) => expect.objectContaining({ code })
    for (const size of ['7', '1 h', 'h', '-1h', '1.5h', null, undefined, {}, true] as any[]) {
      expect(() => TimeWindows.of(size)).toThrow(error('ERR_MILLPOND_INVALID_ARG'))
    }
    for (const size of [0, -1, 0.5, Number.NaN, Infinity, '0s'] as any[]) {
      expect(() => TimeWindows.of(size)).toThrow(RangeError)
      expect(() => TimeWindows.of(10).advanceBy(size)).toThrow(RangeError)
    }
    expect(() => TimeWindows.of(10).advanceBy(11)).toThrow(/gaps/)
    expect(() => TimeWindows.of(10).grace(-1)).toThrow(RangeError)
    for (const time of [Number.NaN, 0.5, '7', Infinity] as any[]) {
      expect(() => TimeWindows.of(10).windowsFor(time)).toThrow(TypeError)
      expect(() => TimeWindows.of(10).closedBefore(time)).toThrow(TypeError)
    }
  })
})

describe('SlidingWindows', () => {
  it('says which windows a moment is in, by their starts, both ends included', () => {
    const windows = SlidingWindows.of('10ms').grace('5ms')
    expect(windows.windowFor(100)).toEqual({ windowStart: 90, windowEnd: 100 })
    expect(windows.startsFor(100)).toEqual({ from: 90, to: 100 })
    expect([windows.size, windows.graceMs]).toEqual([10, 5])
    expect(windows.closedBefore(115)).toBe(100)
    expect(windows.closedBefore(-Infinity)).toBe(-Infinity)
  })
})

describe('SessionWindows', () => {
  it('has the gap of a merge, and says which sessions nothing comes near any more', () => {
    const windows = SessionWindows.withInactivityGap('30m').grace('1m')
    expect([windows.gap, windows.graceMs]).toEqual([1_800_000, 60_000])
    expect(SessionWindows.withInactivityGap(10).closedBefore(110)).toBe(100)
    expect(() => SessionWindows.withInactivityGap(0)).toThrow(RangeError)
  })
})
