import { useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";
import { sessionKey, type Session } from "@/lib/session/session";

export interface Credentials {
  number: string;
  password: string;
}

/** Signs in. The answer may still want a second step: it is then a session with something pending. */
export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Credentials) => requestJSON<Session>("/api/sign-in", { method: "POST", body }),
    onSuccess: (session) => {
      client.setQueryData(sessionKey, session);
    },
  });
}
