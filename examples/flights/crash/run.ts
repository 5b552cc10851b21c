import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Complaint } from '../complaint.js'
import type { Report } from '../report.js'

const main = fileURLToPath(new URL('../main.js', import.meta.url))

export interface Ended {
  readonly ms: number
  readonly killed: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Runs the job to its end. */
export async function runToEnd(args: readonly string[]): Promise<Ended & { readonly report: Report }> {
  const ended = await runChild([...args, '--json'])
  return { ...ended, report: JSON.parse(ended.stdout) }
}

/** Runs the job in a process of its own, which is killed after `killAfterMs`. Rejects if it fails by itself. */
export async function runChild(args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const start = performance.now()
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    ...(killAfterMs !== undefined && { timeout: killAfterMs }),
  })
  const closed = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [code, stdout, stderr] = await Promise.all([closed, text(child.stdout), text(child.stderr)])
  const killed = child.signalCode === 'SIGKILL' && killAfterMs !== undefined
  if (!killed && code !== 0) throw new Complaint(`the job ended with ${child.signalCode ?? code}: ${stderr}`)
  return { ms: performance.now() - start, killed, stdout, stderr }
}
