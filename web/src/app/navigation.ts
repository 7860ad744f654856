import {
  BranchesOutlined,
  ClusterOutlined,
  HistoryOutlined,
  MobileOutlined,
  OrderedListOutlined,
  ThunderboltOutlined,
  ApartmentOutlined,
  ApiOutlined,
  BarChartOutlined,
  AuditOutlined,
  CarryOutOutlined,
  CompassOutlined,
  DashboardOutlined,
  EnvironmentOutlined,
  FileProtectOutlined,
  IdcardOutlined,
  MessageOutlined,
  PhoneOutlined,
  ReadOutlined,
  SafetyCertificateOutlined,
  SolutionOutlined,
  SoundOutlined,
  StarOutlined,
  TableOutlined,
  TeamOutlined,
  CalendarOutlined,
  ControlOutlined,
  CustomerServiceOutlined,
  PartitionOutlined,
  QuestionCircleOutlined,
} from "@ant-design/icons";
import type { LinkProps } from "@tanstack/react-router";
import type { ComponentType } from "react";
import type shell from "@/lib/i18n/zh-CN/shell.json";
import { useApprovalsBadge, useHealthBadge, type Badge } from "./badges";

/** The pages that have a name and search words in the shell's texts. */
export type PageName = Extract<keyof typeof shell.pages, keyof typeof shell.keywords>;

export interface NavigationPage {
  name: PageName;
  to: NonNullable<LinkProps["to"]>;
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  keys: string;
  /** Who does not hold it sees neither the entry nor the page; without one everybody signed in does. */
  permission?: string;
  /** Who holds this one opens single things below the page by a link, such as a contact that they served. */
  below?: string;
  /** A hook, called only while the page is in sight; null while unknown. */
  useBadge?: () => Badge | null;
}

export interface NavigationGroup {
  name: keyof typeof shell.groups;
  pages: readonly NavigationPage[];
}

/**
 * The pages in the order of the navigation; the command palette, the shortcuts, the guard and the help read
 * the same list. A group whose pages are all hidden is hidden too.
 */
export const navigation: readonly NavigationGroup[] = [
  { name: "work", pages: [{ name: "desk", to: "/desk", icon: CustomerServiceOutlined, keys: "g 0", permission: "routing.agent.work" }] },
  {
    name: "people",
    pages: [
      { name: "organization", to: "/organization", icon: ApartmentOutlined, keys: "g o", permission: "organization.centre.read" },
      { name: "staff", to: "/staff", icon: TeamOutlined, keys: "g s", permission: "organization.staff.read" },
      { name: "posts", to: "/posts", icon: SolutionOutlined, keys: "g p", permission: "organization.post.read" },
      { name: "skills", to: "/skills", icon: StarOutlined, keys: "g k", permission: "organization.skill.read" },
      { name: "areas", to: "/areas", icon: CompassOutlined, keys: "g b", permission: "organization.area.read" },
    ],
  },
  {
    name: "rights",
    pages: [
      { name: "approvals", to: "/approvals", icon: CarryOutOutlined, keys: "g a", useBadge: useApprovalsBadge },
      { name: "accounts", to: "/accounts", icon: IdcardOutlined, keys: "g u", permission: "identity.account.read" },
      { name: "roles", to: "/roles", icon: SafetyCertificateOutlined, keys: "g r", permission: "identity.role.read" },
      { name: "reviews", to: "/reviews", icon: FileProtectOutlined, keys: "g v" },
      { name: "policies", to: "/policies", icon: ReadOutlined, keys: "g d" },
    ],
  },
  {
    name: "settings",
    pages: [
      { name: "settings", to: "/settings", icon: ControlOutlined, keys: "g t", permission: "setting.value.read" },
      { name: "codeTrees", to: "/code-trees", icon: PartitionOutlined, keys: "g x", permission: "setting.code_tree.read" },
      { name: "calendar", to: "/calendar", icon: CalendarOutlined, keys: "g y", permission: "calendar.hours.read" },
      { name: "helpTexts", to: "/help-texts", icon: QuestionCircleOutlined, keys: "g j", permission: "setting.help.edit" },
      { name: "codes", to: "/codes", icon: TableOutlined, keys: "g c", permission: "organization.code.read" },
      { name: "numbers", to: "/numbers", icon: PhoneOutlined, keys: "g n", permission: "numbering.called.read" },
      { name: "segments", to: "/segments", icon: EnvironmentOutlined, keys: "g e", permission: "numbering.segment.read" },
    ],
  },
  {
    name: "voice",
    pages: [
      { name: "live", to: "/live-calls", icon: ThunderboltOutlined, keys: "g f", permission: "voice.live.read" },
      { name: "contacts", to: "/contacts", icon: SolutionOutlined, keys: "g 3", permission: "interaction.contact.read", below: "interaction.contact.own" },
      { name: "calls", to: "/calls", icon: HistoryOutlined, keys: "g q", permission: "voice.call.read" },
      { name: "recordings", to: "/recordings", icon: SoundOutlined, keys: "g i", permission: "voice.recording.read" },
      { name: "queues", to: "/queues", icon: OrderedListOutlined, keys: "g 5", permission: "routing.queue.read" },
      { name: "voiceNumbers", to: "/voice-numbers", icon: BranchesOutlined, keys: "g 1", permission: "voice.number.read" },
      { name: "phones", to: "/phones", icon: MobileOutlined, keys: "g 2", permission: "voice.phone.read" },
      { name: "trunks", to: "/trunks", icon: ClusterOutlined, keys: "g z", permission: "voice.trunk.read" },
    ],
  },
  { name: "reports", pages: [{ name: "reports", to: "/reports", icon: BarChartOutlined, keys: "g 4", permission: "report.read" }] },
  { name: "audit", pages: [{ name: "audit", to: "/audit", icon: AuditOutlined, keys: "g l", permission: "audit.entry.read" }] },
  {
    name: "operations",
    pages: [
      { name: "health", to: "/health", icon: DashboardOutlined, keys: "g h", permission: "platform.health.read", useBadge: useHealthBadge },
      { name: "messages", to: "/messages", icon: MessageOutlined, keys: "g m", permission: "notify.message.read" },
      { name: "webhooks", to: "/webhooks", icon: ApiOutlined, keys: "g w", permission: "webhook.read" },
    ],
  },
];

export const allPages: readonly NavigationPage[] = navigation.flatMap((group) => group.pages);

/** The page at an address: the one whose own address is the longest beginning of it. */
export function pageAt(pathname: string): NavigationPage | undefined {
  return allPages
    .filter(({ to }) => pathname === to || pathname.startsWith(`${to}/`))
    .reduce<NavigationPage | undefined>((best, page) => (best && best.to.length >= page.to.length ? best : page), undefined);
}
