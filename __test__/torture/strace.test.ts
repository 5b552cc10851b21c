import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../engines.js'
import { Child, program } from './child.js'
import { missing } from './installed.js'
import { type Call, callsOf } from './strace.js'
import { skip, tally } from './tally.js'

const part = 'strace'
const DELAY_MS = 100
const WRITES = 'write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,ftruncate,fallocate,msync,sync_file_range'

/** Traces the program of that name; the delay is before each call of fdatasync. */
async function trace(commits: string, ...inject: string[]) {
  const [output, stateDir] = [join(temporaryDirectory(), 'trace'), join(temporaryDirectory(), 'state')]
  const args = ['-f', '-y', '-ttt', '-T', '-o', output, '-e', `trace=${WRITES}`, ...inject]
  const child = new Child('strace', [...args, process.execPath, program('traced'), stateDir, commits])
  await child.lines()
  const calls = callsOf(readFileSync(output, 'utf8'))
  const marks = calls.flatMap(call => {
    const [, step] = /"MARK ([^"\\]*)/.exec(call.text) ?? []
    return step === undefined ? [] : [{ step, call }]
  })
  const at = (step: string): Call => marks.find(mark => mark.step === step)!.call
  return { calls, at, stateDir, main: at('begin').thread }
}

describe('what the system is asked for', () => {
  const reason = missing('strace', 'strace')

  it.each(['auto', 'manual'])(
    "with commits: '%s' no awaited put or commit resolves before its fdatasync",
    async commits => {
      if (reason) return skip(part, reason)
      const { calls, at, stateDir } = await trace(commits, '-e', `inject=fdatasync:delay_enter=${DELAY_MS * 1000}`)
      for (let round = 0; round < 5; round++) {
        const [put, durable] = [at(`put ${round}`), at(`durable ${round}`)]
        const between = calls.filter(({ began }) => began > put.began && began < durable.began)
        const ours = between.filter(({ text }) => text.includes(`<${stateDir}/wal-`))
        const written = ours.find(({ name }) => name.startsWith('pwrite') || name.startsWith('write'))!
        const synced = ours.find(({ name, began }) => name === 'fdatasync' && began >= written.began)!
        expect(synced.text).toContain('= 0')
        expect(synced.ended).toBeLessThanOrEqual(durable.began)
        expect(durable.began - put.began).toBeGreaterThan(DELAY_MS / 1000)
      }
      tally(part, { done: 5, note: `${commits}: 5 syncs of ${DELAY_MS} ms, each waited for` })
    },
  )

  // Opening and closing are left out: they may write on this thread. Of what a process writes beside, the event loop's
  // own wake-ups (eventfd, pipes) and our marks remain.
  it.each(['auto', 'manual'])(
    "with commits: '%s' nothing is written or synced by the JavaScript thread while it puts, commits and merges",
    async commits => {
      if (reason) return skip(part, reason)
      const { calls, at, stateDir, main } = await trace(commits)
      const [begun, ended] = [at('begin').began, at('end').began]
      const during = calls.filter(({ began }) => began > begun && began < ended)
      const files = during.filter(({ text }) => text.includes(`<${stateDir}`))
      expect(files.filter(({ name }) => name === 'fdatasync').length).toBeGreaterThan(5)
      expect(files.some(({ text }) => text.includes('data.mdb'))).toBe(true)
      expect(files.filter(({ thread }) => thread === main)).toEqual([])
      const others = during.filter(({ thread, text }) => thread === main && !text.includes('MARK'))
      expect(others.filter(({ text }) => !/^\d+<(anon_inode:\[?eventfd|pipe:)/.test(text))).toEqual([])
      tally(part, { done: 1, note: `${commits}: ${files.length} calls on files, none of them by the main thread` })
    },
  )
})
