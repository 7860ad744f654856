import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useEffect, type ReactNode } from "react";
import { Providers } from "@/app/providers";
import { createQueryClient } from "@/app/query-client";
import { createAppRouter } from "@/app/router";
import type { SessionValue } from "@/lib/session/use-session";
import { shortcuts } from "@/lib/shortcuts/registry";
import { aSession } from "./factories";
import { fakeLive } from "./fake-live";

function Keys({ children }: { children: ReactNode }) {
  useEffect(() => shortcuts.listen(), []);
  return children;
}

/** Renders a part of a page inside the providers of the application, with working shortcuts; somebody who may do all. */
export function renderPart(part: ReactNode, { session = aSession() }: { session?: SessionValue } = {}) {
  const live = fakeLive();
  const user = userEvent.setup();
  const view = render(
    <Providers queries={createQueryClient()} live={live.client} session={session}>
      <Keys>{part}</Keys>
    </Providers>,
  );
  return { ...view, live, user };
}

/** Renders the whole application at an address; a session of null asks the (fake) server who is signed in. */
export function renderApp(path: string, { session = aSession() }: { session?: SessionValue | null } = {}) {
  const live = fakeLive();
  const user = userEvent.setup();
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  const view = render(
    <Providers queries={createQueryClient()} live={live.client} session={session ?? undefined}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, live, user, router };
}
