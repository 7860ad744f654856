import { QueryClient } from "@tanstack/react-query";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The server may be on this machine: what the browser thinks of the internet says nothing about it.
        networkMode: "always",
        // A failure is shown at once with its cause; the shell asks again when the server is back.
        retry: false,
        staleTime: 5_000,
        gcTime: 30 * 60_000,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}
