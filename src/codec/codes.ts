import { invalidArgument, MillpondError } from '../error.js'
import { isWellFormed } from './text.js'

/** Where `dictionary()` has the codes of strings from. */
export interface Codes {
  /** Whether a string without a code gets one when it is asked for. */
  readonly grows: boolean
  /** The code of a string; NOBODYS for one that has none and gets none. */
  codeOf(text: string): number
  /** The string that a code stands for; undefined for one that was never given. */
  textOf(code: number): string | undefined
}

/** The code that no string ever gets: what is looked for under it is not there. */
export const NOBODYS = 2 ** 32 - 1

/** The most strings: what a Map of V8's has room for. */
export const MOST_CODES = 2 ** 24

/** Strings and their codes, in memory. What is in it stays. */
export class TextCodes implements Codes {
  readonly grows = true
  readonly #codes = new Map<string, number>()
  readonly #texts: string[] = []

  constructor(private readonly most = MOST_CODES) {}

  get size(): number {
    return this.#texts.length
  }

  find(text: string): number | undefined {
    return this.#codes.get(text)
  }

  codeOf(text: string): number {
    const code = this.#codes.get(text)
    if (code !== undefined) return code
    checkText(text)
    // A copy: a string that was cut out of another one would keep all of that.
    return this.add(Buffer.from(text).toString())
  }

  textOf(code: number): string | undefined {
    return this.#texts[code]
  }

  /** Gives a string the next code, one that is new and a string of its own. */
  add(text: string): number {
    this.checkRoom()
    const code = this.#texts.push(text) - 1
    this.#codes.set(text, code)
    return code
  }

  /** @throws {MillpondError} ERR_MILLPOND_FULL, if there is no code for one string more */
  checkRoom(): void {
    if (this.#texts.length < this.most) return
    throw new MillpondError(
      'ERR_MILLPOND_FULL',
      `dictionary: there are ${this.most} strings, as many as it has room for`,
    )
  }
}

let lent: Codes | undefined

/** Runs code of the user's that decodes what a store has: codecs that no store has bound have its codes meanwhile. */
export function lending<T>(codes: Codes, run: () => T): T {
  const before = lent
  lent = codes
  try {
    return run()
  } finally {
    lent = before
  }
}

/** Codes of their own, for a codec outside a store. */
export function ownCodes(): Codes {
  const own = new TextCodes()
  return { grows: true, codeOf: text => own.codeOf(text), textOf: code => (lent ?? own).textOf(code) }
}

/** The code of a string that is looked for, and gets none. */
export function lookedFor(texts: TextCodes, text: string): number {
  const code = texts.find(text)
  if (code !== undefined) return code
  checkText(text)
  return NOBODYS
}

/** @throws {TypeError} for a lone surrogate, which has no bytes */
export function checkText(text: string): void {
  if (!isWellFormed(text)) throw invalidArgument('dictionary: expected well-formed text, got a lone surrogate')
}
