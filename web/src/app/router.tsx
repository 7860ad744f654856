import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from "@tanstack/react-router";
import { readFilter as readContactFilter } from "@/features/interaction/filter";
import { readFilter as readReportFilter } from "@/features/report/filter";
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

export interface NumbersSearch {
  q?: string;
  kind?: (typeof CALLED_KINDS)[number];
  state?: "active" | "suspended" | "retired";
  open?: string;
}

const CALLED_KINDS = ["nation_line", "province_line", "vip_line", "escalation_line", "enterprise", "outside_platform"] as const;

export interface RecordingsSearch {
  range?: (typeof RECORDING_RANGES)[number];
  from?: string;
  to?: string;
  centre?: string;
  staff?: string;
  line?: string;
  call?: string;
  direction?: "in" | "out" | "internal";
  state?: "kept" | "erased";
  held?: boolean;
  open?: string;
}

const RECORDING_RANGES = ["today", "week", "month", "all"] as const;

export interface SegmentsSearch {
  tab?: "versions" | "ported";
  open?: string;
}

/** Trunks and desk phones: a word to find, and what is open. */
export interface TrunksSearch {
  q?: string;
  open?: string;
}

const NUMBER_ACTS = ["flow", "queue", "prompt", "echo", "phone", "trunk", "reject"] as const;
const CALL_RESULTS = ["completed", "cancelled", "no_answer", "busy", "rejected", "failed"] as const;
const CALL_GRADES = ["good", "fair", "poor"] as const;

const QUEUE_CHANNELS = ["voice", "chat", "mail", "task"] as const;

export interface QueuesSearch {
  tab?: "queues" | "breaks";
  q?: string;
  channel?: (typeof QUEUE_CHANNELS)[number];
  open?: string;
}

export interface VoiceNumbersSearch {
  tab?: "numbers" | "prompts";
  q?: string;
  act?: (typeof NUMBER_ACTS)[number];
  open?: string;
}

export interface LiveCallsSearch {
  grade?: (typeof CALL_GRADES)[number];
  open?: string;
}

export interface CallsSearch {
  number?: string;
  result?: (typeof CALL_RESULTS)[number];
  grade?: (typeof CALL_GRADES)[number];
  open?: string;
}

