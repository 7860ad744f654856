import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from "@tanstack/react-router";
import { loadTexts } from "@/lib/i18n/setup";
import { isInside } from "@/lib/session/return-address";
import { Crashed } from "./shell/crashed";
import { NotFound } from "./shell/not-found";
import { Frame } from "./shell/gate";

export interface MessagesSearch {
  channel?: "sms" | "email";
  state?: "queued" | "sending" | "sent" | "failed" | "unknown";
  open?: string;
}

export interface WebhooksSearch {
  open?: string;
}

const AUDIT_RANGES = ["today", "week", "month", "quarter", "all"] as const;

export interface AuditSearch {
  range?: (typeof AUDIT_RANGES)[number];
  from?: string;
  to?: string;
  actor?: string;
  action?: string;
  kind?: string;
  object?: string;
  centre?: string;
  text?: string;
  open?: string;
}

/** Where to go on after signing in or doing what was pending. */
export interface ReturnSearch {
  return?: string;
}

export interface SignInSearch extends ReturnSearch {
  /** Why the sign-in at an identity provider failed. */
  error?: string;
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[]): Value | undefined {
  return allowed.find((entry) => entry === value);
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });

/** Only an address inside this application is gone on to: nobody is sent elsewhere by a link. */
function returnSearch(search: Record<string, unknown>): ReturnSearch {
  const address = word(search["return"]);
  return { return: address !== undefined && isInside(address) ? address : undefined };
}

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  loader: () => loadTexts("start"),
  component: lazyRouteComponent(() => import("./pages/start"), "StartPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): SignInSearch => {
    const error = word(search["error"]);
    return { ...returnSearch(search), error: error !== undefined && /^[a-z_.]{1,100}$/.test(error) ? error : undefined };
  },
  loader: () => loadTexts("identity"),
  component: lazyRouteComponent(() => import("./pages/sign-in"), "SignInPage"),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  validateSearch: returnSearch,
  loader: () => loadTexts("identity"),
  component: lazyRouteComponent(() => import("./pages/welcome"), "WelcomePage"),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  loader: () => loadTexts("identity"),
  component: lazyRouteComponent(() => import("./pages/setup"), "SetupPage"),
});

const health = createRoute({
  getParentRoute: () => root,
  path: "/health",
  component: lazyRouteComponent(() => import("./pages/health"), "HealthPage"),
});

const messages = createRoute({
  getParentRoute: () => root,
  path: "/messages",
  validateSearch: (search: Record<string, unknown>): MessagesSearch => ({
    channel: oneOf(search["channel"], ["sms", "email"]),
    state: oneOf(search["state"], ["queued", "sending", "sent", "failed", "unknown"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("notify"),
  component: lazyRouteComponent(() => import("./pages/messages"), "MessagesPage"),
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: "/webhooks",
  validateSearch: (search: Record<string, unknown>): WebhooksSearch => ({ open: word(search["open"]) }),
  loader: () => loadTexts("webhook"),
  component: lazyRouteComponent(() => import("./pages/webhooks"), "WebhooksPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: (search: Record<string, unknown>): AuditSearch => ({
    range: oneOf(search["range"], AUDIT_RANGES),
    from: word(search["from"]),
    to: word(search["to"]),
    actor: word(search["actor"]),
    action: word(search["action"]),
    kind: word(search["kind"]),
    object: word(search["object"]),
    centre: word(search["centre"]),
    text: word(search["text"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("audit"),
  component: lazyRouteComponent(() => import("./pages/audit"), "AuditPage"),
});

const routeTree = root.addChildren([audit, start, signIn, welcome, setup, health, messages, webhooks]);

export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    history,
    defaultPreload: "intent",
    defaultErrorComponent: Crashed,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
