// Running commands whose output is both shown and read.
import { spawn } from 'node:child_process'
import { root } from './platform.mjs'

/**
 * Runs a command and shows what it prints, unless that is too much of no interest.
 *
 * @param {string} command @param {string[]} args @param {Record<string, string>} [variables] @param {boolean} [isShown]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, variables = {}, isShown = true) {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const [stream, shown] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      stream.on('data', chunk => {
        output += chunk
        if (isShown) shown.write(chunk)
      })
    }
    child.on('error', error => resolve({ code: 1, output: String(error) }))
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}
