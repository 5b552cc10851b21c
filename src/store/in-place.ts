import { type Codec, type Packing, packingOf } from '../codec/codec.js'
import { invalidArgument } from '../error.js'
import type { Binding, Handle } from '../native/binding.js'
import { io, VALUE_AT } from '../native/io.js'
import { compileChanges, NOT_SIMPLE, type PackChanges } from './field-changes.js'
import {
  applyFieldOps,
  type FieldChange,
  isSubtraction,
  numberPacking,
  packFieldOps,
  readFieldOps,
  SUBTRACT,
  takes,
} from './numbers.js'
import type { FieldOps } from './types.js'

/** Native code can't make this change in place: the value has to be written anew. */
export const ANEW = -1

/** How the values of a store are changed in place: numbers, and the fields of structs. */
export class InPlace<V> {
  readonly #number: { packs: Packing<any>; kind: number } | undefined
  readonly #struct: Packing<V> | undefined
  readonly #packChanges: PackChanges | undefined
  /** Values may be of an older version than the codec: native code must not change them in place. */
  readonly #isVersioned: boolean
  /** What `packFields` read, where it had to. */
  #changes: readonly FieldChange[] | undefined

  /**
   * @param store whose values are changed
   * @param isCoded whether codes stand for strings in them
   */
  constructor(binding: Binding, store: Handle, valueCodec: Codec<V>, isCoded: boolean) {
    this.#isVersioned = valueCodec.version !== undefined
    this.#number = numberPacking(valueCodec)
    this.#struct = packingOf(valueCodec)
    const fields = this.#struct?.fields
    // Where native code changes fields, it makes the first value of a key, too.
    // One with codes is made here: they are given out when it is first needed.
    if (fields && !this.#isVersioned && !isCoded) shareBlank(binding, store, valueCodec, this.#struct!.blank)
    this.#packChanges = fields && (this.#isVersioned ? () => NOT_SIMPLE : compileChanges(fields))
  }

  /** Writes a number to add at VALUE_AT; returns what native code calls its type, or ANEW. */
  packDelta(delta: unknown): number {
    const number = this.#number
    if (!number) throw invalidArgument('add: the values of this store are no numbers')
    const negative = isSubtraction(number.kind, delta)
    number.packs.pack(negative ? -delta : delta, io, VALUE_AT)
    if (this.#isVersioned) return ANEW
    return negative ? number.kind + SUBTRACT : number.kind
  }

  /** The sum of such a width, which native code left at VALUE_AT. */
  readSum(width: number): V {
    return this.#number!.packs.unpack(io, VALUE_AT, VALUE_AT + width)
  }

  /** The sum for a value that is written anew; undefined where it leaves the range of its type. */
  sum(current: any, delta: any): V | undefined {
    const sum = current === undefined ? delta : current + delta
    return takes(this.#number!.packs, sum) ? sum : undefined
  }

  /** Writes changes of fields from VALUE_AT on; returns their end, or ANEW. */
  packFields(ops: FieldOps<V>): number {
    const struct = this.#struct
    if (!struct?.fields) throw invalidArgument('updateFields: the values of this store are no structs')
    this.#changes = undefined
    const end = this.#packChanges!(ops, io, VALUE_AT)
    if (end !== NOT_SIMPLE) return end
    const changes = readFieldOps(ops, struct)
    const packed = packFieldOps(changes)
    this.#changes = changes
    return this.#isVersioned ? ANEW : (packed ?? ANEW)
  }

  /** The same changes, as `packFields` was just called with, for a value that is written anew. */
  readChanges(ops: FieldOps<V>): readonly FieldChange[] {
    const changes = this.#changes ?? readFieldOps(ops, this.#struct!)
    this.#changes = undefined
    return changes
  }

  /** What changes make of a value, or of the blank one; undefined where a field leaves the range of its type. */
  changed(current: V | undefined, changes: readonly FieldChange[]): V | undefined {
    return applyFieldOps(current ?? this.#struct!.blank, current === undefined, changes)
  }
}

/** Tells native code the first value of a key. Where the codec has no bytes for it, it is made here each time. */
function shareBlank(binding: Binding, store: Handle, codec: Codec<any>, blank: unknown): void {
  let bytes: Uint8Array
  try {
    bytes = codec.encode(blank)
  } catch {
    return
  }
  binding.setBlank(store, bytes)
}
