import { ApiOutlined, DashboardOutlined, MessageOutlined } from "@ant-design/icons";
import type { ComponentType } from "react";

export type PageName = "health" | "messages" | "webhooks";

export interface NavigationPage {
  name: PageName;
  to: "/" | "/messages" | "/webhooks";
  icon: ComponentType<{ "aria-hidden"?: boolean }>;
  keys: string;
}

export interface NavigationGroup {
  name: "operations";
  pages: readonly NavigationPage[];
}

/** The pages in the order of the navigation; the command palette and the shortcuts read the same list. */
export const navigation: readonly NavigationGroup[] = [
  {
    name: "operations",
    pages: [
      { name: "health", to: "/", icon: DashboardOutlined, keys: "g h" },
      { name: "messages", to: "/messages", icon: MessageOutlined, keys: "g m" },
      { name: "webhooks", to: "/webhooks", icon: ApiOutlined, keys: "g w" },
    ],
  },
];

export const allPages: readonly NavigationPage[] = navigation.flatMap((group) => group.pages);
