import { io } from '../native/io.js'
import { WRONG_LAYOUT } from '../native/status.js'
import { FIELD_HEADER, OPERATIONS } from '../store/numbers.js'
import { type NumberType, numberTypes, sumOf, viewOf } from './number.js'
import { Refusal } from './refusal.js'

/** A change of a field: its operand stands in the shared buffer. */
interface FieldChange {
  readonly operation: number
  readonly type: NumberType
  readonly offset: number
  readonly operandAt: number
  readonly length: number
}

/** The changes that stand in the shared buffer, as src/store/numbers.ts writes them. */
function* changesIn(start: number, end: number): Iterable<FieldChange> {
  for (let at = start; at < end; ) {
    const [operation, type] = [io.bytes[at]!, numberTypes[io.bytes[at + 1]!]!]
    const [length, offset] = [io.view.getUint16(at + 2, true), io.view.getUint32(at + 4, true)]
    const operandAt = at + FIELD_HEADER
    yield { operation, type, offset, operandAt, length }
    at = operandAt + length
  }
}

/**
 * A value with the changes made that stand in the shared buffer: of what was stored, or of a blank one, in which fields that
 * get a larger or a smaller value take it.
 */
export function changedFields(value: Uint8Array, isBlank: boolean, start: number, end: number): Uint8Array {
  const changed = value.slice()
  const view = viewOf(changed)
  for (const change of changesIn(start, end)) {
    if (change.offset + change.length > changed.length) throw new Refusal(WRONG_LAYOUT)
    apply(change, changed, view, isBlank)
  }
  return changed
}

function apply(
  { operation, type, offset, operandAt, length }: FieldChange,
  value: Uint8Array,
  view: DataView,
  isBlank: boolean,
): void {
  const { add, subtract, max, set } = OPERATIONS
  if (operation === set) {
    value.set(io.bytes.subarray(operandAt, operandAt + length), offset)
    return
  }
  const [number, operand] = [type.read(view, offset), type.read(io.view, operandAt)]
  if (operation === add || operation === subtract || isBlank) {
    type.write(view, offset, sumOf(type, number, operand, operation === subtract))
  } else if (operation === max ? operand > number : operand < number) type.write(view, offset, operand)
}
