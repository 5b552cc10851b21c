import { describe, expect, it } from 'vitest'
import { cellsOf, placeText, readPlaces } from '../../../../examples/flights/places.js'

describe('the table of airports', () => {
  it('knows their cities, in quotes or not', () => {
    const places = new Map(readPlaces().map(place => [place.airport, place]))
    expect(places.size).toBe(3376)
    expect(places.get('ORD')).toEqual({
      airport: 'ORD',
      name: "Chicago O'Hare International",
      city: 'Chicago',
      state: 'IL',
    })
    expect(places.get('BTR')).toMatchObject({ name: 'Baton Rouge Metropolitan, Ryan', city: 'Baton Rouge' })
    expect(places.get('DBN')).toMatchObject({ name: 'W. H. "Bud" Barron' })
  })

  it('has a text for each, also where the city is unknown', () => {
    expect(placeText({ airport: 'ORD', name: 'O’Hare', city: 'Chicago', state: 'IL' })).toBe('Chicago, IL')
    expect(placeText(readPlaces().find(({ airport }) => airport === 'HHH'))).toBe('Hilton Head')
    expect(placeText(undefined)).toBe('unknown')
  })

  it('is read cell by cell', () => {
    expect(cellsOf('a,"b, c",,"d ""e""",f')).toEqual(['a', 'b, c', '', 'd "e"', 'f'])
  })
})
