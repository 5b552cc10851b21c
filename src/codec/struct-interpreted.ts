import type { Io, Packing } from './codec.js'
import { fieldError, LENGTH_BYTES, requireObject, type StructLayout, tooLong, truncated } from './struct-layout.js'

/** How structs are packed where code may not be generated. */
export type StructFunctions = Required<Pick<Packing<any>, 'prepare' | 'measure' | 'pack' | 'unpack'>>

type Step = (index: number, value: unknown) => void

/** The functions of a struct as loops over its fields. */
export function interpretStruct(layout: StructLayout): StructFunctions {
  const { names, packings, offsets, fixedBytes } = layout

  function each(values: readonly unknown[], step: Step): void {
    let i = 0
    try {
      for (; i < values.length; i++) step(i, values[i])
    } catch (error) {
      throw fieldError(error, names[i], values[i])
    }
  }

  /** Reads the fields, each once, and prepares them: no user code runs after this. */
  function read(value: any): unknown[] {
    requireObject(value)
    const values = names.map(name => value[name])
    each(values, (i, field) => {
      const { prepare } = packings[i]!
      if (prepare) values[i] = prepare(field)
    })
    return values
  }

  function write(values: readonly unknown[], io: Io, at: number): number {
    let end = at + fixedBytes
    each(values, (i, field) => {
      const offset = offsets[i]
      if (offset !== undefined) {
        packings[i]!.pack(field, io, at + offset)
        return
      }
      const start = end + LENGTH_BYTES
      end = packings[i]!.pack(field, io, start)
      io.view.setUint32(start - LENGTH_BYTES, end - start)
    })
    return end
  }

  function build(values: readonly unknown[]): Record<string, unknown> {
    const value: Record<string, unknown> = {}
    for (const [i, name] of names.entries()) value[name] = values[i]
    return value
  }

  return {
    prepare: value => build(read(value)),
    measure(value) {
      let total = fixedBytes
      each(read(value), (i, field) => {
        if (offsets[i] === undefined) total += LENGTH_BYTES + packings[i]!.measure(field)
      })
      return total
    },
    pack: (value, io, at) => write(read(value), io, at),
    unpack(io, at, end) {
      let next = at + fixedBytes
      if (next > end) throw truncated()
      const values = packings.map((packs, i) => {
        const offset = offsets[i]
        if (offset !== undefined) return packs.unpack(io, at + offset, at + offset + packs.width!)
        const start = next + LENGTH_BYTES
        if (start > end) throw truncated()
        next = start + io.view.getUint32(next)
        if (next > end) throw truncated()
        return packs.unpack(io, start, next)
      })
      if (next !== end) throw tooLong()
      return build(values)
    },
  }
}
