import { type Codec, type PackedCodec, packing } from './codec.js'
import type { Codes } from './codes.js'

type Bind = (codes: Codes) => Codec<any>

// By `encode`, like prefixes: a copy of a codec with an `encode` or a `decode` of its own can't be bound.
const binds = new WeakMap<Codec<any>['encode'], { decode: Codec<any>['decode']; bind: Bind }>()

const bindOf = ({ encode, decode }: Codec<any>): Bind | undefined => {
  const known = binds.get(encode)
  return known?.decode === decode ? known.bind : undefined
}

/** Lets a codec be bound: `bind` makes it anew, with other codes. Returns the codec. */
export function bindable<C extends Codec<any>>(codec: C, bind: Bind): C {
  binds.set(codec.encode, { decode: codec.decode, bind })
  return codec
}

/** The same for a codec made of parts, if one of those can be bound. */
export function bindableByParts<C extends Codec<any>>(
  codec: C,
  parts: readonly Codec<any>[],
  remake: (parts: Codec<any>[]) => Codec<any>,
): C {
  if (!parts.some(bindOf)) return codec
  return bindable(codec, codes => remake(parts.map(part => bound(part, codes))))
}

/** A codec whose dictionaries have their codes from there: of a store. One without a dictionary as it is. */
export function bound<C extends Codec<any>>(codec: C, codes: Codes): C {
  const bind = bindOf(codec)
  if (!bind) return codec
  const { encode, decode, [packing]: packs } = bind(codes) as PackedCodec<any>
  // A version and the like may have been put on it since it was made.
  return { ...codec, encode, decode, [packing]: packs }
}
