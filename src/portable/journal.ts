/** What the writes since some mark replaced, over all tables of a provider, so that they can be taken back. */
export class Journal {
  readonly #steps: (() => void)[] = []
  /** For each open mark, the innermost last, how many steps there were. */
  readonly #marks: number[] = []
  /** Whether a write has to be noted at all. */
  isOpen = false

  /** Notes how a write that follows is taken back. */
  note(takeBack: () => void): void {
    this.#steps.push(takeBack)
  }

  /** Marks this moment. Marks nest: each is ended, the innermost first. */
  mark(): void {
    this.#marks.push(this.#steps.length)
    this.isOpen = true
  }

  /** Ends the innermost mark: keeps what was written since, or takes it back. False if there is none. */
  end(keep: boolean): boolean {
    const mark = this.#marks.pop()
    if (mark === undefined) return false
    // Taking back is nothing to be taken back.
    this.isOpen = false
    if (!keep) while (this.#steps.length > mark) this.#steps.pop()!()
    this.isOpen = this.#marks.length > 0
    if (!this.isOpen) this.#steps.length = 0
    return true
  }
}
