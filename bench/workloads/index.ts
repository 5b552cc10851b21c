import type { Workload } from '../workload.js'
import { border } from './border.js'
import { get, getMany, getNumber } from './get.js'
import { insert, put } from './put.js'
import { scan } from './scan.js'
import { add, readModifyWrite, update, updateFields } from './update.js'

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

export type WorkloadName = keyof typeof workloads
