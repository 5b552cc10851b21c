import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { codes, invalidArgument, MillpondError, outOfRange } from '../../src/error.js'

test('docs/errors.md lists every code with its meaning', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(listed).toEqual(Object.entries(codes))
})

test('argument errors are the classes of the language, with a code', () => {
  expect(invalidArgument('x')).toBeInstanceOf(TypeError)
  expect(outOfRange('x')).toBeInstanceOf(RangeError)
  expect(invalidArgument('x').code).toBe('ERR_MILLPOND_INVALID_ARG')
})

test('an error has the store, the key and the cause that it concerns, and no others', () => {
  const cause = new Error('why')
  const error = new MillpondError('ERR_MILLPOND_FULL', 'full', { store: 's', key: 1, cause, retryable: true })
  expect(error).toMatchObject({
    name: 'MillpondError',
    code: 'ERR_MILLPOND_FULL',
    store: 's',
    key: 1,
    cause,
    retryable: true,
  })
  const bare = new MillpondError('ERR_MILLPOND_CLOSED', 'closed')
  expect(Object.hasOwn(bare, 'store') || Object.hasOwn(bare, 'key') || Object.hasOwn(bare, 'cause')).toBe(false)
  expect(bare.retryable).toBe(false)
})
