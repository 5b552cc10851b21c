import type { Io } from './codec.js'
import type { Functions } from './generate.js'
import { forEachPart, preparedParts } from './interpret.js'
import { fieldError, LENGTH_BYTES, requireObject, type StructLayout, tooLong, truncated } from './struct-layout.js'

/** The functions of a struct as loops over its fields, for where code may not be generated. */
export function interpretStruct({ names, packings, offsets, fixedBytes }: StructLayout): Functions {
  const refuse = (error: unknown, i: number, value: unknown) => fieldError(error, names[i], value)

  function read(value: unknown): unknown[] {
    requireObject(value)
    return preparedParts(packings, names, value, refuse)
  }

  function write(values: readonly unknown[], io: Io, at: number): number {
    let end = at + fixedBytes
    forEachPart(values, refuse, (value, i) => {
      const offset = offsets[i]
      if (offset !== undefined) {
        packings[i]!.pack(value, io, at + offset)
        return
      }
      const start = end + LENGTH_BYTES
      end = packings[i]!.pack(value, io, start)
      io.view.setUint32(start - LENGTH_BYTES, end - start)
    })
    return end
  }

  return {
    prepare: value => build(names, read(value)),
    measure(value) {
      let total = fixedBytes
      forEachPart(read(value), refuse, (field, i) => {
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
      return build(names, values)
    },
  }
}

function build(names: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [i, name] of names.entries()) value[name] = values[i]
  return value
}
