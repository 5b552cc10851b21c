/** Something that is told in a line, without a stack, and what the process exits with for it. */
export class Complaint extends Error {
  readonly exitCode: number = 1
}

/** A command line that can't be followed. */
export class UsageError extends Complaint {
  override readonly exitCode = 2
}

/** The state does not add up to the input. */
export class Mismatch extends Complaint {}

/** The directory holds something that this run can neither go on from nor throw away unasked. */
export class Unfinished extends Complaint {}

/** SIGINT, and what a shell makes of it. */
export class Interrupted extends Complaint {
  override readonly exitCode = 130
}
