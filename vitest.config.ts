import { defineConfig } from 'vitest/config'

/** What every engine does. Run once for each: see __test__/engines.ts. */
const behaviour = [
  '__test__/conformance/**/*.test.ts',
  '__test__/property/{key-value,dictionary}.test.ts',
  '__test__/unit/provider/**/*.test.ts',
  '__test__/unit/store/**/*.test.ts',
]
/** What is of one engine alone, or of none. */
const ofOne = ['__test__/unit/provider/{memory,collected}.test.ts', '__test__/unit/provider/lmdb/**']

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'memory',
          globalSetup: ['__test__/kafkats/install-peers.ts'],
          include: ['__test__/**/*.test.ts'],
          typecheck: { enabled: true, include: ['__test__/types/**/*.test-d.ts'], tsconfig: './tsconfig.check.json' },
        },
      },
      {
        extends: true,
        test: { name: 'hash', include: behaviour, exclude: ofOne, env: { MILLPOND_ENGINE: 'hash' } },
      },
      {
        extends: true,
        test: { name: 'portable', include: behaviour, exclude: ofOne, env: { MILLPOND_ENGINE: 'portable' } },
      },
      {
        extends: true,
        test: { name: 'lmdb', include: behaviour, exclude: ofOne, env: { MILLPOND_ENGINE: 'lmdb' } },
      },
    ],
  },
})