export interface RolesSearch {
  tab?: "roles" | "rules";
  q?: string;
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

export interface ApprovalsSearch {
  box?: "to_decide" | "mine" | "all";
  state?: "open" | "approved" | "refused" | "withdrawn" | "expired" | "failed";
  kind?: string;
  q?: string;
  open?: string;
}

/** Accounts, those that nobody has used for long, or the tokens of programs. */
export interface AccountsSearch {
  tab?: "accounts" | "unused" | "tokens";
  state?: "active" | "suspended" | "left";
  centre_id?: string;
  role_id?: string;
  q?: string;
  open?: string;
}

/** One's own sheets, or all reviews; an open review, or an open sheet. */
export interface ReviewsSearch {
  view?: "mine" | "all";
  open?: string;
  sheet?: string;
}

export interface PoliciesSearch {
  view?: "mine" | "all";
  open?: string;
}

const SELECTORS = ["called", "called_prefix", "city", "area_code", "province", "nation"] as const;

export interface OrganizationSearch {
  centre?: string;
}

export interface AreasSearch {
  centre?: string;
  service?: string;
  selector?: (typeof SELECTORS)[number];
  ended?: boolean;
  open?: string;
}

export interface CodesSearch {
  table?: string;
  version?: number;
}

const POST_CLASSES = ["management", "back", "front"] as const;

export interface StaffSearch {
  q?: string;
  centre?: string;
  team?: string;
  post?: string;
  class?: (typeof POST_CLASSES)[number];
  state?: "active" | "suspended" | "left";
  skill?: string;
  level?: number;
  open?: string;
}

export interface PostsSearch {
  class?: (typeof POST_CLASSES)[number];
  due?: boolean;
  open?: string;
}

export interface SkillsSearch extends Omit<StaffSearch, "open"> {
  tab?: "matrix" | "expiring" | "list";
}

export interface SettingsSearch {
  centre?: string;
  group?: string;
  q?: string;
  open?: string;
}

export interface CodeTreesSearch {
  tree?: string;
  centre?: string;
}

export interface HelpTextsSearch {
  centre?: string;
}

export interface CalendarSearch {
  centre?: string;
  year?: number;
  part?: "weeks" | "year" | "try";
}

/** Where to go on after signing in or doing what was pending. */
export interface ReturnSearch {
  return?: string;
}

export interface ProfileSearch {
  tab?: "me" | "security" | "tokens" | "preferences";
}

export interface SignInSearch extends ReturnSearch {
  /** Why the sign-in at an identity provider failed. */
  error?: string;
}

function oneOf<Value extends string>(value: unknown, allowed: readonly Value[]): Value | undefined {
  return allowed.find((entry) => entry === value);
}

/** A word of the address; one of digits only arrives as a number. */
function word(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text !== "" ? text : undefined;
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

const profile = createRoute({
  getParentRoute: () => root,
  path: "/profile",
  validateSearch: (search: Record<string, unknown>): ProfileSearch => ({
    tab: oneOf(search["tab"], ["me", "security", "tokens", "preferences"]),
  }),
  loader: () => loadTexts("identity"),
  component: lazyRouteComponent(() => import("./pages/profile"), "ProfilePage"),
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

const numbers = createRoute({
  getParentRoute: () => root,
  path: "/numbers",
  validateSearch: (search: Record<string, unknown>): NumbersSearch => ({
    q: word(search["q"]),
    kind: oneOf(search["kind"], CALLED_KINDS),
    state: oneOf(search["state"], ["active", "suspended", "retired"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("numbering"),
  component: lazyRouteComponent(() => import("./pages/numbers"), "NumbersPage"),
});

const segments = createRoute({
  getParentRoute: () => root,
  path: "/segments",
  validateSearch: (search: Record<string, unknown>): SegmentsSearch => ({
    tab: oneOf(search["tab"], ["versions", "ported"]),
    // The number of a version arrives as a number.
    open: typeof search["open"] === "number" ? String(search["open"]) : word(search["open"]),
  }),
  loader: () => loadTexts("numbering"),
  component: lazyRouteComponent(() => import("./pages/segments"), "SegmentsPage"),
});

const recordings = createRoute({
  getParentRoute: () => root,
  path: "/recordings",
  validateSearch: (search: Record<string, unknown>): RecordingsSearch => ({
    range: oneOf(search["range"], RECORDING_RANGES),
    from: word(search["from"]),
    to: word(search["to"]),
    centre: word(search["centre"]),
    staff: word(search["staff"]),
    line: word(search["line"]),
    call: word(search["call"]),
    direction: oneOf(search["direction"], ["in", "out", "internal"]),
    state: oneOf(search["state"], ["kept", "erased"]),
    held: search["held"] === true ? true : undefined,
    open: word(search["open"]),
  }),
  loader: () => loadTexts("recording"),
  component: lazyRouteComponent(() => import("./pages/recordings"), "RecordingsPage"),
});

const contacts = createRoute({
  getParentRoute: () => root,
  path: "/contacts",
  validateSearch: readContactFilter,
  loader: () => loadTexts("interaction"),
  component: lazyRouteComponent(() => import("./pages/contacts"), "ContactsPage"),
});

const contact = createRoute({
  getParentRoute: () => root,
  path: "/contacts/$id",
  loader: () => Promise.all([loadTexts("interaction"), loadTexts("recording")]),
  component: lazyRouteComponent(() => import("./pages/contact"), "ContactPage"),
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

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: (search: Record<string, unknown>): ApprovalsSearch => ({
    box: oneOf(search["box"], ["to_decide", "mine", "all"]),
    state: oneOf(search["state"], ["open", "approved", "refused", "withdrawn", "expired", "failed"]),
    kind: word(search["kind"]),
    q: word(search["q"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("approval"),
  component: lazyRouteComponent(() => import("./pages/approvals"), "ApprovalsPage"),
});

const accounts = createRoute({
  getParentRoute: () => root,
  path: "/accounts",
  validateSearch: (search: Record<string, unknown>): AccountsSearch => ({
    tab: oneOf(search["tab"], ["accounts", "unused", "tokens"]),
    state: oneOf(search["state"], ["active", "suspended", "left"]),
    centre_id: word(search["centre_id"]),
    role_id: word(search["role_id"]),
    q: word(search["q"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("accounts"),
  component: lazyRouteComponent(() => import("./pages/accounts"), "AccountsPage"),
});

const roles = createRoute({
  getParentRoute: () => root,
  path: "/roles",
  validateSearch: (search: Record<string, unknown>): RolesSearch => ({
    tab: oneOf(search["tab"], ["roles", "rules"]),
    q: word(search["q"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("roles"),
  component: lazyRouteComponent(() => import("./pages/roles"), "RolesPage"),
});

const reviews = createRoute({
  getParentRoute: () => root,
  path: "/reviews",
  validateSearch: (search: Record<string, unknown>): ReviewsSearch => ({
    view: oneOf(search["view"], ["mine", "all"]),
    open: word(search["open"]),
    sheet: word(search["sheet"]),
  }),
  loader: () => loadTexts("reviews", "accounts"),
  component: lazyRouteComponent(() => import("./pages/reviews"), "ReviewsPage"),
});

const policies = createRoute({
  getParentRoute: () => root,
  path: "/policies",
  validateSearch: (search: Record<string, unknown>): PoliciesSearch => ({
    view: oneOf(search["view"], ["mine", "all"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("policies", "accounts"),
  component: lazyRouteComponent(() => import("./pages/policies"), "PoliciesPage"),
});

const organization = createRoute({
  getParentRoute: () => root,
  path: "/organization",
  validateSearch: (search: Record<string, unknown>): OrganizationSearch => ({ centre: word(search["centre"]) }),
  loader: () => loadTexts("organization"),
  component: lazyRouteComponent(() => import("./pages/organization"), "OrganizationPage"),
});

const areas = createRoute({
  getParentRoute: () => root,
  path: "/areas",
  validateSearch: (search: Record<string, unknown>): AreasSearch => ({
    centre: word(search["centre"]),
    service: word(search["service"]),
    selector: oneOf(search["selector"], SELECTORS),
    ended: search["ended"] === true || undefined,
    open: word(search["open"]),
  }),
  loader: () => loadTexts("organization"),
  component: lazyRouteComponent(() => import("./pages/areas"), "AreasPage"),
});

const codes = createRoute({
  getParentRoute: () => root,
  path: "/codes",
  validateSearch: (search: Record<string, unknown>): CodesSearch => {
    const version = Number(search["version"]);
    return { table: word(search["table"]), version: Number.isInteger(version) && version > 0 ? version : undefined };
  },
  loader: () => loadTexts("organization"),
  component: lazyRouteComponent(() => import("./pages/codes"), "CodesPage"),
});

function staffSearch(search: Record<string, unknown>): Omit<StaffSearch, "open"> {
  const level = Number(search["level"]);
  return {
    q: word(search["q"]),
    centre: word(search["centre"]),
    team: word(search["team"]),
    post: word(search["post"]),
    class: oneOf(search["class"], POST_CLASSES),
    state: oneOf(search["state"], ["active", "suspended", "left"]),
    skill: word(search["skill"]),
    level: Number.isInteger(level) && level >= 1 && level <= 9 ? level : undefined,
  };
}

const staff = createRoute({
  getParentRoute: () => root,
  path: "/staff",
  validateSearch: (search: Record<string, unknown>): StaffSearch => ({ ...staffSearch(search), open: word(search["open"]) }),
  loader: () => loadTexts("staff", "organization"),
  component: lazyRouteComponent(() => import("./pages/staff"), "StaffPage"),
});

const posts = createRoute({
  getParentRoute: () => root,
  path: "/posts",
  validateSearch: (search: Record<string, unknown>): PostsSearch => ({
    class: oneOf(search["class"], POST_CLASSES),
    due: search["due"] === true ? true : undefined,
    open: word(search["open"]),
  }),
  loader: () => loadTexts("staff"),
  component: lazyRouteComponent(() => import("./pages/posts"), "PostsPage"),
});

const skills = createRoute({
  getParentRoute: () => root,
  path: "/skills",
  validateSearch: (search: Record<string, unknown>): SkillsSearch => ({
    ...staffSearch(search),
    tab: oneOf(search["tab"], ["matrix", "expiring", "list"]),
  }),
  loader: () => loadTexts("staff"),
  component: lazyRouteComponent(() => import("./pages/skills"), "SkillsPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  validateSearch: (search: Record<string, unknown>): SettingsSearch => ({
    centre: word(search["centre"]),
    group: word(search["group"]),
    q: word(search["q"]),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("setting"),
  component: lazyRouteComponent(() => import("./pages/settings"), "SettingsPage"),
});

const codeTrees = createRoute({
  getParentRoute: () => root,
  path: "/code-trees",
  validateSearch: (search: Record<string, unknown>): CodeTreesSearch => ({ tree: word(search["tree"]), centre: word(search["centre"]) }),
  loader: () => loadTexts("setting"),
  component: lazyRouteComponent(() => import("./pages/code-trees"), "CodeTreesPage"),
});

const helpTexts = createRoute({
  getParentRoute: () => root,
  path: "/help-texts",
  validateSearch: (search: Record<string, unknown>): HelpTextsSearch => ({ centre: word(search["centre"]) }),
  loader: () => loadTexts("setting"),
  component: lazyRouteComponent(() => import("./pages/help-texts"), "HelpTextsPage"),
});

const calendar = createRoute({
  getParentRoute: () => root,
  path: "/calendar",
  validateSearch: (search: Record<string, unknown>): CalendarSearch => {
    const year = Number(search["year"]);
    return {
      centre: word(search["centre"]),
      year: Number.isInteger(year) && year >= 1990 && year <= 2199 ? year : undefined,
      part: oneOf(search["part"], ["weeks", "year", "try"]),
    };
  },
  loader: () => loadTexts("calendar"),
  component: lazyRouteComponent(() => import("./pages/calendar"), "CalendarPage"),
});

const liveCalls = createRoute({
  getParentRoute: () => root,
  path: "/live-calls",
  validateSearch: (search: Record<string, unknown>): LiveCallsSearch => ({ grade: oneOf(search["grade"], CALL_GRADES), open: word(search["open"]) }),
  loader: () => loadTexts("voice"),
  component: lazyRouteComponent(() => import("./pages/live-calls"), "LiveCallsPage"),
});

const calls = createRoute({
  getParentRoute: () => root,
  path: "/calls",
  validateSearch: (search: Record<string, unknown>): CallsSearch => ({
    number: word(search["number"]),
    result: oneOf(search["result"], CALL_RESULTS),
    grade: oneOf(search["grade"], CALL_GRADES),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("voice"),
  component: lazyRouteComponent(() => import("./pages/calls"), "CallsPage"),
});

const trunks = createRoute({
  getParentRoute: () => root,
  path: "/trunks",
  validateSearch: (search: Record<string, unknown>): TrunksSearch => ({ q: word(search["q"]), open: word(search["open"]) }),
  loader: () => loadTexts("voice"),
  component: lazyRouteComponent(() => import("./pages/trunks"), "TrunksPage"),
});

const phones = createRoute({
  getParentRoute: () => root,
  path: "/phones",
  validateSearch: (search: Record<string, unknown>): TrunksSearch => ({ q: word(search["q"]), open: word(search["open"]) }),
  loader: () => loadTexts("voice"),
  component: lazyRouteComponent(() => import("./pages/phones"), "PhonesPage"),
});

const voiceNumbers = createRoute({
  getParentRoute: () => root,
  path: "/voice-numbers",
  validateSearch: (search: Record<string, unknown>): VoiceNumbersSearch => ({
    tab: oneOf(search["tab"], ["numbers", "prompts"]),
    q: word(search["q"]),
    act: oneOf(search["act"], NUMBER_ACTS),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("voice"),
  component: lazyRouteComponent(() => import("./pages/voice-numbers"), "VoiceNumbersPage"),
});

const queues = createRoute({
  getParentRoute: () => root,
  path: "/queues",
  validateSearch: (search: Record<string, unknown>): QueuesSearch => ({
    tab: oneOf(search["tab"], ["queues", "breaks"]),
    q: word(search["q"]),
    channel: oneOf(search["channel"], QUEUE_CHANNELS),
    open: word(search["open"]),
  }),
  loader: () => loadTexts("routing"),
  component: lazyRouteComponent(() => import("./pages/queues"), "QueuesPage"),
});

const desk = createRoute({
  getParentRoute: () => root,
  path: "/desk",
  loader: () => loadTexts("desk"),
  component: lazyRouteComponent(() => import("./pages/desk"), "DeskPage"),
});

const reports = createRoute({
  getParentRoute: () => root,
  path: "/reports",
  validateSearch: readReportFilter,
  loader: () => loadTexts("report"),
  component: lazyRouteComponent(() => import("./pages/reports"), "ReportsPage"),
});

const routeTree = root.addChildren([reports, desk, contacts, contact, queues, liveCalls, calls, trunks, phones, voiceNumbers, recordings, settings, codeTrees, helpTexts, calendar, staff, posts, skills, roles, organization, areas, codes, approvals, accounts, reviews, policies, audit, start, signIn, welcome, setup, profile, health, messages, webhooks, numbers, segments]);

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
