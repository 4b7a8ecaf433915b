import type { TestProject } from 'vitest/node'
import { startFakeServer } from '../fake-server'

declare module 'vitest' {
  export interface ProvidedContext {
    url: string
  }
}

/** Against the server at UIM_URL; without one, against the fake that serves the build in dist. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.UIM_URL
  if (given !== undefined && given !== '') {
    project.provide('url', given.replace(/\/$/, ''))
    return undefined
  }
  const server = await startFakeServer()
  project.provide('url', server.url)
  return () => server.close()
}
