import { QueryClientProvider, useQuery, type QueryClient } from "@tanstack/react-query";
import { App, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import type { ReactNode } from "react";
import { useLanguage } from "@/lib/i18n/hooks";
import type { LiveClient } from "@/lib/live/client";
import { LiveProvider } from "@/lib/live/context";
import { sessionQuery } from "@/lib/session/session";
import { SignedInAs, type SessionValue } from "@/lib/session/use-session";
import { antdTheme } from "@/lib/theme/antd";
import { useShade } from "@/lib/theme/mode";

const LOCALES = { "zh-CN": zhCN, en: enUS };

interface Props {
  queries: QueryClient;
  live: LiveClient;
  /** Who is signed in, when that need not be asked. */
  session?: SessionValue;
  children: ReactNode;
}

/** Everything that pages expect around them. */
export function Providers({ queries, live, session, children }: Props) {
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
          {session ? (
            <LiveProvider client={live}>
              <SignedInAs value={session}>{children}</SignedInAs>
            </LiveProvider>
          ) : (
            <LiveWhileSignedIn client={live}>{children}</LiveWhileSignedIn>
          )}
        </QueryClientProvider>
      </App>
    </ConfigProvider>
  );
}

/** The live connection needs a session that may do something: without one the server would refuse it. */
function LiveWhileSignedIn({ client, children }: { client: LiveClient; children: ReactNode }) {
  const session = useQuery({ ...sessionQuery, enabled: false });
  const open = session.data?.state === "signed_in" && session.error === null;
  return (
    <LiveProvider client={client} running={open}>
      {children}
    </LiveProvider>
  );
}
