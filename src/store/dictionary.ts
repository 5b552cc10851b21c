import { type Codes, checkText, lookedFor, MOST_CODES, TextCodes } from '../codec/codes.js'
import type { Border, Handle } from '../native/binding.js'
import { DictionaryTable } from './dictionary-table.js'

/** How the strings of a store are coded. */
export interface Coding {
  /** For what is written: a string that is new gets a code. */
  readonly writing: Codes
  /** For what is looked for. */
  readonly looking: Codes
  /** The same as it is now, whatever is restored later. */
  pinned(): PinnedCoding
}

/** The codes that strings had at one moment. Later ones may be among them: no code ever comes to stand for another string. */
export class PinnedCoding implements Coding {
  /** Nothing is written to what is of one moment. */
  readonly writing: Codes
  readonly looking: Codes

  constructor(readonly texts: TextCodes) {
    this.looking = lookingIn(() => texts)
    this.writing = this.looking
  }

  pinned(): this {
    return this
  }
}

function lookingIn(texts: () => TextCodes): Codes {
  return { grows: false, codeOf: text => lookedFor(texts(), text), textOf: code => texts().textOf(code) }
}

/** The codes of a store's strings, kept in a table beside it. All objects of a store in a thread share it. */
export class Dictionary implements Coding {
  /** Read from the table when they are first asked for. */
  #texts: TextCodes | undefined
  #pinned: PinnedCoding | undefined
  /** So many of them are in the table. More are known if rows were taken back: those keep their codes. */
  #stored = 0
  #table: DictionaryTable | undefined
  /** Whether a restore ever gave codes to other strings: then what is taken back may be that. */
  #isReplaced = false
  readonly writing: Codes = {
    grows: true,
    codeOf: text => this.#codeFor(text),
    textOf: code => this.#all().textOf(code),
  }
  readonly looking: Codes = lookingIn(() => this.#all())

  /**
   * @param openTable the table, made if there is none and it is wanted
   * @param most strings that it has room for
   */
  constructor(
    private readonly border: Border,
    private readonly store: string,
    private readonly openTable: (create: boolean) => Handle | undefined,
    private readonly most = MOST_CODES,
  ) {}

  /** The table, if there is one and it was looked for. */
  get handle(): Handle | undefined {
    return this.#table?.handle
  }

  /** Has a table to be filled. */
  open(): void {
    this.#needTable(true)
  }

  pinned(): PinnedCoding {
    const texts = this.#all()
    this.#pinned ??= new PinnedCoding(texts)
    return this.#pinned
  }

  #all(): TextCodes {
    return this.#texts ?? this.#read()
  }

  #read(): TextCodes {
    const texts = new TextCodes(this.most)
    this.#needTable(false)?.readInto(texts)
    this.#stored = texts.size
    this.#texts = texts
    return texts
  }

  #needTable(create: boolean): DictionaryTable | undefined {
    const handle = this.#table?.handle ?? this.openTable(create)
    if (handle !== undefined) this.#table ??= new DictionaryTable(this.border, handle, this.store)
    return this.#table
  }

  #codeFor(text: string): number {
    const code = this.#all().find(text)
    return code !== undefined && code < this.#stored ? code : this.#storeThrough(text)
  }

  /** Stores a string, and before it those that were taken back and have lower codes: there are no gaps in the table. */
  #storeThrough(text: string): number {
    const texts = this.#all()
    const known = texts.find(text)
    if (known === undefined) {
      checkText(text)
      texts.checkRoom()
    }
    const table = this.#needTable(true)!
    const code = known ?? texts.size
    for (; this.#stored < code; this.#stored++) table.put(this.#stored, texts.textOf(this.#stored)!)
    table.put(code, text)
    this.#stored++
    return texts.codeOf(text)
  }

  /** Rows come from a snapshot: what their codes stand for they stand for here. What is iterated keeps the codes that it has. */
  restore({ texts }: PinnedCoding): void {
    if (!agree(texts, this.#all())) {
      this.#table?.clear()
      this.#texts = new TextCodes(this.most)
      this.#pinned = undefined
      this.#stored = 0
      this.#isReplaced = true
    }
    for (let code = 0; code < texts.size; code++) this.#codeFor(texts.textOf(code)!)
  }

  /** Rows of the table may have been taken back. */
  takenBack(): void {
    if (this.#isReplaced) this.refresh()
    else while (this.#stored > 0 && !this.#table!.has(this.#stored - 1)) this.#stored--
  }

  /** The table may be another than it was. */
  refresh(): void {
    this.#texts = undefined
    this.#pinned = undefined
  }
}

/** Whether no code stands for one string here and for another one there. */
function agree(one: TextCodes, other: TextCodes): boolean {
  if (one === other) return true
  const common = Math.min(one.size, other.size)
  for (let code = 0; code < common; code++) if (one.textOf(code) !== other.textOf(code)) return false
  return true
}
