import type { Result } from './run.js'

export function plot(_results: readonly Result[], _where: string): string {
  return ''
}
