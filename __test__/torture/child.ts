import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** Where a program of ./programs is. */
export function program(name: string): string {
  return fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))
}

/** A process, what it prints, and how it ends. */
export class Child {
  readonly process: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>

  constructor(command: string, args: readonly (string | number)[], options: SpawnOptions = {}) {
    this.process = spawn(command, args.map(String), { stdio: ['pipe', 'pipe', 'pipe'], ...options })
    this.process.stdout?.on('data', chunk => {
      this.stdout += chunk
    })
    this.process.stderr?.on('data', chunk => {
      this.stderr += chunk
    })
    this.ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }))
  }

  /** Resolves once it printed a line that has `text` in it. */
  async said(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      const ended = await Promise.race([once(this.process.stdout!, 'data').then(() => false), this.ended])
      if (ended && !this.stdout.includes(text)) {
        throw new Error(`it ended with ${JSON.stringify(ended)} and did not say ${text}: ${this.stdout}${this.stderr}`)
      }
    }
  }

  /** The lines that it printed, once it has ended well. */
  async lines(): Promise<string[]> {
    const { code, signal } = await this.ended
    if (code !== 0) throw new Error(`it ended with ${code ?? signal}: ${this.stdout}${this.stderr}`)
    return this.stdout.trim().split('\n')
  }
}

/** A process of a program of ./programs, killed when the test is over. */
export function run(name: string, ...args: (string | number)[]): Child {
  const child = new Child(process.execPath, [program(name), ...args])
  onTestFinished(() => void child.process.kill('SIGKILL'))
  return child
}
