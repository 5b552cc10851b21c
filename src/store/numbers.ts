import { type Codec, type FieldLayout, type NumberKind, type Packing, packingOf } from '../codec/codec.js'
import { describe, invalidArgument } from '../error.js'
import { io, VALUE_AT } from '../native/io.js'
import type { FieldOps } from './types.js'

// As crates/millpond-node/src/fields.rs reads them.
const KINDS: Record<NumberKind, number> = { u32: 0, u64: 1, i64: 2, f64: 3 }
export const SUBTRACT = 16
const OPERATIONS = { add: 0, subtract: 1, max: 2, min: 3, set: 4 }
const HEADER = 8

type OperationName = 'add' | 'max' | 'min' | 'set'

/** The number type of a codec, for `add`. */
export function numberPacking(codec: Codec<any>): { packs: Packing<any>; kind: number } | undefined {
  const packs = packingOf(codec)
  return packs?.number && { packs, kind: KINDS[packs.number] }
}

/** Whether adding this to an unsigned number is a subtraction: the codec has no bytes for a negative one. */
export function isSubtraction(kind: number, delta: unknown): delta is number | bigint {
  return kind <= KINDS.u64 && (typeof delta === 'number' || typeof delta === 'bigint') && delta < 0
}

interface FieldChange {
  name: string
  operation: OperationName
  operand: any
}

/** What was asked for, read once: user code may hide in getters. */
export function readFieldOps(ops: FieldOps<any>): FieldChange[] {
  if (typeof ops !== 'object' || ops === null) {
    throw invalidArgument(`updateFields: expected an object of fields, got ${describe(ops)}`)
  }
  const changes: FieldChange[] = []
  for (const name of Object.keys(ops)) {
    const op: unknown = ops[name]
    if (op === undefined) continue
    const names = typeof op === 'object' && op !== null ? Object.keys(op) : []
    const operation = names[0] as OperationName
    if (
      names.length !== 1 ||
      !(operation === 'add' || operation === 'max' || operation === 'min' || operation === 'set')
    ) {
      throw invalidArgument(`updateFields: ${name}: expected one of add, max, min and set`)
    }
    changes.push({ name, operation, operand: (op as any)[operation] })
  }
  return changes
}

/**
 * Writes changes of fields of fixed width behind VALUE_AT, and returns their end; undefined where a field is of varying
 * width, so that the whole value has to be written anew.
 */
export function packFieldOps(layouts: ReadonlyMap<string, FieldLayout>, changes: FieldChange[]): number | undefined {
  let at = VALUE_AT
  for (const { name, operation, operand } of changes) {
    const layout = layouts.get(name)
    if (!layout) return undefined
    const { packing, offset } = layout
    const kind = packing.number ? KINDS[packing.number] : undefined
    if (kind === undefined && operation !== 'set') throw notANumber(name, operation)
    const negative = operation === 'add' && isSubtraction(kind ?? -1, operand)
    const value = negative ? -operand : packing.prepare ? packing.prepare(operand) : operand
    const end = packing.pack(value, io, at + HEADER)
    io.bytes[at] = negative ? OPERATIONS.subtract : OPERATIONS[operation]
    io.bytes[at + 1] = kind ?? 0
    io.view.setUint16(at + 2, end - at - HEADER, true)
    io.view.setUint32(at + 4, offset, true)
    at = end
  }
  return at
}

/** The same changes made to a value in JavaScript; of a missing one, each field takes its operand. */
export function applyFieldOps(value: any, isNew: boolean, changes: FieldChange[]): any {
  const changed = { ...value }
  for (const { name, operation, operand } of changes) {
    const current = changed[name]
    if (operation !== 'set' && typeof current !== 'number' && typeof current !== 'bigint') {
      throw notANumber(name, operation)
    }
    if (operation === 'set' || (isNew && operation !== 'add')) changed[name] = operand
    else if (operation === 'add') changed[name] = current + operand
    else if (operation === 'max' ? operand > current : operand < current) changed[name] = operand
  }
  return changed
}

const notANumber = (name: string, operation: string) =>
  invalidArgument(`updateFields: ${name}: ${operation} needs a field of numbers`)
