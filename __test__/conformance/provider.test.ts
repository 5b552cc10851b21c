import { afterEach, describe, expect, it } from 'vitest'
import { testProvider } from '../../src/testing/index.js'
import { engine } from '../engines.js'

testProvider({ afterEach, describe, expect, it }, engine.name, engine.open, engine.place)
