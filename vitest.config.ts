import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__test__/**/*.test.ts'],
    typecheck: { enabled: true, include: ['__test__/types/**/*.test-d.ts'], tsconfig: './tsconfig.check.json' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
