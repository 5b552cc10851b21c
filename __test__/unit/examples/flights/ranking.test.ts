import { describe, expect, it } from 'vitest'
import { Ranking } from '../../../../examples/flights/ranking.js'

const ranking = (rows: number[]) => new Ranking(rows, (a, b) => b - a, 3)

describe('a ranking', () => {
  it('keeps the first few, whatever order they come in', () => {
    for (const order of [
      [1, 2, 3, 4, 5],
      [5, 4, 3, 2, 1],
      [3, 5, 1, 2, 4],
    ]) {
      const kept = ranking([])
      for (const row of order) kept.offer(row)
      expect(kept.rows).toEqual([5, 4, 3])
    }
  })

  it('says whether it took a row', () => {
    const kept = ranking([9, 8, 7])
    kept.offer(6)
    expect(kept.changed).toBe(false)
    kept.offer(10)
    expect([kept.changed, kept.rows]).toEqual([true, [10, 9, 8]])
  })
})
