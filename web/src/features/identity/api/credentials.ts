import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { requestJSON } from "@/lib/api/request";

export interface PasswordPolicy {
  min_length: number;
  /** Of small letters, capitals, digits, others. */
  classes: number;
  /** From this length on, classes do not matter; 0: they always do. */
  long_from: number;
  history: number;
  max_age_days: number;
  problems: readonly { code: string; zh: string; en: string }[];
}

export const passwordPolicyQuery = queryOptions({
  queryKey: ["password-policy"],
  queryFn: ({ signal }) => requestJSON<PasswordPolicy>("/api/password-policy", { signal }),
  staleTime: 60_000,
});

export interface OwnCredentials {
  has_password: boolean;
  totp: boolean;
  /** This account must have a second factor. */
  totp_needed: boolean;
  recovery_codes_left: number;
}

const credentialsKey = ["own-credentials"] as const;

export const ownCredentialsQuery = queryOptions({
  queryKey: credentialsKey,
  queryFn: ({ signal }) => requestJSON<OwnCredentials>("/api/session/credentials", { signal }),
});

export interface Enrollment {
  /** To type into the authenticator. */
  secret: string;
  /** For a QR code. */
  url: string;
}

function post<Answer>(path: string, body: unknown): Promise<Answer> {
  return requestJSON<Answer>(path, { method: "POST", body });
}

/** What people do with their own password and second factor. */
export function useCredentialChanges() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: credentialsKey });
  const changePassword = useMutation({
    mutationFn: (body: { password: string; new_password: string }) => post<undefined>("/api/session/password", body),
    onSuccess,
  });
  const enterCode = useMutation({ mutationFn: (code: string) => post<undefined>("/api/session/totp", { code }) });
  const enroll = useMutation({ mutationFn: (password: string) => post<Enrollment>("/api/session/totp/enroll", { password: password || undefined }) });
  const confirm = useMutation({
    mutationFn: (code: string) => post<{ codes: string[] }>("/api/session/totp/confirm", { code }),
    onSuccess,
  });
  const renewCodes = useMutation({
    mutationFn: (password: string) => post<{ codes: string[] }>("/api/session/totp/recovery-codes", { password: password || undefined }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (password: string) => post<undefined>("/api/session/totp/remove", { password: password || undefined }),
    onSuccess,
  });
  return { changePassword, enterCode, enroll, confirm, renewCodes, remove };
}
