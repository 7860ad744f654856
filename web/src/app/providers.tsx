import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { App, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import type { ReactNode } from "react";
import { useLanguage } from "@/lib/i18n/hooks";
import type { LiveClient } from "@/lib/live/client";
import { LiveProvider } from "@/lib/live/context";
import { antdTheme } from "@/lib/theme/antd";
import { useShade } from "@/lib/theme/mode";

const LOCALES = { "zh-CN": zhCN, en: enUS };

interface Props {
  queries: QueryClient;
  live: LiveClient;
  children: ReactNode;
}

/** Everything that pages expect around them. */
export function Providers({ queries, live, children }: Props) {
  const language = useLanguage();
  const shade = useShade();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <ConfigProvider
      locale={LOCALES[language]}
      theme={antdTheme(shade, still)}
      wave={{ disabled: true }}
      button={{ autoInsertSpace: false }}
    >
      <App component={false} message={{ maxCount: 3 }}>
        <QueryClientProvider client={queries}>
          <LiveProvider client={live}>{children}</LiveProvider>
        </QueryClientProvider>
      </App>
    </ConfigProvider>
  );
}
