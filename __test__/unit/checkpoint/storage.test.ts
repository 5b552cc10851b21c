import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { DirectoryStorage } from '../../../src/checkpoint/directory.js'
import { testCheckpointStorage } from '../../../src/testing/index.js'
import { StorageInMemory } from '../../../src/testing/storage-in-memory.js'
import { temporaryDirectory } from '../../engines.js'

const runner = { afterEach, describe, expect, it }

testCheckpointStorage(runner, 'a directory', () => new DirectoryStorage(join(temporaryDirectory(), 'made', 'here')))
testCheckpointStorage(runner, 'in memory', () => new StorageInMemory())
