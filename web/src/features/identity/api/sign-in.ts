import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";
import { sessionKey, sessionQuery, type Session } from "@/lib/session/session";

export interface Credentials {
  number: string;
  password: string;
  /** Of the authenticator, or a recovery code. */
  code?: string;
}

export interface SignInOptions {
  /** There is no account yet. */
  setup_needed: boolean;
  providers: readonly { id: string; name: string }[];
  demo_accounts: readonly { number: string; name: string; role_zh: string; role_en: string }[];
}

export const signInOptionsQuery = queryOptions({
  queryKey: ["sign-in-options"],
  queryFn: ({ signal }) => requestJSON<SignInOptions>("/api/sign-in-options", { signal }),
  staleTime: Infinity,
});

/** Signs in and then asks who that is and what may be done; something may still be pending. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: Credentials): Promise<Session> => {
      await requestJSON<unknown>("/api/sign-in", { method: "POST", body });
      const session = await requestJSON<Session>("/api/session");
      client.setQueryData(sessionKey, session);
      return session;
    },
  });
}

/** Asks again who is signed in: something that was pending was done. */
export function useSessionAgain(): () => Promise<Session> {
  const client = useQueryClient();
  return () => client.query({ ...sessionQuery, staleTime: 0 });
}
