import type { Check, Health } from "@/features/health/api/get-health";
import type { Message } from "@/features/notify/api/list-messages";
import type { Delivery } from "@/features/webhook/api/list-deliveries";
import type { Webhook } from "@/features/webhook/api/list-webhooks";
import type { Session } from "@/lib/session/session";
import { sessionValue, type SessionValue } from "@/lib/session/use-session";

export function aCheck(over: Partial<Check> = {}): Check {
  return {
    code: "postgres.reachable",
    component: "postgres",
    severity: "ok",
    title: "The database answers",
    cause: "",
    remedy: "",
    details: [],
    since: "2026-11-20T06:00:00Z",
    ...over,
  };
}

export function aHealth(over: Partial<Health> = {}): Health {
  return {
    status: "ok",
    installation: {
      version: "0.1.0",
      revision: "abcdef0123456789",
      node: "n1",
      started_at: "2026-11-17T02:00:00Z",
      roles: ["web", "worker"],
      database: "PostgreSQL 18.4, private",
      data_dir: "/var/lib/yingda",
    },
    checks: [aCheck()],
    parts: [{ part: "voice", state: "not_in_build" }],
    ...over,
  };
}

export function aMessage(over: Partial<Message> = {}): Message {
  return {
    id: "m1",
    channel: "sms",
    recipient: "*******5678",
    subject: "",
    state: "sent",
    attempts: 1,
    error_code: "",
    error: "",
    created_at: "2026-11-20T06:05:00Z",
    sent_at: "2026-11-20T06:05:01Z",
    ...over,
  };
}

export function aWebhook(over: Partial<Webhook> = {}): Webhook {
  return {
    id: "w1",
    url: "https://crm.example.com/hooks",
    topics: ["workorder.closed"],
    active: true,
    created_at: "2026-11-01T06:05:00Z",
    disabled_reason: "",
    failing_since: null,
    ...over,
  };
}

export function aDelivery(over: Partial<Delivery> = {}): Delivery {
  return {
    id: "d1",
    topic: "workorder.closed",
    state: "delivered",
    attempts: 1,
    status_code: 200,
    last_error: "",
    created_at: "2026-11-20T06:05:00Z",
    next_attempt_at: null,
    delivered_at: "2026-11-20T06:05:01Z",
    ...over,
  };
}

/** What the server tells of somebody signed in. */
export function aSessionAnswer(over: Partial<Session> = {}): Session {
  return {
    state: "signed_in",
    pending: "",
    person: {
      account_id: "a1",
      staff_id: "s1",
      number: "10001",
      name: "Lin Xiaoyun",
      centre: { id: "c1", name: "National centre", level: "nation" },
    },
    permissions: [],
    scope: { national: true, centres: [] },
    expires_at: "2099-01-01T00:00:00Z",
    ...over,
  };
}

/** Somebody signed in who may do everything, or exactly what is listed. */
export function aSession(permissions?: readonly string[]): SessionValue {
  const session = sessionValue(aSessionAnswer({ permissions: permissions ?? [] }));
  return permissions === undefined ? { ...session, can: () => true } : session;
}
