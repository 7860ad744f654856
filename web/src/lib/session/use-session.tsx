import { createContext, use, useMemo, type ReactNode } from "react";
import type { Person, Session } from "./session";

export interface SessionValue {
  person: Person;
  permissions: readonly string[];
  national: boolean;
  /** When the session ends unless something is done in it; empty when unknown. */
  expiresAt: string;
  /** Whether the permission is held anywhere. The server decides again, and where. */
  can: (permission: string) => boolean;
}

const SessionContext = createContext<SessionValue | null>(null);

export function sessionValue(session: Session): SessionValue {
  const held = new Set(session.permissions);
  return {
    person: session.person,
    permissions: session.permissions,
    national: session.scope.national,
    expiresAt: session.expires_at,
    can: (permission) => held.has(permission),
  };
}

/** Tells everything below who is signed in. */
export function SignedIn({ session, children }: { session: Session; children: ReactNode }) {
  const value = useMemo(() => sessionValue(session), [session]);
  return <SessionContext value={value}>{children}</SessionContext>;
}

/** The same from a value that is ready, for parts of pages that stand alone. */
export function SignedInAs({ value, children }: { value: SessionValue; children: ReactNode }) {
  return <SessionContext value={value}>{children}</SessionContext>;
}

/** Who is signed in and what they may do; only below the gate, where somebody is. */
export function useSession(): SessionValue {
  const session = use(SessionContext);
  if (session === null) throw new Error("useSession outside of a session");
  return session;
}

/** The same where perhaps nobody is signed in. */
export function useMaybeSession(): SessionValue | null {
  return use(SessionContext);
}
