import { type Codec, type FieldLayout, type NumberKind, type Packing, packingOf } from '../codec/codec.js'
import { refusedIn } from '../codec/part.js'
import { describe, invalidArgument } from '../error.js'
import { io, VALUE_AT, VALUE_ROOM } from '../native/io.js'
import type { FieldOps } from './types.js'

// As crates/millpond-node/src/fields.rs reads them.
export const KINDS: Record<NumberKind, number> = { u32: 0, u64: 1, i64: 2, f64: 3 }
export const SUBTRACT = 16
export const OPERATIONS = { add: 0, subtract: 1, max: 2, min: 3, set: 4 }
/** Operation, number type, length and offset come before each operand. */
export const FIELD_HEADER = 8

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

/** A change of a field, read and checked as far as the field's type goes. */
export interface FieldChange {
  readonly name: string
  readonly operation: OperationName
  readonly operand: any
  /** Where the field stands; undefined for one of varying width, which can only be set. */
  readonly layout: FieldLayout | undefined
}

/** What was asked for, read once: user code may hide in getters, those of the operands too. It is done after this. */
export function readFieldOps(ops: FieldOps<any>, { fields, blank }: Packing<any>): FieldChange[] {
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
    const layout = fields!.get(name)
    if (!layout && !Object.hasOwn(blank!, name)) throw invalidArgument(`updateFields: ${name}: there is no such field`)
    if (operation !== 'set' && !layout?.packing.number) {
      throw invalidArgument(`updateFields: ${name}: ${operation} needs a field of numbers`)
    }
    const operand: unknown = (op as any)[operation]
    const prepare = layout?.packing.prepare
    changes.push({ name, operation, operand: prepare ? prepare(operand) : operand, layout })
  }
  return changes
}

/**
 * Writes the changes behind VALUE_AT, and returns their end; undefined where a field is of varying width or they are
 * too many, so that the whole value has to be written anew. Throws for an operand that its field does not take.
 */
export function packFieldOps(changes: readonly FieldChange[]): number | undefined {
  let at = VALUE_AT
  let fits = true
  for (const { name, operation, operand, layout } of changes) {
    const room = FIELD_HEADER + (layout?.packing.width ?? VALUE_ROOM)
    if (at + room > VALUE_AT + VALUE_ROOM) {
      // From here on they are only looked at.
      fits = false
      at = VALUE_AT
    }
    if (!layout || room > VALUE_ROOM) continue
    const { packing, offset } = layout
    const kind = packing.number ? KINDS[packing.number] : 0
    const negative = operation === 'add' && isSubtraction(kind, operand)
    const end = packOperand(name, packing, negative ? -operand : operand, at + FIELD_HEADER)
    io.bytes[at] = negative ? OPERATIONS.subtract : OPERATIONS[operation]
    io.bytes[at + 1] = kind
    io.view.setUint16(at + 2, end - at - FIELD_HEADER, true)
    io.view.setUint32(at + 4, offset, true)
    at = end
  }
  return fits ? at : undefined
}

function packOperand(name: string, packing: Packing<any>, operand: unknown, at: number): number {
  try {
    return packing.pack(operand, io, at)
  } catch (error) {
    throw refusedIn(`updateFields: ${name}`, error)
  }
}

/**
 * The same changes made to a value in JavaScript, or to the blank one where there is none: there each field takes its
 * operand. Undefined where a sum leaves the range of its type.
 */
export function applyFieldOps(value: any, isNew: boolean, changes: readonly FieldChange[]): any {
  const changed = { ...value }
  for (const { name, operation, operand, layout } of changes) {
    const current = changed[name]
    if (operation === 'add') {
      changed[name] = current + operand
      if (!takes(layout!.packing, changed[name])) return undefined
    } else if (isNew || operation === 'set' || (operation === 'max' ? operand > current : operand < current)) {
      changed[name] = operand
    }
  }
  return changed
}

/** Whether a number is in the range of its type. */
export function takes(packing: Packing<any>, number: unknown): boolean {
  try {
    packing.pack(number, io, VALUE_AT)
    return true
  } catch {
    return false
  }
}
