import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from "@tanstack/react-router";
import { loadTexts } from "@/lib/i18n/setup";
import { Crashed } from "./shell/crashed";
import { NotFound } from "./shell/not-found";
import { Shell } from "./shell/shell";

export interface MessagesSearch {
  channel?: "sms" | "email";
  state?: "queued" | "sending" | "sent" | "failed" | "unknown";
  open?: string;
}

export interface WebhooksSearch {
  open?: string;
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[]): Value | undefined {
  return allowed.find((entry) => entry === value);
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const health = createRoute({
  getParentRoute: () => root,
  path: "/",
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

const routeTree = root.addChildren([health, messages, webhooks]);

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
