import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const server = process.env.UIM_URL ?? 'http://localhost:8080'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // light-dark() and the rest of the style sheets are used as they are written.
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'],
    // Inlined assets would be data: URLs, which the server's CSP refuses for anything but images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the first load shares with the parts that are loaded later stays in few files: many small ones compress badly.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules/ },
            { name: 'shared', test: /src\/(api|protocol|state|i18n\/format|ui\/(shell|conversations|chat|auth))/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': server,
      '/ws': { target: server, ws: true },
    },
  },
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'test/fake-server/**/*.test.ts'],
    environment: 'node',
    restoreMocks: true,
  },
})
