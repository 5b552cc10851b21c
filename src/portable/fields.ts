import { io } from '../native/io.js'
import { WRONG_LAYOUT } from '../native/status.js'
import { FIELD_HEADER, OPERATIONS } from '../store/numbers.js'
import { numberTypes, readNumber, sumOf, writeNumber } from './number.js'
import { Refusal } from './refusal.js'

const { add, subtract, max, set } = OPERATIONS

/**
 * A value with the changes made that stand in the shared buffer, as src/store/numbers.ts writes them: of what was stored, or of a
 * blank one, in which fields that get a larger or a smaller value take it.
 */
export function changedFields(value: Uint8Array, isBlank: boolean, start: number, end: number): Uint8Array {
  const changed = value.slice()
  for (let at = start; at < end; ) {
    const operandAt = at + FIELD_HEADER
    const operandEnd = operandAt + io.view.getUint16(at + 2, true)
    const offset = io.view.getUint32(at + 4, true)
    if (offset + operandEnd - operandAt > changed.length) throw new Refusal(WRONG_LAYOUT)
    if (io.bytes[at] === set) changed.set(io.bytes.subarray(operandAt, operandEnd), offset)
    else changeNumber(changed, offset, at, isBlank)
    at = operandEnd
  }
  return changed
}

/** Makes the change of a number whose header stands at `at` in the shared buffer. */
function changeNumber(value: Uint8Array, offset: number, at: number, isBlank: boolean): void {
  const operation = io.bytes[at]
  const type = numberTypes[io.bytes[at + 1]!]!
  const number = readNumber(type, value, offset)
  const operand = readNumber(type, io.bytes, at + FIELD_HEADER)
  if (operation === add || operation === subtract || isBlank) {
    writeNumber(type, value, offset, sumOf(type, number, operand, operation === subtract))
  } else if (operation === max ? operand > number : operand < number) writeNumber(type, value, offset, operand)
}
