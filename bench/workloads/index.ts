import type { DiskWorkload, JobWorkload, Workload } from '../workload.js'
import { border } from './border.js'
import { awaitedPut, commit, putsTogether } from './durable.js'
import { flights } from './flights.js'
import { get, getMany, getNumber } from './get.js'
import { joins } from './joins.js'
import { open } from './open.js'
import { pauses } from './pauses.js'
import { insert, put } from './put.js'
import { getReopened, scanReopened } from './reopened.js'
import { scan } from './scan.js'
import { sustainedAdd, sustainedCount, sustainedPut, sustainedReadModifyWrite } from './sustained.js'
import { add, readModifyWrite, update, updateFields } from './update.js'
import { windows } from './windows.js'

export const workloads = {
  get,
  'get number': getNumber,
  'get many': getMany,
  scan,
  put,
  insert,
  'get + put': readModifyWrite,
  update,
  'update fields': updateFields,
  add,
  border,
} satisfies Record<string, Workload<any>>

/** Of a state in a directory. */
export const diskWorkloads = {
  'get after reopen': getReopened,
  'scan after reopen': scanReopened,
  'sustained put': sustainedPut,
  'sustained get + put': sustainedReadModifyWrite,
  'sustained add': sustainedAdd,
  'sustained get + put of numbers': sustainedCount,
  'awaited put': awaitedPut,
  'puts together': putsTogether,
  commit,
  pauses,
  open,
} satisfies Record<string, DiskWorkload<any>>

/** Whole programs. */
export const jobs = { flights, windows, joins } satisfies Record<string, JobWorkload>

export type MemoryWorkloadName = keyof typeof workloads
export type DiskWorkloadName = keyof typeof diskWorkloads
export type JobName = keyof typeof jobs
export type WorkloadName = MemoryWorkloadName | DiskWorkloadName | JobName
