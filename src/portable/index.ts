import type { Border } from '../native/binding.js'
import { bindingOf } from './binding.js'
import { hotOf } from './hot.js'
import { OpenHandles } from './opened.js'
import { hotWindowedOf } from './windowed/hot.js'

/** The border to the portable engine: the memory engine's in TypeScript, over `sorted-btree`. */
export const portable: Border = makePortable()

function makePortable(): Border {
  const open = new OpenHandles()
  return { binding: bindingOf(open), hot: { ...hotOf(open), ...hotWindowedOf(open) } }
}
