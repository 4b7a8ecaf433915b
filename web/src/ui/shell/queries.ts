import { QueryClient } from '@tanstack/react-query'

/**
 * Requests are made whatever the browser thinks of the network: the server may well be on this very machine, and a
 * request that fails can be told, one that is held back cannot.
 */
export function newQueries(): QueryClient {
  const queries = new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', staleTime: 30_000, refetchOnWindowFocus: false },
      mutations: { networkMode: 'always' },
    },
  })
  queries.setQueryDefaults(['wanted'], { gcTime: Infinity }) // nothing observes it; see useWanted
  return queries
}
