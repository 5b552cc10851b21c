/** A call that a thread made, as `strace -f -y -ttt` has it. */
export interface Call {
  thread: number
  name: string
  /** What stands between the parentheses, and the result. */
  text: string
  /** In seconds. */
  began: number
  ended: number
}

/** The calls of a trace, in the order in which they began; those that were interrupted by others put together. */
export function callsOf(trace: string): Call[] {
  const calls: Call[] = []
  const open = new Map<number, Call>()
  for (const line of trace.split('\n')) {
    const [, thread, time, rest] = /^(\d+) +([\d.]+) (.*)$/.exec(line) ?? []
    if (rest === undefined) continue
    const [id, now] = [Number(thread), Number(time)]
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)
    const call = resumed ? open.get(id) : begun(id, now, rest)
    if (!call) continue
    if (resumed) call.text += resumed[1]
    else calls.push(call)
    if (rest.endsWith('<unfinished ...>')) open.set(id, call)
    else call.ended = now + Number(/<([\d.]+)>$/.exec(resumed ? '' : rest)?.[1] ?? 0)
  }
  return calls
}

function begun(thread: number, began: number, rest: string): Call | undefined {
  const [, name, text] = /^(\w+)\((.*)$/.exec(rest) ?? []
  return name === undefined ? undefined : { thread, name, text: text!, began, ended: Number.POSITIVE_INFINITY }
}
